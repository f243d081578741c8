"""The contract that every AU source keeps."""

import subprocess
import sys

import numpy as np
import pytest

from fleeting.action_units import ACTION_UNITS, ActionUnitsOptions, create_sources, list_sources
from fleeting.errors import ActionUnitError, OptionsError


@pytest.fixture
def options(tmp_path):
    """Options under which all sources work, as plain tables."""
    path = tmp_path / "macro.csv"
    lines = [f"{e}{s},{s},{e},{k},{k / 3}" for s in (1, 2) for e in ("happy", "sad", "surprised") for k in range(12)]
    path.write_text("\n".join(["clip,actor,emotion,frame,AU06_r", *lines]))
    return {"sources": list_sources(), "macro": {"tables": [{"file": str(path), "dataset": "ravdess"}]}}


@pytest.fixture(params=["expert", "macro", "micro"])
def name(request):
    return request.param


def _create(options, **more):
    return create_sources(ActionUnitsOptions.parse({**options, **more}))


def test_family_lists_the_three_sources_in_the_options_order(options):
    assert list_sources() == ["expert", "macro", "micro"]
    assert list(_create(options, sources=["micro", "expert"])) == ["micro", "expert"]
    assert ACTION_UNITS.list("m*") == ["macro", "micro"]


def test_unknown_source_names_the_nearest(options):
    with pytest.raises(OptionsError, match="Did you mean 'micro'"):
        _create(options, sources=["mikro"])


@pytest.mark.parametrize("preset", ["paper", "miex-2019", "miex-release"])
@pytest.mark.parametrize("frames", [2, 10])
def test_samples_have_the_stated_shape_type_and_range(options, name, preset, frames):
    source, rng = _create(options, preset=preset, frames=frames)[name], np.random.default_rng(0)
    for turn in range(60):
        sequence = source.sample(rng, turn % 3, turn)
        assert sequence.values.shape == (frames, 17)
        assert sequence.values.dtype == sequence.sides.dtype == np.float32
        assert 0 <= sequence.values.min() <= sequence.values.max() <= 1
        assert sequence.sides.shape == (2, 17)
        assert (sequence.label, sequence.origin) == (turn % 3, name)
        assert sequence.emotion


def test_equal_generator_state_gives_equal_sequences(options, name):
    one, two = _create(options)[name], _create(options)[name]
    for seed in range(20):
        first = one.sample(np.random.default_rng(seed), seed % 3, seed)
        second = two.sample(np.random.default_rng(seed), seed % 3, seed)
        assert np.array_equal(first.values, second.values)
        assert np.array_equal(first.sides, second.sides)
        assert first.donor == second.donor


def test_a_changed_sample_does_not_change_the_source(options, name):
    source = _create(options)[name]
    before = source.sample(np.random.default_rng(0), 1)
    copy = before.values.copy()
    before.values[:] = 0.5
    before.sides[:] = 0
    after = source.sample(np.random.default_rng(0), 1)
    assert np.array_equal(after.values, copy)
    assert after.sides.any()


def test_label_outside_the_classes_is_refused(options, name):
    with pytest.raises(ActionUnitError, match="no such label"):
        _create(options)[name].sample(np.random.default_rng(0), -1)


def test_digest_is_stable_and_follows_options(options, name):
    digest = _create(options)[name].digest
    assert len(digest) == 64
    assert _create(options)[name].digest == digest
    assert _create(options, frames=10)[name].digest != digest
    assert _create(options, preset="miex-2019")[name].digest != digest


def test_digest_follows_the_content_of_tables_and_not_their_place(options, tmp_path):
    digest = _create(options)["macro"].digest
    table = options["macro"]["tables"][0]
    content = (tmp_path / "macro.csv").read_text()
    moved = tmp_path / "elsewhere.csv"
    moved.write_text(content)
    table["file"] = str(moved)
    assert _create(options)["macro"].digest == digest
    moved.write_text(content.replace("11,3.66", "11,3.65"))
    assert _create(options)["macro"].digest != digest


def test_sampling_reads_no_file(options, name, monkeypatch):
    source, rng = _create(options)[name], np.random.default_rng(0)
    for place in ("builtins.open", "io.open"):
        monkeypatch.setattr(place, lambda *given, **_: pytest.fail(f"opened {given[0]}"))
    assert [source.sample(rng, turn % 3, turn).label for turn in range(6)] == [0, 1, 2, 0, 1, 2]


def test_package_starts_without_torch_or_pandas():
    code = "import sys, fleeting.action_units; print({'torch', 'pandas'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
