import pytest
import torch

from fleeting.models.rcn import RCNA


def build(**options):
    torch.manual_seed(0)
    return RCNA(3, RCNA.Options(**options)).eval()


@pytest.mark.parametrize(("maps", "pool", "parameters"), [(32, 5, 15_331), (64, 7, 55_747)])
def test_rcn_a_has_the_published_number_of_parameters(maps, pool, parameters):
    assert build(maps=maps, pool=pool).count_parameters() == parameters


def test_rcn_a_stem_gives_28_x_28_maps():
    assert build().stem(torch.zeros(2, 3, 60, 60)).shape == (2, 32, 28, 28)


def test_rcn_a_uses_its_recurrent_layer_twice():
    model = build()
    seen = []
    model.recur.register_forward_hook(lambda _, inputs, output: seen.append((inputs[0], output)))
    images = 255 * torch.rand(1, 3, 60, 60)
    model(images)
    stem = model.stem(images / 127.5 - 1)
    assert len(seen) == 2
    torch.testing.assert_close(seen[0][0], stem + model.enter(stem))
    torch.testing.assert_close(seen[1][0], stem + seen[0][1])


@pytest.mark.parametrize("pool", [5, 7])
def test_rcn_a_attention_is_the_mean_of_one_stretched_map_per_class(pool):
    model = build(pool=pool)
    stem = torch.rand(1, 32, 28, 28)
    pooled = torch.nn.functional.adaptive_avg_pool2d(stem, pool)[0]
    maps = []
    for row in model.head.weight.detach():
        scores = (pooled * row.reshape(32, pool, pool)).mean(0)
        maps.append((scores - scores.min()) / (scores.max() - scores.min()))
    torch.testing.assert_close(model.attention(stem)[0, 0], sum(maps) / 3)


def test_rcn_a_attention_of_empty_maps_is_a_number():
    assert build().attention(torch.zeros(2, 32, 28, 28)).abs().sum() == 0
