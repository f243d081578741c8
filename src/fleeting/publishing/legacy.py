"""Forms `legacy` and `legacy-flow`: the layouts that scripts of published papers read.

`legacy`: as the public code of MiE-X: a folder PORTRAIT-KEY_SOURCE_LABEL per sample with 0.jpg (onset) to N.jpg, and a
list of "FOLDER LABEL" lines that has the micro, then the macro, then the expert samples. Source: public code of Liu et
al. 2022. Its folders have no KEY, so two samples can meet; the key, the name `list.txt` and quality 95 are ours.
`legacy-flow`: `norm_u_v_os`, 28 x 28 images of flow and strain with labels.csv (datasets/legacy_flow.py). Of frames the
flow from the first to the last is computed (feature flow-image).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..datasets import legacy_flow
from ..datasets.frame_files import decode_image
from ..errors import ManifestError
from ..features import FlowImage
from ..files import atomic_write, sha256
from ..types import Image
from .form import Part, Record, Splits, by_shard
from .image_folder import gather
from .source import Sample, Source

TAGS = {"micro": "mie", "macro": "mae", "expert": "exp"}
"""Action-unit source -> its tag in a folder's name, in the order of the list."""
LIST = "list.txt"
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]


class Legacy:
    """A folder per sample and a list, as the public code of MiE-X; of flow images, `legacy-flow`."""

    splits = False

    def parts(self, source: Source, splits: Splits) -> list[Part]:
        """One per shard."""
        return by_shard(source, splits, "samples/{shard:06d}")

    def make(self, source: Source, part: Part, folder: Path) -> Record:
        """Write the folders of one shard."""
        if source.kind == "flow":
            return LegacyFlow().make(source, part, folder)
        record = Record()
        for sample in source.samples(part.shards[0]):
            row = sample.row
            stem = f"{_safe(row['identity'])}-{row['key']}"
            name = f"{stem}_{TAGS.get(row['au_source'], _safe(row['au_source']))}_{row['label']}"
            (folder / "samples" / name).mkdir(parents=True, exist_ok=True)
            for number, (suffix, data) in enumerate(sample.pictures.items()):
                (folder / "samples" / name / f"{number}.jpg").write_bytes(_jpeg(suffix, data))
            record.lines.append((row["au_source"], f"{name} {row['label']}"))
            record.samples += 1
        return record

    def finish(self, source: Source, folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
        """Write the list: the samples of each action-unit source together."""
        if source.kind == "flow":
            return LegacyFlow().finish(source, folder, records)
        others = {name for _, record in records for name, _ in record["lines"]} - set(TAGS)
        with atomic_write(folder / LIST) as file:
            for wanted in (*TAGS, *sorted(others)):
                for _, record in records:
                    file.writelines(line.encode() + b"\n" for name, line in record["lines"] if name == wanted)
        return {LIST: sha256(folder / LIST)}

    def front_matter(self, splits: Sequence[str]) -> str:
        """The Hub cannot load this form."""
        return ""

    def content(self, source: Source, name: str) -> str:
        """What is where."""
        if source.kind == "flow":
            return LegacyFlow().content(source, name)
        tags = ", ".join(f"`{tag}` {origin}" for origin, tag in TAGS.items())
        return (
            "The layout of the public code of MiE-X: `samples/PORTRAIT-KEY_SOURCE_LABEL/` with `0.jpg` (onset) to the\n"
            f"last frame; sources {tags}. `{LIST}` has one line `FOLDER LABEL` per sample,\n"
            "the sources one after the other. `manifest.parquet` names the donor of each KEY.\n"
        )


class LegacyFlow:
    """`norm_u_v_os`: one flow image per sample and labels.csv."""

    splits = False

    def parts(self, source: Source, splits: Splits) -> list[Part]:
        """One per shard."""
        return by_shard(source, splits, "onset_apex/{shard:06d}")

    def make(self, source: Source, part: Part, folder: Path) -> Record:
        """Write the images of one shard."""
        inside, record = folder / legacy_flow.IMAGES, Record()
        inside.mkdir(parents=True, exist_ok=True)
        feature = FlowImage()
        for sample in source.samples(part.shards[0]):
            row = sample.row
            name = f"synthetic_{_safe(row['identity'])}_{row['key']}.png"
            (inside / name).write_bytes(legacy_flow.encode(_flow(sample, feature)))
            line = ["synthetic", row["identity"], row["key"], row["label"], name]
            record.lines.append((legacy_flow.LABEL_LIST, _csv(line)))
            record.samples += 1
        return record

    def finish(self, source: Source, folder: Path, records: Iterable[tuple[Part, Mapping[str, Any]]]) -> dict[str, str]:
        """Write labels.csv."""
        head = Part("", "", ()), {"lines": [(legacy_flow.LABEL_LIST, _csv(legacy_flow.COLUMNS))]}
        return gather(folder, chain([head], records))

    def front_matter(self, splits: Sequence[str]) -> str:
        """The Hub cannot load this form."""
        return ""

    def content(self, source: Source, name: str) -> str:
        """What is where."""
        return (
            "The flow images on which most published recognisers are trained (`norm_u_v_os`): `onset_apex/*.png`,\n"
            "28 x 28, red u, green v, blue optical strain, each stretched to 0..255 over the image, and\n"
            f"`{legacy_flow.LABEL_LIST}`. `manifest.parquet` names the donor of each clip.\n"
        )


def _flow(sample: Sample, feature: FlowImage) -> Image:
    frames = [_decode(sample, name) for name in sample.pictures]
    return frames[0] if list(sample.pictures) == ["flow.png"] else feature.compute(np.stack(frames))


def _decode(sample: Sample, name: str) -> Image:
    """(H, W, 3) uint8 RGB."""
    stored = decode_image(sample.pictures[name])
    if stored is None:
        raise ManifestError(
            f"An image of sample {sample.row['key']} is damaged.", got=name, cure="see `fleeting verify`"
        )
    return np.ascontiguousarray(stored[..., ::-1])


def _jpeg(suffix: str, data: bytes) -> bytes:
    """The file as it is, or PNG turned into JPEG, which these scripts open by name."""
    if suffix.endswith(".jpg"):
        return data
    stored = decode_image(data)
    if stored is None:
        raise ManifestError("An image is damaged.", got=suffix, cure="see `fleeting verify`")
    return bytes(cv2.imencode(".jpg", stored, QUALITY)[1])


def _csv(values: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _safe(name: str) -> str:
    """A name good on every system, cut to 60 characters; the key beside it tells samples apart."""
    return re.sub(r"[^A-Za-z0-9+-]+", "-", name).strip("-")[-60:] or "face"
