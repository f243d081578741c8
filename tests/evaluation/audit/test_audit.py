"""Each check is shown failing on a run that was tampered with for it, and passing on the run before."""

import pandas as pd
import pytest

from fleeting.errors import DatasetError
from fleeting.evaluation import fold_mean, score
from fleeting.evaluation.audit import CHECKS, audit, read_evidence
from fleeting.evaluation.audit.guesser import guess
from fleeting.evaluation.megc_log import write_megc_log
from fleeting.evaluation.predictions import fold_counts
from fleeting.types import Clip
from honest_run import CLIPS, folds, predictions, training, write_run

SAMM = [Clip("samm", "6", f"x{number}", 0) for number in range(133)]


def verdicts(path, claims=None, official=(*CLIPS, *SAMM)):
    return {finding.check: finding for finding in audit(read_evidence(path, claims, official))}


def failing(path, claims=None, official=(*CLIPS, *SAMM)):
    return {check: finding for check, finding in verdicts(path, claims, official).items() if finding.verdict == "FAIL"}


def only(path, check, claims=None, official=(*CLIPS, *SAMM)):
    """The one finding that fails, as text."""
    found = failing(path, claims, official)
    assert list(found) == [check]
    return " ".join([found[check].summary, *found[check].evidence])


def test_an_honest_run_passes_every_check(tmp_path):
    found = verdicts(write_run(tmp_path))
    assert {finding.verdict for finding in found.values()} == {"pass"}
    assert len(found) == len(CHECKS)


def test_subject_in_training_and_test_is_found(tmp_path):
    log = training()
    extra = pd.DataFrame([(0, "smic/s3", "model", "recorded", "SMIC-VIS", "3", 2)], columns=log.columns)
    text = only(write_run(tmp_path, training=pd.concat([log, extra])), "subjects apart")
    assert "seed 0, fold smic/s3, model: smic/3" in text  # the same person, filmed by another camera


def test_subject_in_two_folds_of_a_plain_table_is_found(tmp_path):
    table = predictions()
    table.loc[0, "fold"] = "smic/s1"
    table.to_csv(tmp_path / "table.csv", index=False)
    assert "casme2/1" in only(tmp_path / "table.csv", "subjects apart", official=CLIPS)


def test_donor_among_the_tested_people_is_found(tmp_path):
    log = training()
    log.loc[(log["role"] == "donor") & (log["fold"] == "casme2/sub02"), ["dataset", "subject"]] = ["casme2", "2"]
    text = only(write_run(tmp_path, training=log), "donors apart")
    assert "seed 1, fold casme2/sub02, model: casme2/2" in text


def test_scaler_fitted_with_test_people_is_found(tmp_path):
    log = training()
    extra = pd.DataFrame([(1, "casme2/sub01", "scaler", "recorded", "casme2", "sub01", 3)], columns=log.columns)
    text = only(write_run(tmp_path, training=pd.concat([log, extra])), "fitted on training people")
    assert "seed 1, fold casme2/sub01, scaler: casme2/1" in text


def test_fold_without_a_training_entry_is_found(tmp_path):
    log = training()
    text = only(write_run(tmp_path, training=log[log["fold"] != "smic/s6"]), "fitted on training people")
    assert "seed 0 fold smic/s6" in text


def test_epoch_that_differs_between_folds_is_found(tmp_path):
    table = folds()
    table["epoch_last"] = range(10, 10 + len(table))
    assert "24 different epochs" in only(write_run(tmp_path, folds=table), "epoch not chosen on test")


def test_model_that_is_solved_at_once_has_no_epochs_to_choose_from(tmp_path):
    """Also one of a plug-in, whose name nobody here knows."""
    once = folds().assign(epoch_last=1)
    assert failing(write_run(tmp_path / "solved", folds=once, results={"solved": True})) == {}
    only(write_run(tmp_path / "trained", folds=once, results={"solved": False}), "epoch not chosen on test")


def test_epoch_that_the_recipe_does_not_say_is_found(tmp_path):
    text = only(write_run(tmp_path, folds=folds().assign(epoch_last=17)), "epoch not chosen on test")
    assert "asks for 30 epochs and the folds use epoch 17" in text


