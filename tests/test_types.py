"""The nouns: orders that files and networks rely on."""

import dataclasses

import numpy as np
import pytest

from fleeting.types import AU_NUMBERS, LABELS, AUSequence, Clip


def test_orders_are_those_of_the_file_formats():
    assert LABELS == ("negative", "positive", "surprise")
    assert AU_NUMBERS == (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)


def test_clip_key_joins_dataset_subject_and_clip():
    assert Clip("casme2", "sub01", "EP02_01f", 0).key == "casme2/sub01/EP02_01f"


def test_action_units_show_on_both_sides_unless_told():
    one = AUSequence(np.zeros((2, 17), np.float32), 0, "disgust", "expert")
    other = AUSequence(np.zeros((2, 17), np.float32), 0, "disgust", "expert")
    assert one.sides.shape == (2, 17)
    assert one.sides.dtype == np.float32
    assert one.sides.min() == 1
    assert one.sides is not other.sides


def test_nouns_are_frozen():
    clip = Clip("casme2", "sub01", "EP02_01f", 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip.label = 1
