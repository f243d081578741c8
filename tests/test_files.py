"""Files are whole or absent; what comes from elsewhere is checked."""

import hashlib
import zipfile
from datetime import UTC, datetime

import pytest

from fleeting import files
from fleeting.errors import DatasetError
from fleeting.remote import place

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
URL = "https://example.invalid/a.bin"


@pytest.fixture
def tiny_mirror(tmp_path, monkeypatch):
    (tmp_path / "mirror" / "part").mkdir(parents=True)
    (tmp_path / "mirror" / "part" / "a.bin").write_bytes(b"abc")
    monkeypatch.setenv("FLEETING_MIRROR", str(tmp_path / "mirror"))
    return tmp_path / "mirror"


def stop_halfway(path, error):
    with files.atomic_write(path) as file:
        file.write(b"half")
        raise error


def test_atomic_write_leaves_nothing_when_the_block_fails(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with pytest.raises(RuntimeError, match="halfway"):
        stop_halfway(path, RuntimeError("halfway"))
    assert list(path.parent.iterdir()) == []


def test_atomic_write_keeps_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with files.atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_interrupted_atomic_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        stop_halfway(path, KeyboardInterrupt())
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_text_is_written_as_utf8(tmp_path):
    files.write_text(tmp_path / "a.txt", "µ\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc2\xb5\n"


@pytest.mark.parametrize(("content", "digest"), [(b"", EMPTY), (b"abc", ABC)])
def test_sha256_is_that_of_the_bytes(tmp_path, content, digest):
    (tmp_path / "a").write_bytes(content)
    assert files.sha256(tmp_path / "a") == digest


def test_text_digest_tells_where_one_text_ends():
    assert files.text_digest("abc") == ABC
    assert files.text_digest("ab", "c") != files.text_digest("a", "bc")


def test_there_is_no_mirror_unless_one_is_named(monkeypatch):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    assert files.mirror() is None
    monkeypatch.setenv("FLEETING_MIRROR", "")
    assert files.mirror() is None


def test_mirror_that_points_nowhere_is_an_error_with_a_cure(tmp_path, monkeypatch):
    monkeypatch.setenv("FLEETING_MIRROR", str(tmp_path / "gone"))
    with pytest.raises(DatasetError, match="mirror folder does not exist") as raised:
        files.mirror()
    assert (raised.value.got, raised.value.where) == (str(tmp_path / "gone"), "FLEETING_MIRROR")
    assert raised.value.cure == "correct or unset the variable"


def test_locate_finds_inside_the_mirror(tiny_mirror):
    assert files.locate("mirror:part/a.bin") == tiny_mirror / "part" / "a.bin"
    with pytest.raises(DatasetError, match=r"There is no file or folder .*b\.bin"):
        files.locate("mirror:part/b.bin")


def test_locate_without_a_mirror_names_the_variable(monkeypatch):
    monkeypatch.delenv("FLEETING_MIRROR", raising=False)
    with pytest.raises(DatasetError, match="none is set") as raised:
        files.locate("mirror:part/a.bin")
    assert "set FLEETING_MIRROR" in raised.value.cure


def test_locate_takes_plain_paths_with_or_without_a_mirror(tiny_mirror, monkeypatch):
    path = tiny_mirror / "part"
    assert files.locate(str(path)) == path
    monkeypatch.delenv("FLEETING_MIRROR")
    assert files.locate(str(path)) == path
    with pytest.raises(DatasetError, match="There is no file or folder"):
        files.locate(str(path / "gone"))


def test_cache_is_the_folder_of_the_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path))
    assert files.cache() == tmp_path
    monkeypatch.delenv("FLEETING_CACHE")
    assert files.cache().name == "fleeting"


def test_fetch_copies_from_the_mirror_once(tiny_mirror, tmp_path):
    target = tmp_path / "cache" / "a.bin"
    assert files.fetch(URL, digest=ABC, mirrored="part/a.bin", target=target) == target
    assert target.read_bytes() == b"abc"
    (tiny_mirror / "part" / "a.bin").unlink()
    files.fetch(URL, digest=ABC, mirrored="part/a.bin", target=target)
    assert target.read_bytes() == b"abc"


def test_fetch_refuses_a_wrong_hash_and_leaves_no_file(tiny_mirror, tmp_path):
    target = tmp_path / "cache" / "a.bin"
    wrong = hashlib.sha256(b"abd").hexdigest()
    with pytest.raises(DatasetError, match=r"a\.bin could not be fetched") as raised:
        files.fetch(URL, digest=wrong, mirrored="part/a.bin", target=target)
    assert raised.value.expected == f"sha256 {wrong}"
    assert raised.value.where == str(tiny_mirror / "part" / "a.bin")
    assert not target.exists()


def test_fetch_replaces_a_damaged_file(tiny_mirror, tmp_path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"damaged")
    files.fetch(URL, digest=ABC, mirrored="part/a.bin", target=target)
    assert target.read_bytes() == b"abc"


def test_fetch_of_a_file_that_the_mirror_lacks_says_where_it_looked(tiny_mirror, tmp_path):
    with pytest.raises(DatasetError, match=r"b\.bin could not be fetched") as raised:
        files.fetch(URL, digest=ABC, mirrored="part/b.bin", target=tmp_path / "b.bin")
    assert raised.value.where == str(tiny_mirror / "part" / "b.bin")
    assert not (tmp_path / "b.bin").exists()


def test_archive_is_weighed_before_it_is_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(5_000_000))
        archive.writestr("one", b"x")
    assert (tmp_path / "a.zip").stat().st_size < 10_000
    assert files.unzipped(tmp_path / "a.zip") == 5_000_001
    (tmp_path / "cut.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-30])
    assert files.unzipped(tmp_path / "cut.zip") == 0


@pytest.mark.parametrize("root", [None, "memory://modified"])
def test_time_of_a_file_is_told_with_its_zone(tmp_path, root):
    path = (place(root) if root else tmp_path) / "a"
    files.write_text(path, "x")
    assert abs((files.modified(path) - datetime.now(UTC)).total_seconds()) < 60
