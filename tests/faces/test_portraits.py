"""The faker-portraits source: registry, download with and without mirror, notice."""

import hashlib
import re

import pytest

from fleeting.errors import DatasetError
from fleeting.faces import FacesOptions, portraits


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A mirror of one file, and a registry that lists it."""
    file = tmp_path / "mirror" / "faces" / "faker_portraits_cc0" / "female" / "512" / "0.jpg"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a picture")
    monkeypatch.setattr(portraits, "registry", lambda: {"female/512/0.jpg": hashlib.sha256(b"a picture").hexdigest()})
    monkeypatch.setenv("FLEETING_MIRROR", str(tmp_path / "mirror"))
    return file


def test_the_registry_has_two_hundred_paths_with_hashes():
    registry = portraits.registry()
    assert len(registry) == 200
    assert registry["female/512/0.jpg"] == "5f689733379decc3cd5cba081ca997d79e482f20dba11ef1337ba79601e27951"
    assert all(re.fullmatch(r"(fe)?male/512/\d+\.jpg", path) for path in registry)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in registry.values())


def test_a_download_from_the_mirror_is_silent_and_kept(tiny, tmp_path):
    shown = []
    folder = portraits.download(tmp_path / "target", show=shown.append)
    assert (folder / "female/512/0.jpg").read_bytes() == b"a picture"
    tiny.unlink()
    assert portraits.download(tmp_path / "target", show=shown.append) == folder
    assert shown == []


def test_a_mirror_with_wrong_bytes_is_refused(tiny, tmp_path):
    tiny.write_bytes(b"another picture")
    with pytest.raises(DatasetError, match=r"0\.jpg could not be fetched"):
        portraits.download(tmp_path / "target")


def test_the_licence_is_shown_before_a_real_download(tiny, tmp_path, monkeypatch):
    monkeypatch.delenv("FLEETING_MIRROR")
    events = []
    monkeypatch.setattr(portraits.files, "fetch", lambda url, **_: events.append(url))
    portraits.download(tmp_path / "target", show=events.append)
    assert "CC0 1.0" in events[0]
    assert events[1] == (
        "https://raw.githubusercontent.com/faker-js/assets-person-portrait/"
        "63aef57b5a839aebe3ad913ec7c76469aabbb6c5/female/512/0.jpg"
    )


def test_roots_come_after_the_portraits(mirror, tmp_path):
    (tmp_path / "faker-portraits").mkdir()
    (tmp_path / "faker-portraits" / "me.png").write_bytes(b"")
    found = portraits.FakerPortraits(FacesOptions(root=str(tmp_path / "faker-portraits"))).candidates()
    assert len(found) == 201
    assert (found[0].identity, found[0].licence) == ("faker-portraits/female/512/0.jpg", "CC0-1.0")
    assert found[-1].identity == "faker-portraits-2/me.png"
    assert all(candidate.path.is_file() for candidate in found)
