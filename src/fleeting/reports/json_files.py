"""The JSON files of a run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import DatasetError


def read_json(path: Path) -> dict[str, Any] | None:
    """The table in a JSON file, None where there is no file.

    Raises:
        DatasetError: it cannot be read, or holds no table.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no table")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path.name} cannot be read.", got=str(error), where=str(path)) from error
    return content
