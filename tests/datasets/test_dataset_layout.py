"""Official folders are found wherever the user keeps them."""

import pytest

from fleeting.datasets.layout import Layout, find, find_file
from fleeting.errors import DatasetError

CROPPED = Layout("cropped", ("Cropped",), ("two*.csv",), "sub*")


def make(root, *names):
    for name in names:
        path = root / name
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        else:
            path.mkdir(parents=True)


def test_layout_takes_the_folder_nearest_to_its_table(tmp_path):
    make(tmp_path, "one/Cropped/sub01", "two/Cropped/sub01", "two/two.csv")
    found = find(tmp_path, [CROPPED]).found[0]
    assert (found.frames, found.table) == (tmp_path / "two/Cropped", tmp_path / "two/two.csv")


def test_layout_takes_the_whole_copy_nearest_to_the_root(tmp_path):
    make(tmp_path, "old/data/Cropped/sub01", "old/data/two.csv", "own/Cropped/sub01", "own/two.csv")
    found = find(tmp_path, [CROPPED]).found
    assert [place.frames for place in found] == [tmp_path / "own/Cropped", tmp_path / "old/data/Cropped"]
    assert found[0].table == tmp_path / "own/two.csv"


def test_layout_skips_a_folder_without_the_inner_ones(tmp_path):
    make(tmp_path, "Cropped/Cropped/sub01", "two.csv")
    assert find(tmp_path, [CROPPED]).found[0].frames == tmp_path / "Cropped/Cropped"


def test_layout_ignores_case_and_hidden_and_lock_files(tmp_path):
    make(tmp_path, "CROPPED/Sub01", "~$two.csv", ".two.csv", "Two.CSV")
    assert find(tmp_path, [CROPPED]).found[0].table == tmp_path / "Two.CSV"


def test_layout_says_what_it_looked_for_and_what_is_there(tmp_path):
    make(tmp_path, "Clipped/sub01", "notes.txt")
    with pytest.raises(DatasetError) as caught:
        find(tmp_path, [CROPPED])
    assert caught.value.expected == "cropped: Cropped holding sub* with two*.csv"
    assert caught.value.got == "Clipped, notes.txt"


def test_layout_finds_a_file_by_its_first_pattern(tmp_path):
    make(tmp_path, "b/list-2.csv", "b/c/list.csv")
    assert find_file(tmp_path, ("list.csv", "list*.csv")) == tmp_path / "b/c/list.csv"
    assert find_file(tmp_path, ("absent.csv",)) is None
