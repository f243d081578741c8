"""Synthesis end to end: same bytes for any number of workers, resumable, nothing lost, loadable by others."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fleeting import manifest
from fleeting.errors import FaceError, OptionsError
from fleeting.faces import create_faces
from fleeting.generators.warp import WarpGenerator
from fleeting.seeds import derive
from fleeting.synthesis import SynthesisRecipe, synthesize, verify, worker
from fleeting.synthesis.shards import done_path, tar_path
from fleeting.synthesis.verify import samples
from small_recipe import small_recipe


def make(out: Path, recipe: SynthesisRecipe, workers: int = 1) -> dict[str, Any]:
    return synthesize(recipe, out, workers=workers, progress=False)


def content(root: Path) -> dict[str, bytes]:
    """The bytes of every file of a data set; how long the run took is left out."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != "status.json"]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_number_of_workers_does_not_change_a_byte(tmp_path: Path) -> None:
    one, two = tmp_path / "one" / "set", tmp_path / "two" / "set"
    make(one, small_recipe())
    make(two, small_recipe(), workers=2)
    assert content(one) == content(two)
    assert set(content(one)) == {
        "README.md",
        "faces.csv",
        "manifest.parquet",
        "recipe.toml",
        "shards/000000.done.json",
        "shards/000000.tar",
        "shards/000001.done.json",
        "shards/000001.tar",
    }


@pytest.mark.parametrize("output", ["frames", "flow"])
def test_sample_has_the_same_bytes_in_a_shard_of_any_size(tmp_path: Path, output: str) -> None:
    found = []
    for size in (1, 5, 12):
        out = tmp_path / str(size)
        make(out, small_recipe(shard_size=size, output=output))
        found.append([sample for path in sorted(out.glob("shards/*.tar")) for sample in samples(path)])
    assert len(found[0]) == 12
    assert found[0] == found[1] == found[2]


def test_bytes_do_not_depend_on_how_many_identities_are_drawn_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    monkeypatch.setattr(worker, "BLOCK", 1)
    make(one, small_recipe())
    monkeypatch.setattr(worker, "BLOCK", 3)
    make(other, small_recipe())
    assert tar_path(one, 0).read_bytes() == tar_path(other, 0).read_bytes()


def test_interrupted_run_is_finished_and_equals_an_undisturbed_one(tmp_path: Path) -> None:
    """Killed in the second shard: its tar is half written, and neither done record nor manifest stand."""
    make(tmp_path / "a" / "set", small_recipe())
    broken = tmp_path / "b" / "set"
    make(broken, small_recipe())
    done_path(broken, 1).unlink()
    tar_path(broken, 1).write_bytes(b"half")
    (broken / manifest.NAME).unlink()
    assert make(broken, small_recipe())["made"] == 1
    assert content(broken) == content(tmp_path / "a" / "set")


def test_finished_data_set_is_left_alone(tmp_path: Path) -> None:
    make(tmp_path, small_recipe())
    before = tar_path(tmp_path, 0).stat().st_mtime_ns
    assert make(tmp_path, small_recipe())["made"] == 0
    assert tar_path(tmp_path, 0).stat().st_mtime_ns == before


def test_shard_of_another_length_is_made_again(tmp_path: Path) -> None:
    make(tmp_path, small_recipe())
    sound = tar_path(tmp_path, 0).read_bytes()
    tar_path(tmp_path, 0).write_bytes(sound[:-512])
    assert make(tmp_path, small_recipe())["made"] == 1
    assert tar_path(tmp_path, 0).read_bytes() == sound


def test_other_recipe_in_the_same_folder_is_refused_with_the_difference(tmp_path: Path) -> None:
    make(tmp_path, small_recipe())
    with pytest.raises(OptionsError, match=r"synthesis\.seed = 0") as caught:
        make(tmp_path, small_recipe(seed=1))
    assert "synthesis.seed = 1" in str(caught.value)


