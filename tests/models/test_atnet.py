import math

import pytest
import torch

from fleeting.models import create_model
from fleeting.models.atnet import SequenceLSTM, block_motion
from fleeting.models.export import PACKAGES, export_onnx


def flow_maps(steps=1, side=32):
    """(1, 2 steps, side, side) of no motion."""
    return torch.full((1, 2 * steps, side, side), 128.0)


def test_atnet_has_one_bias_per_gate():
    trunk, inputs, units = 4_897_730, 8 * 8 * 2, 512
    first, second = 4 * units * (inputs + units + 1), 4 * units * (2 * units + 1)
    assert trunk + first + second + 2 * units * 3 + 3 == 8_312_773
    assert create_model("atnet", num_classes=3).count_parameters() == 8_312_773


def test_channels_are_the_apex_and_64_flow_fields():
    model = create_model("atnet", width=4)
    assert model.channels[:3] == ("apex.grey", "flow1.u", "flow1.v")
    assert model.channels[-2:] == ("flow64.u", "flow64.v")
    assert model.input_shape == (129, 224, 224)


def test_frames_that_are_not_there_are_rows_of_zeros():
    assert not block_motion(flow_maps(steps=3)).any()
    assert block_motion(flow_maps(steps=3)).shape == (1, 3, 128)


@pytest.mark.parametrize(
    ("u", "v", "direction", "magnitude"),
    [
        (178, 128, 0, 0.5),
        (128, 148, math.pi / 2, 0.2),
        (98, 168, math.atan2(0.4, -0.3), 0.5),
        (128, 118, -math.pi / 2, 0.1),
    ],
)
def test_motion_is_read_as_hundredths_of_a_pixel(u, v, direction, magnitude):
    flows = flow_maps()
    flows[:, 0], flows[:, 1] = u, v
    features = block_motion(flows)[0, 0].reshape(64, 2)
    torch.testing.assert_close(features, torch.tensor([[direction, magnitude]]).repeat(64, 1))


def test_motion_to_the_left_has_the_direction_pi_and_none_has_0():
    flows = flow_maps()
    flows[0, 0, :16] = 78
    features = block_motion(flows)[0, 0].reshape(8, 8, 2)
    torch.testing.assert_close(features[:4], torch.tensor([math.pi, 0.5]).repeat(4, 8, 1))
    assert not features[4:].any()


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor", "ignore:The tensor attributes")  # torch of itself
def test_exported_time_stream_reads_axis_parallel_motion_alike(tmp_path):
    """The converter's atan2(0, -1) was -pi: exported models answered otherwise wherever v is exactly 0."""
    for package in PACKAGES:
        pytest.importorskip(package, reason="the extra onnx is not installed")
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    model = create_model("atnet", size=32, width=4, steps=2).eval()
    export_onnx(model, tmp_path / "model.onnx")
    images = torch.cat([255 * torch.rand(1, 1, 32, 32), flow_maps(steps=2)], 1)
    images[:, 1, :16], images[:, 2, :, :8], images[:, 3] = 78, 100, 100
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (answers,) = session.run(None, {"images": images.numpy()})
    torch.testing.assert_close(torch.from_numpy(answers), model(images).detach(), atol=1e-5, rtol=1e-4)


def test_blocks_run_row_by_row_and_steps_stay_apart():
    flows = flow_maps(steps=2, side=64)
    flows[0, 2, 8:16, 24:32] = 228  # second step, u = 1 px in the block of row 1, column 3
    features = block_motion(flows).reshape(2, 64, 2)
    assert features.nonzero().tolist() == [[1, 11, 1]]
    assert features[1, 11, 1].item() == pytest.approx(1)


def test_direction_is_the_mean_of_angles():
    """Half the block moves right, half left: angles 0 and pi. The angle of the mean motion would be undefined."""
    flows = flow_maps()
    flows[0, 0, :, 0::2], flows[0, 0, :, 1::2] = 178, 78
    torch.testing.assert_close(block_motion(flows)[0, 0, :2], torch.tensor([math.pi / 2, 0.5]))


def test_lstm_is_torchs_with_one_of_its_biases_at_zero():
    torch.manual_seed(0)
    ours, reference = SequenceLSTM(6, 5), torch.nn.LSTM(6, 5, batch_first=True)
    with torch.no_grad():
        ours.cells.weight_ih_l0[:, -1].normal_()
        reference.weight_ih_l0.copy_(ours.cells.weight_ih_l0[:, :-1])
        reference.weight_hh_l0.copy_(ours.cells.weight_hh_l0)
        reference.bias_ih_l0.copy_(ours.cells.weight_ih_l0[:, -1])
        reference.bias_hh_l0.zero_()
    sequence = torch.rand(2, 7, 6)
    torch.testing.assert_close(ours(sequence), reference(sequence)[0])


def test_lstm_starts_from_normal_weights_and_no_bias():
    torch.manual_seed(0)
    cells = SequenceLSTM(128, 128).cells
    assert cells.weight_hh_l0.std().item() == pytest.approx(0.1, rel=0.02)
    assert cells.weight_ih_l0[:, :-1].std().item() == pytest.approx(0.1, rel=0.02)
    assert not cells.weight_ih_l0[:, -1].any()


def test_classifier_sees_two_streams_of_unit_length():
    model, seen = create_model("atnet", size=32, width=4, steps=3).eval(), []
    model.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(255 * torch.rand(2, *model.input_shape))
    torch.testing.assert_close(seen[0].unflatten(1, (2, 32)).norm(dim=2), torch.ones(2, 2))


def test_classifier_starts_from_caffes_xavier():
    model = create_model("atnet", size=32)
    assert model.head.weight.abs().max().item() == pytest.approx((3 / 1024) ** 0.5, rel=0.01)
    assert model.head.bias.tolist() == pytest.approx([0.2] * 3)
