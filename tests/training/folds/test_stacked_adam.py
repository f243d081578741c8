import torch

from fleeting.training.folds.adam import StackedAdam


def gradients(step):
    return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(step))


def test_every_fold_moves_as_with_torchs_adam():
    start = torch.randn(3, 4, generator=torch.Generator().manual_seed(9))
    stacked = {"w": start.repeat(2, 1, 1)}
    ours = StackedAdam(stacked, 2, rate=0.01, decay=0.1)
    plain = [start.clone().requires_grad_() for _ in range(2)]
    theirs = [torch.optim.Adam([weight], lr=0.01, weight_decay=0.1) for weight in plain]
    active = [[True, True], [True, False], [True, True]]  # the second fold sits a step out
    for step, acts in enumerate(active):
        gradient = gradients(step)
        ours.step({"w": gradient}, torch.tensor(acts))
        for fold, (weight, optimiser) in enumerate(zip(plain, theirs, strict=True)):
            weight.grad = gradient[fold].clone()
            if acts[fold]:
                optimiser.step()
    torch.testing.assert_close(stacked["w"], torch.stack(plain).detach(), rtol=1e-6, atol=1e-7)


def test_a_fold_that_sits_out_ignores_whatever_its_gradient_is():
    weights = {"w": torch.ones(2, 3)}
    adam = StackedAdam(weights, 2, rate=0.1, decay=0)
    adam.step({"w": torch.tensor([[1.0, 1, 1], [torch.nan] * 3])}, torch.tensor([True, False]))
    assert weights["w"][1].tolist() == [1, 1, 1]
    torch.testing.assert_close(weights["w"][0], torch.full((3,), 0.9))