def test_oracle_as_headline_is_found(tmp_path):
    assert "'oracle'" in only(write_run(tmp_path, results={"selection": "oracle"}), "epoch not chosen on test")


def test_oracle_predictions_sold_as_the_last_epoch_are_found(tmp_path):
    text = only(write_run(tmp_path, oracle=True), "epoch not chosen on test")
    assert "equals predictions-oracle.csv" in text


def test_epoch_column_of_a_plain_table_is_read(tmp_path):
    predictions().assign(epoch=lambda table: table.index % 7).to_csv(tmp_path / "t.csv", index=False)
    only(tmp_path / "t.csv", "epoch not chosen on test", official=CLIPS)


def test_random_guesser_with_the_best_of_200_epochs_is_found_from_its_predictions_alone(tmp_path):
    people = [Clip("casme2", f"sub{n:02d}", f"c{c}", (n + c) % 3) for n in range(40) for c in range(1 + n % 12)]
    table, chosen = guess(people)
    assert score(guess(people, epochs=1)[0])["overall"]["uf1"] < 0.4
    assert score(table)["overall"]["uf1"] > 0.7
    assert chosen["epoch_last"].nunique() > 5
    table.to_csv(tmp_path / "t.csv", index=False)
    text = only(tmp_path / "t.csv", "no best-epoch signature", official=people)
    assert "up to 3 clips: 100% right" in text


def test_honest_guesser_has_no_signature(tmp_path):
    people = [Clip("casme2", f"sub{n:02d}", f"c{c}", (n + c) % 3) for n in range(40) for c in range(1 + n % 12)]
    for seed in range(5):
        guess(people, epochs=1, seed=seed)[0].to_csv(tmp_path / "t.csv", index=False)
        assert failing(tmp_path / "t.csv", official=people) == {}


def test_missing_clip_is_found(tmp_path):
    table = predictions()
    text = only(
        write_run(tmp_path, predictions=table[table["clip"] != "c13"], results=scored(table, "c13")), "clips complete"
    )
    assert "1 clips are missing: smic/6/c13" in text


def scored(table, without):
    return dict(score(table[table["clip"] != without]).items())


def test_whole_part_that_is_absent_is_said_and_fails_where_the_composite_is_claimed(tmp_path):
    said = verdicts(write_run(tmp_path / "part"))["clips complete"]
    assert (said.verdict, "the whole of samm is not there (133 clips)" in said.summary) == ("pass", True)
    claimed = failing(write_run(tmp_path / "whole", results={"protocol": "megc2019-cde"}))["clips complete"]
    assert "though the whole list is claimed" in claimed.evidence[0]


def test_doubled_clip_is_found(tmp_path):
    table = predictions()
    doubled = pd.concat([table, table.iloc[[5]]])
    found = failing(write_run(tmp_path, predictions=doubled, results=dict(score(table))))
    assert "1 rows repeat a clip within a seed: casme2/2/c2" in found["clips complete"].summary + str(found)


def test_clip_that_is_in_no_list_is_found(tmp_path):
    table = predictions()
    table.loc[table["clip"] == "c13", "clip"] = "c99"
    assert "1 clips are not in the official list: smic/6/c99" in only(
        write_run(tmp_path, predictions=table), "clips complete"
    )


def test_labels_joined_by_position_are_found(tmp_path):
    """MEB's fault: predictions in the order of subjects, labels in the order of rows."""
    table = predictions()
    table["label"] = pd.concat(
        [table[table["seed"] == seed]["label"].sample(frac=1, random_state=0) for seed in (0, 1)]
    ).to_numpy()
    text = only(write_run(tmp_path, predictions=table, results=dict(score(table))), "labels belong to their clips")
    assert "they stand beside the wrong clips" in text


def test_clip_with_two_labels_is_found(tmp_path):
    table = predictions()
    table.loc[0, "label"] = (table.loc[0, "label"] + 1) % 3
    found = failing(write_run(tmp_path, predictions=table), official=())
    assert "1 clips have two labels" in found["labels belong to their clips"].summary


def test_predictions_beside_the_wrong_clips_are_found_by_their_probabilities(tmp_path):
    table = predictions()
    table["prediction"] = table["prediction"].to_numpy()[::-1]
    results = {key: value for key, value in score(table).items() if key != "seeds"}
    text = only(write_run(tmp_path, predictions=table, results=results), "predictions fit probabilities")
    assert "are not the class of the highest probability" in text


