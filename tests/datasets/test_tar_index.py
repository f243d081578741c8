import tarfile

import pytest
import webdataset

from fleeting.datasets.tar_index import index_tar, read_span
from fleeting.errors import ManifestError


def shard(path, mtime=0):
    with webdataset.TarWriter(str(path), mtime=mtime) as writer:
        for key in ("a", "b"):
            writer.write({"__key__": key, "json": b'{"key": 1}', "flow.png": key.encode() * 700})
    return path


@pytest.mark.parametrize("mtime", [0, 1234.56789])
def test_index_finds_the_bytes_that_tarfile_finds(tmp_path, mtime):
    path = shard(tmp_path / "s.tar", mtime)
    index = index_tar(path)
    with tarfile.open(path) as tar, path.open("rb") as file:
        for member in tar.getmembers():
            key, _, suffix = member.name.partition(".")
            assert read_span(file, index[key][suffix]) == tar.extractfile(member).read()
    assert {key: set(value) for key, value in index.items()} == {k: {"json", "flow.png"} for k in "ab"}


def test_cut_shard_is_refused(tmp_path):
    path = shard(tmp_path / "s.tar")
    path.write_bytes(path.read_bytes()[:1200])
    with pytest.raises(ManifestError, match="cut off"):
        index_tar(path)


@pytest.mark.parametrize("content", [b"no tar at all" * 100, b"short"])
def test_file_that_is_no_tar_is_refused(tmp_path, content):
    (tmp_path / "s.tar").write_bytes(content)
    with pytest.raises(ManifestError, match="no tar header"):
        index_tar(tmp_path / "s.tar")


def test_missing_shard_is_refused(tmp_path):
    with pytest.raises(ManifestError, match="cannot be read"):
        index_tar(tmp_path / "s.tar")


def test_links_and_folders_are_refused(tmp_path):
    with tarfile.open(tmp_path / "s.tar", "w") as tar:
        link = tarfile.TarInfo("a.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    with pytest.raises(ManifestError, match="more than plain files"):
        index_tar(tmp_path / "s.tar")
