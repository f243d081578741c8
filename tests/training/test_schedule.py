import numpy as np

from fleeting.training.recipe import TrainTable
from fleeting.training.schedule import batches, epoch_steps

OPTIONS = TrainTable(epochs=4, batch_size=5)


def test_last_single_image_joins_the_batch_before_it():
    assert [len(batch) for batch in batches(np.arange(11), 5)] == [5, 6]
    assert [len(batch) for batch in batches(np.arange(12), 5)] == [5, 5, 2]
    assert [len(batch) for batch in batches(np.arange(4), 5)] == [4]


def test_an_epoch_shows_every_clip_once():
    steps = list(epoch_steps(13, OPTIONS, 0, 0))
    assert sorted(np.concatenate([step.rows for step in steps])) == list(range(13))
    assert [len(step.turned) for step in steps] == [5, 5, 3]


def test_order_depends_on_seed_and_epoch_alone():
    def first(seed, epoch):
        return next(iter(epoch_steps(13, OPTIONS, seed, epoch))).rows.tolist()

    assert first(0, 1) == first(0, 1)
    assert len({tuple(first(*which)) for which in ((0, 0), (0, 1), (1, 0))}) == 3


def test_progress_runs_from_zero_towards_one():
    shares = [step.progress for epoch in range(4) for step in epoch_steps(10, OPTIONS, 0, epoch)]
    np.testing.assert_allclose(shares, [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875])


def test_dropout_masks_keep_the_mean_and_are_drawn_per_layer():
    step = next(iter(epoch_steps(10, OPTIONS, 0, 0)))
    mask = step.mask(0, (5, 4000), 0.2)
    assert set(np.unique(mask)) == {0, np.float32(1.25)}
    assert abs(mask.mean() - 1) < 0.02
    assert not np.array_equal(mask, step.mask(1, (5, 4000), 0.2))
    assert step.mask(0, (2, 2), 1.0).tolist() == [[0, 0], [0, 0]]


def test_without_flip_nothing_is_mirrored():
    assert not any(step.turned.any() for step in epoch_steps(50, TrainTable(flip=False), 0, 0))
