import cv2
import numpy as np
import pytest

from fleeting.datasets.legacy_flow import decode, encode, read_label_list, write
from fleeting.errors import DatasetError, ShapeError
from fleeting.types import Clip


def image(value=0):
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[...] = (10 + value, 20, 30)
    return pixels


def test_opencv_reads_strain_v_u_from_what_was_written(tmp_path):
    (tmp_path / "a.png").write_bytes(encode(image()))
    assert cv2.imread(str(tmp_path / "a.png"))[0, 0].tolist() == [30, 20, 10]
    assert decode(tmp_path / "a.png")[0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("bad", [np.zeros((28, 28), np.uint8), np.zeros((28, 28, 3)), np.zeros((32, 32, 3), np.uint8)])
def test_encode_refuses_other_forms(bad):
    with pytest.raises(ShapeError, match="no flow image"):
        encode(bad)


@pytest.mark.parametrize(
    "content", [b"", b"no png", cv2.imencode(".png", np.zeros((30, 28, 3), np.uint8))[1].tobytes()]
)
def test_decode_refuses_other_files(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DatasetError, match="wrong form"):
        decode(tmp_path / "a.png")


@pytest.mark.parametrize(("layout", "name"), [("folder", "onset_apex/mine_s1_c1.png"), ("flat", "s1_c1 .png")])
def test_written_set_reads_back(tmp_path, layout, name):
    clips = [Clip("mine", "s1", "c1", 2), Clip("mine", "s2", "c1", 0)]
    write(tmp_path, clips, [image(1), image(2)], layout)
    entries = read_label_list(tmp_path)
    assert [entry.clip for entry in entries] == clips
    assert entries[0].path == tmp_path / name
    np.testing.assert_array_equal(decode(entries[1].path), image(2))


def test_clips_that_share_a_file_name_are_refused(tmp_path):
    clips = [Clip("one", "s1", "c1", 2), Clip("two", "s1", "c1", 0)]
    with pytest.raises(DatasetError, match="file name of its own"):
        write(tmp_path, clips, [image(), image()], "flat")


def test_label_list_may_lack_data_set_and_file_and_use_class_names(tmp_path):
    (tmp_path / "p1_laugh.png").write_bytes(encode(image()))
    (tmp_path / "labels.csv").write_text("\ufeffsubject, clip, label\np1, laugh, positive\n", encoding="utf-8")
    (entry,) = read_label_list(tmp_path)
    assert entry.clip == Clip(tmp_path.name, "p1", "laugh", 1)


def test_every_bad_line_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(encode(image()))
    lines = [
        "d,s,ok,0,a.png",
        "d,s,two,7,a.png",
        "d,s,three,0,none.png",
        "d,,four,0,a.png",
        "d,s,ok,0,a.png",
        "d,s,up,0,../a.png",
    ]
    (tmp_path / "labels.csv").write_text("dataset,subject,clip,label,file\n" + "\n".join(lines))
    with pytest.raises(DatasetError, match="5 of 6 lines") as caught:
        read_label_list(tmp_path)
    for part in (
        "line 3: label '7'",
        "line 4: no file none.png",
        "line 5: subject",
        "line 6: d/s/ok stands twice",
        "line 7: file",
    ):
        assert part in caught.value.got


def test_more_than_ten_bad_lines_are_counted(tmp_path):
    (tmp_path / "labels.csv").write_text("subject,clip,label\n" + "".join(f"s,c{n},0\n" for n in range(30)))
    with pytest.raises(DatasetError, match="30 of 30 lines") as caught:
        read_label_list(tmp_path)
    assert caught.value.got.count("line ") == 10


@pytest.mark.parametrize(
    ("text", "problem"),
    [("subject,clip\na,b\n", "lacks columns"), ("", "lacks columns"), (b"\xff\xfe\x00", "cannot be read")],
)
def test_list_that_is_none_is_refused(tmp_path, text, problem):
    (tmp_path / "labels.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DatasetError, match=problem):
        read_label_list(tmp_path)
