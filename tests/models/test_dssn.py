import pytest
import torch

from fleeting.models.dssn import DSSN, SSSN

IMAGES = 255 * torch.rand(1, 4, 227, 227, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def fixed():
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.mark.parametrize(("classes", "parameters"), [(3, 515_203), (5, 630_405)])
def test_sssn_has_the_published_number_of_parameters(classes, parameters):
    assert SSSN(classes, SSSN.Options()).count_parameters() == parameters


@pytest.mark.parametrize(
    ("merge", "classes", "parameters"),
    [
        ("add", 5, 972_805),
        ("multiply", 5, 972_805),
        ("concat", 5, 1_260_805),
        ("multiply", 3, 857_603),
        ("concat", 3, 1_030_403),
    ],
)
def test_dssn_has_the_published_number_of_parameters(merge, classes, parameters):
    assert DSSN(classes, DSSN.Options(merge=merge)).count_parameters() == parameters


def test_stream_sizes_are_those_of_alexnet():
    stream = SSSN(3, SSSN.Options()).stream
    sizes, maps = [], IMAGES[:, :3]
    for layer in stream.layers:
        maps = layer(maps)
        sizes.append(tuple(maps.shape[1:]))
    assert sizes[0] == (96, 55, 55)
    assert sizes[3] == (96, 27, 27)
    assert sizes[4] == (256, 27, 27)
    assert sizes[7:] == [(256, 13, 13), (256, 15, 15)]


def test_stream_normalises_by_the_sum_over_five_maps():
    """Local response normalisation of AlexNet by hand: x / (2 + 1e-4 * sum of five squares) ** .75."""
    layer = SSSN(3, SSSN.Options()).stream.layers[3]
    maps = 100 * torch.rand(1, 9, 2, 2)
    squares = torch.nn.functional.pad(maps**2, (0, 0, 0, 0, 2, 2))
    sums = torch.stack([squares[:, index : index + 5].sum(1) for index in range(9)], 1)
    torch.testing.assert_close(layer(maps), maps / (2 + 1e-4 * sums) ** 0.75)


@pytest.mark.parametrize(
    ("stream", "channels"),
    [
        ("flow-magnitude", ("u", "v", "magnitude")),
        ("flow-strain", ("u", "v", "strain")),
        ("magnitude", ("magnitude",)),
        ("strain", ("strain",)),
        ("grey", ("apex.grey",)),
    ],
)
def test_sssn_asks_for_the_channels_of_its_stream(stream, channels):
    model = SSSN(3, SSSN.Options(stream=stream)).eval()
    assert model.channels == channels
    assert model.input_shape == (len(channels), 227, 227)
    assert model(IMAGES[:, : len(channels)]).shape == (1, 3)


@pytest.mark.parametrize(("size", "maps"), [(67, (32, 5, 5)), (115, (32, 8, 8)), (200, (32, 13, 13))])
def test_stream_of_another_size_has_the_maps_that_the_classifier_expects(size, maps):
    model = SSSN(3, SSSN.Options(size=size, width=12)).eval()
    images = 255 * torch.rand(1, 3, size, size)
    assert model.stream(images).shape == (1, *maps)
    assert model(images).shape == (1, 3)


def test_filters_that_the_two_groups_cannot_share_are_refused():
    with pytest.raises(ValueError, match="multiple of 6"):
        SSSN.Options(width=10)


def test_dssn_asks_for_each_channel_once():
    assert DSSN(3, DSSN.Options()).channels == ("u", "v", "magnitude", "strain")
    assert DSSN(3, DSSN.Options(first="magnitude", second="grey")).channels == ("magnitude", "apex.grey")


def test_dssn_streams_see_the_channels_of_their_kind():
    """The first stream must not notice a change of strain, nor the second one of magnitude."""
    model = DSSN(3, DSSN.Options()).eval()
    first, second = model.first(IMAGES), model.second(IMAGES)
    changed = IMAGES.clone()
    changed[:, 3] = 0
    assert torch.equal(model.first(changed), first)
    assert not torch.equal(model.second(changed), second)
    changed = IMAGES.clone()
    changed[:, 2] = 0
    assert torch.equal(model.second(changed), second)
    assert not torch.equal(model.first(changed), first)


@pytest.mark.parametrize(
    ("merge", "join"),
    [("multiply", torch.mul), ("add", torch.add), ("concat", lambda one, two: torch.cat([one, two], 1))],
)
def test_dssn_merges_the_maps_of_its_streams(merge, join):
    model = DSSN(3, DSSN.Options(merge=merge)).eval()
    torch.testing.assert_close(model(IMAGES), model.head(join(model.first(IMAGES), model.second(IMAGES))))
