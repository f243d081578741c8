"""The data card: front matter that the Hub takes, and what a reader must find in it."""

import json
import tomllib
from importlib import resources

import pytest
import yaml
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard

from fleeting.errors import ManifestError
from fleeting.publishing.export import FORMS, export
from fleeting.synthesis import SynthesisRecipe, synthesize
from fleeting.synthesis.card import _size
from small_recipe import small_recipe

KNOWN = {"annotations_creators", "configs", "dataset_info", "license", "license_name", "pretty_name", "size_categories"}
KNOWN |= {"tags", "task_categories"}


def allowed_words(name):
    """A list of words that `datasets` ships for cards."""
    return json.loads(resources.files("datasets.utils.resources").joinpath(name).read_text())


def check(text):
    """What the Hub checks of the front matter, as far as its lists are to be had offline."""
    card = DatasetCard(text)
    facts = card.data.to_dict()
    assert set(facts) <= KNOWN
    assert facts["license"] == "other"
    assert facts["license_name"].replace("-", "").islower()
    assert set(facts["size_categories"]) <= set(allowed_words("size_categories.json"))
    assert set(facts["annotations_creators"]) <= set(allowed_words("creators.json")["annotations"])
    assert facts["task_categories"] == ["image-classification"]
    MetadataConfigs.from_dataset_card_data(card.data)
    return facts


@pytest.mark.parametrize("form", sorted(FORMS))
def test_front_matter_of_every_form_validates(pairs, tmp_path, form):
    export(pairs, form, tmp_path / "out", progress=False)
    facts = check((tmp_path / "out" / "README.md").read_text(encoding="utf-8"))
    assert ("configs" in facts) == (form in ("hf", "imagefolder", "webdataset"))
    assert ("dataset_info" in facts) == (form == "webdataset")


def test_front_matter_of_a_data_set_validates(pairs):
    facts = check((pairs / "README.md").read_text(encoding="utf-8"))
    assert facts["size_categories"] == ["n<1K"]
    assert [item["name"] for item in facts["dataset_info"]["features"]][:2] == ["onset.jpg", "apex.jpg"]


def test_name_with_quotes_and_unicode_is_a_name(tmp_path):
    root = tmp_path / 'a "quoted" \\ né: name'
    synthesize(small_recipe(identities=1), root, progress=False)
    assert check((root / "README.md").read_text(encoding="utf-8"))["pretty_name"] == root.name


def test_card_of_videos_and_of_flow_names_their_members(tmp_path):
    for name, synthesis, units, members in (
        ("video", {}, {"frames": 12}, ["00.jpg", "11.jpg"]),
        ("native", {}, {"frames": 12, "native_length": True}, None),
        ("flow", {"output": "flow"}, {}, ["flow.png", "flow.png"]),
    ):
        tables = small_recipe(identities=1, **synthesis).model_dump()
        tables["action_units"] |= units
        synthesize(SynthesisRecipe.parse(tables), tmp_path / name, progress=False)
        facts = check((tmp_path / name / "README.md").read_text(encoding="utf-8"))
        found = [item["name"] for item in facts.get("dataset_info", {"features": []})["features"]]
        pictures = [member for member in found if member.endswith(("jpg", "png"))]
        assert (pictures[0], pictures[-1]) == tuple(members) if members else pictures == []


@pytest.mark.parametrize(
    ("samples", "word"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (45_000, "10K<n<100K"),
        (1_000_000, "1M<n<10M"),
        (10**7, "10M<n<100M"),
    ],
)
def test_size_category_is_one_of_the_hub(samples, word):
    assert _size(samples) == word
    assert word in allowed_words("size_categories.json")


@pytest.mark.parametrize("form", ["hf", "legacy"])
def test_card_states_licences_intended_use_and_what_the_law_forbids(pairs, tmp_path, form):
    export(pairs, form, tmp_path / "out", progress=False)
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    for words in ("public domain (NASA)", "public domain (US Navy)", "## Intended use", "Article 5(1)(f)", "Leak rule"):
        assert words in text
    assert "at work or in education" in text


def test_card_has_the_hashes_of_what_the_samples_depend_on(pairs):
    text = (pairs / "README.md").read_text(encoding="utf-8")
    inputs = tomllib.loads((pairs / "recipe.toml").read_text(encoding="utf-8"))["inputs"]
    assert len(inputs) >= 4
    assert [name for name, digest in inputs.items() if digest not in text] == []


def test_words_added_by_hand_stay_and_the_content_is_told_anew(fake, tmp_path):
    export(fake(failed=1), "hf", tmp_path / "out", progress=False)
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "## Words by hand\n\nPlease cite us.\n" in text
    assert "As it was." not in text
    assert 'load_dataset("out")' in text
    assert "- failed, so not in it: 1 (no landmarks)" in text
    assert "casme2 3, smic 4" in text
    assert yaml.safe_load(text.split("---\n")[1])["configs"][0]["data_files"] == [
        {"split": "train", "path": "data/train-*.parquet"}
    ]


def test_export_of_an_export_tells_of_itself_once(pairs, tmp_path):
    export(pairs, "webdataset", tmp_path / "first", progress=False)
    export(tmp_path / "first", "hf", tmp_path / "second", progress=False)
    text = (tmp_path / "second" / "README.md").read_text(encoding="utf-8")
    assert text.count("## This copy") == 1
    assert "fleeting export --to hf" in text
    assert "fleeting export --to webdataset" not in text


@pytest.mark.parametrize("text", ["", "no front matter\n"])
def test_card_without_front_matter_is_refused(fake, tmp_path, text):
    root = fake()
    (root / "README.md").write_text(text)
    with pytest.raises(ManifestError, match="no front matter"):
        export(root, "hf", tmp_path / "out", progress=False)