def test_fold_mean_sold_as_uf1_is_found(tmp_path):
    table = predictions()
    mean = float(fold_mean(fold_counts(table, 3)).mean())
    found = failing(write_run(tmp_path), {"uf1": round(mean, 3)})
    assert "mean over" in found["pooled, not a mean over folds"].summary
    assert set(found) == {"pooled, not a mean over folds", "score comes out again"}


def test_claim_that_does_not_follow_is_found(tmp_path):
    assert "claimed 0.9100" in only(write_run(tmp_path), "score comes out again", {"uf1": 0.91})


def test_confusion_counts_that_do_not_follow_are_found(tmp_path):
    text = only(write_run(tmp_path, results={"confusion": [[9, 0, 0], [0, 9, 0], [0, 0, 9]]}), "score comes out again")
    assert "confusion: stated [[9, 0, 0]" in text


def test_score_of_a_part_that_does_not_follow_is_found(tmp_path):
    parts = score(predictions())["parts"]
    parts["smic"]["uar"] = 0.95
    assert "parts.smic.uar: stated 0.95" in only(write_run(tmp_path, results={"parts": parts}), "score comes out again")


def test_megc_log_is_audited(tmp_path):
    table = predictions().query("seed == 0")
    write_megc_log(tmp_path / "run.log", table)
    found = verdicts(tmp_path / "run.log", {"uf1": score(table)["overall"]["uf1"]}, CLIPS)
    assert {check for check, finding in found.items() if finding.verdict == "FAIL"} == set()
    assert found["clips complete"].verdict == found["score comes out again"].verdict == "pass"
    assert found["donors apart"].verdict == "unseen"


def test_declared_sharing_of_people_passes_and_is_told(tmp_path):
    log = training()
    extra = pd.DataFrame([(0, "smic/s3", "model", "recorded", "smic-vis", "3", 2)], columns=log.columns)
    declared = folds().assign(declared="CDMER TYPE-I (H->V): the same people, filmed by two cameras.")
    log = pd.concat([log, extra])
    found = verdicts(write_run(tmp_path / "cdmer", training=log, folds=declared, results={"protocol": "cdmer"}))
    assert found["subjects apart"].verdict == "pass"
    assert "CDMER TYPE-I" in found["subjects apart"].summary
    other = failing(write_run(tmp_path / "loso", training=log, folds=declared))
    assert set(other) == {"subjects apart"}  # another protocol may not declare it


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda log: log[log["subject"] != "s4"], "trained on 64 clips, and the log holds 59"),
        (lambda log: log.assign(role=log["role"].replace("recorded", "Recorded")), "roles that are none of"),
    ],
)
def test_training_log_with_gaps_is_found(tmp_path, change, text):
    counted = folds().assign(train=64)
    assert failing(write_run(tmp_path / "whole", folds=counted)) == {}
    found = failing(write_run(tmp_path / "gap", folds=counted, training=change(training())))
    assert text in " ".join(found["fitted on training people"].evidence)


def test_seeds_that_lack_different_clips_are_found(tmp_path):
    table = predictions()
    lost = (table["subject"] == "s6") & (
        ((table["seed"] == 0) & (table["clip"] == "c1")) | ((table["seed"] == 1) & (table["clip"] == "c2"))
    )
    found = failing(write_run(tmp_path, predictions=table[~lost]))
    assert any("seed 1 lacks 1 clips that others have: smic/6/c2" in line for line in found["clips complete"].evidence)


def test_inner_selection_must_be_shown_by_the_log(tmp_path):
    found = verdicts(write_run(tmp_path / "claimed", results={"selection": "inner"}))
    assert found["epoch not chosen on test"].verdict == "unseen"
    rows = training().assign(step="epoch (inner)")
    shown = write_run(
        tmp_path / "shown",
        results={"selection": "inner"},
        folds=folds().assign(epoch_inner=7),
        training=pd.concat([training(), rows]),
    )
    assert verdicts(shown)["epoch not chosen on test"].verdict == "pass"


def test_epoch_without_a_plan_is_not_called_fixed(tmp_path):
    run = write_run(tmp_path)
    (run / "recipe.toml").unlink()
    assert verdicts(run)["epoch not chosen on test"].verdict == "unseen"


