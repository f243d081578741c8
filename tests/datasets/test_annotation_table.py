"""Tables are read by column name, wherever their header stands and whatever writes them."""

import pytest

from fake_tree import write_table
from fleeting.datasets.annotation_table import plain, read_rows, read_sheets
from fleeting.errors import DatasetError


@pytest.mark.parametrize("preface", [0, 1, 13])
def test_table_header_is_found_below_any_preface(tmp_path, preface):
    write_table(tmp_path / "t.xlsx", [*[["about"]] * preface, ["Subject", "Onset Frame "], [1, 46], [2, "/"]])
    rows = read_rows(tmp_path / "t.xlsx", ("subject", "onsetframe"))
    assert [row.number("onsetframe") for row in rows] == [46, None]
    assert rows[0].where == f"t.xlsx:{preface + 2}"


def test_table_of_columns_with_one_name_gives_the_first(tmp_path):
    write_table(tmp_path / "t.xlsx", [["Filename", "OnsetF", "OnsetF"], ["a", 3, None]])
    assert read_rows(tmp_path / "t.xlsx", ("onsetf",))[0].number("onsetf") == 3


def test_table_in_csv_reads_like_one_in_excel(tmp_path):
    (tmp_path / "t.csv").write_text("Subject,ApexFrame\n1,59\n\n2,\n")
    rows = read_rows(tmp_path / "t.csv", ("subject", "apexframe"))
    assert [(row.text("subject"), row.number("apexframe")) for row in rows] == [("1", 59), ("2", None)]


def test_table_cell_that_is_no_number_is_named_with_its_row(tmp_path):
    write_table(tmp_path / "t.xlsx", [["Onset"], ["about 5"]])
    with pytest.raises(DatasetError) as caught:
        read_rows(tmp_path / "t.xlsx", ("onset",))[0].number("onset")
    assert (caught.value.got, caught.value.where) == ("about 5", "t.xlsx:2")


def test_table_without_the_columns_or_damaged_is_refused(tmp_path):
    write_table(tmp_path / "t.xlsx", [["one", "two"], [1, 2]])
    with pytest.raises(DatasetError, match="no header with the expected columns") as caught:
        read_rows(tmp_path / "t.xlsx", ("onset",))
    assert "one | two" in caught.value.got
    (tmp_path / "bad.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_sheets(tmp_path / "bad.xlsx")


def test_plain_column_names_have_no_blanks_and_signs():
    assert plain(" Estimated_Emotion ") == plain("Estimated Emotion") == "estimatedemotion"


@pytest.mark.parametrize("cell", ["59-60", "59.7", "inf", "1e400", "?"])
def test_table_cell_that_is_no_whole_number_is_refused_and_never_rounded(tmp_path, cell):
    (tmp_path / "t.csv").write_text(f"Subject,Apex\n1,{cell}\n2,59.0\n")
    bad, good = read_rows(tmp_path / "t.csv", ("subject", "apex"))
    with pytest.raises(DatasetError, match="no whole number"):
        bad.number("apex")
    assert good.number("apex") == 59


def test_table_is_found_on_any_sheet(tmp_path):
    write_table(tmp_path / "t.xlsx", [["about this file"]], "Notes")
    write_table(tmp_path / "t.xlsx", [["Onset"], [46]], "Data")
    assert [row.number("onset") for row in read_rows(tmp_path / "t.xlsx", ("onset",))] == [46]
