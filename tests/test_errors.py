"""What a user reads when something is wrong."""

import pickle

import pytest

from fleeting import errors
from fleeting.errors import FleetingError, MissingExtraError, nearest

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, FleetingError) and kind is not MissingExtraError
]


def test_there_are_seven_kinds_beside_the_missing_extra():
    assert sorted(kind.__name__ for kind in KINDS) == [
        "ActionUnitError",
        "DatasetError",
        "FaceError",
        "FleetingError",
        "ManifestError",
        "OptionsError",
        "ShapeError",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_error_prints_problem_expected_got_where_and_cure_in_order(kind):
    error = kind("The image is wrong.", expected="RGB", got="grey", where="a.png", cure="convert it")
    assert str(error) == ("The image is wrong.\n  expected: RGB\n  got: grey\n  where: a.png\n  what to do: convert it")


def test_error_leaves_out_what_is_not_known():
    assert str(FleetingError("It broke.", where="a.png")) == "It broke.\n  where: a.png"


@pytest.mark.parametrize("kind", KINDS)
def test_error_survives_the_way_from_a_worker_process(kind):
    error = kind("It broke.", expected="a", got="b", where="c", cure="d")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert (again.problem, again.expected, again.got, again.where, again.cure) == ("It broke.", "a", "b", "c", "d")


def test_missing_extra_says_what_to_install_and_survives_pickling():
    error = MissingExtraError("The detector", "mediapipe", "faces")
    assert str(error) == (
        "The detector needs the package mediapipe, which is not installed.\n  what to do: pip install 'fleeting[faces]'"
    )
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is MissingExtraError
    assert (str(again), again.extra) == (str(error), "faces")


@pytest.mark.parametrize(
    ("name", "names", "text"),
    [
        ("epoch", ["seeds", "epochs"], "one of epochs, seeds. Did you mean 'epochs'?"),
        ("xyz", ["seeds", "epochs"], "one of epochs, seeds"),
        ("xyz", [], "no name is allowed here"),
    ],
)
def test_nearest_lists_the_names_and_guesses_only_what_looks_alike(name, names, text):
    assert nearest(name, names) == text
