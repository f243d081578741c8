import cv2
import numpy as np
import pytest

from fake_synthetic import write_synthetic
from fleeting import manifest
from fleeting.errors import ActionUnitError, DatasetError
from fleeting.training.ganimation.images import decoded, fitted, open_images
from fleeting.training.ganimation.order import WINDOW
from fleeting.training.ganimation.recipe import DataTable
from fleeting.training.ganimation.shard_frames import ShardFrames

HEADER = "input," + ",".join(f"AU{number:02d}_r" for number in (4, 12))


def write_faces(root, names, side=8):
    root.mkdir()
    for shade, name in enumerate(names):
        cv2.imwrite(str(root / name), np.full((side, side, 3), 10 * shade, np.uint8))
    return root


def table_of(root, aus, units=(4, 12)):
    return open_images(DataTable(root=str(root), aus=str(aus), action_units=list(units)))


def test_a_table_is_matched_by_file_name_and_nothing_is_lost(tmp_path):
    faces = write_faces(tmp_path / "faces", ["b.png", "a.png", "alone.png", "twice.png"])
    (faces / "broken.png").write_bytes(b"no image")
    cv2.imwrite(str(faces / "wide.png"), np.zeros((8, 9, 3), np.uint8))
    lines = [
        HEADER, "there/a.png,1,5", "b.png,0,2.5", "ghost.png,1,1", "twice.png,1,1", "twice.png,2,2", "wide.png,1,1",
        "broken.png,1,1", "bad.png,-1,1",
    ]  # fmt: skip
    (tmp_path / "aus.csv").write_text("\n".join(lines))
    images = table_of(faces, tmp_path / "aus.csv")
    np.testing.assert_allclose(images.aus, [[0.2, 1.0], [0.0, 0.5]])
    assert images.read(0).max() == 10  # a.png was written second
    assert dict(images.left_out) == {
        "alone.png": "no action units",
        "broken.png": "not an image",
        "wide.png": "not square",
        "twice.png": "no action units",
        "aus.csv: twice.png": "2 rows for one image",
        "aus.csv: ghost.png": "no image of this name",
        "aus.csv": "1 rows: negative",
    }
    assert not images.synthetic


def test_a_folder_of_tables_gives_one_image_each(tmp_path):
    faces = write_faces(tmp_path / "faces", ["a.png", "b.png"])
    (tmp_path / "aus").mkdir()
    (tmp_path / "aus" / "a.csv").write_text("face,confidence,AU04_r,AU12_r\n0,0.9,5,0\n")
    (tmp_path / "aus" / "b.csv").write_text("face,confidence,AU04_r,AU12_r\n0,0.3,5,0\n")
    (tmp_path / "aus" / "c.csv").write_text("nothing\n1\n")
    images = table_of(faces, tmp_path / "aus")
    assert images.aus[:, 0].tolist() == [1.0]
    assert [name for name, _ in images.left_out] == ["b.csv", "c.csv", "b.png"]


def test_units_that_are_not_trained_are_left_out(tmp_path):
    faces = write_faces(tmp_path / "faces", ["a.png"])
    (tmp_path / "aus.csv").write_text(f"{HEADER}\na.png,1,4\n")
    np.testing.assert_allclose(table_of(faces, tmp_path / "aus.csv", [12]).aus, [[0.8]])


def test_a_table_without_a_trained_unit_is_refused(tmp_path):
    faces = write_faces(tmp_path / "faces", ["a.png"])
    (tmp_path / "aus.csv").write_text(f"{HEADER}\na.png,5,5\n")
    with pytest.raises(ActionUnitError, match="no AU26"):
        table_of(faces, tmp_path / "aus.csv", [4, 26])


def test_a_table_without_names_is_refused(tmp_path):
    faces = write_faces(tmp_path / "faces", ["a.png"])
    (tmp_path / "aus.csv").write_text("frame,AU04_r,AU12_r\n1,5,5\n")
    with pytest.raises(ActionUnitError, match="which image"):
        table_of(faces, tmp_path / "aus.csv")


def test_a_folder_without_any_match_is_refused(tmp_path):
    faces = write_faces(tmp_path / "faces", ["a.png"])
    (tmp_path / "aus.csv").write_text(f"{HEADER}\nb.png,5,5\n")
    with pytest.raises(DatasetError, match="No image of the folder"):
        table_of(faces, tmp_path / "aus.csv")


def test_shards_give_each_frame_with_its_units(shards):
    images = ShardFrames(shards)
    assert images.aus.shape == (24, 17)
    assert (images.aus[::2] == 0).all()
    np.testing.assert_allclose(images.aus[1::2], 0.1)
    assert images.groups == [range(8), range(8, 16), range(16, 24)]
    assert images.synthetic
    assert (images.read(0) != images.read(1)).any()


def test_videos_give_every_frame_of_the_track(tmp_path):
    root = write_synthetic(tmp_path / "video", identities=1, per_identity=2, holds="video")
    table = manifest.read(root)
    table["track"] = [list(np.linspace(0, 1, 170))] * 2
    manifest.write(root / manifest.NAME, [table.to_dict("records")])
    images = ShardFrames(root)
    np.testing.assert_allclose(images.aus[:10], np.linspace(0, 1, 170).reshape(10, 17), atol=1e-6)
    assert images.read(19).shape == (56, 56, 3)


def test_what_one_half_of_the_face_shows_counts_half(tmp_path):
    root = write_synthetic(tmp_path / "sided", identities=1, per_identity=1, holds="frames")
    table = manifest.read(root)
    table["sides"] = [[1.0] * 17 + [0.0] * 17]
    manifest.write(root / manifest.NAME, [table.to_dict("records")])
    np.testing.assert_allclose(ShardFrames(root).aus[1], 0.05)


def test_failed_samples_are_listed(tmp_path):
    root = write_synthetic(tmp_path / "failed", holds="frames", failed=2)
    images = ShardFrames(root)
    assert len(images.aus) == 20
    assert images.left_out == [("000000000", "no landmarks"), ("000000001", "no landmarks")]


def test_indexes_in_memory_do_not_grow_with_the_data_set(tmp_path):
    root = write_synthetic(tmp_path / "many", identities=10, holds="frames", shard_size=2)
    images = ShardFrames(root)
    for number in range(0, len(images.aus), 2):
        images.read(number)
    assert len(images._indexes) == 2 * WINDOW < 15


def test_flow_images_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="no frame onset"):
        ShardFrames(write_synthetic(tmp_path / "flow"))


def test_images_are_brought_to_size():
    image = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    assert fitted(image, 4) is image
    assert fitted(image, 2)[0, 0, 0] == round((0 + 3 + 12 + 15) / 4)
    assert fitted(image, 8).shape == (8, 8, 3)


def test_a_damaged_image_is_refused():
    with pytest.raises(DatasetError, match="cannot be read"):
        decoded(b"x", "a.png")
