"""manifest.parquet comes back as written, and says what is wrong with it."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fleeting import manifest
from fleeting.errors import ManifestError
from fleeting.types import AU_NUMBERS

COLUMNS = [
    "key",
    "status",
    "reason",
    "label",
    "emotion",
    "au_source",
    "identity",
    "donor_dataset",
    "donor_subject",
    "donor_clip",
    "z_onset",
    "z_apex",
    "track",
    "sides",
    "seed",
    "generator",
    "generator_hash",
    "shard",
]


def row(number, **changes):
    texts = dict.fromkeys(("reason", "emotion", "donor_dataset", "donor_subject", "donor_clip"), "")
    facts = {
        "key": f"{number:09d}",
        "status": "done",
        "label": number % 3,
        "au_source": "expert",
        "identity": f"face-{number}",
        "z_onset": [0.0] * len(AU_NUMBERS),
        "z_apex": [0.25] * len(AU_NUMBERS),
        "track": [],
        "sides": [],
        "seed": 2**63 - 1,
        "generator": "warp",
        "generator_hash": "0" * 64,
        "shard": number // 2,
    }
    return {**texts, **facts, **changes}


def test_columns_are_those_of_the_format():
    assert manifest.SCHEMA.names == COLUMNS


@pytest.mark.parametrize(("rows", "groups"), [(2, 2), (3, 1)])
def test_parts_come_back_as_one_table_in_order(tmp_path, monkeypatch, rows, groups):
    monkeypatch.setattr(manifest, "GROUP", rows)
    path = tmp_path / "manifest.parquet"
    parts = ([row(2 * part), row(2 * part + 1, donor_clip="EP02")] for part in range(2))
    assert manifest.write(path, parts) == 4
    assert pq.ParquetFile(path).num_row_groups == groups
    table = manifest.read(tmp_path)
    assert list(table.columns) == COLUMNS
    assert list(table["key"]) == ["000000000", "000000001", "000000002", "000000003"]
    assert list(table["donor_clip"]) == ["", "EP02", "", "EP02"]
    assert list(table["label"]) == [0, 1, 2, 0]
    assert table["seed"][0] == 2**63 - 1
    assert table["z_apex"][3].tolist() == [0.25] * 17


def test_some_columns_can_be_read_alone(tmp_path):
    manifest.write(tmp_path / "manifest.parquet", [[row(0)]])
    assert list(manifest.read(tmp_path, ["key", "label"]).columns) == ["key", "label"]


def test_row_with_a_value_of_the_wrong_type_leaves_no_file(tmp_path):
    with pytest.raises(pa.ArrowInvalid):
        manifest.write(tmp_path / "manifest.parquet", [[row(0)], [row(1, label="negative")]])
    assert list(tmp_path.iterdir()) == []


def test_missing_manifest_says_how_to_get_one(tmp_path):
    with pytest.raises(ManifestError, match=r"has no manifest\.parquet") as raised:
        manifest.read(tmp_path)
    assert "fleeting synthesize" in raised.value.cure


@pytest.mark.parametrize("keep", [0, 4, 2000])
def test_damaged_manifest_is_named(tmp_path, keep):
    path = tmp_path / "manifest.parquet"
    manifest.write(path, [[row(0)]])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ManifestError, match="cannot be read") as raised:
        manifest.read(tmp_path)
    assert raised.value.where == str(path)


@pytest.mark.parametrize("columns", [None, ["key", "shard"]])
def test_missing_column_is_named(tmp_path, columns):
    manifest.write(tmp_path / "manifest.parquet", [[row(0)]])
    table = pq.read_table(tmp_path / "manifest.parquet").drop_columns(["shard"])
    pq.write_table(table, tmp_path / "manifest.parquet")
    with pytest.raises(ManifestError, match="lacks columns") as raised:
        manifest.read(tmp_path, columns)
    assert raised.value.expected == "shard"
