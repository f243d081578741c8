"""The pool over the embedded portraits: geometry, identity variation, reuse. Needs no face detection."""

import hashlib
import pickle
import shutil

import numpy as np
import pytest

from fleeting.errors import FaceError, OptionsError
from fleeting.faces import FACES, FacesOptions, create_faces, list_faces, store
from fleeting.faces.pool import FacePool


def eyes(landmarks):
    return landmarks[36:42].mean(0), landmarks[42:48].mean(0)


@pytest.fixture
def pool():
    return create_faces(FacesOptions())


def test_the_family_lists_the_three_sources_and_each_can_be_loaded():
    assert list_faces() == ["embedded", "faker-portraits", "folder"]
    assert [FACES.load(name).__name__ for name in list_faces()] == ["EmbeddedFaces", "FakerPortraits", "FolderFaces"]


def test_an_unknown_source_is_answered_with_the_nearest_name():
    with pytest.raises(OptionsError, match="Did you mean 'embedded'"):
        create_faces(FacesOptions(name="embeded"))


def test_embedded_has_two_plain_faces_of_the_public_domain(pool):
    faces = list(pool)
    assert [face.identity for face in faces] == ["embedded/grace-hopper", "embedded/eileen-collins"]
    assert [face.licence for face in faces] == ["public domain (US Navy)", "public domain (NASA)"]
    assert faces[0].source == "matplotlib/mpl-data/sample_data/grace_hopper.jpg"
    assert pool.counts() == {"accepted": 2}


@pytest.mark.parametrize("number", [0, 1, 2, 3, 40, 41, 1001])
def test_eye_centres_stand_where_the_crop_says_in_plain_and_varied_faces(pool, number):
    face = pool.face(number)
    assert face.image.shape == (128, 128, 3)
    assert face.image.dtype == np.uint8
    assert face.landmarks.shape == (68, 2)
    assert face.landmarks.dtype == np.float32
    left, right = eyes(face.landmarks)
    np.testing.assert_allclose(left, [32, 34], atol=0.5)
    np.testing.assert_allclose(right, [96, 34], atol=0.5)


def test_another_crop_geometry_is_obeyed():
    options = FacesOptions(size=64, eye_level=0.4, eye_distance=0.3, eye_middle=0.5)
    left, right = eyes(create_faces(options).face(3).landmarks)
    np.testing.assert_allclose(left, [22.4, 25.6], atol=0.3)
    np.testing.assert_allclose(right, [41.6, 25.6], atol=0.3)


def test_the_pupils_are_dark_where_the_landmarks_put_the_eyes(pool):
    """The pixels follow the landmarks: in Collins's portrait the eye centre is darker than the cheek below it."""
    for number in (1, 3, 5, 7, 9, 11):
        face = pool.face(number)
        grey = face.image.mean(2)
        for x, y in np.round(eyes(face.landmarks)).astype(int):
            assert grey[y - 2 : y + 3, x - 2 : x + 3].mean() < 0.75 * grey[y + 18 : y + 23, x - 2 : x + 3].mean()


def test_two_hundred_identities_have_two_hundred_images_and_names(pool):
    faces = [pool.face(number) for number in range(200)]
    assert len({hashlib.sha256(face.image.tobytes()).hexdigest() for face in faces}) == 200
    assert len({face.identity for face in faces}) == 200
    shapes = {face.landmarks.tobytes() for face in faces}
    assert len(shapes) == 200


def test_varied_faces_stay_well_exposed(pool):
    """Brightness once ran away: skin was burnt out to white."""
    for number in range(2, 102):
        image = pool.face(number).image[20:110, 20:110]
        assert 40 < image.mean() < 200
        assert (image.min(2) == 255).mean() < 0.05


def test_without_variation_there_is_an_end_and_the_error_says_how_many():
    pool = create_faces(FacesOptions(variation=0))
    assert pool.face(1).identity == "embedded/eileen-collins"
    with pytest.raises(FaceError, match="has 2 faces and no identity variation"):
        pool.face(2)


def test_a_negative_number_is_refused(pool):
    with pytest.raises(FaceError, match="There is no face -1"):
        pool.face(-1)


def test_a_pickled_pool_is_small_and_gives_the_same_faces(pool):
    data = pickle.dumps(pool)
    assert len(data) < 2000
    again = pickle.loads(data)
    np.testing.assert_array_equal(again.face(17).image, pool.face(17).image)
    np.testing.assert_array_equal(again.face(17).landmarks, pool.face(17).landmarks)


def test_the_digest_changes_with_what_is_shown_and_only_with_that(pool):
    assert create_faces(FacesOptions()).digest == pool.digest
    assert create_faces(FacesOptions(variation=1.3)).digest == pool.digest
    assert create_faces(FacesOptions(variation=0.5)).digest != pool.digest
    assert create_faces(FacesOptions(eye_level=0.3)).digest != pool.digest


def test_a_second_pool_reuses_the_store(pool, monkeypatch):
    monkeypatch.setattr(store, "examine", lambda *_, **__: pytest.fail("examined again"))
    assert create_faces(FacesOptions()).folder == pool.folder


def test_two_workers_make_the_same_store_as_one(pool, monkeypatch, tmp_path):
    monkeypatch.setenv("FLEETING_CACHE", str(tmp_path))
    other = create_faces(FacesOptions(), workers=2)
    assert other.folder != pool.folder
    assert other.digest == pool.digest
    assert (other.folder / "images.npy").read_bytes() == (pool.folder / "images.npy").read_bytes()


def test_a_pool_refuses_a_store_of_another_crop(pool):
    with pytest.raises(OptionsError, match="other crops"):
        type(pool)(pool.folder, FacesOptions(size=64)).face(0)


def test_a_store_that_was_cut_short_is_refused_with_its_path(pool, tmp_path):
    folder = tmp_path / "store"
    shutil.copytree(pool.folder, folder)
    images = folder / store.IMAGES
    images.write_bytes(images.read_bytes()[:-1])
    cut = FacePool(folder, pool.options)
    cut.face(0)
    with pytest.raises(FaceError, match=f"Face 1 is not whole(?s:.)*{store.IMAGES}"):
        cut.face(1)
