"""The options of the three AU sources, as a recipe writes them. None = the value that the preset fixes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ..options import Options
from .layouts import TableFormat
from .timing import ApexRule

Choice = Literal["random", "cyclic"]
"""random: any item of the label's pool; cyclic: item = turn mod pool size, as the public code does."""


ExpertTable = Literal["du2014", "miex", "both"]


class Exclusions(Options):
    """Recordings that must not give action units, because a recogniser is tested on them."""

    exclude_datasets: tuple[str, ...] = ()
    """Data sets, for example "casme2"; case does not matter."""

    exclude_subjects: tuple[str, ...] = ()
    """Subjects as "dataset/subject", for example "casme2/sub01"."""

    @field_validator("exclude_subjects")
    @classmethod
    def _with_dataset(cls, subjects: tuple[str, ...]) -> tuple[str, ...]:
        for subject in subjects:
            if not all(subject.partition("/")):
                raise PydanticCustomError("subject", 'expected "dataset/subject"')
        return subjects


class TrackIndex(Options):
    """AU tracks of clips, one extractor table per clip in a folder, and an index that lists the clips."""

    file: str
    """The index, a CSV: dataset, subject, clip, emotion or label, and for micro clips onset, apex and perhaps first."""

    folder: str | None = None
    """Where the clips' tables lie. In macro, None means that `file` holds all frames of all clips."""

    dataset: str = ""
    """The data set's name where the file has no column dataset."""

    labels: str | None = None
    """The merge in tables/labels.csv to use; None = the one called like the data set."""

    format: TableFormat = "auto"
    """Which extractor wrote the tables."""

    min_confidence: float = Field(0.8, ge=0, le=1)
    """Frames below are rejected, where the extractor gives a confidence."""


class MicroTracks(TrackIndex):
    """Tracks of micro-expression clips with annotated onset and apex."""

    layout: Literal["fleeting", "mie-x"] = "fleeting"
    """mie-x: the public code's files, an index without header (dataset subject clip apex-offset label) and
    DATASET_AU_out/SUBJECT/CLIP/CLIP.csv."""

    @model_validator(mode="after")
    def _needs_folder(self) -> MicroTracks:
        if self.folder is None:
            raise PydanticCustomError("folder", "micro tracks need the folder of the clips' tables")
        return self


class MacroTracks(TrackIndex):
    """Tracks of macro-expression clips."""

    clip_shape: Literal["rise", "rise-and-fall"] = "rise"
    """rise: neutral to peak, last frame = peak (CK+, Oulu-CASIA); rise-and-fall: starts and ends neutral (RAVDESS)."""


class MicroOptions(Exclusions):
    """Real micro-expressions."""

    tables: tuple[str, ...] | None = None
    """"priors" (the built-in counts) or CSV files with FACS codes per clip. None: priors where no tracks are given."""

    tracks: tuple[MicroTracks, ...] = ()
    """AU tracks with onset and apex."""

    label_column: Literal["cls3", "emotion"] = "cls3"
    """Which column of a FACS-coded table gives the label."""

    intensity: tuple[float, float] = (0.1, 0.3)
    """Range of the intensity of a coded AU, uniform, 0..1; FACS codes of micro-expressions have none (ours)."""

    choice: Choice | None = None
    """How the item is chosen from the label's pool."""

    early_apex_datasets: tuple[str, ...] | None = None
    """Data sets whose tracks get an apex drawn as for macro clips in place of the annotated one."""

    @field_validator("intensity")
    @classmethod
    def _rising(cls, intensity: tuple[float, float]) -> tuple[float, float]:
        if not 0 < intensity[0] <= intensity[1] <= 1:
            raise PydanticCustomError("range", "expected low and high with 0 < low <= high <= 1")
        return intensity


class MacroOptions(Exclusions):
    """Early frames of macro-expressions."""

    tables: tuple[MacroTracks, ...] = ()
    """Where the clips are; nothing is built in."""

    choice: Choice | None = None
    """How the clip is chosen from the label's pool."""

    alpha: float | None = Field(None, ge=0, le=1)
    """Lower share of the rise for the apex."""

    beta: float | None = Field(None, ge=0, le=1)
    """Upper share of the rise for the apex."""

    apex_rule: ApexRule | None = None
    """How the share becomes a frame."""

    ck_plus_labels: Literal["ck+", "ck+-miex"] | None = None
    """The merge for the data set "ck+": the right one, or the public code's, which calls sadness positive."""


class ExpertOptions(Options):
    """Action units from published tables, no recording behind them."""

    table: ExpertTable | None = None
    """du2014: Du et al.; miex: the public code's own map; both: the emotions of either, drawn uniformly (ours)."""

    core_p: float = Field(1.0, gt=0, le=1)
    """Probability of a core AU of Du et al., of which only "more than .7" is printed (1 is ours)."""

    au24_as_23: bool = False
    """Let AU23 stand for AU24 (lip pressor), which is outside the 17; otherwise AU24 is left out."""

    mu: float | None = Field(None, ge=0, le=1)
    """Lowest intensity of an active AU."""

    nu: float | None = Field(None, ge=0, le=1)
    """Highest intensity of an active AU."""

    allow_empty: bool | None = None
    """Whether a draw without any active AU is kept; False draws again."""


class ActionUnitsOptions(Options):
    """Where the action units come from."""

    preset: Literal["paper", "miex-2019", "miex-release"] = "paper"
    """Which published variant fills the options left out."""

    sources: tuple[str, ...] = ("micro", "macro", "expert")
    """Which sources take part; each gives every identity one sample per class."""

    frames: int = Field(2, ge=2, le=1000)
    """Rows per sample: 2 = onset and apex; more = the video variant (the paper has 10)."""

    native_length: bool = False
    """With frames > 2: micro and macro tracks keep every frame from onset to apex, whatever their number."""

    reuse: int = Field(1, ge=1)
    """How many identities in a row share one drawn sequence of action units; the plan applies it."""

    micro: MicroOptions = MicroOptions()
    """Real micro-expressions."""

    macro: MacroOptions = MacroOptions()
    """Early frames of macro-expressions."""

    expert: ExpertOptions = ExpertOptions()
    """Published tables."""

    @field_validator("sources")
    @classmethod
    def _each_once(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        if not sources or len(set(sources)) != len(sources):
            raise PydanticCustomError("sources", "expected one name or more, each once")
        return sources

    @field_validator("native_length")
    @classmethod
    def _video_only(cls, native_length: bool, info: object) -> bool:
        frames = getattr(info, "data", {}).get("frames", 2)
        if native_length and frames == 2:
            raise PydanticCustomError("native_length", "native_length needs frames > 2: two frames are onset and apex")
        return native_length
