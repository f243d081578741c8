"""croissant.json: mlcroissant finds no fault in it and loads records from it."""

import json
import logging

import numpy as np
import pytest

from fleeting.publishing.export import FORMS, export

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # rdflib's


@pytest.fixture(scope="module")
def mlcroissant():
    return pytest.importorskip("mlcroissant")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_description_of_every_form_is_without_errors_or_warnings(pairs, tmp_path, mlcroissant, caplog, form):
    export(pairs, form, tmp_path / "out", progress=False)
    with caplog.at_level(logging.WARNING):
        described = mlcroissant.Dataset(str(tmp_path / "out" / "croissant.json"))
    assert described.metadata.issues.report() == ""
    assert caplog.messages == []


def test_records_load_with_images_and_action_units(pairs, tmp_path, mlcroissant):
    export(pairs, "hf", tmp_path / "out", validation=0.5, progress=False)
    records = list(mlcroissant.Dataset(str(tmp_path / "out" / "croissant.json")).records("samples"))
    assert sorted(record["samples/key"].decode() for record in records) == [f"{number:09d}" for number in range(24)]
    first = records[0]
    assert first["samples/apex"].size == (64, 64)
    assert np.asarray(first["samples/onset"]).shape == (64, 64, 3)
    assert len(first["samples/z_apex"]) == 17
    assert first["samples/label"] in (0, 1, 2)


def test_records_of_other_forms_are_the_manifest_with_its_failures(fake, tmp_path, mlcroissant):
    export(fake(failed=2), "webdataset", tmp_path / "out", progress=False)
    records = list(mlcroissant.Dataset(str(tmp_path / "out" / "croissant.json")).records("samples"))
    assert [record["samples/status"] for record in records[:3]] == [b"failed", b"failed", b"done"]
    assert records[0]["samples/reason"] == b"no landmarks"


def test_changed_file_is_noticed_by_its_hash(fake, tmp_path, mlcroissant):
    export(fake(), "webdataset", tmp_path / "out", progress=False)
    path = tmp_path / "out" / "manifest.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Exception, match=r"Hash of downloaded file|Download"):
        list(mlcroissant.Dataset(str(tmp_path / "out" / "croissant.json")).records("samples"))


def test_description_states_licence_use_and_the_files(pairs, tmp_path):
    export(pairs, "webdataset", tmp_path / "out", progress=False)
    told = json.loads((tmp_path / "out" / "croissant.json").read_text())
    assert told["license"] == ["faces: public domain (NASA)", "faces: public domain (US Navy)"]
    assert "Article 5(1)(f)" in told["description"]
    named = [item["contentUrl"] for item in told["distribution"]]
    assert named[:3] == [f"shards/00000{number}.tar" for number in range(3)]
    assert "manifest.parquet" in named
