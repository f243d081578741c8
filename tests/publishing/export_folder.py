"""What several tests ask of the folder of an export."""

import json


def tree(folder):
    """Path -> content of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def told(folder):
    """What export.json says."""
    return json.loads((folder / "export.json").read_text(encoding="utf-8"))