def test_results_of_another_model_than_the_recipe_asks_for_are_found(tmp_path):
    text = only(write_run(tmp_path, results={"model": "linear"}), "epoch not chosen on test")
    assert "asks for 'ststnet' and results.json is of 'linear'" in text


def test_claim_that_is_no_number_is_found(tmp_path):
    assert "claimed nan" in only(write_run(tmp_path), "score comes out again", {"uf1": float("nan")})


def test_claim_beside_a_wrong_results_file_hides_nothing(tmp_path):
    overall = {**score(predictions())["overall"], "uf1": 0.99, "uf1_interval": [0.98, 0.995]}
    war = overall["war"]
    found = failing(write_run(tmp_path, results={"overall": overall}), {"war": war})
    text = " ".join(found["score comes out again"].evidence)
    assert "UF1: claimed 0.9900" in text
    assert "overall.uf1_interval: stated [0.98, 0.995]" in text


def test_selection_score_without_its_predictions_is_found(tmp_path):
    results = {"selections": {"oracle": {"overall": {"uf1": 0.9}}}}
    assert "predictions-oracle.csv is not there" in only(write_run(tmp_path, results=results), "score comes out again")


def test_fold_of_several_people_is_no_leave_one_subject_out(tmp_path):
    merged = {"casme2/sub02": "casme2/sub01"}
    changes = {
        name: table.assign(fold=table["fold"].replace(merged))
        for name, table in (("predictions", predictions()), ("folds", folds()))
    }
    log = training()
    log = log[~log["fold"].isin(["casme2/sub02"]) & ~((log["fold"] == "casme2/sub01") & (log["subject"] == "sub02"))]
    found = failing(write_run(tmp_path, training=log, **changes))
    assert "1 folds test several people" in found["protocol as claimed"].summary


@pytest.mark.parametrize("value", ["nan", "", 0.0])
def test_probabilities_that_are_none_are_found(tmp_path, value):
    table = predictions()
    for column in ("p_negative", "p_positive", "p_surprise"):
        table[column] = table[column].astype(object)
        table.loc[3, column] = value
    assert "1 of 204 rows hold no probabilities" in only(
        write_run(tmp_path, predictions=table), "predictions fit probabilities"
    )


def test_classes_may_stand_in_another_order(tmp_path):
    order = {0: 2, 1: 0, 2: 1}
    table = predictions()
    table = table.assign(label=table["label"].map(order), prediction=table["prediction"].map(order))
    table[
        ["seed", "dataset", "subject", "clip", "label", "prediction", "p_positive", "p_surprise", "p_negative"]
    ].to_csv(tmp_path / "t.csv", index=False)
    assert failing(tmp_path / "t.csv", official=CLIPS) == {}


def test_spelling_of_data_sets_and_subjects_does_not_matter(tmp_path):
    table = predictions()
    table["dataset"] = table["dataset"].replace({"casme2": "CASME II", "smic": "SMIC-HS"})
    table["subject"] = table["subject"].str.extract(r"(\d+)")[0].astype(float).astype(str)
    table.to_csv(tmp_path / "t.csv", index=False)
    assert failing(tmp_path / "t.csv", official=CLIPS) == {}


def test_equal_clip_names_of_two_cameras_are_two_clips(tmp_path):
    table = predictions().query("dataset == 'smic'")
    pd.concat([table, table.assign(dataset="smic-vis")]).to_csv(tmp_path / "t.csv", index=False)
    assert failing(tmp_path / "t.csv", official=()) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dataset,subject,clip,label\na,b,c,0\n", "lacks columns"),
        ("dataset,subject,clip,label,prediction\na,b,c,0,x\n", "'prediction' holds values"),
        ("dataset,subject,clip,label,prediction\na,b,c,0,7\n", "classes that it does not name"),
        ("dataset,subject,clip,label,prediction\n", "has no rows"),
    ],
)
def test_unreadable_table_is_an_error_and_no_finding(tmp_path, text, problem):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DatasetError, match=problem):
        read_evidence(tmp_path / "t.csv")


def test_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="There is no file or folder"):
        read_evidence(tmp_path / "run")


def test_run_folder_without_results_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match=r"needs results\.json"):
        read_evidence(tmp_path)
