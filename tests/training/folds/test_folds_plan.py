import torch

from fleeting.models import create_model
from fleeting.models.ststnet import STSTNet
from fleeting.training.folds import compiled
from fleeting.training.folds import plan as module
from fleeting.training.folds.plan import plan
from fleeting.training.recipe import TrainTable

CPU = torch.device("cpu")


def test_small_network_with_a_stem_is_trained_together():
    chosen = plan(create_model("ststnet"), 40, 1, TrainTable(), CPU)
    assert chosen.jobs == 40
    assert "40 of 40 trainings at once, about" in chosen.reason


def test_the_extra_that_makes_it_quicker_is_named_only_where_it_is_missing(monkeypatch):
    for installed in (True, False):
        monkeypatch.setattr(compiled, "INSTALLED", installed)
        reason = plan(create_model("ststnet"), 40, 1, TrainTable(), CPU).reason
        assert ("pip install 'fleeting[fast]'" in reason) == (not installed)


def test_what_does_not_fit_is_split_into_groups_and_then_done_one_by_one(monkeypatch):
    model, options = create_model("ststnet"), TrainTable()
    monkeypatch.setattr(module, "_free", lambda device: 2 * 2**30)
    monkeypatch.setattr(module, "STACK", 10**6)  # every fold at work at once
    assert 4 < plan(model, 10**3, 1, options, CPU).jobs < 128
    monkeypatch.setattr(module, "_free", lambda device: 2**20)
    chosen = plan(model, 40, 1, options, CPU)
    assert chosen.jobs == 1
    assert "fold by fold" in chosen.reason
    assert "GiB" in chosen.reason


def test_memory_that_holds_files_counts_as_free(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MEMORY", tmp_path / "meminfo")
    assert module._free(CPU) == 4 * 2**30  # systems without such a file
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable:    5000 kB\nBuffers: 7 kB\n")
    assert module._free(CPU) == 5000 * 1024


def test_networks_that_gain_nothing_are_trained_one_by_one():
    assert plan(create_model("linear"), 40, 1, TrainTable(), CPU).jobs == 1
    assert plan(create_model("ststnet"), 2, 1, TrainTable(), CPU).jobs == 1
    assert plan(create_model("ststnet"), 40, 1, TrainTable(folds_at_once="off"), CPU).jobs == 1
    chosen = plan(create_model("off-apexnet"), 40, 1, TrainTable(), CPU)
    assert chosen.jobs == 1
    assert "would not be quicker" in chosen.reason


class Noisy(STSTNet):
    """A network that draws numbers of its own."""

    def forward(self, images):
        return super().forward(images + torch.rand(len(images), 1, 1, 1))


def test_network_that_cannot_be_stacked_is_trained_one_by_one_and_says_why():
    chosen = plan(Noisy(3, STSTNet.Options()), 40, 1, TrainTable(), CPU)
    assert chosen.jobs == 1
    assert "cannot be stacked (" in chosen.reason
    assert "random" in chosen.reason
