import math

import pytest
import torch

from fleeting.training.ganimation.losses import (
    au_error,
    cycle_error,
    gradient_penalty,
    hardest,
    mask_magnitude,
    mask_roughness,
    wasserstein,
)

MASK = torch.tensor([[[[0.0, 1.0], [0.5, 0.5]]], [[[1.0, 1.0], [1.0, 1.0]]]])
"""Two masks of two by two."""


class Linear(torch.nn.Module):
    """A critic whose verdict is a fixed multiple of the sum of the image, on two patches."""

    def __init__(self, slope):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(slope))

    def forward(self, images):
        verdict = self.slope / 2 * images.flatten(1).sum(1)
        return verdict[:, None, None].expand(-1, 1, 2), None


def test_wasserstein_is_made_less_real():
    fake, real = torch.tensor([[[1.0, 3.0]]]), torch.tensor([[[4.0, 6.0]]])
    assert wasserstein(fake, real).item() == 2 - 5


@pytest.mark.parametrize(("slope", "expected"), [(0.5, 0.0), (1.5, 4.0)])
def test_gradient_penalty_of_a_linear_critic(slope, expected):
    """Four values per image: the gradient is `slope` in each, so its length is 2 * slope."""
    images = torch.rand(3, 1, 2, 2)
    penalty = gradient_penalty(Linear(slope), images, images.flip(0), torch.rand(3))
    assert penalty.item() == pytest.approx(expected, abs=1e-6)


def test_gradient_penalty_reaches_the_weights_of_the_critic():
    critic = Linear(1.5)
    gradient_penalty(critic, torch.rand(2, 1, 2, 2), torch.rand(2, 1, 2, 2), torch.rand(2)).backward()
    assert critic.slope.grad.item() == pytest.approx(8.0)  # d/ds (2s - 1)^2 = 4 (2s - 1)


def test_gradient_penalty_looks_between_real_and_made():
    seen = []

    def critic(images):
        seen.append(images.detach().clone())
        return images, None

    real, fake = torch.ones(2, 1, 1, 1), torch.zeros(2, 1, 1, 1)
    gradient_penalty(critic, real, fake, torch.tensor([0.25, 1.0]))
    assert seen[0].flatten().tolist() == [0.25, 1.0]


def test_the_hardest_image_is_the_error_s_way_uphill_by_the_length_asked_for():
    """Two units, each the sum over one of two channels: the slope is 2 x error in each value of its channel."""

    def critic(images):
        return None, images.sum(dim=(2, 3))

    images, aus = torch.ones(2, 2, 1, 2), torch.tensor([[2.0, 1.0], [2.0, 1.0]])
    changed = hardest(critic, images, aus, torch.tensor([0.0, 3.0]))
    assert torch.equal(changed[0], images[0])
    torch.testing.assert_close(changed[1] - images[1], torch.tensor([[[0.0, 0.0]], [[3 / 2**0.5, 3 / 2**0.5]]]))


def test_au_error_is_a_mean_over_images_and_units():
    assert au_error(torch.tensor([[0.0, 1.0], [0.5, 0.0]]), torch.tensor([[0.0, 0.0], [0.0, 0.0]])).item() == 1.25 / 4


def test_cycle_error_is_a_mean_of_absolutes():
    assert cycle_error(torch.tensor([1.0, -1.0, 0.0, 0.5]), torch.zeros(4)).item() == 2.5 / 4


def test_mask_magnitude_by_mean_and_by_root_mean_square():
    assert mask_magnitude(MASK, "l1").item() == 0.75
    assert mask_magnitude(MASK, "l2").item() == pytest.approx((math.sqrt(1.5 / 4) + 1) / 2)


def test_mask_roughness_is_a_sum_per_image():
    """Down: .5 and -.5; across: 1 and 0; the second mask is flat."""
    assert mask_roughness(MASK, "absolute").item() == 2.0 / 2
    assert mask_roughness(MASK, "squared").item() == 1.5 / 2
