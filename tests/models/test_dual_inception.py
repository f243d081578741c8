import torch

from fleeting.models.dual_inception import DualInception, Inception


def test_dual_inception_has_6449867_parameters():
    assert DualInception(3, DualInception.Options()).count_parameters() == 6_449_867


def test_dual_inception_with_fewer_units_has_as_many_fewer_weights():
    smaller = DualInception(3, DualInception.Options(units=128)).count_parameters()
    assert 6_449_867 - smaller == (1024 - 128) * (6272 + 1 + 3)


def test_dual_inception_streams_end_in_3136_values():
    model = DualInception(3, DualInception.Options())
    assert [stream(torch.zeros(2, 1, 28, 28)).shape for stream in model.streams] == [(2, 3136), (2, 3136)]


def test_inception_block_keeps_the_size_and_joins_four_paths():
    assert Inception(24, 16)(torch.zeros(2, 24, 14, 14)).shape == (2, 64, 14, 14)


def test_inception_block_cuts_off_negative_values_on_all_paths_but_the_plain_one():
    torch.manual_seed(0)
    maps = Inception(1, 6)(torch.randn(2, 1, 28, 28)).detach()
    lowest = [float(path.min()) for path in maps.chunk(4, 1)]
    assert lowest[0] < 0
    assert lowest[1:] == [0.0, 0.0, 0.0]
