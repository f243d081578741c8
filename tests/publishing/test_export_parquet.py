"""`--to hf`: what `datasets` loads is what was made."""

import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

import datasets
from fleeting import manifest
from fleeting.datasets.synthetic import Synthetic
from fleeting.publishing import parquet
from fleeting.publishing.export import export
from fleeting.publishing.source import portrait


@pytest.fixture
def load(tmp_path):
    def loaded(folder, *words, **options):
        return datasets.load_dataset(*words, str(folder), cache_dir=str(tmp_path / "hub cache"), **options)

    return loaded


def pixels(picture):
    return np.asarray(picture.convert("RGB"))


def test_load_dataset_gives_every_sample_with_its_pixels(pairs, load, tmp_path):
    made = export(pairs, "hf", tmp_path / "out", progress=False)
    rows = load(tmp_path / "out")["train"]
    source = Synthetic(pairs)
    assert made["samples"] == {"train": 24}
    assert [row["key"] for row in rows] == [clip.clip for clip in source.clips()]
    for row, clip in list(zip(rows, source.clips(), strict=True))[::5]:
        reference = source.frames(clip)
        # Two JPEG decoders may round differently by a level or two.
        assert np.abs(pixels(row["onset"]).astype(int) - reference[0]).max() <= 3
        assert np.abs(pixels(row["apex"]).astype(int) - reference[1]).max() <= 3


def test_stored_images_are_the_bytes_of_the_shards(pairs, tmp_path):
    export(pairs, "hf", tmp_path / "out", progress=False)
    table = pq.read_table(tmp_path / "out/data/train-00000-of-00001.parquet")
    from fleeting.synthesis.verify import samples

    stored = dict(samples(pairs / "shards/000000.tar"))["000000003"]["apex.jpg"]
    assert table["apex"][3].as_py() == {"bytes": stored, "path": "000000003.apex.jpg"}


def test_labels_are_class_labels_and_facts_are_those_of_the_manifest(pairs, load, tmp_path):
    export(pairs, "hf", tmp_path / "out", progress=False)
    rows = load(tmp_path / "out")["train"]
    assert rows.features["label"] == datasets.ClassLabel(names=["negative", "positive", "surprise"])
    assert rows.features["z_apex"] == datasets.List(datasets.Value("float32"), length=17)
    written = manifest.read(pairs)
    for row, fact in zip(rows.remove_columns(["onset", "apex"]), written.to_dict("records"), strict=True):
        assert (row["label"], row["identity"], row["seed"]) == (fact["label"], fact["identity"], fact["seed"])
        np.testing.assert_allclose(row["z_apex"], fact["z_apex"], atol=1e-6)
        np.testing.assert_allclose(row["sides"], fact["sides"] if len(fact["sides"]) else np.ones(34), atol=1e-6)


def test_donors_travel_and_failed_samples_do_not(fake, load, tmp_path):
    root = fake(failed=2)
    made = export(root, "hf", tmp_path / "out", progress=False)
    rows = load(tmp_path / "out")["train"]
    assert made["failed"] == {"no landmarks": 2}
    assert rows["key"][:2] == ["000000002", "000000003"]
    assert (rows[0]["donor_dataset"], rows[0]["donor_subject"], rows[0]["donor_clip"]) == ("smic", "s1", "s1_ne_01")
    assert rows[2]["donor_dataset"] == ""


@pytest.mark.parametrize(("holds", "column", "count"), [("video", "frames", 10), ("flow", "flow", None)])
def test_videos_and_flow_images_load_too(fake, load, tmp_path, holds, column, count):
    root = fake(holds)
    export(root, "hf", tmp_path / "out", progress=False)
    row = load(tmp_path / "out")["train"][0]
    source = Synthetic(root)
    frames = source.frames(source.clips()[0])
    if count is None:
        np.testing.assert_array_equal(pixels(row[column]), frames[0])
    else:
        assert len(row[column]) == count
        assert pixels(row[column][0]).shape == frames[0].shape


def test_validation_split_shares_no_portrait_with_train(pairs, load, tmp_path):
    made = export(pairs, "hf", tmp_path / "out", validation=0.5, progress=False)
    rows = load(tmp_path / "out")
    people = {split: {portrait(name) for name in rows[split]["identity"]} for split in rows}
    assert people == {"train": {"synthetic/embedded/eileen-collins"}, "validation": {"synthetic/embedded/grace-hopper"}}
    assert made["samples"] == {"train": 12, "validation": 12}
    assert len(set(rows["train"]["key"]) | set(rows["validation"]["key"])) == 24


def test_memory_holds_one_row_group(pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 5)
    export(pairs, "hf", tmp_path / "out", progress=False)
    facts = pq.ParquetFile(tmp_path / "out/data/train-00000-of-00001.parquet").metadata
    assert [facts.row_group(number).num_rows for number in range(facts.num_row_groups)] == [5, 5, 5, 5, 4]


def test_shards_are_put_together_up_to_the_size_of_a_file(pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "FILE_BYTES", 210_000)  # two of the shards of 105 kB
    export(pairs, "hf", tmp_path / "out", progress=False)
    assert sorted(path.name for path in (tmp_path / "out/data").iterdir()) == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]


def test_a_picture_can_be_opened_by_pillow_alone(pairs, tmp_path):
    export(pairs, "hf", tmp_path / "out", progress=False)
    table = pq.read_table(tmp_path / "out/data/train-00000-of-00001.parquet", columns=["onset"])
    picture = Image.open(io.BytesIO(table["onset"][0].as_py()["bytes"]))
    assert (picture.size, picture.mode) == ((64, 64), "RGB")
    assert 40 < pixels(picture).mean() < 220  # a face, not a blank
