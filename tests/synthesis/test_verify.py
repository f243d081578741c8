"""Every kind of damage is named."""

import json
from pathlib import Path

import pytest

from fleeting import manifest
from fleeting.synthesis import synthesize, verify
from fleeting.synthesis.shards import ShardWriter, done_path, tar_path
from fleeting.synthesis.verify import samples
from small_recipe import small_recipe


@pytest.fixture
def root(tmp_path: Path) -> Path:
    synthesize(small_recipe(), tmp_path, progress=False)
    return tmp_path


def rewrite(root: Path, change: dict[str, dict[str, bytes] | None]) -> None:
    """Write shard 0 anew, with a right hash, some samples replaced or left out."""
    content = {**dict(samples(tar_path(root, 0))), **change}
    with ShardWriter(root, 0) as writer:
        for key, files in content.items():
            if files is not None:
                writer.add(key, files)
        writer.record()


def test_sound_data_set_has_no_faults(root: Path) -> None:
    verdict = verify(root)
    assert (verdict.sound, verdict.shards, verdict.samples, verdict.planned, verdict.failed) == (True, 2, 12, 12, 0)


def test_changed_byte_is_named(root: Path) -> None:
    content = bytearray(tar_path(root, 1).read_bytes())
    content[700] ^= 1
    tar_path(root, 1).write_bytes(content)
    assert any("shard 000001 has another sha256" in fault for fault in verify(root).faults)


def test_missing_shard_is_named(root: Path) -> None:
    tar_path(root, 0).unlink()
    assert verify(root).faults == ["shard 000000 is missing: run the recipe again"]


def test_truncated_shard_is_named(root: Path) -> None:
    tar_path(root, 0).write_bytes(tar_path(root, 0).read_bytes()[:3000])
    faults = verify(root).faults
    assert "recorded are" in faults[0]
    assert any("lacks" in fault for fault in faults)


def test_missing_sample_is_named(root: Path) -> None:
    rewrite(root, {"000000002": None})
    assert verify(root).faults == ["shard 000000 lacks 000000002 and 0 more that the manifest calls done"]


def test_unknown_sample_is_named(root: Path) -> None:
    rewrite(root, {"000000099": dict(samples(tar_path(root, 0)))["000000001"]})
    assert any("does not know" in fault for fault in verify(root).faults)


def test_contradicting_label_is_named(root: Path) -> None:
    files = dict(samples(tar_path(root, 0)))["000000001"]
    record = json.loads(files["json"]) | {"label": 0}
    rewrite(root, {"000000001": files | {"json": json.dumps(record).encode()}})
    assert verify(root).faults == ["shard 000000, 000000001: label is 0 in its .json and 1 in the manifest"]


def test_damaged_image_is_named(root: Path) -> None:
    files = dict(samples(tar_path(root, 0)))["000000001"]
    rewrite(root, {"000000001": files | {"apex.jpg": b"not an image"}})
    assert verify(root).faults == ["shard 000000, 000000001: apex.jpg is not an image"]


def test_damaged_done_record_is_named(root: Path) -> None:
    done_path(root, 0).write_text("{")
    assert "done record is damaged" in verify(root).faults[0]


def test_folder_without_manifest_is_named(tmp_path: Path) -> None:
    assert manifest.NAME in verify(tmp_path).faults[0]
