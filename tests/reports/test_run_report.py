import json
import re

import numpy as np
import pandas as pd
import pytest

from fake_synthetic import flow_image, write_synthetic
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.errors import DatasetError
from fleeting.evaluation import score
from fleeting.reports.run import write_report
from fleeting.types import Clip

SECTIONS = ("headline", "made", "trained", "recognises", "honesty", "environment")
CLIPS = [Clip("casme2" if s < 3 else "smic", f"s{s}", f"c{label}", label) for s in range(6) for label in range(3)]


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def recorded(tmp_path):
    images = [flow_image(clip.label, np.random.default_rng(n)) for n, clip in enumerate(CLIPS)]
    Megc2019Flow.write(tmp_path / "recorded", CLIPS, images)
    return tmp_path / "recorded"


@pytest.fixture
def run(tmp_path, recorded):
    """A run folder as training leaves it: two seeds, of which the second calls every surprise negative."""
    folder = tmp_path / "night"
    folder.mkdir()
    rows = [
        {"seed": seed, "fold": "all", "dataset": clip.dataset, "subject": clip.subject, "clip": clip.clip,
         "label": clip.label, "prediction": 0 if seed and clip.label == 2 else clip.label}
        for seed in (0, 1) for clip in CLIPS
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.to_csv(folder / "predictions.csv", index=False)
    scored = score(table)
    results = {
        "selection": "last",
        **scored,
        "protocol": "direct", "model": "ststnet", "parameters": 1683, "train_samples": 4321, "dropped_for_leak": 7,
        "tested_on": {
            "dataset": "megc2019-flow", "recorded": True, "missing": {"samm": 133}, "summary": "Tested on 18.",
        },
        "notes": ["Tested on 18.", "note <of> the run"],
        "seconds": 12.5,
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))
    history = [(seed, "all", epoch, 1 / epoch, 1 - 0.5 / epoch) for seed in (0, 1) for epoch in (1, 2, 3)]
    pd.DataFrame(history, columns=["seed", "fold", "epoch", "loss", "accuracy"]).to_csv(
        folder / "history.csv", index=False
    )
    (folder / "environment.json").write_text(json.dumps({"device": "cpu", "packages": {"torch": "2.13.0"}}))
    (folder / "recipe.toml").write_text(
        f'[train]\nepochs = 3\n[test]\nroot = "{recorded}"\n[features.options]\nmethod = "dis"\n'
    )
    return folder


def test_page_has_all_sections_and_nothing_from_outside(run, tmp_path):
    root = write_synthetic(tmp_path / "made", holds="frames", failed=1)
    path = write_report(run, data=[root])
    page = path.read_text()
    assert path == run / "report.html"
    assert re.findall(r'<section id="(\w+)">', page) == list(SECTIONS)
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(source.startswith("data:image/") or source[1:] in SECTIONS for source in sources)
    assert "<script" not in page
    assert 'class="missing"' not in page
    assert all(alt for alt in re.findall(r'<img [^>]*alt="([^"]*)"', page))
    assert page.count("<img") == 6
    assert len(page) < 3_000_000


def test_numbers_on_the_page_are_those_of_results_json(run):
    results = json.loads((run / "results.json").read_text())
    text = text_of(write_report(run).read_text())
    for block in (results["overall"], *results["parts"].values()):
        assert f"{block['uf1']:.3f} ± {block['uf1_sd']:.3f}" in text
        assert f"{block['uf1_interval'][0]:.3f} to {block['uf1_interval'][1]:.3f}" in text
    assert "1,683 parameters" in text
    assert "4,321 clips" in text
    assert "133 of samm" in text
    assert "7 training clips" in text
    assert "surprise 6 50 % 0 0 % 6 50 % 12" in text  # a row of the confusion matrix
    assert "12 clips are right with every seed, 6 with some, 0 with none" in text
    assert "note &lt;of&gt; the run" in text
    assert "method = &#34;dis&#34;" in text


def test_recorded_clips_appear_as_class_means_only(run):
    page = write_report(run).read_text()
    assert page.count("<img") == 3  # mean flow per class, training curves, subjects


