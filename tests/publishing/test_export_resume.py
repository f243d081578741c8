"""An export that was interrupted finishes when it is run again; what is not its own is left alone."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from export_folder import told, tree

from fleeting import manifest
from fleeting.errors import DatasetError, ManifestError, OptionsError
from fleeting.publishing import export as exporter
from fleeting.publishing.export import FORMS, export
from fleeting.publishing.push import load
from fleeting.publishing.tar_shards import link

KILL = """
import os, signal, sys
from pathlib import Path
from fleeting.publishing import image_folder
from fleeting.publishing.export import export
make, calls = image_folder.ImageFolder.make, []
def deadly(self, source, part, folder):
    calls.append(part)
    if len(calls) == 2:
        sys.modules["fleeting.publishing.image_folder"].json.dumps = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    return make(self, source, part, folder)
image_folder.ImageFolder.make = deadly
export(Path(sys.argv[1]), "imagefolder", Path(sys.argv[2]), progress=False)
"""


def stop_at(monkeypatch, form, turn, error):
    """Raise `error` when part number `turn` is to be made; return the names of the parts made."""
    made, make = [], FORMS[form].make

    def stopping(self, source, part, folder):
        if len(made) == turn:
            raise error
        made.append(part.name)
        return make(self, source, part, folder)

    monkeypatch.setattr(FORMS[form], "make", stopping)
    return made


@pytest.mark.parametrize("form", ["imagefolder", "webdataset", "legacy", "legacy-flow"])
def test_interrupted_export_goes_on_and_ends_as_an_undisturbed_one(pairs, tmp_path, monkeypatch, form):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        stop_at(patch, form, 2, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            export(pairs, form, out, progress=False)
    assert not (out / "export.json").exists()
    again = export(pairs, form, out, progress=False)
    assert (again["parts"], again["made"]) == (3, 1)
    export(pairs, form, tmp_path / "other" / "out", progress=False)
    assert tree(out) == tree(tmp_path / "other" / "out")


def test_export_killed_within_a_part_makes_that_part_again(pairs, tmp_path):
    out = tmp_path / "out"
    dead = subprocess.run([sys.executable, "-c", KILL, pairs, out], check=False, env=os.environ)
    assert dead.returncode == -signal.SIGKILL
    assert len(list((out / "train/000001").iterdir())) > 0  # half a part lies there
    again = export(pairs, "imagefolder", out, progress=False)
    assert again["made"] == 2
    export(pairs, "imagefolder", tmp_path / "other" / "out", progress=False)
    assert tree(out) == tree(tmp_path / "other" / "out")


def test_finished_export_is_not_made_again(pairs, tmp_path):
    first = export(pairs, "hf", tmp_path / "out", progress=False)
    before = tree(tmp_path / "out")
    assert export(pairs, "hf", tmp_path / "out", progress=False) == {**first, "made": 0}
    assert tree(tmp_path / "out") == before
    assert not (tmp_path / "out" / exporter.STATE).exists()


def test_two_workers_write_what_one_writes(pairs, tmp_path):
    export(pairs, "imagefolder", tmp_path / "1" / "out", progress=False)
    export(pairs, "imagefolder", tmp_path / "2" / "out", workers=2, progress=False)
    assert tree(tmp_path / "1" / "out") == tree(tmp_path / "2" / "out")


def test_full_disk_is_told_and_what_is_made_stays(pairs, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, "imagefolder", 1, OSError(28, "No space left on device"))
        with pytest.raises(DatasetError, match=r"could not be written(.|\n)*No space left(.|\n)*run the same again"):
            export(pairs, "imagefolder", tmp_path / "out", progress=False)
    assert export(pairs, "imagefolder", tmp_path / "out", progress=False)["made"] == 2


def test_second_export_into_one_folder_is_refused_and_the_first_undisturbed(pairs, tmp_path, monkeypatch):
    """Both made the parts, and the one that ended first took the records of the other away."""
    out, make = tmp_path / "out", FORMS["hf"].make

    def second(self, source, part, folder):
        with pytest.raises(OptionsError, match="Another run is writing"):
            export(pairs, "hf", out, progress=False)
        return make(self, source, part, folder)

    monkeypatch.setattr(FORMS["hf"], "make", second)
    assert export(pairs, "hf", out, progress=False)["made"] == 1
    assert not (out / exporter.STATE).exists()


def test_manifest_is_gone_through_as_often_for_many_parts_as_for_one(pairs, tmp_path, monkeypatch):
    """It was once per part: time grew with the square of the number of shards."""
    whole, tables = [], manifest.tables

    def counting(root, columns=None, groups=None):
        whole.extend([root] * (groups is None))
        return tables(root, columns, groups)

    exporter._source.cache_clear()
    monkeypatch.setattr(manifest, "tables", counting)
    assert export(pairs, "imagefolder", tmp_path / "out", progress=False)["parts"] == 3
    assert len(whole) == 2


def test_shard_that_was_linked_before_a_kill_leaves_no_half_file(pairs, tmp_path):
    """Moving one name of a file onto another does nothing, and the first stayed."""
    for _ in range(2):
        link(pairs / "shards/000000.tar", tmp_path / "out" / "000000.tar")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["000000.tar"]


@pytest.mark.parametrize("content", ["{", "[]", "1", "[" * 100_000])
def test_damaged_record_of_an_export_is_refused(pairs, tmp_path, content):
    export(pairs, "hf", tmp_path / "out", progress=False)
    (tmp_path / "out" / "export.json").write_text(content)
    for use in (lambda: export(pairs, "hf", tmp_path / "out", progress=False), lambda: load(tmp_path / "out")):
        with pytest.raises(DatasetError, match="record of the export is damaged"):
            use()


def test_foreign_folder_is_refused_and_untouched(pairs, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("my only copy")
    with pytest.raises(DatasetError, match=r"not empty and is no export(.|\n)*thesis.txt"):
        export(pairs, "hf", tmp_path / "out", progress=False)
    assert tree(tmp_path / "out") == {"thesis.txt": b"my only copy"}


def test_another_export_in_the_folder_is_refused_with_the_difference(pairs, tmp_path):
    export(pairs, "hf", tmp_path / "out", progress=False)
    with pytest.raises(DatasetError, match=r"expected: form = hf\n.*got: form = imagefolder"):
        export(pairs, "imagefolder", tmp_path / "out", progress=False)
    with pytest.raises(DatasetError, match=r"expected: validation = 0\n.*got: validation = 0.5"):
        export(pairs, "hf", tmp_path / "out", validation=0.5, progress=False)


def test_unfinished_export_of_another_data_set_is_refused(pairs, fake, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, "hf", 0, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            export(pairs, "hf", tmp_path / "out", progress=False)
    with pytest.raises(DatasetError, match="holds another export"):
        export(fake(), "hf", tmp_path / "out", progress=False)


@pytest.mark.parametrize("inside", ["", "out"])
def test_export_into_its_own_data_set_is_refused(fake, inside):
    root = fake()
    before = tree(root)
    with pytest.raises(DatasetError, match="cannot lie inside its data set"):
        export(root, "hf", root / inside, progress=False)
    assert tree(root) == before


def test_missing_shard_is_refused(fake, tmp_path):
    root = fake()
    (root / "shards/000001.tar").unlink()
    with pytest.raises((ManifestError, DatasetError), match=r"000001.tar"):
        export(root, "hf", tmp_path / "out", progress=False)


def test_sample_that_is_not_in_its_shard_is_refused(fake, tmp_path):
    root = fake()
    shutil.copy(root / "shards/000000.tar", root / "shards/000001.tar")
    with pytest.raises(ManifestError, match="has no images"):
        export(root, "imagefolder", tmp_path / "out", progress=False)


def test_key_that_leads_out_of_the_folder_is_refused(fake, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    root = fake()
    table = pq.read_table(root / "manifest.parquet")
    keys = ["../../escape", *table["key"].to_pylist()[1:]]
    pq.write_table(table.set_column(0, "key", pa.array(keys)), root / "manifest.parquet")
    with pytest.raises(ManifestError, match="cannot be a file name"):
        export(root, "imagefolder", tmp_path / "out", progress=False)


def test_unknown_form_names_the_nearest(pairs, tmp_path):
    with pytest.raises(OptionsError, match="Did you mean 'webdataset'"):
        export(pairs, "webdatset", tmp_path / "out", progress=False)


def test_every_sample_is_accounted_for(fake, tmp_path):
    export(fake(failed=3), "imagefolder", tmp_path / "out", progress=False)
    record = told(tmp_path / "out")
    assert (record["planned"], record["failed"], record["samples"]) == (12, {"no landmarks": 3}, {"train": 9})
    assert len((tmp_path / "out/train/metadata.jsonl").read_text().splitlines()) == 9
