import pytest

from fleeting.action_units import ActionUnitsOptions
from fleeting.action_units.presets import rules_of
from fleeting.errors import OptionsError


def _rules(**tables):
    return rules_of(ActionUnitsOptions.parse(tables))


def test_presets_fix_what_the_published_variants_did():
    paper, old, release = (_rules(preset=name) for name in ("paper", "miex-2019", "miex-release"))
    assert (paper.micro.choice, old.micro.choice, release.micro.choice) == ("random", "cyclic", "cyclic")
    assert [(r.macro.alpha, r.macro.beta, r.macro.apex_rule) for r in (paper, old, release)] == [
        (0.3, 0.5, "integer"),
        (0.25, 0.4, "fraction"),
        (0.25, 0.5, "fraction-of-rows"),
    ]
    assert [r.macro.ck_plus_labels for r in (paper, old, release)] == ["ck+", "ck+-miex", "ck+-miex"]
    assert [(r.expert.table, r.expert.allow_empty) for r in (paper, old, release)] == [
        ("du2014", False),
        ("miex", True),
        ("miex", True),
    ]
    assert all((r.expert.mu, r.expert.nu) == (0.1, 0.3) for r in (paper, old, release))
    assert release.micro.early_apex_datasets == ("mmew",)


def test_own_options_win_over_the_preset_and_leave_the_rest():
    rules = _rules(preset="miex-2019", macro={"beta": 0.6}, expert={"table": "du2014"})
    assert (rules.macro.alpha, rules.macro.beta) == (0.25, 0.6)
    assert (rules.expert.table, rules.expert.allow_empty) == ("du2014", True)


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({"preset": "papr"}, "preset"),
        ({"micro": {"exclude_dataset": []}}, "Did you mean 'exclude_datasets'"),
        ({"micro": {"exclude_subjects": ["sub01"]}}, "dataset/subject"),
        ({"micro": {"intensity": [0.3, 0.1]}}, "low <= high"),
        ({"micro": {"tracks": [{"file": "a.csv"}]}}, "need the folder"),
        ({"frames": 1}, "greater than or equal to 2"),
        ({"native_length": True}, "needs frames > 2"),
        ({"sources": []}, "one name or more"),
        ({"sources": ["micro", "micro"]}, "each once"),
        ({"macro": {"alpha": 1.5}}, "less than or equal to 1"),
    ],
)
def test_wrong_options_are_named(tables, text):
    with pytest.raises(OptionsError, match=text):
        ActionUnitsOptions.parse(tables)


def test_alpha_above_the_presets_beta_is_refused():
    with pytest.raises(OptionsError, match=r"macro.alpha is above macro.beta"):
        _rules(macro={"alpha": 0.7})
