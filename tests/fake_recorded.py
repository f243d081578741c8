"""A tiny tree in an official layout for each recorded data set: name -> function that makes it and returns the root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fake_tree import write_frames, write_table
from fleeting.datasets.megc2019_flow import registry
from fleeting.types import LABELS

CASME2_HEAD = [
    "Subject",
    "Filename",
    None,
    "OnsetFrame",
    "ApexFrame",
    "OffsetFrame",
    None,
    "Action Units",
    "Estimated Emotion",
]
SAMM_HEAD = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration", "Micro"]


def numbers(first: int, last: int, form: str = "{}.jpg") -> list[str]:
    """File names of the frames `first` to `last`."""
    return [form.format(number) for number in range(first, last + 1)]


CASME2_ROWS = [
    [1, "EP02_01f", None, 46, 59, 86, None, "12", "happiness"],
    [1, "EP19_05f", None, 7, 9, 12, None, "4", "disgust"],
    [2, "EP01_11f", None, 8, 10, 12, None, "1+2", "surprise"],
]


def casme2(root: Path, rows: Sequence[Sequence[Any]] = CASME2_ROWS) -> Path:
    """CASME II with these rows below CASME2_HEAD, a frame for each number from onset to offset.

    By default two subjects and one clip each of the three classes.
    """
    write_table(root / "CASME2-coding-20140508.xlsx", [CASME2_HEAD, *rows])
    for subject, clip, _, onset, _, offset, *_ in rows:
        folder = root / "CASME2_RAW_selected" / f"sub{subject:02d}" / str(clip)
        write_frames(folder, numbers(onset, offset, "img{}.jpg"))
    return root


def casme(root: Path) -> Path:
    """CASME with the padding of its later subjects."""
    head = ["Subject", "Filename", None, "OnsetF", "ApexF1", "ApexF2", "OffsetF", None, "AU", "Emotion"]
    rows = [
        [1, "EP01_5", None, 98, 103, 0, 106, None, "4", "disgust"],
        [8, "EP12_2", None, 9, 11, 12, 14, None, "12", "happiness"],
        [8, "EP13_1", None, 9, 11, 12, 14, None, "14", "tense"],
    ]
    write_table(root / "casme.xlsx", [head, *rows])
    for subject, clip, _, onset, _, _, offset, *_ in rows:
        form = clip + ("-{}.jpg" if subject == 1 else "-{:03d}.jpg")
        write_frames(root / "CASME_raw_selected" / f"sub{subject:02d}" / clip, numbers(onset, offset, form))
    return root


def casme_squared(root: Path) -> Path:
    """CAS(ME)^2 with two micro- and two macro-expressions in three videos."""
    table = root / "CAS(ME)^2code_final.xlsx"
    codes = [
        [1, "anger1_1", 5, 8, 12, "4", "negative", "micro-expression", "anger"],
        [1, "anger1_2", 2, 4, 6, "4", "negative", "macro-expression", "anger"],
        [1, "happy1_1", 3, 0, 9, "12", "positive", "micro-expression", "happiness"],
        [2, "disgust1_1", 2, 7, 0, "9", "others", "macro-expression", "disgust"],
        [2, "disgust1_2", 3, 8, 0, "9", "surprise", "macro-expression", "surprise"],
    ]
    write_table(table, codes, "CASFEcode_final")
    write_table(table, [["15", "s15", 1], ["16", "s16", 2]], "naming rule1")
    write_table(table, [["0101", "disgust1"], ["0401", "anger1"], ["0502", "happy1"]], "naming rule2")
    for video in ("s15/15_0401girlcrashing", "s15/15_0502funnyerrors", "s16/16_0101disgustingteeth"):
        write_frames(root / "rawpic" / video, numbers(1, 15, "img{:03d}.jpg"))
    return root


def casme3_a(root: Path) -> Path:
    """CAS(ME)^3 part A: two expressions in one video; a folder that differs from the table in case."""
    head = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]
    rows = [
        ["spNO.1", "a", 355, 357, 359, "4", 4, "disgust"],
        ["spNO.1", "a", 361, 363, 365, "12", 1, "happy"],
        ["spNO.10", "b", 8, 10, 12, "1+2", 2, "others"],
    ]
    write_table(root / "annotation" / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", [head, *rows], "label")
    write_frames(root / "data" / "ME_A" / "spNO.1" / "a" / "color", numbers(355, 365))
    write_frames(root / "data" / "ME_A" / "spNo.10" / "b" / "color", numbers(8, 12))
    return root


def casme3_c(root: Path) -> Path:
    """CAS(ME)^3 part C: a subject's whole video."""
    rows = [[1, 1, 4, 8, "R4,14", "negative"], [1, 2, 9, 13, "2", "surprise"], [1, 3, 2, 6, "24", "others"]]
    write_table(root / "CAS(ME)3_part_C_ME.xlsx", [["sub", "count", "onset", "offset", "au", "emotion"], *rows])
    write_frames(root / "RGB_Depth" / "part_C" / "part_C" / "01" / "a" / "color", numbers(1, 14))
    return root


