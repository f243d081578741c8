"""A tiny double of what synthesis writes: manifest, shards and markers, with a motion that tells the classes apart."""

import json

import cv2
import numpy as np

from fleeting import files, manifest

AREAS = ((4, 10), (18, 10), (11, 18))
"""Top row and left column of the patch that moves, per class."""


def flow_image(label, rng):
    """(28, 28, 3) uint8: noise, and a bright patch whose place is the class."""
    image = rng.integers(0, 120, (28, 28, 3), dtype=np.uint8)
    row, column = AREAS[label]
    image[row : row + 6, column : column + 6] += 110
    return image


def face_frames(label, rng, count=2, side=56):
    """(count, side, side, 3) uint8: texture, of which one patch moves down by half a pixel per frame or more."""
    texture = cv2.GaussianBlur(rng.integers(0, 256, (side, side, 3), dtype=np.uint8), (0, 0), 1.5)
    row, column = (2 * value for value in AREAS[label])
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    weight = np.exp(-((rows - row - 6) ** 2 + (columns - column - 6) ** 2) / 60).astype(np.float32)
    steps = np.linspace(0, 1.5, count, dtype=np.float32)
    return np.stack([cv2.remap(texture, columns, rows - step * weight, cv2.INTER_LINEAR) for step in steps])


def members(holds, label, rng):
    """File suffix -> image, as synthesis names them."""
    if holds == "flow":
        return {"flow.png": flow_image(label, rng)}
    if holds == "video":
        return {f"{index:02d}.jpg": frame for index, frame in enumerate(face_frames(label, rng, 10))}
    onset, apex = face_frames(label, rng)
    return {"onset.png": onset, "apex.png": apex}


def write_synthetic(root, *, identities=4, per_identity=3, holds="flow", shard_size=6, donors=(), failed=0, seed=0):
    """Write a data set; the first `failed` samples fail; donors are (dataset, subject, clip) or None, taken in turn."""
    rng = np.random.default_rng(seed)
    planned = [(identity, number % 3) for identity in range(identities) for number in range(per_identity)]
    rows = []
    for index, (identity, label) in enumerate(planned):
        donor = (donors[index % len(donors)] if donors else None) or ("", "", "")
        rows.append(
            {
                "key": f"{index:09d}",
                "status": "failed" if index < failed else "done",
                "reason": "no landmarks" if index < failed else "",
                "label": label,
                "emotion": ("disgust", "happiness", "surprise")[label],
                "au_source": "micro" if any(donor) else "expert",
                "identity": f"id{identity:02d}",
                **dict(zip(("donor_dataset", "donor_subject", "donor_clip"), donor, strict=True)),
                "z_onset": [0.0] * 17,
                "z_apex": [0.1] * 17,
                "track": [],
                "sides": [1.0] * 34,
                "seed": index,
                "generator": "fake",
                "generator_hash": "0" * 64,
                "shard": index // shard_size,
            }
        )
    groups = [rows[start : start + shard_size] for start in range(0, len(rows), shard_size)]
    for number, group in enumerate(groups):
        _write_shard(
            root / "shards" / f"{number:06d}.tar", [row for row in group if row["status"] == "done"], holds, rng
        )
    manifest.write(root / manifest.NAME, groups)
    return root


def _write_shard(path, rows, holds, rng):
    import webdataset  # loads torch, which worker processes that import this file can do without

    path.parent.mkdir(parents=True, exist_ok=True)
    with webdataset.TarWriter(str(path), mtime=0) as writer:
        for row in rows:
            sample = {"__key__": row["key"], "json": json.dumps({"label": row["label"]}).encode()}
            for suffix, image in members(holds, row["label"], rng).items():
                ending = "." + suffix.rpartition(".")[2]
                sample[suffix] = cv2.imencode(ending, image[..., ::-1])[1].tobytes()
            writer.write(sample)
    marker = {"count": len(rows), "sha256": files.sha256(path), "failed": 0}
    path.with_name(f"{path.stem}.done.json").write_text(json.dumps(marker))
