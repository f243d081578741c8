"""The options of a face source; every threshold is explained in docs/faces.md."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..options import Options


class CropOptions(Options):
    """Where the face stands in the crop."""

    size: int = Field(128, ge=32, le=1024)
    """Width of the crop, px."""
    height: int | None = Field(None, ge=32, le=1024)
    """Height of the crop, px; empty: square."""
    eye_level: float = Field(34 / 128, gt=0, lt=1)
    """Height of the eye centres, share of the height from the top."""
    eye_distance: float = Field(64 / 128, gt=0.1, lt=0.9)
    """Distance between the eye centres, share of the width."""
    eye_middle: float = Field(0.5, gt=0, lt=1)
    """Place of the point midway between the eyes, share of the width from the left."""

    def crop_height(self) -> int:
        """The height of the crop, px."""
        return self.height if self.height is not None else self.size


class FacesOptions(CropOptions):
    """Which faces, how they are cropped, which are refused, and how strongly identities are varied."""

    name: str = "embedded"
    """Member of the family `faces`."""
    root: str | tuple[str, ...] = ()
    """Folder or folders of images, "mirror:PATH" allowed; `faker-portraits` adds them to its own images."""
    licence: str = ""
    """Recorded with every face of `root`; empty: "LICENSE file of <folder>" if there is one, else "not stated"."""

    margin: float = Field(0.2, ge=0.1, le=1)
    """What the store keeps around the crop, share of the width, on each edge."""
    oversample: float = Field(1.5, ge=1, le=4)
    """Store pixels per crop pixel."""

    variation: float | None = Field(None, ge=0, le=1.5)
    """Strength of the identity variation; 0: none; empty: 1, and 1.3 for `embedded`."""
    max_faces: int | None = Field(None, ge=1)
    """Use the first so many accepted images only; empty: all."""

    many_faces: Literal["reject", "largest"] = "reject"
    """What to do with an image of several faces."""
    min_eye_distance: float = Field(32, gt=0)
    """Smallest distance between the eye centres in the image, px."""
    min_sharpness: float = Field(0.07, ge=0)
    """Smallest variance of the Laplacian over the variance of the grey values, of the crop at 64 px."""
    max_nose_offset: float = Field(0.15, gt=0)
    """Largest sideways distance of the nose tip from the eyes' midline, in eye distances (yaw)."""
    min_nose_height: float = Field(0.33, ge=0)
    """Smallest height of the nose tip between eye line (0) and mouth (1) (head lowered or raised)."""
    max_nose_height: float = Field(0.72, le=1)
    """Largest height of the nose tip between eye line (0) and mouth (1)."""
    max_roll: float = Field(30, gt=0, le=90)
    """Largest angle of the eye line with the image's rows, degrees; it is turned level."""
    max_outside: float = Field(0.02, ge=0, le=1)
    """Largest share of the crop that may lie outside the image."""
    max_pixels: int = Field(50_000_000, ge=1)
    """Images whose header states more pixels are not decoded."""
    max_bytes: int = Field(64 * 2**20, ge=1)
    """Larger files are not opened."""

    def roots(self) -> tuple[str, ...]:
        """The entries of `root`, always as a tuple."""
        return (self.root,) if isinstance(self.root, str) else self.root

    def strength(self) -> float:
        """The strength of the identity variation that holds for this source."""
        if self.variation is not None:
            return self.variation
        return 1.3 if self.name == "embedded" else 1.0