def test_shard_is_made_without_pandas_and_torch(tmp_path: Path) -> None:
    """They take longer to import than 1,500 samples take to make, and every worker would wait for them."""
    recipe = small_recipe()
    pool = create_faces(recipe.faces)
    code = f"""
import sys
from pathlib import Path
from fleeting.faces.options import FacesOptions
from fleeting.faces.pool import FacePool
from fleeting.synthesis.worker import Job, make_shard
options = FacesOptions.model_validate_json({recipe.faces.model_dump_json()!r})
job = Job({recipe.model_dump_json()!r}, FacePool(Path({str(pool.folder)!r}), options), Path({str(tmp_path)!r}), 0)
print(make_shard(job)["count"], [name for name in ("pandas", "torch", "scipy", "sklearn") if name in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "6 []"


def test_failing_sample_becomes_a_row_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate, fourth = WarpGenerator.generate_batch, np.random.PCG64(derive(0, "render", 4)).state

    def fault(self: WarpGenerator, faces: Any, sequences: Any, streams: Any) -> Any:
        if any(rng.bit_generator.state == fourth for rng in streams):
            raise FaceError("made to fail")
        return generate(self, faces, sequences, streams)

    monkeypatch.setattr(WarpGenerator, "generate_batch", fault)
    summary = make(tmp_path, small_recipe())
    assert (summary["done"], summary["failed"], summary["reasons"]) == (11, 1, {"made to fail": 1})
    rows = manifest.read(tmp_path)
    assert rows.loc[rows["status"] == "failed", ["key", "reason"]].to_numpy().tolist() == [
        ["000000004", "made to fail"]
    ]
    assert len(rows) == 12
    assert verify(tmp_path).sound
    assert "1 failed: made to fail" in (tmp_path / "README.md").read_text()


def test_programming_error_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WarpGenerator, "generate_batch", lambda *_: undefined)  # noqa: F821
    with pytest.raises(NameError):
        make(tmp_path, small_recipe())
    assert not done_path(tmp_path, 0).exists()
    assert not list(tmp_path.glob("shards/*.part"))


@pytest.mark.parametrize(
    ("change", "names", "shape"),
    [
        ({}, ["onset.jpg", "apex.jpg", "json"], (64, 64, 3)),
        ({"format": "png"}, ["onset.png", "apex.png", "json"], (64, 64, 3)),
        ({"output": "flow"}, ["flow.png", "json"], (28, 28, 3)),
    ],
)
def test_sample_holds_the_files_of_its_output(
    tmp_path: Path, change: dict[str, Any], names: list[str], shape: tuple[int, ...]
) -> None:
    make(tmp_path, small_recipe(identities=1, **change))
    for _, files in samples(tar_path(tmp_path, 0)):
        assert list(files) == names
        image = cv2.imdecode(np.frombuffer(files[names[0]], np.uint8), cv2.IMREAD_COLOR)
        assert image.shape == shape


def test_sequences_are_stored_frame_by_frame(tmp_path: Path) -> None:
    recipe = small_recipe(identities=1)
    longer = recipe.model_copy(update={"action_units": recipe.action_units.model_copy(update={"frames": 10})})
    make(tmp_path, longer)
    _, files = next(samples(tar_path(tmp_path, 0)))
    assert list(files) == [*(f"{index:02d}.jpg" for index in range(10)), "json"]
    assert len(json.loads(files["json"])["track"]) == 170
    assert len(manifest.read(tmp_path)["track"][0]) == 170


def test_rgb_order_survives_the_files(tmp_path: Path) -> None:
    """Faces are redder than they are blue; a swap of channels would show."""
    make(tmp_path, small_recipe(identities=1))
    _, files = next(samples(tar_path(tmp_path, 0)))
    blue, _, red = cv2.imdecode(np.frombuffer(files["onset.jpg"], np.uint8), cv2.IMREAD_COLOR).mean((0, 1))
    assert red > blue + 20


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdataset_loads_the_shards(tmp_path: Path) -> None:
    """It leaves closing the tar to the garbage collector: hence the two filters."""
    import webdataset

    make(tmp_path, small_recipe())
    urls = [str(path) for path in sorted(tmp_path.glob("shards/*.tar"))]
    loaded = list(webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).decode("rgb8"))
    assert [sample["json"]["key"] for sample in loaded] == [f"{number:09d}" for number in range(12)]
    assert loaded[0]["onset.jpg"].shape == (64, 64, 3)


def test_hugging_face_datasets_loads_the_folder(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra hub")
    make(tmp_path / "set", small_recipe())
    found = datasets.load_dataset(
        "webdataset",
        data_files=[str(path) for path in sorted((tmp_path / "set").glob("shards/*.tar"))],
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    assert len(found) == 12
    assert [row["label"] for row in found["json"]] == [0, 1, 2] * 4


def test_data_card_states_counts_licences_and_use(tmp_path: Path) -> None:
    make(tmp_path, small_recipe())
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\npretty_name:")
    for text in ("| made | 12 |", "public domain (NASA)", "Leak rule", "Article 5(1)(f)", "n<1K"):
        assert text in card


def test_generator_that_draws_together_gets_whole_blocks_and_a_fault_costs_one_sample(tmp_path, monkeypatch):
    recipe, calls = small_recipe(shard_size=12), []
    make(tmp_path / "a" / "set", recipe)
    draw = WarpGenerator.generate_batch

    def together(generator, faces, sequences, streams):
        calls.append(len(sequences))
        return draw(generator, faces, sequences, streams)

    monkeypatch.setattr(WarpGenerator, "generate_batch", together)
    make(tmp_path / "b" / "set", recipe)
    assert calls == [12]
    assert content(tmp_path / "b" / "set") == content(tmp_path / "a" / "set")

    def short(generator, faces, sequences, streams):
        return draw(generator, faces, sequences, streams)[: max(1, len(faces) - 1)]

    monkeypatch.setattr(WarpGenerator, "generate_batch", short)
    make(tmp_path / "short" / "set", recipe)  # a sample too few: all are drawn again, none twice
    assert content(tmp_path / "short" / "set") == content(tmp_path / "a" / "set")

    def faulty(generator, faces, sequences, streams):
        if any(face.identity.endswith("+1") and aus.label == 0 for face, aus in zip(faces, sequences, strict=True)):
            raise ValueError("this one cannot be drawn")
        return draw(generator, faces, sequences, streams)

    monkeypatch.setattr(WarpGenerator, "generate_batch", faulty)
    summary = make(tmp_path / "c" / "set", recipe)
    assert summary["reasons"] == {"ValueError: this one cannot be drawn": 2}
    assert summary["done"] == 10
