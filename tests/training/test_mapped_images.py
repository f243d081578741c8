import numpy as np
import pytest
import torch

from fleeting.models import create_model
from fleeting.training.loop import Clips, predict, seeded, train
from fleeting.training.mapped_images import MappedImages
from fleeting.training.pools import Pool
from fleeting.training.recipe import TrainTable
from fleeting.types import Clip

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 4, 5, 2), dtype=np.uint8)
CLIPS = [Clip("casme2", "s", str(number), number % 3) for number in range(9)]


@pytest.fixture
def on_disk(tmp_path):
    def save(images, name="a.npy"):
        np.save(tmp_path / name, images)
        return np.load(tmp_path / name, mmap_mode="r")

    return save


def test_mapped_images_are_read_in_the_order_asked_for(on_disk):
    images = MappedImages([on_disk(IMAGES[:5]), IMAGES[5:]])
    assert (images.shape, len(images), images.dtype) == ((9, 4, 5, 2), 9, np.uint8)
    order = np.array([7, 0, 4, 5, 0])
    np.testing.assert_array_equal(images[order], IMAGES[order])
    np.testing.assert_array_equal(images[3:7], IMAGES[3:7])
    np.testing.assert_array_equal(np.asarray(images), IMAGES)
    assert np.asarray(images, np.float32).dtype == np.float32


def test_parts_may_be_mapped_images_themselves(on_disk):
    inner = MappedImages([on_disk(IMAGES)]).take(np.array([8, 2]))
    images = MappedImages([IMAGES[:1], inner])
    np.testing.assert_array_equal(images[np.array([2, 0, 1])], IMAGES[[2, 0, 8]])


def test_taken_rows_are_rows_of_what_they_were_taken_from(on_disk):
    part = MappedImages([on_disk(IMAGES)]).take(np.array([8, 2, 5]))
    again = part.take(np.array([2, 0]))
    np.testing.assert_array_equal(part[np.array([1])], IMAGES[[2]])
    np.testing.assert_array_equal(np.asarray(again), IMAGES[[5, 8]])


def test_what_is_read_may_be_changed_without_touching_the_file(on_disk):
    images = MappedImages([on_disk(IMAGES)])
    images[0:2][:] = 0
    np.testing.assert_array_equal(np.asarray(images), IMAGES)


def test_pool_of_a_map_hands_out_rows_unread(on_disk):
    pool = Pool(CLIPS, MappedImages([on_disk(IMAGES)]))
    images, labels = pool.take([CLIPS[4], CLIPS[1]])
    assert isinstance(images, MappedImages)
    np.testing.assert_array_equal(np.asarray(images), IMAGES[[4, 1]])
    assert labels.tolist() == [1, 1]


def test_pool_in_memory_hands_out_arrays():
    images, _ = Pool(CLIPS, IMAGES).take(CLIPS[2:4])
    assert type(images) is np.ndarray
    np.testing.assert_array_equal(images, IMAGES[2:4])


@pytest.mark.parametrize("mapped", [True, False])
def test_joined_pools_find_the_clips_of_both(on_disk, mapped):
    first = Pool(CLIPS[:4], MappedImages([on_disk(IMAGES[:4])]) if mapped else IMAGES[:4])
    images, _ = first.joined(Pool(CLIPS[4:], IMAGES[4:])).take([CLIPS[6], CLIPS[1]])
    assert isinstance(images, MappedImages) == mapped
    np.testing.assert_array_equal(np.asarray(images), IMAGES[[6, 1]])


def test_training_on_a_map_gives_the_weights_of_training_in_memory(on_disk):
    torch.set_num_threads(1)
    images = np.random.default_rng(1).integers(0, 256, (9, 28, 28, 3), dtype=np.uint8)
    labels = np.array([clip.label for clip in CLIPS])
    answers = []
    for given in (images, MappedImages([on_disk(images)])):
        with seeded(0):
            model = create_model("ststnet")
        train(model, Clips(given, labels), TrainTable(epochs=2, batch_size=4, device="cpu"), seed=0)
        answers.append(predict(model, given, flip=True))
    np.testing.assert_array_equal(*answers)
