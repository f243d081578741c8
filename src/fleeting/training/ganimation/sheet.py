"""Looks at what the generator does: how strongly each action unit changes its output, and sample sheets of sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from ...files import atomic_write
from ...generators.ganimation.network import GeneratorNetwork, compose
from ...types import Floats, Image

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
GAIN = 4
"""Amplification of the difference on a sheet."""
NAMES = 40
"""Width of the column of names, px."""


def sweep(generator: GeneratorNetwork, images: torch.Tensor, aus: torch.Tensor, place: int) -> tuple[Floats, Floats]:
    """Ask for one action unit in doses from 0 to 1, the others staying as they are.

    Args:
        generator: on any device.
        images: (F, 3, S, S) float32 in -1..1 on the same device.
        aus: (F, A) float32, what they show.
        place: index of the action unit.

    Returns:
        Frames (doses, F, S, S, 3) float32 in 0..255, and masks (F, S, S) in 0..1 at the last dose.
    """
    frames = []
    with torch.no_grad():
        for dose in DOSES:
            wanted = aus.clone()
            wanted[:, place] = dose
            colour, mask = generator(images, wanted)
            frames.append((compose(images, colour, mask).permute(0, 2, 3, 1) + 1) * 127.5)
    return torch.stack(frames).float().cpu().numpy(), mask[:, 0].float().cpu().numpy()


def look(
    generator: GeneratorNetwork, images: torch.Tensor, aus: torch.Tensor, numbers: Sequence[int]
) -> tuple[dict[str, float], Image]:
    """Sweep every trained action unit; `numbers` are those of the columns of `aus`.

    Returns:
        {"response_N": mean absolute change between doses 0 and 1 in grey levels}, and the sheet (H, W, 3) uint8: per
        action unit a row, per face the doses, the amplified difference of the last from the first, and the mask.
    """
    responses, rows = {}, []
    for place, number in enumerate(numbers):
        frames, masks = sweep(generator, images, aus, place)
        responses[f"response_{number}"] = float(np.abs(frames[-1] - frames[0]).mean())
        rows.append(_row(f"AU{number}", frames, masks))
    return responses, np.concatenate(rows)


def write_sheet(path: Path, sheet: Image) -> None:
    """Write a sheet as a PNG in one step."""
    with atomic_write(path) as file:
        file.write(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())


def _row(name: str, frames: Floats, masks: Floats) -> Image:
    side = frames.shape[2]
    title = np.full((side, NAMES, 3), 255, np.uint8)
    cv2.putText(title, name, (1, side // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    tiles: list[Floats] = []
    for face in range(frames.shape[1]):
        tiles += [*frames[:, face], 128 + GAIN * (frames[-1, face] - frames[0, face])]
        tiles.append(np.repeat(255 * masks[face][..., None], 3, axis=-1))
    row = np.concatenate(tiles, axis=1)
    return np.concatenate([title, np.clip(np.rint(row), 0, 255).astype(np.uint8)], axis=1)
