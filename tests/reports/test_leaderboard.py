import json
from decimal import Decimal

import pandas as pd
import pytest

from fleeting.datasets.megc2019_flow import registry
from fleeting.errors import DatasetError, OptionsError
from fleeting.evaluation import score
from fleeting.models import list_models
from fleeting.reports.comparisons import ALONE, OTHER_CLIPS, REFERENCE, compare, power_notes
from fleeting.reports.leaderboard import board_text, tidy, write_leaderboard
from fleeting.reports.leaderboard_tables import duration, notes, scores_table
from fleeting.reports.published import beside, published
from fleeting.reports.standings import read_standings
from fleeting.types import Clip
from honest_run import CLASSES, CLIPS, predictions, write_run


def guesses(clips=CLIPS, wrong=5, seeds=(0, 1)):
    """Every `wrong`-th clip is answered one class off, the others rightly."""
    rows = [
        {"seed": seed, "fold": f"{clip.dataset}/{clip.subject}", "dataset": clip.dataset, "subject": clip.subject,
         "clip": clip.clip, "label": clip.label, "prediction": (clip.label + (place % wrong == 0)) % len(CLASSES)}
        for seed in seeds for place, clip in enumerate(clips)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def write(root, table, **results):
    """A run of nothing but predictions, results and a recipe; `results` are added to its scores."""
    root.mkdir(parents=True)
    table.to_csv(root / "predictions.csv", index=False)
    told = {"selection": "last", "protocol": "loso", "model": "ststnet", "parameters": 1683, "seconds": 90.0}
    (root / "results.json").write_text(json.dumps({**told, **score(table), **results}))
    (root / "recipe.toml").write_text('[train]\ndata = "recorded"\n')
    return root


def composite(*parts):
    return [item.clip for item in registry() if item.clip.dataset in parts]


@pytest.fixture
def runs(tmp_path):
    """The folder of a good and a poor run on the same clips, one on others, and one that lies about its score."""
    folder = tmp_path / "runs"
    write(folder / "poor", guesses(wrong=2))
    write(folder / "good", guesses(wrong=9))
    write(folder / "elsewhere", guesses(CLIPS[:60], wrong=4))
    lie = write(folder / "lie", guesses(wrong=3))
    results = json.loads((lie / "results.json").read_text())
    results["overall"]["uf1"] = 0.99
    (lie / "results.json").write_text(json.dumps(results))
    return folder


def board(folder, out, against=None):
    standings = read_standings([folder])
    return write_leaderboard(standings, compare(standings, against), power_notes(standings), out)


def names(standings):
    return [standing.name for standing in standings]


def cells(standings, column):
    table = scores_table("leaderboard", "Leaderboard", standings)
    return [row[table.head.index(column)] for row in table.rows]


def test_runs_stand_from_the_highest_uf1_down(runs):
    assert names(read_standings([runs]).ranked) == ["good", "elsewhere", "poor"]


def test_a_run_that_fails_its_audit_is_listed_below_and_not_ranked(runs, tmp_path):
    standings = read_standings([runs])
    assert names(standings.failing) == ["lie"]
    markdown = board(runs, tmp_path / "out")[0].read_text()
    ranked, _, below = markdown.partition("## Runs that fail their audit: not ranked")
    assert "| lie |" not in ranked
    assert "| lie | ststnet | score comes out again |" in below
    assert "Not ranked: lie (ststnet) FAILS: score comes out again." in board_text(standings, [])


def test_a_chosen_epoch_fails(tmp_path):
    write_run(tmp_path / "chosen", results={"selection": "oracle"})
    assert read_standings([tmp_path]).failing[0].failed == ["epoch not chosen on test"]


def test_a_run_tested_on_synthetic_clips_is_not_among_the_ranked(tmp_path):
    write(tmp_path / "made", guesses(wrong=9), tested_on={"recorded": False})
    standings = read_standings([tmp_path])
    assert (names(standings.ranked), names(standings.synthetic)) == ([], ["made"])
    assert "No run is ranked" in board(tmp_path, tmp_path / "out")[3].read_text()
    assert (tmp_path / "out" / "leaderboard.md").read_text().startswith("# Runs tested on synthetic clips only")


def test_run_folders_are_found_one_level_down_and_once(runs):
    assert names(read_standings([runs / "good", runs]).every) == ["good", "elsewhere", "poor", "lie"]


def test_an_unfinished_run_is_named(runs):
    (runs / "good" / "results.json").unlink()
    standings = read_standings([runs])
    assert standings.left_out == ["good"]
    assert any(note.startswith("Left out: good ") for note in notes(standings, []))


def test_equal_folder_names_are_told_apart(tmp_path):
    paths = [write(tmp_path / night / "run", guesses()) for night in ("monday", "tuesday")]
    assert names(read_standings(paths).ranked) == ["monday/run", "tuesday/run"]


def test_a_folder_that_is_no_run_says_what_is_missing(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DatasetError, match=r"is no run folder and holds none.*\n.*results\.json.*\n.*notes\.txt"):
        read_standings([tmp_path])


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="There is no folder"):
        read_standings([tmp_path / "nowhere"])


