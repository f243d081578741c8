import torch
from torch import nn

from fleeting.models import create_model
from fleeting.models.dtscnn import convolutions
from fleeting.models.sketch import sketch_model


def test_convolutions_have_the_parameters_of_the_paper():
    counts = [sum(weight.numel() for weight in convolutions(scale).parameters()) for scale in (4, 8)]
    assert counts == [367_728, 371_184]


def test_both_streams_go_through_the_sizes_of_the_paper():
    model = sketch_model("dtscnn")
    assert model.input_shape == (3, 128, 96, 112)
    for stream, maps in ((model.coarse, 64), (model.fine, 128)):
        values, shapes = torch.empty(1, 3, maps, 96, 112, device="meta"), []
        for layer in stream:
            values = layer(values)
            if isinstance(layer, nn.Conv3d | nn.MaxPool3d):
                shapes.append(tuple(values.shape[1:]))
        assert shapes == [
            (16, 16, 48, 56),
            (16, 16, 24, 28),
            (32, 16, 24, 28),
            (32, 8, 12, 14),
            (64, 8, 12, 14),
            (64, 4, 6, 7),
            (128, 1, 6, 7),
            (128, 1, 3, 3),
        ]
        assert values.shape == (1, 1152)


def test_any_size_from_32_on_fits_the_linear_layers():
    for size in (32, 33, 49, 95):
        model = sketch_model("dtscnn", size=size)
        assert model(torch.empty(1, *model.input_shape, device="meta")).shape == (1, 3)


def test_coarse_stream_sees_means_of_pairs_of_maps():
    model = create_model("dtscnn", size=32).eval()
    images = 255 * torch.rand(1, *model.input_shape)
    swapped = images.unflatten(2, (64, 2)).flip(3).flatten(2, 3)
    (coarse, fine), (same, other) = model.answers(images), model.answers(swapped)
    torch.testing.assert_close(same, coarse)
    assert not torch.allclose(other, fine)


def test_the_surer_stream_answers():
    """Without weights the heads answer with their biases: the coarse stream is surer in one model, not in the other."""
    model = create_model("dtscnn", size=32).eval()
    for head in (model.coarse_head[1], model.fine_head[1]):
        nn.init.zeros_(head.weight)
    images = torch.rand(2, *model.input_shape)
    sure, unsure = torch.tensor([4.0, 0, 0]), torch.tensor([0, 0, 2.0])
    for coarse, fine, winner in ((sure, unsure, 0), (unsure, sure, 0), (unsure, sure / 4, 2)):
        with torch.no_grad():
            model.coarse_head[1].bias.copy_(coarse)
            model.fine_head[1].bias.copy_(fine)
        chances = model(images).exp()
        torch.testing.assert_close(chances.sum(1), torch.ones(2))
        torch.testing.assert_close(chances[0], (sure if winner == 0 else unsure).softmax(0))
