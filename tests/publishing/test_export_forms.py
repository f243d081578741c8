"""`--to webdataset`, `imagefolder`, `legacy` and `legacy-flow`: what the readers of each form find."""

import gc
import re

import cv2
import numpy as np
import pytest
import webdataset
from export_folder import told, tree

import datasets
from fleeting.datasets.legacy_flow import decode, read_label_list
from fleeting.datasets.synthetic import Synthetic
from fleeting.errors import OptionsError
from fleeting.features import FlowImage
from fleeting.files import atomic_write
from fleeting.publishing.export import export
from fleeting.publishing.source import Source
from fleeting.publishing.tar_shards import pattern
from fleeting.remote import place
from fleeting.synthesis import verify
from fleeting.synthesis.shards import ShardWriter

RESERVED = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


def rgb(path):
    return cv2.imread(str(path))[..., ::-1]


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # webdataset leaves its files to the garbage collector
def test_plain_webdataset_reads_the_shards_by_their_brace_pattern(pairs, tmp_path):
    export(pairs, "webdataset", tmp_path / "out", progress=False)
    urls = f"{tmp_path}/out/{pattern(Source(pairs))}"
    assert urls.endswith("shards/{000000..000002}.tar")
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode("rgb8"))
    gc.collect()
    assert [sample["__key__"] for sample in samples] == [f"{number:09d}" for number in range(24)]
    assert samples[4]["onset.jpg"].shape == (64, 64, 3)
    assert samples[4]["json"]["label"] == 1


def test_datasets_reads_the_shards_with_the_types_of_the_card(pairs, tmp_path):
    export(pairs, "webdataset", tmp_path / "out", progress=False)
    rows = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"]
    assert rows.features["json"]["label"].names == ["negative", "positive", "surprise"]
    assert rows.features["json"]["sides"] == datasets.List(datasets.Value("float32"))  # empty in the first samples
    assert rows[0]["apex.jpg"].size == (64, 64)


def test_shards_are_linked_not_copied_and_still_a_sound_data_set(pairs, tmp_path):
    export(pairs, "webdataset", tmp_path / "out", progress=False)
    shards = [root / "shards" / "000001.tar" for root in (pairs, tmp_path / "out")]
    assert shards[0].samefile(shards[1])
    assert not (pairs / "manifest.parquet").samefile(tmp_path / "out" / "manifest.parquet")
    assert verify(tmp_path / "out").faults == []


def test_imagefolder_loads_by_name_and_as_a_folder_of_the_hub(pairs, tmp_path):
    export(pairs, "imagefolder", tmp_path / "out", validation=0.5, progress=False)
    cache = str(tmp_path / "cache")
    by_name = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "out"), cache_dir=cache)
    as_hub = datasets.load_dataset(str(tmp_path / "out"), cache_dir=cache)
    for rows in (by_name, as_hub):
        assert {split: len(rows[split]) for split in rows} == {"train": 12, "validation": 12}
        assert rows["train"][0]["key"] == "000000006"
        assert rows["train"][0]["class"] == "negative"
        assert len(rows["train"][0]["z_apex"]) == 17
    source = Synthetic(pairs)
    frames = source.frames(next(clip for clip in source.clips() if clip.clip == "000000006"))
    np.testing.assert_array_equal(rgb(tmp_path / "out/train/000000/000000006.apex.jpg"), frames[1])


def test_videos_of_an_imagefolder_load_as_lists(fake, tmp_path):
    export(fake("video"), "imagefolder", tmp_path / "out", progress=False)
    rows = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert len(rows["train"][0]["frames"]) == 10


@pytest.mark.parametrize("form", ["imagefolder", "legacy", "legacy-flow"])
def test_names_are_good_on_every_system(pairs, tmp_path, form):
    export(pairs, form, tmp_path / "out", progress=False)
    names = [part for path in (tmp_path / "out").rglob("*") for part in path.relative_to(tmp_path / "out").parts]
    assert [name for name in names if RESERVED.search(name) or len(name) > 100 or not name.isascii()] == []


def test_legacy_has_a_folder_per_sample_and_the_sources_one_after_the_other(pairs, tmp_path):
    export(pairs, "legacy", tmp_path / "out", progress=False)
    lines = [line.split(" ") for line in (tmp_path / "out/list.txt").read_text().splitlines()]
    assert lines[0] == ["embedded-grace-hopper-000000000_mie_0", "0"]
    assert [name.split("_")[-2] for name, _ in lines] == ["mie"] * 12 + ["exp"] * 12
    assert all(name.endswith(f"_{label}") for name, label in lines)
    for name, _ in lines:
        assert sorted(path.name for path in (tmp_path / "out/samples" / name).iterdir()) == ["0.jpg", "1.jpg"]
    source = Synthetic(pairs)
    frames = source.frames(source.clips()[0])
    np.testing.assert_array_equal(rgb(tmp_path / "out/samples" / lines[0][0] / "1.jpg"), frames[1])


