import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from fleeting.models import create_model
from fleeting.models.model import Batch
from fleeting.models.nmer import GradientReversal, reversal_strength, rows_above


@pytest.fixture
def model():
    """A narrow NMER in evaluation mode: no dropout, fixed normalisation."""
    torch.manual_seed(0)
    return create_model("nmer", size=64, width=8).eval()


def batch_of(progress=0.3):
    images = 255 * torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0])
    return Batch(images, torch.tensor([0, 1, 2, 0]), weights, torch.tensor([0, 1, 1, 0]), progress)


def test_nmer_has_11253322_parameters():
    model = create_model("nmer", num_classes=3)
    assert model.count_parameters() == 11_253_322
    assert (model.channels, model.input_shape) == (("flow.r", "flow.g", "flow.b"), (3, 224, 224))


def test_upper_part_is_rows_0_to_2_of_7_and_lower_part_the_rest(model):
    model.trunk = torch.nn.Identity()
    maps = torch.rand(1, 64, 7, 7)
    upper, lower = model.parts(maps)
    for row in range(7):
        changed = maps.clone()
        changed[:, :, row] += 50
        moved = [not torch.allclose(new, old) for new, old in zip(model.parts(changed), (upper, lower), strict=True)]
        assert moved == [row < 3, row >= 3]


@pytest.mark.parametrize(("rows", "above"), [(7, 3), (14, 6), (4, 2), (3, 1), (2, 1)])
def test_smaller_maps_are_cut_in_the_same_share(rows, above):
    assert rows_above(rows) == above


def test_gradient_reversal_keeps_values_and_turns_gradients():
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    passed = GradientReversal.apply(values, 0.25)
    assert torch.equal(passed, values)
    (passed * torch.tensor([4.0, 8.0])).sum().backward()
    assert values.grad.tolist() == [-1.0, -2.0]


def test_reversal_grows_from_nothing_to_full_over_the_training():
    assert reversal_strength(0) == 0
    assert reversal_strength(0.1) == pytest.approx(
        (math.e - 1) / (math.e + 1)
    )  # 1,000 of the paper's 10,000 iterations
    assert reversal_strength(1) == pytest.approx(1, abs=1e-4)


def test_loss_is_three_cross_entropies_and_the_domain(model):
    batch = batch_of()
    upper, lower = model.parts(batch.images)
    both = torch.cat([upper, lower], 1)
    expected = binary_cross_entropy_with_logits(model.discriminator(both).flatten(), torch.tensor([0.0, 1, 1, 0]))
    for logits in (model.head(both), model.upper_head(upper), model.lower_head(lower)):
        losses = cross_entropy(logits, batch.labels, reduction="none")
        expected = expected + (losses * batch.weights).sum() / 4.5
    torch.testing.assert_close(model.loss(batch), expected)
    torch.testing.assert_close(model(batch.images), model.head(both))


def test_trunk_unlearns_the_domain_while_the_discriminator_learns_it(model):
    """Against the loss without reversal: the discriminator's gradient is equal, the features' has its sign turned."""

    def gradients(loss):
        model.zero_grad()
        loss.backward()
        return model.upper[0].weight.grad.clone(), model.discriminator[0].weight.grad

    batch = batch_of()
    classes_only, _ = gradients(model.loss(batch_of(progress=0)))
    both = torch.cat(model.parts(batch.images), 1)
    domain = binary_cross_entropy_with_logits(model.discriminator(both).flatten(), batch.domains.float())
    plain_features, plain_domain = (value.clone() for value in gradients(domain))
    features, discriminator = gradients(model.loss(batch))
    torch.testing.assert_close(features - classes_only, -reversal_strength(0.3) * plain_features, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(discriminator, plain_domain)


def test_linear_layers_start_from_xavier_and_no_bias():
    torch.manual_seed(0)
    model = create_model("nmer", size=64)
    assert model.upper[0].weight.std().item() == pytest.approx((2 / (512 + 64)) ** 0.5, rel=0.02)
    assert not any(layer.bias.any() for layer in model.modules() if isinstance(layer, torch.nn.Linear))