def ck_plus(root: Path) -> Path:
    """CK+: two labelled sequences and one without an emotion file."""
    for sequence, code, units in (("S005/001", 3, "9 4\n17 2"), ("S010/002", 7, "1 0\n25 5"), ("S010/003", None, "")):
        subject, number = sequence.split("/")
        peak = f"{subject}_{number}_00000011"
        names = numbers(1, 11, f"{subject}_{number}_{{:08d}}.png")
        write_frames(root / "cohn-kanade-images" / sequence, names)
        for kind, text in (("Emotion", code and f"   {code:.7e}\n"), ("FACS", units)):
            (root / kind / sequence).mkdir(parents=True)
            if text:
                (root / kind / sequence / f"{peak}_{kind.lower()}.txt").write_text(text)
    return root


def dfme(root: Path) -> Path:
    """DFME: the training set, unpacked into a folder of its own name."""
    head = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "AU"]
    rows = [
        ["sub0003", "sub0003_01", 0, 4, 8, "Happiness", "12"],
        ["sub0003", "sub0003_02", 2, 5, 9, "Contempt", "14"],
        ["sub0010", "sub0010_01", 1, 3, 5, "Others", "4+7"],
    ]
    write_table(root / "training_full_with_AU.xlsx", [head, *rows])
    for _, clip, onset, _, offset, *_ in rows:
        write_frames(root / "train_data" / "train_data" / clip, numbers(onset, offset, "{:05d}.png"))
    return root


def fourdme(root: Path) -> Path:
    """4DME: clips with one emotion, with two of one class, and with two of different classes."""
    emotions = ["Positive", "Negative", "Surprise", "Repression", "Others"]
    rows = [
        ["sub01", "clip01", 10, 13, 16, "AU12", "Positive", 1, 0, 0, 0, 0],
        ["sub01", "clip02", 20, 22, 25, "AU4+AU45(k)", "Negative", 0, 1, 0, 1, 0],
        ["sub02", "clip01", 30, 33, 36, "AU1+AU2", "Positive", 1, 0, 1, 0, 0],
    ]
    head = ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion", *emotions]
    write_table(root / "4DME_Labelling_Micro_release v1.xlsx", [head, *rows])
    for subject, clip, onset, _, offset, *_ in rows:
        write_frames(root / "gray_micro" / subject / clip, numbers(onset, offset))
    return root


def mmew(root: Path) -> Path:
    """MMEW in the distributed tree, with macro-expressions beside."""
    head = [
        "Subject",
        "Filename",
        "OnsetFrame",
        "ApexFrame",
        "OffsetFrame",
        "Action Units",
        "Estimated Emotion",
        "remarks",
    ]
    rows = [
        [1, "S01-01-003", 1, 7, 12, "12", "happiness", None],
        [2, "S02-02-002", 1, 4, 9, "5", "surprise", None],
        [2, "S02-04-003", 1, 4, 9, "4", "others", None],
    ]
    write_table(root / "MMEW_Final" / "MMEW_Micro_Exp.xlsx", [head, *rows])
    for _, clip, onset, _, offset, _, emotion, _ in rows:
        write_frames(root / "MMEW_Final" / "Micro_Expression" / emotion / clip, numbers(onset, offset))
    write_frames(root / "MMEW_Final" / "Macro_Expression" / "S01" / "anger", ["S01-07-001.jpg"])
    return root


def oulu_casia(root: Path) -> Path:
    """Oulu-CASIA: one subject, all six emotions, under two conditions."""
    for emotion in ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"):
        write_frames(root / "OriginalImg" / "VL" / "Strong" / "P001" / emotion, numbers(0, 11, "{:03d}.jpeg"))
        write_frames(root / "OriginalImg" / "NI" / "Dark" / "P001" / emotion, numbers(0, 3, "{:03d}.jpeg"))
    return root


