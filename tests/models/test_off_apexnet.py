import pytest
import torch

from fleeting.models.off_apexnet import OffApexNet


def build(**options):
    torch.manual_seed(0)
    return OffApexNet(3, OffApexNet.Options(**options)).eval()


@pytest.mark.parametrize(("version", "parameters"), [("two-stream", 2_664_475), ("meb", 807_909)])
def test_off_apexnet_has_the_published_number_of_parameters(version, parameters):
    assert build(version=version).count_parameters() == parameters


@pytest.mark.parametrize(("version", "inputs", "streams"), [("two-stream", 1, 2), ("meb", 2, 1)])
def test_off_apexnet_streams_end_in_784_values(version, inputs, streams):
    model = build(version=version)
    assert [stream(torch.zeros(2, inputs, 28, 28)).shape for stream in model.streams] == [(2, 784)] * streams


def test_off_apexnet_takes_no_strain():
    assert build().channels == ("u", "v")


def test_off_apexnet_streams_see_one_direction_each():
    model = build()
    images = 255 * torch.rand(1, 2, 28, 28)
    seen = []
    for stream in model.streams:
        stream.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(images)
    torch.testing.assert_close(torch.cat(seen, 1), images / 127.5 - 1)
    assert not torch.equal(model.streams[0][0].weight, model.streams[1][0].weight)


def test_off_apexnet_activation_can_be_left_out():
    images = torch.randn(2, 1, 28, 28)
    bent, plain = (build(activation=name).streams[0](images) for name in ("relu", "none"))
    assert float(bent.detach().min()) >= 0 > float(plain.detach().min())
