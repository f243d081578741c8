"""The plan is a pure function of the recipe: balanced, repeatable, independent of how it is cut."""

from collections import Counter

import numpy as np
import pytest

from fleeting.action_units import create_sources
from fleeting.synthesis import SynthesisRecipe
from fleeting.synthesis.plan import Planned, facts, plan_samples, shard_range
from small_recipe import small_recipe


def plan(recipe: SynthesisRecipe, start: int = 0, stop: int | None = None) -> list[Planned]:
    return list(plan_samples(recipe, create_sources(recipe.action_units), start, stop or recipe.planned))


def test_classes_sources_and_identities_are_balanced() -> None:
    recipe = SynthesisRecipe.parse({"synthesis": {"identities": 5}, "action_units": {"sources": ["micro", "expert"]}})
    samples = plan(recipe)
    assert Counter((s.au_source, s.aus.label) for s in samples) == {
        (source, label): 5 for source in ("micro", "expert") for label in range(3)
    }
    assert Counter(s.face for s in samples) == dict.fromkeys(range(5), 6)


def test_samples_of_one_identity_stand_together() -> None:
    faces = [sample.face for sample in plan(small_recipe())]
    assert faces == sorted(faces)


def test_any_cut_of_the_plan_gives_the_same_samples() -> None:
    recipe = small_recipe()
    whole, cut = plan(recipe), [*plan(recipe, 0, 5), *plan(recipe, 5)]
    assert [(s.key, s.seed) for s in whole] == [(s.key, s.seed) for s in cut]
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_array_equal(one.aus.values, other.aus.values)


def test_another_seed_gives_other_action_units_and_noise() -> None:
    one, other = plan(small_recipe(seed=0)), plan(small_recipe(seed=1))
    assert all(a.seed != b.seed for a, b in zip(one, other, strict=True))
    assert any((a.aus.values != b.aus.values).any() for a, b in zip(one, other, strict=True))


def test_reuse_lets_neighbouring_identities_share_their_action_units() -> None:
    tables = {"synthesis": {"identities": 4}, "action_units": {"sources": ["expert"], "reuse": 2}}
    samples = plan(SynthesisRecipe.parse(tables))
    values = [sample.aus.values.tolist() for sample in samples]
    assert values[0] == values[3]
    assert values[0] != values[6]
    assert samples[0].seed != samples[3].seed


def test_keys_sort_in_the_order_of_the_plan() -> None:
    assert [sample.key for sample in plan(small_recipe(), 0, 3)] == ["000000000", "000000001", "000000002"]


@pytest.mark.parametrize(("shard", "expected"), [(0, (0, 5)), (1, (5, 10)), (2, (10, 12))])
def test_last_shard_holds_the_rest(shard: int, expected: tuple[int, int]) -> None:
    assert shard_range(small_recipe(shard_size=5), shard) == expected


def test_recorded_facts_leave_both_halves_out_where_both_show_all() -> None:
    record = facts(plan(small_recipe(), 0, 1)[0], "name", "warp", "hash")
    assert record["sides"] == []
    assert record["track"] == []
    assert len(record["z_apex"]) == 17
    assert (record["identity"], record["donor_clip"]) == ("name", "")
