import json

FEW = ["--aus", "1,12", "--identities", "1", "--size", "64", "--samples", "0"]


def test_measure_generator_writes_table_results_page_and_sheets(fleeting, tmp_path):
    shown = fleeting("measure-generator", "warp", "still:strength=0.5", "--out", tmp_path, *FEW)
    assert shown.code == 0
    assert shown.out.splitlines()[1].split()[0] == "warp"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"measurements.csv", "results.json", "report.html", "examples"}
    assert list(json.loads((tmp_path / "results.json").read_text())["generators"]) == ["warp", "still:strength=0.5"]


def test_measure_generator_takes_other_faces_by_set(fleeting, tmp_path):
    shown = fleeting("measure-generator", "still", "--out", tmp_path, *FEW, "--set", "faces.height=80")
    assert shown.code == 0
    assert "64 x 80 px" in shown.out


def test_measure_generator_names_the_nearest_generator(fleeting, tmp_path):
    shown = fleeting("measure-generator", "wrap", "--out", tmp_path / "out", *FEW)
    assert shown.code == 2
    assert "Did you mean 'warp'?" in shown.err
    assert not (tmp_path / "out").exists()


def test_measure_generator_refuses_a_unit_that_is_none_of_the_17(fleeting, tmp_path):
    shown = fleeting("measure-generator", "still", "--out", tmp_path / "out", "--aus", "1,3")
    assert shown.code == 2
    assert "expected some of 1, 2, 4" in shown.err
