import re

import numpy as np
import pytest
from PIL import Image

from fake_synthetic import write_synthetic
from fleeting.errors import DatasetError, ManifestError, OptionsError
from fleeting.reports.contact_sheet import difference
from fleeting.reports.inspect import inspect_dataset
from fleeting.reports.samples import select


def sources_of(page):
    return re.findall(r'(?:src|href)="([^"]*)"', page)


@pytest.mark.parametrize("holds", ["frames", "video", "flow"])
def test_page_is_self_contained_for_every_kind_of_data_set(tmp_path, holds):
    root = write_synthetic(tmp_path / "made", holds=holds, failed=1)
    page = inspect_dataset(root, tmp_path / "look.html").read_text()
    assert all(source.startswith(("data:", "#")) for source in sources_of(page))
    assert "<script" not in page
    for section in ("sheet", "flicker", "flow", "aus", "counts"):
        assert f'<section id="{section}">' in page
    assert page.count("<img") == (2 if holds == "flow" else 3)
    assert "1 of 12 planned samples failed" in page
    assert "no landmarks" in page
    assert ("holds flow images and no pixels" in page) == (holds == "flow")


def test_contact_sheet_shows_every_class_and_is_repeatable(tmp_path):
    root = write_synthetic(tmp_path / "made", holds="frames", identities=3)
    first = inspect_dataset(root, tmp_path / "a.png", samples=6).read_bytes()
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == (2 * 16 + 110 + 2 * (3 * 128 + 4) + 14, 2 * 16 + 26 + 3 * (128 + 28))
    assert inspect_dataset(root, tmp_path / "b.png", samples=6).read_bytes() == first
    assert inspect_dataset(root, tmp_path / "c.png", samples=6, seed=1).read_bytes() != first


def test_flicker_has_two_grey_pictures_that_differ_where_the_face_moves(tmp_path):
    root = write_synthetic(tmp_path / "made", holds="frames")
    with Image.open(inspect_dataset(root, tmp_path / "look.gif")) as gif:
        assert (gif.n_frames, gif.info["loop"]) == (2, 0)
        onset = np.asarray(gif.convert("L"), int)
        gif.seek(1)
        change = np.abs(np.asarray(gif.convert("L"), int) - onset)
    assert onset.shape == (256 + 44, 3 * 256 + 16)
    patch = change[24 + 40 : 24 + 70, 100:140]  # class 0: rows 8-20, columns 20-32 of 56, enlarged
    assert patch.mean() > 5 * change[24 + 200 : 24 + 250, 10:60].mean()


def test_flicker_of_flow_images_is_refused(tmp_path):
    root = write_synthetic(tmp_path / "made")
    with pytest.raises(DatasetError, match="flow images only"):
        inspect_dataset(root, tmp_path / "look.gif")
    assert not (tmp_path / "look.gif").exists()


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(OptionsError, match=r"FILE\.html"):
        inspect_dataset(write_synthetic(tmp_path / "made"), tmp_path / "look.pdf")


def test_a_folder_that_is_no_data_set_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetError, match="is no synthetic data set"):
            inspect_dataset(folder, tmp_path / "look.html")


def test_a_damaged_data_set_is_a_fleeting_error(tmp_path):
    root = write_synthetic(tmp_path / "made")
    (root / "manifest.parquet").write_bytes(b"PAR1")
    with pytest.raises(ManifestError, match="cannot be read"):
        inspect_dataset(root, tmp_path / "look.html")


def test_no_samples_is_refused(tmp_path):
    with pytest.raises(OptionsError, match="something to see"):
        inspect_dataset(write_synthetic(tmp_path / "made"), tmp_path / "look.png", samples=0)


def test_every_class_and_source_gets_equally_many_samples_of_different_faces(tmp_path):
    root = write_synthetic(tmp_path / "made", identities=6, donors=[("casme2", "sub01", "a"), None])
    chosen = select(root, 18, np.random.default_rng(0)).groups()
    assert sorted(chosen) == [(label, source) for label in ("negative", "positive", "surprise")
                              for source in ("expert", "micro")]  # fmt: skip
    assert all(len({item.identity for item in items}) == 3 for items in chosen.values())


def test_difference_is_signed_and_clipped():
    onset = np.array([[[10, 10, 10], [0, 0, 0]]], np.uint8)
    apex = np.array([[[8, 8, 8], [255, 255, 255]]], np.uint8)
    assert difference(onset, apex).tolist() == [[[112, 112, 112], [255, 255, 255]]]
