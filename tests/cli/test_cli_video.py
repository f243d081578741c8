"""Clips of more than two frames on the whole way: synthesis, shards, reader, feature, training, report."""

import csv
import json

import pytest
import torch

from fleeting.datasets.synthetic import Synthetic
from fleeting.generators import GENERATORS
from fleeting.generators.ganimation.checkpoint import save_networks
from fleeting.generators.ganimation.network import GeneratorNetwork

VIDEO = """
[synthesis]
identities = 4
shard_size = 12
[faces]
name = "embedded"
size = 64
[action_units]
sources = ["expert"]
frames = {frames}
[generator]
name = "{generator}"
options = {options}
[features.options]
method = "dis"
[model]
name = "elrcn-se"
options = {{ trunk = "small", size = 32, inputs = "flow-strain" }}
[train]
seeds = [0]
epochs = 1
batch_size = 4
device = "cpu"
[test]
protocol = "holdout"
"""


@pytest.fixture
def weights(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_networks(tmp_path / "weights", GeneratorNetwork(width=8, blocks=1))
    return tmp_path / "weights"


def write(tmp_path, generator="warp", options="{}", frames=10):
    path = tmp_path / "video.toml"
    path.write_text(VIDEO.format(generator=generator, options=options, frames=frames))
    return path


@pytest.mark.parametrize("generator", GENERATORS.list())
def test_clips_of_every_generator_reach_the_report(fleeting, tmp_path, no_mirror, weights, generator):
    options = f'{{ weights = "{weights}", device = "cpu" }}' if generator == "ganimation" else "{}"
    recipe, run = write(tmp_path, generator, options), tmp_path / "run"
    shown = fleeting("train", recipe, "--out", run, "--workers", 1)
    assert shown.code == 0, shown.err
    made = Synthetic(run / "data" / "seed-0")
    assert {made.frames(clip).shape for clip in made.clips()} == {(10, 64, 64, 3)}
    with (run / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert json.loads((run / "results.json").read_text())["overall"]["clips"] == len(rows) > 0
    assert "elrcn-se" in (run / "report.html").read_text()


def test_clips_of_two_frames_stop_the_run_with_what_to_do(fleeting, tmp_path, no_mirror):
    shown = fleeting("train", write(tmp_path, frames=2), "--out", tmp_path / "run", "--workers", 1)
    assert shown.code == 2
    assert "onset and apex alone" in shown.err
    assert "action_units.frames" in shown.err
