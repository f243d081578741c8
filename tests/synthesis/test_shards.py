"""The bytes of a shard."""

import hashlib
import tarfile
from pathlib import Path

import pytest

from fleeting.synthesis.shards import ShardWriter, tar_path


def write(root: Path, files: dict[str, bytes]) -> dict[str, object]:
    with ShardWriter(root, 3) as writer:
        writer.add("000000007", files)
        return writer.record()


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 70_000])
def test_header_is_the_one_that_tarfile_writes(tmp_path: Path, size: int) -> None:
    write(tmp_path, {"onset.jpg": bytes(size)})
    entry = tarfile.TarInfo("000000007.onset.jpg")
    entry.mode, entry.size = 0o644, size
    assert tar_path(tmp_path, 3).read_bytes()[:512] == entry.tobuf(tarfile.USTAR_FORMAT)


def test_record_states_length_and_hash_of_the_file(tmp_path: Path) -> None:
    record = write(tmp_path, {"onset.jpg": b"abc" * 500_000, "json": b"{}"})
    content = tar_path(tmp_path, 3).read_bytes()
    assert record == {"count": 1, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "failed": {}}


def test_files_come_back_in_order(tmp_path: Path) -> None:
    write(tmp_path, {"onset.jpg": b"first", "apex.jpg": b"second", "json": b"{}"})
    with tarfile.open(tar_path(tmp_path, 3)) as tar:
        assert tar.getnames() == ["000000007.onset.jpg", "000000007.apex.jpg", "000000007.json"]
