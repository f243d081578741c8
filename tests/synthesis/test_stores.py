"""Data sets on an object store: the same bytes as on a disk, resumed, verified, repaired and read from there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import OptionsError
from fleeting.remote import AnyPath, RemotePath, place
from fleeting.synthesis import remake, repair, report, synthesize, verify
from fleeting.synthesis.shards import done_path, tar_path
from small_recipe import small_recipe

FILES = (
    "recipe.toml", "faces.csv", "manifest.parquet", "shards/000000.tar", "shards/000000.done.json", "shards/000001.tar",
    "shards/000001.done.json",
)  # fmt: skip

# The S3 client leaves its sessions to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of a real HTTP server that speaks S3."""
    pytest.importorskip("s3fs", reason="needs the extra cluster")
    server_room = pytest.importorskip("moto.server", reason="needs moto[s3]")
    server = server_room.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import fsspec

        fsspec.filesystem("s3", use_listings_cache=False).mkdir("sets")
        yield "s3://sets"
    server.stop()


@pytest.fixture(params=["s3", "memory", "file"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> AnyPath:
    roots: dict[str, Any] = {
        "s3": lambda: f"{request.getfixturevalue('s3')}/{tmp_path.name}",
        "memory": lambda: f"memory://{tmp_path.name}",
        "file": lambda: f"file://{tmp_path}/files",
    }
    return place(roots[request.param]())


def content(root: AnyPath) -> dict[str, bytes]:
    return {name: (root / name).read_bytes() for name in FILES}


def test_store_holds_the_bytes_that_a_disk_would(target: AnyPath, tmp_path: Path) -> None:
    synthesize(small_recipe(), target, progress=False)
    synthesize(small_recipe(), tmp_path / "disk", progress=False)
    assert content(target) == content(tmp_path / "disk")
    assert report(target).state == "done"
    assert verify(target).sound


def test_processes_write_to_the_store(s3: str, tmp_path: Path) -> None:
    synthesize(small_recipe(), f"{s3}/pool", workers=2, progress=False)
    synthesize(small_recipe(), tmp_path, progress=False)
    assert content(place(f"{s3}/pool")) == content(tmp_path)


def test_missing_shard_of_a_store_is_made_again(target: AnyPath) -> None:
    synthesize(small_recipe(), target, progress=False)
    sound = content(target)
    done_path(target, 1).unlink()
    assert synthesize(small_recipe(), target, progress=False)["made"] == 1
    assert content(target) == sound


def test_damaged_shard_of_a_store_is_named_and_repaired(target: AnyPath, tmp_path: Path) -> None:
    synthesize(small_recipe(), target, progress=False)
    sound = content(target)
    damaged = bytearray(sound["shards/000001.tar"])
    damaged[700] ^= 1
    (tmp_path / "damaged").write_bytes(damaged)
    if isinstance(target, RemotePath):
        tar_path(target, 1).put(tmp_path / "damaged")
    else:
        tar_path(target, 1).write_bytes(damaged)
    verdict = verify(target)
    assert verdict.damaged == [1]
    repair(target, verdict, small_recipe())
    assert content(target) == sound


def test_training_reads_the_store(target: AnyPath, tmp_path: Path) -> None:
    synthesize(small_recipe(), target, progress=False)
    synthesize(small_recipe(), tmp_path / "disk", progress=False)
    there, here = Synthetic.open(str(target)), Synthetic.open(str(tmp_path / "disk"))
    assert there.clips() == here.clips()
    assert there.digest() == here.digest()
    np.testing.assert_array_equal(there.frames(there.clips()[7]), here.frames(here.clips()[7]))


def test_sample_of_a_store_is_remade(target: AnyPath, tmp_path: Path) -> None:
    synthesize(small_recipe(), target, progress=False)
    assert remake(target, "000000007", tmp_path / "out").differing == []


@pytest.mark.parametrize("url", ["s3://", "nostore://bucket/x"])
def test_wrong_store_is_refused(url: str) -> None:
    with pytest.raises(OptionsError):
        synthesize(small_recipe(), url, progress=False)