def test_what_is_missing_is_said(run):
    for name in ("recipe.toml", "history.csv", "predictions.csv", "environment.json"):
        (run / name).unlink()
    text = text_of(write_report(run).read_text())
    for words in (
        "No synthetic data set was named",
        "no recipe.toml",
        "no history.csv",
        "no predictions.csv",
        "no environment.json",
    ):
        assert words in text


def test_a_data_set_that_is_gone_is_said(run, tmp_path):
    text = text_of(write_report(run, data=[tmp_path / "gone"]).read_text())
    assert "The data set cannot be shown." in text
    assert "The data that the run was trained on cannot be read" in text


def test_scores_of_a_table_made_elsewhere_have_a_page(tmp_path):
    rows = [("x", f"s{n % 4}", str(n), n % 3, (n + n // 5) % 3) for n in range(12)]
    table = pd.DataFrame(rows, columns=["dataset", "subject", "clip", "label", "prediction"])
    table.to_csv(tmp_path / "predictions.csv", index=False)
    (tmp_path / "results.json").write_text(json.dumps({"selection": "unknown", **score(table)}))
    text = text_of(write_report(tmp_path).read_text())
    assert "A predictions table of 12 clips of 4 subjects." in text
    assert "cannot show whether epochs were chosen" in text


def test_a_synthetic_test_is_headed_by_a_warning(run):
    results = json.loads((run / "results.json").read_text())
    results["tested_on"] = {"dataset": "synthetic", "recorded": False, "missing": {}, "summary": "Held out."}
    (run / "results.json").write_text(json.dumps(results))
    page = write_report(run).read_text()
    assert page.index("NOT about recorded micro-expressions") < page.index("<section")


def test_a_solved_model_shows_its_steps_in_place_of_a_curve(run):
    (run / "history.csv").write_text("seed,fold,epoch,loss,accuracy\n0,all,41,0.5,0.9\n1,all,43,0.5,0.9\n")
    text = text_of(write_report(run).read_text())
    assert "its one optimum is solved for" in text
    assert "solver steps" in text
    assert "no epochs" in text


def test_a_run_on_recorded_clips_alone_made_nothing(run):
    recipe = (run / "recipe.toml").read_text().replace("[train]", '[train]\ndata = "recorded"')
    (run / "recipe.toml").write_text(recipe)
    assert "the run learnt from recorded clips alone" in text_of(write_report(run).read_text())


def test_floor_is_the_most_frequent_class_wherever_it_stands(tmp_path):
    rows = [("casme2", f"s{n % 6}", str(n), 2 if n % 3 else n % 2, n % 3) for n in range(30)]
    table = pd.DataFrame(rows, columns=["dataset", "subject", "clip", "label", "prediction"])
    table.to_csv(tmp_path / "predictions.csv", index=False)
    (tmp_path / "results.json").write_text(json.dumps({"selection": "unknown", **score(table)}))
    text = text_of(write_report(tmp_path).read_text())
    assert "always answering “surprise”" in text
    assert "always &quot;negative&quot;" not in text


def test_page_of_other_classes_speaks_of_these(tmp_path):
    rows = [("casme2", f"s{n % 6}", str(n), n % 5, (n + n // 7) % 5) for n in range(30)]
    table = pd.DataFrame(rows, columns=["dataset", "subject", "clip", "label", "prediction"])
    classes = ["happiness", "surprise", "disgust", "repression", "others"]
    table = table.assign(**{f"p_{name}": 0.2 for name in classes})
    table.to_csv(tmp_path / "predictions.csv", index=False)
    (tmp_path / "results.json").write_text(json.dumps({"selection": "unknown", **score(table)}))
    text = text_of(write_report(tmp_path).read_text())
    for words in (
        "always answering “happiness”",
        "the F1 of 5 classes",
        "The dotted line is one in 5",
        "less than one in 5",
    ):
        assert words in text
    assert "“negative”" not in text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("results.json", None, "is no run folder"),
        ("results.json", "{", "cannot be read"),
        ("results.json", "[]", "holds no table"),
        ("results.json", "{}", "has no scores"),
        ("results.json", '{"overall": 1}', "has no scores"),
        ("history.csv", "seed\n0\n", "incomplete"),
    ],
)
def test_a_damaged_run_is_a_fleeting_error(run, name, content, words):
    (run / name).unlink()
    if content is not None:
        (run / name).write_text(content)
    with pytest.raises(DatasetError, match=words):
        write_report(run)
