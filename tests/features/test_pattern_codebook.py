"""Codebooks are k-means over the patterns of the training clips and count words instead of codes."""

import numpy as np
import pytest

from drawn_face import texture
from fleeting.errors import DatasetError, FleetingError, OptionsError, ShapeError
from fleeting.features.fitted_part import load_part, save_part
from fleeting.features.pattern_codebook import PatternCodebooks
from fleeting.features.stclqp import STCLQP, STCLQPOptions

OPTIONS = STCLQPOptions(grid=(2,), frames=10, size=24, words=12)
CLIPS = [np.stack([texture(24, 24, 1, seed=9 * clip + t // 3)[..., 0] for t in range(10)]) for clip in range(4)]


def histogram(**shares):
    """One histogram of 256 codes; names are c0, c1, ..."""
    values = np.zeros((1, 256), np.float32)
    for name, share in shares.items():
        values[0, int(name[1:])] = share
    return values


def test_patterns_that_differ_in_few_bits_share_a_word():
    training = histogram(c0=0.3, c1=0.1, c4=0.1, c255=0.3, c254=0.1, c191=0.1)
    books = PatternCodebooks((0,), 1, 2, seed=0).fit(training)
    dark, bright = books.transform(histogram(c0=0.5, c2=0.5)), books.transform(histogram(c255=0.5, c253=0.5))
    assert sorted(dark[0]) == [0, 1]
    np.testing.assert_array_equal(bright, 1 - dark)


def test_frequent_patterns_draw_the_words_to_them():
    """Three patterns, two words: the rarest of the close pair decides nothing, the far one gets a word if frequent."""
    often = PatternCodebooks((0,), 1, 2, seed=0).fit(histogram(c0=0.5, c1=0.02, c15=0.48))
    words = [int(often.transform(histogram(**{name: 1.0})).argmax()) for name in ("c0", "c1", "c15")]
    assert words[0] == words[1] != words[2]
    rare = PatternCodebooks((0,), 1, 2, seed=0).fit(histogram(c0=0.5, c1=0.499, c15=0.001))
    words = [int(rare.transform(histogram(**{name: 1.0})).argmax()) for name in ("c0", "c1", "c15")]
    assert words[0] != words[1]


def test_as_many_words_as_patterns_keep_every_count():
    codes = np.random.default_rng(0).dirichlet(np.ones(256), (3, 2)).astype(np.float32)
    words = PatternCodebooks((0, 0), 1, 256, seed=0).fit(codes.reshape(3, -1)).transform(codes.reshape(3, -1))
    np.testing.assert_allclose(np.sort(words.reshape(3, 2, 256)), np.sort(codes), atol=1e-7)


def test_fewer_patterns_than_words_leave_bins_empty():
    books = PatternCodebooks((0,), 1, 10, seed=0).fit(histogram(c0=0.5, c255=0.5))
    words = books.transform(histogram(c0=0.25, c7=0.25, c255=0.5))
    assert words.shape == (1, 10)
    assert sorted(words[0])[-2:] == [0.5, 0.5]


def test_same_seed_gives_the_same_words():
    tool = STCLQP(OPTIONS)
    codes = tool.compute_many(CLIPS)
    first, again = (tool.fitted_part(3).fit(codes).transform(codes) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_length_after_the_codebooks_is_nine_words_lists_per_block_and_known_before():
    part = STCLQP(OPTIONS).fitted_part(0)
    assert part.length == 4 * 9 * 12
    codes = STCLQP(OPTIONS).compute_many(CLIPS)
    words = part.fit(codes[:3]).transform(codes)
    assert words.shape == (4, part.length)
    np.testing.assert_allclose(words.reshape(4, 4 * 9, 12).sum(-1), 1, atol=1e-5)
    assert STCLQP().fitted_part(0).length == 57_600


def test_codebooks_see_nothing_but_the_clips_they_are_fitted_on():
    tool = STCLQP(OPTIONS)
    codes = tool.compute_many(CLIPS)
    alone, beside = tool.fitted_part(0).fit(codes[:2]), tool.fitted_part(0).fit(codes[:2])
    np.testing.assert_array_equal(alone.transform(codes[:2]), beside.transform(codes)[:2])


def test_planes_of_motion_share_their_codebooks_and_appearance_has_its_own():
    books = STCLQP(OPTIONS).fitted_part(0).books
    xy, xt, yt = books[:3], books[3:6], books[6:]
    assert xt == yt
    assert sorted(xy + xt) == list(range(6))


def test_codebooks_that_are_not_fitted_say_so():
    with pytest.raises(FleetingError, match="codebooks are empty"):
        PatternCodebooks((0,), 1, 2, seed=0).transform(histogram(c0=1.0))


def test_codebooks_survive_saving(tmp_path):
    tool = STCLQP(OPTIONS)
    codes = tool.compute_many(CLIPS)
    part = tool.fitted_part(0).fit(codes[:3])
    save_part(tmp_path, part)
    np.testing.assert_array_equal(load_part(tmp_path, tool.fitted_part(9)).transform(codes), part.transform(codes))


def test_codebooks_of_other_options_are_refused(tmp_path):
    save_part(tmp_path, PatternCodebooks((0,), 1, 3, seed=0).fit(histogram(c0=0.4, c7=0.3, c255=0.3)))
    for other in (PatternCodebooks((0,), 1, 2, seed=0), PatternCodebooks((0, 1), 1, 3, seed=0)):
        with pytest.raises(ShapeError, match="no such codebooks"):
            load_part(tmp_path, other)


def test_absent_and_damaged_codebooks_are_named(tmp_path):
    for _ in range(2):
        with pytest.raises(DatasetError, match=r"descriptor\.safetensors"):
            load_part(tmp_path, PatternCodebooks((0,), 1, 2, seed=0))
        (tmp_path / "descriptor.safetensors").write_bytes(b"half a file")


@pytest.mark.parametrize("shape", [(1, 255), (0, 256), (256,), (1, 512)])
def test_what_is_no_code_histogram_is_refused(shape):
    with pytest.raises(ShapeError, match="code histograms"):
        PatternCodebooks((0,), 1, 2, seed=0).fit(np.ones(shape, np.float32))


@pytest.mark.parametrize("words", [1, 257])
def test_words_are_at_most_the_patterns(words):
    with pytest.raises(OptionsError, match="words"):
        STCLQPOptions.parse({"words": words})
