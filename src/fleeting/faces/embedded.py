"""The two portraits that other packages carry: faces with no download and no face detection."""

from __future__ import annotations

import io
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DatasetError
from .options import FacesOptions
from .source import Candidate

TABLE = files(__package__).joinpath("embedded_landmarks.csv")
"""One row per portrait and landmark: portrait, point, x, y (px in the file)."""

PORTRAITS = {
    "grace-hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "public domain (US Navy)"),
    "eileen-collins": ("skimage", "data/astronaut.png", "public domain (NASA)"),
}
"""Name -> package, file in it, licence."""


class EmbeddedFaces:
    """Grace Hopper out of matplotlib and Eileen Collins out of scikit-image, both in the public domain."""

    def __init__(self, options: FacesOptions) -> None:
        self.options = options

    def candidates(self) -> list[Candidate]:
        """The two portraits with their landmarks.

        Raises:
            DatasetError: a package was installed without its sample images.
        """
        points = pd.read_csv(io.BytesIO(TABLE.read_bytes()))
        return [
            Candidate(
                identity=f"embedded/{name}",
                path=_path(package, file),
                file=f"{package}/{file}",
                licence=licence,
                landmarks=points.loc[points["portrait"] == name, ["x", "y"]].to_numpy(np.float32),
            )
            for name, (package, file, licence) in PORTRAITS.items()
        ]


def _path(package: str, file: str) -> Path:
    spec = find_spec(package)
    path = Path(spec.origin).parent / file if spec is not None and spec.origin else Path(file)
    if not path.is_file():
        raise DatasetError(
            f"{package} is installed without its image {file}.",
            where=str(path),
            cure=f"reinstall {package} from its wheel, or use the face source `folder`",
        )
    return path