def samm_table(path: Path, rows: list[list[object]]) -> None:
    """SAMM's table with its 13 rows of preface; a row is subject, clip, onset, apex, offset, action units, emotion."""
    head = [*SAMM_HEAD, "Action Units", "Estimated Emotion", "Objective Classes", "Notes"]
    full = [[row[0], row[1], 1, *row[2:5], None, "Micro - 1/2", row[5], row[6], "I", None] for row in rows]
    write_table(path, [*[["SAMM: a preface"]] * 13, head, *full])


def samm(root: Path) -> Path:
    """SAMM: subjects unpadded in the table; frame numbers of four digits in one clip and of five in the others."""
    rows: list[list[object]] = [
        [6, "006_1_2", 98, 101, 104, "AU4", "Anger"],
        [6, "006_1_3", 9998, 10000, 10002, "AU12", "Happiness"],
        [7, "007_5_3", 7, 9, 12, "AU1 + AU2", "Surprise"],
        [7, "007_5_4", 7, 9, 12, "AU1", "Other"],
    ]
    samm_table(root / "SAMM_Micro_FACS_Codes_v2.xlsx", rows)
    for subject, clip, onset, _, offset, *_ in rows:
        digits = 4 if clip == "006_1_2" else 5
        names = numbers(int(str(onset)), int(str(offset)), f"{subject:03d}_{{:0{digits}d}}.jpg")
        write_frames(root / "SAMM" / f"{subject:03d}" / str(clip), names)
    return root


def smic(root: Path, camera: str = "HS") -> Path:
    """SMIC: two subjects, one clip each of the three classes, no table."""
    for subject, emotion, short in ((1, "negative", "ne"), (1, "positive", "po"), (20, "surprise", "sur")):
        folder = root / "SMIC_all_cropped" / camera / f"s{subject}" / "micro" / emotion / f"s{subject}_{short}_01"
        write_frames(folder, numbers(98, 103, "image{}.bmp"))
    (root / "SMIC_all_cropped" / camera / "s1" / "non_micro").mkdir()
    return root


def smic_hs(root: Path) -> Path:
    """SMIC HS whole: the official list says which 164 clips there are."""
    for item in registry():
        if item.clip.dataset == "smic":
            subject, clip = int(item.clip.subject[1:]), item.clip.clip[3:]
            place = root / "SMIC_all_cropped" / "HS" / f"s{subject}" / "micro" / LABELS[item.clip.label]
            write_frames(place / f"s{subject}{clip}", numbers(98, 100, "image{}.bmp"))
    return root


def smic_long(root: Path) -> Path:
    """SMIC-E HS long: whole recordings, and a table that says where the clips are."""
    home = root / "SMIC-E_raw image" / "HS_long"
    rows = [
        [1, "s1_ne_01", 103, 107, 98, "negative"],
        [1, "s1_po_01", 103, 106, 98, "positive"],
        [20, "s20_sur_01", 103, 108, 98, "surprise"],
    ]
    write_table(
        home / "SMIC-HS-E_annotation.xlsx", [["Subject", "Filename", "OnsetF", "OffsetF", "FirstF", "Emotion"], *rows]
    )
    for subject, clip, *_ in rows:
        write_frames(home / "SMIC-HS-E" / f"s{subject:02d}" / str(clip), numbers(98, 112, "image{:06d}.jpg"))
    return root


def compmie(root: Path) -> Path:
    """The composite: CASME II, SMIC HS and SAMM with a few clips each, one folder for all."""
    for name, build in (("CASME2", casme2), ("SMIC", smic), ("SAMM", samm)):
        build(root / name)
    return root


def several(root: Path) -> Path:
    """CASME II and SMIC VIS in one folder."""
    casme2(root / "CASME2")
    return smic(root / "SMIC", "VIS").parent


OPTIONS: dict[str, dict[str, object]] = {"several": {"parts": ["casme2", "smic-vis"]}}
"""What a data set cannot be opened without."""

TREES: dict[str, Callable[[Path], Path]] = {
    "4dme": fourdme,
    "casme": casme,
    "casme-squared": casme_squared,
    "casme-squared-macro": casme_squared,
    "casme2": casme2,
    "casme3-a": casme3_a,
    "casme3-c": casme3_c,
    "ck-plus": ck_plus,
    "compmie": compmie,
    "dfme": dfme,
    "mmew": mmew,
    "oulu-casia": oulu_casia,
    "samm": samm,
    "several": several,
    "smic-hs": smic_hs,
    "smic-long": smic_long,
    "smic-nir": partial(smic, camera="NIR"),
    "smic-vis": partial(smic, camera="VIS"),
}
