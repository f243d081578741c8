import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fleeting.models import create_model
from fleeting.models.framewise import FramewiseModel, LastState
from fleeting.models.model import Batch
from fleeting.options import Options


class Means(FramewiseModel):
    """Streams that see the mean of their channels; a linear layer on all frames as the temporal part."""

    def __init__(self):
        super().__init__(3, Options(), ("u", "strain"), (2, 4, 4))
        streams = {("u",): self.mean(1), ("strain", "strain"): self.mean(2)}
        self.build(streams, nn.Sequential(nn.Flatten(), nn.Linear(6, 3)), dropout=0.0)

    @staticmethod
    def mean(values):
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), values


def batch_of(images, weights=(1.0, 1.0)):
    labels, zeros = torch.tensor([0, 2]), torch.zeros(2, dtype=torch.int64)
    return Batch(images, labels, torch.tensor(weights), zeros, progress=0.5)


def clips():
    """(2, 2, 2, 4, 4): every frame of every channel has a grey level of its own."""
    levels = torch.tensor([[[0.0, 51], [102, 153]], [[204, 255], [255, 0]]])
    return levels[..., None, None].expand(2, 2, 2, 4, 4)


def test_each_stream_sees_its_channels_frame_by_frame():
    first, second = Means().frame_features(clips())
    torch.testing.assert_close(first, torch.tensor([[[-1.0], [-0.6]], [[0.6], [1.0]]]))
    torch.testing.assert_close(second, torch.tensor([[[-0.2] * 2, [0.2] * 2], [[1.0] * 2, [-1.0] * 2]]))


def test_temporal_part_sees_the_streams_joined_in_time():
    model = Means()
    joined = torch.tensor([[-1.0, -0.2, -0.2, -0.6, 0.2, 0.2]])
    torch.testing.assert_close(model(clips())[:1], model.temporal[1](joined))


@pytest.mark.parametrize("weights", [(1.0, 1.0), (3.0, 1.0), (0.0, 2.0)])
def test_loss_adds_clips_and_frames_of_each_stream(weights):
    model, images = Means(), clips()
    total = 0.0
    for clip, label in enumerate([0, 2]):
        answers = [model(images)[clip]]
        expected = cross_entropy(answers[0][None], torch.tensor([label]))
        for head, values in zip(model.frame_heads, model.frame_features(images), strict=True):
            expected = expected + cross_entropy(head(values[clip]), torch.tensor([label] * 2))
        total = total + weights[clip] * expected
    torch.testing.assert_close(model.loss(batch_of(images, weights)), total / sum(weights))


def test_frame_networks_learn_from_frames_alone():
    """Without the classifiers of frames nothing reaches them, and the temporal part still learns."""
    model = create_model("elrcn-te", trunk="small", size=32, frames=2)
    for head in model.frame_heads:
        nn.init.zeros_(head[1].weight)
    model.loss(batch_of(255 * torch.rand(2, *model.input_shape))).backward()
    assert not any(weight.grad.any() for weight in model.streams.parameters())
    assert all(weight.grad.any() for weight in model.temporal[0].parameters())


def test_last_state_is_the_one_after_all_frames():
    layer = LastState(2, 3)
    sequence = torch.rand(2, 5, 2)
    torch.testing.assert_close(layer(sequence), layer.cells(sequence)[1][0][0])
