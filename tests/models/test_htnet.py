import pytest
import torch

from fleeting.features.face_parts import FaceParts
from fleeting.models.htnet import HTNet, _areas, _whole

SMALL = {"dim": 12, "depths": (1, 1, 2)}


def build(**options):
    torch.manual_seed(0)
    return HTNet(3, HTNet.Options(**{**SMALL, **options})).eval()


def test_htnet_has_139582982_parameters():
    with torch.device("meta"):  # counts without 560 MB of weights
        assert HTNet(3, HTNet.Options()).count_parameters() == 139_582_982


def tokens(model):
    """Tokens in an area, level by level."""
    seen = []
    for level in model.levels:
        level.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[1:3].numel()))
    model(255 * torch.rand(1, *model.input_shape))
    return seen


@pytest.mark.parametrize(("attention", "expected"), [("published", [1, 1, 1]), ("real", [16, 16, 16])])
def test_htnet_has_one_token_per_area_as_published_and_sixteen_in_the_real_variant(attention, expected):
    assert tokens(build(attention=attention)) == expected


@pytest.mark.parametrize(("attention", "matters"), [("published", False), ("real", True)])
def test_htnet_queries_and_keys_matter_in_the_real_variant_only(attention, matters):
    model = build(attention=attention)
    images = 255 * torch.rand(2, *model.input_shape)
    before = model(images)
    with torch.no_grad():
        for level in model.levels:
            for block in level.blocks:
                weights = block[0].query_key_value.weight
                weights[: len(weights) * 2 // 3] *= 20
    assert torch.allclose(model(images), before, atol=1e-5) != matters


def test_htnet_attention_equals_torch_s_own():
    model = build(attention="real")
    layer = model.levels[1].blocks[0][0]
    maps = torch.randn(2, 4, 4, 24)
    own = torch.nn.MultiheadAttention(24, layer.heads, bias=True, batch_first=True)
    with torch.no_grad():
        own.in_proj_weight.copy_(layer.query_key_value.weight)
        own.in_proj_bias.zero_()
        own.out_proj.weight.copy_(layer.out.weight)
        own.out_proj.bias.copy_(layer.out.bias)
    rows = layer.norm(maps).flatten(1, 2)
    expected = own(rows, rows, rows)[0].reshape(maps.shape)
    torch.testing.assert_close(layer(maps), expected)


def test_htnet_attention_to_a_single_token_equals_torch_s_own():
    """It is left out there; without the shortcut the result is the same."""
    layer = build().levels[2].blocks[0][0]
    maps = torch.randn(3, 1, 1, 48)
    query, key, value = layer.query_key_value(layer.norm(maps)).reshape(3, 1, 3, layer.heads, -1).permute(2, 0, 3, 1, 4)
    mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    torch.testing.assert_close(layer(maps), layer.out(mixed.reshape(3, 1, 1, 48)))


@pytest.mark.parametrize(("attention", "side"), [("published", 28), ("real", 32)])
def test_htnet_sees_four_parts_of_a_face_of_28_px(attention, side):
    model = build(attention=attention, landmarks="detected")
    assert model.input_shape == (3, side, side)
    assert model.face_parts == FaceParts("eyes-lip-corners", 28, "detected")


def test_htnet_areas_are_squares_of_the_map():
    maps = torch.arange(16.0).reshape(1, 4, 4, 1)
    cut = _areas(maps, 2)
    assert cut[..., 0].int().tolist() == [[[0, 1], [4, 5]], [[2, 3], [6, 7]], [[8, 9], [12, 13]], [[10, 11], [14, 15]]]
    assert torch.equal(_whole(cut, 2), maps)


def test_htnet_places_of_the_last_level_change_nothing():
    """A number added to all values of a token is taken off again by the normalisations, here and in the source."""
    model = build(attention="real")
    images = 255 * torch.rand(2, *model.input_shape)
    before = model(images)
    with torch.no_grad():
        model.levels[2].places += torch.arange(16.0)
    torch.testing.assert_close(model(images), before, atol=1e-4, rtol=0)
