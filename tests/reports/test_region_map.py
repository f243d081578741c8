import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from fleeting.reports.region_map import region_map, run_regions, words

KEPT = (0, 2, 30, 84)
"""Blocks: the whole face, one of 2 x 2, two of 8 x 8."""


@pytest.fixture
def run(tmp_path):
    def write(model="tgsr", regions=85, width=6):
        folder = tmp_path / "models" / "seed-0"
        folder.mkdir(parents=True)
        weight = np.zeros((3, 85, width))
        weight[:, KEPT] = 1.0
        save_file({"head.weight": weight.reshape(3, -1)}, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps({"model": model, "options": {"regions": regions}}))
        return tmp_path

    return write


def test_kept_blocks_of_a_run_are_counted_level_by_level(run):
    figure, text = run_regions(run(), released=False)
    assert text == "4 of 85 blocks are kept: 1 of 1 x 1, 1 of 2 x 2, 0 of 4 x 4, 2 of 8 x 8."
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["1 x 1: 1 of 1", "2 x 2: 1 of 4", "4 x 4: 0 of 16", "8 x 8: 2 of 64"]


def test_released_numbers_are_drawn_in_the_blocks_they_come_from(run):
    """Of the last group of 177 the released order makes the three last blocks of the last column, plane YT."""
    figure, text = run_regions(run(width=177), released=True)
    filled = [patch.get_xy() for patch in figure.axes[3].patches if patch.get_fill()]
    assert {(195.5, 139.5), (195.5, 167.5), (195.5, 195.5)} <= set(filled)
    assert "the 4 groups of numbers that were kept; in the released order these are no blocks" in text


def test_blocks_stand_where_the_grid_has_them():
    strengths = np.zeros(85)
    strengths[[2, 84]] = 1
    places = [[patch.get_xy() for patch in axes.patches if patch.get_fill()] for axes in region_map(strengths).axes]
    assert places == [[], [(111.5, -0.5)], [], [(195.5, 195.5)]]


def test_heavier_block_is_more_opaque():
    strengths = np.zeros(85)
    strengths[[21, 22]] = 1, 3
    light, heavy = [patch.get_alpha() for patch in region_map(strengths).axes[3].patches if patch.get_fill()]
    assert light < heavy


def test_all_blocks_are_no_selection():
    assert words(np.ones(85)) == "All 85 blocks are kept: no region is selected."


@pytest.mark.parametrize("facts", [{"model": "svm"}, {"regions": 4}])
def test_models_without_these_regions_have_no_map(run, facts):
    assert run_regions(run(**facts), released=False) is None


def test_run_without_models_has_no_map(tmp_path):
    assert run_regions(tmp_path, released=True) is None
