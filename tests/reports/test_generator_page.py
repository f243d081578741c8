"""The page of measure-generator."""

import json
import shutil

import pytest

from fleeting.errors import DatasetError
from fleeting.reports.generator import summary_table, units_table, write_generator_report
from fleeting.reports.generator_curves import shortened
from fleeting.synthesis.measurement import MeasurementOptions, measure_generators

ASKED = {"action_units": (1, 12), "identities": 2, "faces": {"size": 64}, "samples": 0}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    options = MeasurementOptions.parse({"generators": ["warp", "still"], **ASKED})
    measure_generators(options, folder, progress=False)
    return folder


@pytest.fixture
def folder(measured, tmp_path):
    return shutil.copytree(measured, tmp_path / "copy")


def read(folder):
    return json.loads((folder / "results.json").read_text())


def changed(folder, change):
    results = read(folder)
    change(results)
    (folder / "results.json").write_text(json.dumps(results))


def test_page_is_one_file_without_links_or_scripts(folder):
    write_generator_report(folder)
    page = (folder / "report.html").read_text()
    assert "http" not in page
    assert "<script" not in page
    assert page.count("<img") == 3  # curves, leakage, frames


def test_terminal_gets_a_row_per_generator_in_a_hundred_columns(folder):
    lines = write_generator_report(folder)
    assert [line.split()[:4] for line in lines[1:3]] == [["warp", "2", "of", "2"], ["still", "0", "of", "2"]]
    assert max(map(len, lines[:-1])) <= 100


def test_table_says_where_there_is_nothing_to_tell(folder):
    results = read(folder)
    head, still = (summary_table(results).head, summary_table(results).rows[1])
    row = dict(zip(head, still, strict=True))
    assert (row["leak 1"], row["mask"], row["form"]) == ("-", "-", "-")
    assert (row["r"], row["IOD 1"]) == ("0.00", "0.00")


def test_units_stand_in_their_order(folder):
    table = units_table("warp", read(folder)["generators"]["warp"])
    assert [row[0] for row in table.rows] == ["AU1", "AU12"]


def test_page_is_made_from_results_alone(folder):
    """The report computes nothing: what it prints is what results.json says."""
    changed(folder, lambda results: results["generators"]["warp"]["overall"].update({"displacement_at_1": 0.4321}))
    write_generator_report(folder)
    assert "<td>43.21</td>" in (folder / "report.html").read_text()


def test_absent_recordings_and_sheets_are_said_on_the_page(folder):
    shutil.rmtree(folder / "examples")
    changed(folder, lambda results: results["recorded"].update({"absent": "No <clips> here."}))
    lines = write_generator_report(folder)
    page = (folder / "report.html").read_text()
    assert "No &lt;clips&gt; here." in page
    assert "sheets of examples are no longer there" in page
    assert any("No <clips> here." in line for line in lines)


def test_generators_that_do_not_move_have_no_leakage_figure(folder):
    changed(folder, lambda results: results["generators"].pop("warp"))
    write_generator_report(folder)
    assert "nothing to leak" in (folder / "report.html").read_text()


def test_same_results_give_the_same_page(folder):
    write_generator_report(folder)
    first = (folder / "report.html").read_bytes()
    write_generator_report(folder)
    assert (folder / "report.html").read_bytes() == first


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="no measurements"):
        write_generator_report(tmp_path)
    (tmp_path / "results.json").write_text('{"overall": {}}')
    with pytest.raises(DatasetError, match="not of measure-generator"):
        write_generator_report(tmp_path)


def test_long_labels_keep_their_ends():
    assert shortened("warp", 10) == "warp"
    assert shortened("ganimation:weights=runs/a", 11) == "gani…runs/a"
