from honest_run import write_run


def test_leaderboard_prints_the_table_and_writes_four_files(fleeting, tmp_path):
    write_run(tmp_path / "runs" / "one", results={"model": "ststnet"})
    shown = fleeting("leaderboard", tmp_path / "runs", "--out", tmp_path / "board")
    assert shown.code == 0
    assert shown.out.splitlines()[0].split()[:2] == ["run", "recogniser"]
    assert shown.out.splitlines()[1].split()[:2] == ["one", "ststnet"]
    assert sorted(path.suffix for path in (tmp_path / "board").iterdir()) == [".csv", ".html", ".md", ".tex"]


def test_leaderboard_of_a_folder_without_runs_is_bad_input(fleeting, tmp_path):
    shown = fleeting("leaderboard", tmp_path, "--out", tmp_path / "board")
    assert shown.code == 2
    assert "results.json" in shown.err
    assert not (tmp_path / "board").exists()


def test_leaderboard_refuses_a_reference_that_is_no_run(fleeting, tmp_path):
    write_run(tmp_path / "one")
    shown = fleeting("leaderboard", tmp_path / "one", "--out", tmp_path / "board", "--against", "two")
    assert shown.code == 2
    assert "two is not one of the runs" in shown.err
