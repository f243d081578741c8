import numpy as np
import pytest

from fleeting.errors import DatasetError
from fleeting.training.ganimation.order import WINDOW, Order


def test_an_epoch_shows_every_image_once_and_in_new_order(images, small):
    order = Order(images, small())
    epochs = [np.concatenate([order.draws(6 * epoch + step).images for step in range(6)]) for epoch in range(2)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(24))] * 2
    assert list(epochs[0]) != list(epochs[1])


def test_a_batch_that_is_not_full_is_dropped(images, small):
    assert Order(images, small(train={"batch": 7})).steps == 3 * 3


def test_draws_depend_on_seed_and_step_alone(images, small):
    first, again = Order(images, small()), Order(images, small())
    again.draws(0)
    np.testing.assert_equal(first.draws(9).wanted, again.draws(9).wanted)
    np.testing.assert_equal(first.draws(9).images, again.draws(9).images)
    other = Order(images, small(train={"seed": 1}))
    assert (other.draws(9).wanted != first.draws(9).wanted).any()


def test_wanted_units_are_those_of_another_image_within_the_noise(images, small):
    exact = Order(images, small(train={"au_noise": 0})).draws(3).wanted
    assert all((images.aus == row).all(axis=1).any() for row in exact)
    loose = Order(images, small(train={"au_clip": False})).draws(3).wanted
    assert 0 < np.abs(loose - exact).max() <= 0.1
    assert loose.min() < 0
    assert Order(images, small()).draws(3).wanted.min() >= 0


def test_shares_of_processes_make_up_the_batch(images, small):
    order = Order(images, small())
    whole, parts = order.load(5, 0, 1), [order.load(5, rank, 2) for rank in range(2)]
    for name in ("images", "aus", "wanted", "mix"):
        np.testing.assert_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))


def test_a_mirrored_image_is_shown_mirrored(images, small):
    order = Order(images, small())
    draws, loaded = order.draws(1), order.load(1, 0, 1)
    assert set(draws.turned) == {False, True}
    for number, turned, shown in zip(draws.images, draws.turned, loaded.images, strict=True):
        expected = images.pictures[number]
        np.testing.assert_equal(shown, expected[:, ::-1] if turned else expected)


def test_reading_ahead_gives_every_step_in_order(images, small):
    order = Order(images, small(data={"readers": 2}))
    for step, loaded in enumerate(order.batches(range(4, order.steps), 0, 1), 4):
        np.testing.assert_equal(loaded.images, order.load(step, 0, 1).images)
    assert step == order.steps - 1


def test_groups_are_mixed_within_windows(images, small):
    images.groups = [range(start, start + 2) for start in range(0, 24, 2)]
    numbers = np.concatenate([Order(images, small()).draws(step).images for step in range(6)])
    for start in range(0, 24, 2 * WINDOW):
        groups = {number // 2 for number in numbers[start : start + 2 * WINDOW]}
        assert len(groups) == WINDOW


def test_fewer_images_than_a_batch_are_refused(images, small):
    with pytest.raises(DatasetError, match="too few"):
        Order(images, small(train={"batch": 25}))