def test_a_run_without_predictions_is_an_error(runs):
    (runs / "good" / "predictions.csv").unlink()
    with pytest.raises(DatasetError, match=r"There is no predictions\.csv"):
        read_standings([runs])


def test_a_run_without_scores_is_an_error(runs):
    (runs / "good" / "results.json").write_text('{"overall": {"uf1": 0.5}}')
    with pytest.raises(DatasetError, match=r"has no scores(.|\n)*uf1_interval, uar, clips, subjects"):
        read_standings([runs])


def test_cells_hold_what_results_json_says(tmp_path):
    write_run(tmp_path / "run", results={"model": "ststnet", "parameters": 1683, "seconds": 90.0})
    standings = read_standings([tmp_path])
    scored = score(predictions())
    overall, smic = scored["overall"], scored["parts"]["smic"]
    assert cells(standings.ranked, "UF1") == [f"{overall['uf1']:.3f} ± {overall['uf1_sd']:.3f}"]
    low, high = overall["uf1_interval"]
    assert cells(standings.ranked, "95 % interval") == [f"{low:.3f} to {high:.3f}"]
    assert cells(standings.ranked, "SMIC UF1 / UAR") == [f"{smic['uf1']:.3f} / {smic['uar']:.3f}"]
    assert cells(standings.ranked, "parameters") == ["1,683"]
    assert cells(standings.ranked, "time") == ["1.5 min"]
    assert cells(standings.ranked, "audit") == ["passes, 1 unseen"]


def test_synthetic_clips_of_a_pre_training_are_told(tmp_path):
    recipe = write(tmp_path / "run", guesses()) / "recipe.toml"
    recipe.write_text(recipe.read_text() + "[pretrain]\nepochs = 3\n")
    write(tmp_path / "plain", guesses(wrong=2))
    assert cells(read_standings([tmp_path]).ranked, "trained on") == ["synthetic, then recorded", "recorded"]


def test_parts_stand_in_the_order_of_the_field(tmp_path):
    clips = [*CLIPS, *(Clip(part, "s1", "c1", 0) for part in ("zoo", "samm", "ant"))]
    write(tmp_path / "run", guesses(clips))
    table = scores_table("leaderboard", "", read_standings([tmp_path]).ranked)
    parts = [name.removesuffix(" UF1 / UAR") for name in table.head if name.endswith(" UF1 / UAR")]
    assert parts == ["SMIC", "CASME II", "SAMM", "ant", "zoo", "paper"]


def test_other_rules_of_choosing_the_epoch_are_columns_and_no_headline(tmp_path):
    write_run(tmp_path / "run", oracle=True, results={"selections": {"oracle": {"overall": {}}}})
    best = predictions().assign(prediction=lambda table: table["label"])
    best = best[["seed", "fold", "dataset", "subject", "clip", "label", "prediction"]]
    best.to_csv(tmp_path / "run" / "predictions-oracle.csv", index=False)
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    results["selections"]["oracle"]["overall"] = score(best)["overall"]
    (tmp_path / "run" / "results.json").write_text(json.dumps(results))
    ranked = read_standings([tmp_path]).ranked
    table = scores_table("leaderboard", "", ranked)
    assert cells(ranked, "oracle UF1 (not a result)") == ["1.000"]
    assert "inner UF1" not in table.head
    assert "1.000" not in cells(ranked, "UF1")[0]


