"""The whole MEGC2019 composite as a fake tree: the real names and labels of its 442 clips, three drawn frames each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fake_recorded import CASME2_HEAD, numbers, samm_table
from fake_tree import write_frames, write_table
from fleeting.datasets.megc2019_flow import registry


def composite(root: Path, extra: Iterable[tuple[str, str, int]] = ()) -> Path:
    """All 442 clips of the composite, three frames each; `extra` adds subject, clip, apex of further CASME II clips."""
    words = {"casme2": ("disgust", "happiness", "surprise"), "samm": ("Anger", "Happiness", "Surprise")}
    folders = {0: "negative", 1: "positive", 2: "surprise"}
    clips = [item.clip for item in registry()]
    casme2_rows: list[list[object]] = [
        [int(c.subject[3:]), c.clip, None, 1, 2, 3, None, "4", words["casme2"][c.label]]
        for c in clips
        if c.dataset == "casme2"
    ]
    casme2_rows += [[int(subject[3:]), clip, None, 1, apex, 3, None, "4", "disgust"] for subject, clip, apex in extra]
    samm_rows: list[list[object]] = [
        [int(c.subject), c.clip, 1, 2, 3, "AU4", words["samm"][c.label]] for c in clips if c.dataset == "samm"
    ]
    write_table(root / "CASME2" / "CASME2-coding-20140508.xlsx", [CASME2_HEAD, *casme2_rows])
    samm_table(root / "SAMM" / "SAMM_Micro_FACS_Codes_v2.xlsx", samm_rows)
    for row in casme2_rows:
        write_frames(root / "CASME2" / "CASME2_RAW_selected" / f"sub{row[0]:02d}" / str(row[1]), numbers(1, 3))
    for c in clips:
        if c.dataset == "samm":
            write_frames(root / "SAMM" / "SAMM" / c.subject / c.clip, numbers(1, 3, f"{c.subject}_{{:04d}}.jpg"))
        if c.dataset == "smic":
            plain = f"s{int(c.subject[1:])}"
            place = root / "SMIC" / "SMIC_all_cropped" / "HS" / plain / "micro" / folders[c.label]
            write_frames(place / c.clip.replace(c.subject, plain, 1), numbers(1, 3, "image{:06d}.bmp"))
    return root


def official_list(path: Path) -> None:
    """The organisers' file: no header, SAMM's subjects unpadded."""
    rows = [item.clip for item in registry()]
    lines = [
        f"{c.dataset},{c.subject.lstrip('0') if c.dataset == 'samm' else c.subject},{c.clip},{c.label}" for c in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
