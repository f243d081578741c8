"""Same recipe, same bytes, whatever makes the shards: Ray with a node killed. Job arrays: executors/test_slurm.py."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fleeting.errors import DatasetError, OptionsError
from fleeting.faces import create_faces
from fleeting.faces.pool import FacePool
from fleeting.synthesis import report, synthesize, worker
from fleeting.synthesis.worker import Job, load_tools, made_with, make_shard
from ray_nodes import ray_recipe
from small_recipe import small_recipe

TESTS = Path(__file__).parents[1]


def shards(root: Path) -> dict[str, bytes]:
    """The bytes of all that must not depend on the executor."""
    kept = [*root.glob("shards/*"), root / "manifest.parquet", root / "recipe.toml", root / "faces.csv"]
    return {str(path.relative_to(root)): path.read_bytes() for path in kept}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    recipe = small_recipe()
    text = recipe.model_dump_json()
    return Job(text, create_faces(recipe.faces), tmp_path, 0, made_with(load_tools(text)))


@pytest.mark.slow
@pytest.mark.parametrize("fate", ["undisturbed", "kill"])
def test_two_ray_nodes_give_the_bytes_of_one_process(tmp_path: Path, fate: str) -> None:
    """Tokens are on; in `kill` one of the nodes dies after five shards of forty, and its tasks run on the other."""
    pytest.importorskip("ray", reason="needs the extra cluster")
    words = [sys.executable, str(TESTS / "ray_nodes.py"), "ray", fate]
    around = os.environ | {"PYTHONPATH": str(TESTS)}
    shown = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, env=around, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr[-3000:]
    told = json.loads(shown.stdout.strip().splitlines()[-1])
    assert (told["nodes"], told["done"], told["made"]) == (1 if fate == "kill" else 2, 240, 40)
    synthesize(ray_recipe(), tmp_path / "one", progress=False)
    assert shards(tmp_path / "ray") == shards(tmp_path / "one")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_a_run_on_ray(tmp_path: Path, number: signal.Signals, code: int) -> None:
    pytest.importorskip("ray", reason="needs the extra cluster")
    recipe = 'synthesis = {identities = 60000, shard_size = 30}\nfaces = {name = "embedded", size = 64}\n'
    (tmp_path / "long.toml").write_text(recipe + 'action_units = {sources = ["expert"]}\n')
    out = tmp_path / "set"
    words = ["synthesize", str(tmp_path / "long.toml"), "--out", str(out), "--executor", "ray", "--workers", "1"]
    run = subprocess.Popen([sys.executable, "-m", "fleeting.cli.main", *words], stderr=subprocess.PIPE, text=True)
    while len(list(out.glob("shards/*.done.json"))) < 3:
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(number)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == code
    assert "the same command goes on from there" in errors
    assert report(out).state == "interrupted"


def test_job_weighs_less_than_three_kilobytes(job: Job) -> None:
    assert len(pickle.dumps(job)) < 3000


def test_machine_without_the_faces_makes_them(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = make_shard(job)
    worker._faces.cache_clear()
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path / "other"))
    elsewhere = FacePool(tmp_path / "not here" / job.pool.folder.name, job.pool.options)
    assert make_shard(Job(job.recipe_json, elsewhere, tmp_path / "out", 0)) == expected


def test_machine_with_other_faces_is_refused(job: Job, tmp_path: Path) -> None:
    worker._faces.cache_clear()
    elsewhere = FacePool(tmp_path / "0123456789abcdef", job.pool.options)
    with pytest.raises(DatasetError, match="not those of the run"):
        make_shard(Job(job.recipe_json, elsewhere, tmp_path / "out", 0))


def test_machine_with_another_version_is_refused_with_the_difference(job: Job) -> None:
    around = json.loads(job.made_with)
    around["versions"]["numpy"] = "1.0"
    with pytest.raises(OptionsError, match=r"versions\.numpy = '1\.0'"):
        make_shard(Job(job.recipe_json, job.pool, job.out, 0, json.dumps(around)))
