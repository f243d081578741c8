import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from fleeting import files
from fleeting.datasets import AbsentError, open_dataset
from fleeting.datasets.legacy_flow import encode, file_names
from fleeting.datasets.megc2019_flow import UPSTREAM, Megc2019Flow, registry
from fleeting.errors import DatasetError
from fleeting.types import Clip

IMAGE = np.arange(28 * 28 * 3).reshape(28, 28, 3).astype(np.uint8)
FIRST = registry()[0].clip


def test_registry_counts_are_the_published_ones():
    clips = [item.clip for item in registry()]
    assert Counter(clip.dataset for clip in clips) == {"smic": 164, "casme2": 145, "samm": 133}
    assert Counter(clip.label for clip in clips) == {0: 250, 1: 109, 2: 83}
    assert len({(clip.dataset, clip.subject) for clip in clips}) == 68
    assert len({item.sha256 for item in registry()}) == 442


def test_download_asks_for_upstream_names_with_their_blank(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(files, "fetch", lambda url, **facts: asked.append((url, facts)))
    monkeypatch.setattr("fleeting.datasets.megc2019_flow.registry", lambda: registry()[:1])
    with pytest.raises(DatasetError):  # nothing was written, so the label list has nothing to show
        Megc2019Flow.download(tmp_path)
    ((url, facts),) = asked
    assert url == f"{UPSTREAM}sub01_EP02_01f%20.png"
    assert facts["mirrored"] == "megc2019_flow/onset_apex/casme2_sub01_EP02_01f.png"
    assert facts["target"] == tmp_path / "onset_apex" / "casme2_sub01_EP02_01f.png"


def test_download_from_a_mirror_names_what_is_missing(mirror, tmp_path):
    dataset = Megc2019Flow.download(tmp_path)
    assert len(dataset.clips()) == 309
    assert {part: len(names) for part, names in dataset.missing().items()} == {"samm": 133}


def test_download_refuses_a_file_with_another_hash(mirror, tmp_path, monkeypatch):
    wrong = [registry()[0], replace(registry()[1], sha256="0" * 64)]
    monkeypatch.setattr("fleeting.datasets.megc2019_flow.registry", lambda: tuple(wrong))
    with pytest.raises(DatasetError, match="could not be fetched"):
        Megc2019Flow.download(tmp_path)


def test_mirror_holds_309_clips_of_40_subjects(mirror):
    dataset = open_dataset("megc2019-flow")
    clips = dataset.clips()
    assert len(clips) == 309
    assert len({(clip.dataset, clip.subject) for clip in clips}) == 40
    assert dataset.frames(clips[0]).shape == (1, 28, 28, 3)
    missing = dataset.missing()
    assert {part: len(names) for part, names in missing.items()} == {"samm": 133}
    assert missing["samm"][0] == "samm/006/006_1_2"


def test_published_bytes_survive_reading_and_writing(mirror, tmp_path):
    dataset = Megc2019Flow.open()
    clips = dataset.clips()
    Megc2019Flow.write(tmp_path, clips, [dataset.frames(clip)[0] for clip in clips])
    known = {item.clip.key: item.sha256 for item in registry()}
    for clip in clips:
        assert files.sha256(tmp_path / "onset_apex" / file_names(clip)[0]) == known[clip.key]
    assert Megc2019Flow(tmp_path).digest() == dataset.digest()


@pytest.mark.parametrize("name", [0, 1, 2])
def test_flat_folder_without_a_list_takes_labels_from_the_composite(tmp_path, name):
    (tmp_path / file_names(FIRST)[name]).write_bytes(encode(IMAGE))
    (tmp_path / "sub01_EP02_01f_1 .png").write_bytes(encode(IMAGE))
    dataset = Megc2019Flow(tmp_path)
    assert dataset.clips() == [Clip("casme2", "sub01", "EP02_01f", 1)]
    np.testing.assert_array_equal(dataset.frames(FIRST)[0], IMAGE)
    assert len(dataset.missing()["casme2"]) == 144


def test_flat_folder_with_strangers_names_them(tmp_path):
    (tmp_path / file_names(FIRST)[1]).write_bytes(encode(IMAGE))
    (tmp_path / "holiday.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"1 of its 2 images") as caught:
        Megc2019Flow(tmp_path)
    assert caught.value.got == "holiday.png"


def test_own_folder_opens_under_its_own_names(tmp_path):
    own = [Clip("lab", "p1", "c1", 0), Clip("lab", "p2", "c1", 1)]
    Megc2019Flow.write(tmp_path, own, [IMAGE, IMAGE])
    assert open_dataset("megc2019-flow", str(tmp_path)).clips() == own


def test_absent_data_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path))
    with pytest.raises(AbsentError, match="fleeting download megc2019-flow"):
        open_dataset("megc2019-flow")


def test_named_folder_that_is_not_there_is_no_absence(tmp_path):
    with pytest.raises(DatasetError) as caught:
        open_dataset("megc2019-flow", str(tmp_path / "none"))
    assert not isinstance(caught.value, AbsentError)


def test_clip_of_another_set_is_refused(tmp_path):
    Megc2019Flow.write(tmp_path, [FIRST], [IMAGE])
    with pytest.raises(DatasetError, match="no clip x/y/z"):
        Megc2019Flow(tmp_path).frames(Clip("x", "y", "z", 0))


def test_citation_names_every_source():
    text = Megc2019Flow.citation()
    assert all(name in text for name in ("CASME II", "SMIC", "SAMM", "MEGC 2019", "MIT"))


def test_missing_images_of_the_list_are_named(tmp_path):
    Megc2019Flow.write(tmp_path, [FIRST], [IMAGE])
    shutil.rmtree(tmp_path / "onset_apex")
    with pytest.raises(DatasetError, match=r"no file casme2_sub01_EP02_01f\.png"):
        Megc2019Flow(tmp_path)