def test_legacy_turns_png_into_jpeg_and_numbers_the_frames_of_videos(fake, tmp_path):
    export(fake("pairs"), "legacy", tmp_path / "png", progress=False)
    first = tmp_path / "png/samples" / (tmp_path / "png/list.txt").read_text().split(" ")[0]
    assert (first / "0.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_legacy_of_flow_images_has_the_very_pixels(fake, tmp_path):
    root = fake("flow")
    export(root, "legacy", tmp_path / "out", progress=False)
    entries, source = read_label_list(tmp_path / "out"), Synthetic(root)
    clips = source.clips()
    assert [(e.clip.subject, e.clip.clip, e.clip.label) for e in entries] == [
        (clip.subject, clip.clip, clip.label) for clip in clips
    ]
    np.testing.assert_array_equal(decode(entries[5].path), source.frames(clips[5])[0])


def test_legacy_flow_of_frames_is_the_flow_image_feature(pairs, tmp_path):
    export(pairs, "legacy-flow", tmp_path / "out", progress=False)
    entries, source = read_label_list(tmp_path / "out"), Synthetic(pairs)
    assert entries[2].path.name == "synthetic_embedded-grace-hopper_000000002.png"
    np.testing.assert_array_equal(decode(entries[2].path), FlowImage().compute(source.frames(source.clips()[2])))
    assert told(tmp_path / "out")["samples"] == {"train": 24}


@pytest.mark.parametrize("form", ["webdataset", "legacy", "legacy-flow"])
def test_forms_without_splits_say_so(pairs, tmp_path, form):
    with pytest.raises(OptionsError, match=r"no splits.*\n.*hf, imagefolder"):
        export(pairs, form, tmp_path / "out", validation=0.5, progress=False)
    assert not (tmp_path / "out").exists()


def test_split_of_one_portrait_is_refused(fake, tmp_path):
    with pytest.raises(OptionsError, match="one portrait on each side"):
        export(fake(identities=1), "hf", tmp_path / "out", validation=0.5, progress=False)


@pytest.mark.parametrize("form", ["hf", "webdataset", "imagefolder", "legacy"])
def test_data_set_on_a_store_is_exported_as_from_a_disk(pairs, tmp_path, form):
    store = place(f"memory://{tmp_path.name}")
    for path in [path for path in pairs.rglob("*") if path.is_file()]:
        with atomic_write(store / path.relative_to(pairs).as_posix()) as file:
            file.write(path.read_bytes())
    export(str(store), form, tmp_path / "store" / "out", progress=False)
    export(pairs, form, tmp_path / "disk" / "out", progress=False)
    assert tree(tmp_path / "store" / "out") == tree(tmp_path / "disk" / "out")


def test_export_to_a_store_is_refused(pairs):
    with pytest.raises(OptionsError, match="this machine's disks"):
        export(pairs, "hf", "s3://bucket/out", progress=False)


def video_of(fake, suffixes):
    """A data set of one video whose shard has these members."""
    root = fake("video", identities=1, per_identity=1)
    frame = next(Source(root).samples(0)).pictures["00.jpg"]
    with ShardWriter(root, 0) as writer:
        writer.add("000000000", dict.fromkeys(suffixes, frame))
        writer.record()
    return root


def test_frames_beyond_the_hundredth_stand_in_the_order_of_time(fake, tmp_path):
    """Sorted as text, 100.jpg stood before 11.jpg."""
    suffixes = [f"{number:02d}.jpg" for number in range(102)]
    root = video_of(fake, suffixes)
    assert list(next(Source(root).samples(0)).pictures) == suffixes
    export(root, "legacy", tmp_path / "out", progress=False)
    (folder,) = (tmp_path / "out/samples").iterdir()
    assert len(list(folder.iterdir())) == 102


def test_member_of_a_shard_whose_name_is_a_path_is_no_image(fake):
    """On Windows KEY.00./../../x.jpg leads out of the folder of the export."""
    root = video_of(fake, ["00.jpg", "01./../../../x.jpg", "2.jpg/../../x.jpg"])
    assert list(next(Source(root).samples(0)).pictures) == ["00.jpg"]
