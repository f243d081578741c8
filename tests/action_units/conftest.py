"""Small AU tables as the extractors write them."""

import numpy as np
import pytest

from fleeting.types import AU_NUMBERS

INTENSITIES = [f"AU{number:02d}_r" for number in AU_NUMBERS]


@pytest.fixture
def openface(tmp_path):
    """Write an OpenFace table: openface(name, rows, header=..., separator=...) -> path; a row is a dict."""

    def write(name, rows, *, lead=(), separator=",", end="\n"):
        columns = [*lead, *INTENSITIES, "AU28_c", "AU45_c"]
        lines = [separator.join(columns)]
        lines += [separator.join(str(row.get(column, 0)) for column in columns) for row in rows]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + end, encoding="utf-8")
        return path

    return write


@pytest.fixture
def sequence(openface):
    """Write an OpenFace sequence table from values (n, 17) in OpenFace units 0..5; frames count from 1."""

    def write(name, values, *, failed=()):
        rows = [
            {
                "frame": k + 1,
                "confidence": 0.98,
                "success": int(k not in failed),
                **dict(zip(INTENSITIES, row, strict=True)),
            }
            for k, row in enumerate(np.asarray(values))
        ]
        return openface(name, rows, lead=("frame", "face_id", "timestamp", "confidence", "success"))

    return write
