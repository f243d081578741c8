import torch

from fleeting.models.sssnet import SSSNet


def test_sssnet_has_1349251_parameters():
    assert SSSNet(3, SSSNet.Options()).count_parameters() == 1_349_251


def test_sssnet_flattens_64_maps_of_9_x_9():
    features = SSSNet(3, SSSNet.Options()).features
    assert features[:-4](torch.zeros(2, 3, 64, 64)).shape == (2, 64, 9, 9)


def test_sssnet_drops_whole_channels():
    torch.manual_seed(0)
    features = SSSNet(3, SSSNet.Options()).features
    maps = features[:5](torch.randn(4, 3, 64, 64))
    empty = (maps == 0).flatten(2).all(2)
    assert 20 < int(empty.sum()) < 108
    assert bool((maps != 0).flatten(2).any(2)[~empty].all())
