import torch

from fleeting.models import create_model


def test_apexme_has_11246403_parameters():
    model = create_model("apexme", num_classes=3)
    assert model.count_parameters() == 11_246_403
    assert (model.channels, model.input_shape) == (("apex.r", "apex.g", "apex.b"), (3, 224, 224))


def test_apexme_pools_whatever_size_the_trunk_survives():
    model = create_model("apexme", size=45, width=4).eval()
    assert model(255 * torch.rand(1, *model.input_shape)).shape == (1, 3)
