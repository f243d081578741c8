"""A path on a store does what the same path on a disk does."""

import hashlib
import pickle
from pathlib import Path

import pytest

from fleeting.errors import OptionsError
from fleeting.files import atomic_write, sha256, size, write_text
from fleeting.remote import RemotePath, place


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3://bucket/a/", RemotePath("s3://bucket/a")),
        ("file:///tmp/a", Path("/tmp/a")),
        (Path("file:///tmp/a"), Path("/tmp/a")),
        (Path("s3://bucket/a"), RemotePath("s3://bucket/a")),
        (str(Path("s3://bucket/a")), RemotePath("s3://bucket/a")),
        ("C:/a", Path("C:/a")),
        ("a b/c", Path("a b/c")),
        (Path("a"), Path("a")),
        (RemotePath("s3://bucket/a"), RemotePath("s3://bucket/a")),
    ],
)
def test_place_is_what_the_user_means(name, expected):
    assert place(name) == expected


def test_parts_are_those_of_a_path():
    path = RemotePath("s3://bucket/sets") / "a" / "000001.tar"
    assert (str(path), path.name, path.stem) == ("s3://bucket/sets/a/000001.tar", "000001.tar", "000001")
    assert str(path.with_name("b")) == "s3://bucket/sets/a/b"
    assert pickle.loads(pickle.dumps(path)) == path


def test_written_file_is_read_sized_hashed_and_removed():
    path = RemotePath("memory://remote/file.txt")
    assert (size(path), path.exists(), path.is_file()) == (None, False, False)
    write_text(path, "größer")
    assert (path.read_text(), size(path), path.is_file()) == ("größer", 8, True)
    assert sha256(path) == hashlib.sha256("größer".encode()).hexdigest()
    with path.open("rb") as file:
        file.seek(2)
        assert file.read(2) == b"\xc3\xb6"
    path.unlink()
    path.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        path.unlink()


def test_file_that_was_not_finished_is_not_there():
    path = RemotePath("memory://remote/half.txt")
    with pytest.raises(ValueError, match="closed"), atomic_write(path) as file:
        file.close()
    assert not path.exists()


@pytest.mark.parametrize("url", ["bucket/a", "s3://", "s3:///"])
def test_url_without_a_place_is_refused(url):
    with pytest.raises(OptionsError, match="no place on a store"):
        RemotePath(url)


def test_what_a_store_raises_is_an_error_as_of_a_disk(monkeypatch):
    """Missing credentials were a traceback, and `exists` said no: a recipe there would have been written anew."""
    import fsspec

    class NoCredentialsError(Exception):
        pass

    def refuse(*_, **__):
        raise NoCredentialsError("Unable to locate credentials")

    path = RemotePath("memory://remote/shut.txt")
    for name in ("info", "cat_file", "put_file"):
        monkeypatch.setattr(type(fsspec.filesystem("memory")), name, refuse, raising=False)
    for use in (path.exists, path.size, path.read_bytes, lambda: write_text(path, "x")):
        with pytest.raises(OSError, match="NoCredentialsError: Unable to locate") as caught:
            use()
        assert caught.value.filename == str(path)


def test_unknown_store_is_refused():
    with pytest.raises(OptionsError, match="no such kind of store"):
        RemotePath("nostore://a/b").exists()