def test_a_part_of_the_composite_is_marked(tmp_path):
    write(tmp_path / "part", guesses(composite("casme2", "smic")), tested_on={"missing": {"samm": 133}})
    write(tmp_path / "full", guesses(composite("casme2", "smic", "samm")))
    standings = read_standings([tmp_path])
    by_name = dict(zip(names(standings.ranked), cells(standings.ranked, "paper UF1 / UAR"), strict=True))
    assert by_name == {"part": "0.7353 / 0.7605 †", "full": "0.7353 / 0.7605"}
    assert sorted(cells(standings.ranked, "clips")) == ["309 †", "442"]
    assert "† Tested on a part, 309 of the 442 clips of MEGC2019: not comparable with the paper's figures." in notes(
        standings, []
    )


def test_another_protocol_than_the_papers_is_marked(tmp_path):
    write(tmp_path / "direct", guesses(composite("casme2", "smic", "samm")), protocol="direct")
    assert cells(read_standings([tmp_path]).ranked, "clips") == ["442 ‡"]


def test_other_data_than_the_composite_has_no_printed_figure_beside_it(runs):
    assert set(cells(read_standings([runs]).ranked, "paper UF1 / UAR")) == {"-"}


def test_printed_figures_follow_only_where_the_composite_was_tested(runs, tmp_path):
    write(
        tmp_path / "composite" / "part", guesses(composite("casme2")), tested_on={"missing": {"samm": 133, "smic": 164}}
    )
    heading = "## Printed figures on the 442 clips of MEGC2019"
    assert heading not in board(runs, tmp_path / "a")[0].read_text()
    assert heading in board(tmp_path / "composite", tmp_path / "b")[0].read_text()


def test_only_runs_on_the_same_clips_are_compared(runs):
    pairings = {pairing.run: pairing for pairing in compare(read_standings([runs]))}
    assert pairings["good"].reason == REFERENCE
    assert pairings["elsewhere"].reason == ALONE
    assert pairings["elsewhere"].comparison is None
    found = pairings["poor"].comparison
    assert (pairings["poor"].against, found.clips, found.subjects) == ("good", len(CLIPS), 12)
    assert found.difference < -0.3
    assert found.p == 2 / 2**12


def test_runs_on_other_clips_than_the_reference_are_said_to_be_so(runs):
    pairings = {pairing.run: pairing for pairing in compare(read_standings([runs]), "elsewhere")}
    assert (pairings["good"].reason, pairings["poor"].reason) == (OTHER_CLIPS, OTHER_CLIPS)


def test_the_reference_can_be_named_by_its_folder(runs):
    pairings = {pairing.run: pairing for pairing in compare(read_standings([runs]), runs / "poor")}
    assert pairings["good"].comparison.difference > 0.3


def test_p_values_are_corrected_for_all_comparisons_of_the_board(runs):
    write(runs / "middle", guesses(wrong=3))
    pairings = [pairing for pairing in compare(read_standings([runs])) if pairing.comparison]
    assert [pairing.run for pairing in pairings] == ["middle", "poor"]
    assert [pairing.comparison.p for pairing in pairings] == [8 / 2**12, 2 / 2**12]
    assert [pairing.p_holm for pairing in pairings] == [8 / 2**12, 4 / 2**12]


@pytest.mark.parametrize(("against", "message"), [("lie", "is not ranked"), ("nobody", "is not one of the runs")])
def test_a_reference_that_is_not_ranked_is_refused(runs, against, message):
    with pytest.raises(OptionsError, match=message):
        compare(read_standings([runs]), against)


def test_every_set_of_clips_has_a_power_note(runs):
    assert len(power_notes(read_standings([runs]))) == 2


def test_csv_has_a_row_per_run_with_the_digits_of_results_json(runs, tmp_path):
    path = board(runs, tmp_path / "out")[2]
    rows = pd.read_csv(path, index_col="run")
    assert list(rows.index) == ["good", "elsewhere", "poor", "lie"]
    assert list(rows["group"]) == ["ranked", "ranked", "ranked", "audit fails"]
    results = json.loads((runs / "good" / "results.json").read_text())
    for column, value in {
        "uf1": results["overall"]["uf1"],
        "uf1_low": results["overall"]["uf1_interval"][0],
        "smic_uar": results["parts"]["smic"]["uar"],
        "seconds": 90.0,
    }.items():
        assert rows.loc["good", column] == value
    assert rows.loc["lie", "audit_failed"] == "score comes out again"
    assert rows.loc["poor", "against"] == "good"


def test_csv_says_whether_the_paper_can_be_compared(tmp_path):
    write(tmp_path / "part", guesses(composite("casme2")), tested_on={"missing": {"samm": 133, "smic": 164}})
    row = tidy(read_standings([tmp_path]), []).iloc[0]
    assert (row["paper_uf1"], row["paper_selection"]) == (Decimal("0.7353"), "last")
    assert not row["paper_comparable"]


def test_equal_runs_give_equal_bytes(runs, tmp_path):
    first, second = (board(runs, tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_names_are_escaped_in_every_format(tmp_path):
    write(tmp_path / "runs" / "50%_a|b<i>", guesses())
    write(tmp_path / "runs" / "other", guesses(wrong=2))
    markdown, latex, _, page = (path.read_text() for path in board(tmp_path / "runs", tmp_path / "out"))
    assert r"| 50%\_a\|b&lt;i> | ststnet |" in markdown
    assert r"50\%\_a\textbar{}b\textless{}i\textgreater{} & ststnet &" in latex
    assert "50%_a|b&lt;i&gt;" in page
    assert "<i>" not in page


def test_latex_rows_have_as_many_cells_as_columns(runs, tmp_path):
    latex = board(runs, tmp_path / "out")[1].read_text()
    assert latex.startswith("% needs \\usepackage{booktabs}")
    tables = latex.split("\\begin{tabular}{")[1:]
    assert len(tables) == 3
    for table in tables:
        columns = table.partition("}")[0]
        rows = [line for line in table.splitlines() if line.endswith("\\\\")]
        assert {line.replace("\\&", "").count("&") + 1 for line in rows} == {len(columns)}
    assert latex.isascii()


def test_page_has_nothing_from_outside(runs, tmp_path):
    page = board(runs, tmp_path / "out")[3].read_text()
    assert "http" not in page
    assert "<script" not in page
    assert 'id="comparisons"' in page


def test_terminal_lines_fit(runs):
    write(runs / ("long" * 20), guesses(composite("casme2", "smic")), tested_on={"missing": {"samm": 133}})
    standings = read_standings([runs])
    assert max(len(line) for line in board_text(standings, power_notes(standings)).splitlines()) <= 100


def test_published_figures_are_shares_and_name_their_rule():
    rows = published()
    assert len(rows) == 34
    assert {row.selection for row in rows} == {"last", "best on test", "not known", "no epochs"}
    for row in rows:
        for pair in (row.full, row.honest, *row.parts.values()):
            assert all(value is None or 0.19 < value < 0.99 for value in pair)


def test_published_rows_stand_beside_one_recogniser_each():
    named = [row.model for row in published() if row.model]
    assert len(named) == len(set(named))
    assert {"ststnet", "off-apexnet", "rcn-a", "nmer", "htnet", "atnet", "micro-attention"} <= set(named) & set(
        list_models()
    )


def test_a_hand_crafted_feature_is_the_method_of_a_plain_classifier():
    assert beside("linear", "lbp-top").full == (Decimal("0.5882"), Decimal("0.5785"))
    assert beside("linear", "flow-image") is None


def test_marks_of_doubtful_figures_are_kept():
    marks = {row.method: row.mark for row in published()}
    assert marks["Micron-BERT"] == "unconfirmed"
    assert marks["MFDAN"] == "secondary"
    assert marks["STSTNet (as printed)"] == "UAR is macro precision"


def test_a_duration_has_a_fitting_unit():
    assert [duration(value) for value in (0.4, 59, 61, 7200)] == ["0 s", "59 s", "1.0 min", "2.0 h"]
