"""Source `micro`: real micro-expressions, from AU tracks, from FACS codes, or from the built-in counts."""

from __future__ import annotations

from typing import Self

import numpy as np

from ..errors import OptionsError
from ..files import locate
from ..types import AU_NUMBERS, AUSequence, Floats
from .clip_tracks import ClipReader, ClipTrack
from .coded import PRIOR_DATASETS, PRIOR_FILES, CodedItem, read_coded, read_priors
from .csv_files import digest
from .options import ActionUnitsOptions, MicroOptions
from .packaged import packaged_sha256
from .presets import rules_of
from .source import Excluder, Ledger, Pools, content_digest
from .timing import apex_index, ramp, resample

PRIORS = "priors"


class MicroSource:
    """Takes a clip of the label and gives its onset and apex.

    Tracks give the values as measured. Codes give zero at the onset and, at the apex, U(intensity) for each coded AU
    (ours: the codes have no intensities). A built-in count counts as that many clips.

    Source: MiE-X paper, section 4.2; FACS-coded tables and built-in counts are ours.
    """

    def __init__(self, options: ActionUnitsOptions) -> None:
        rules = rules_of(options)
        self._options, self._rules, self._macro_rules = options, rules.micro, rules.macro
        self._early = {name.casefold() for name in self._rules.early_apex_datasets}
        self._ledger, excluder = Ledger(), Excluder(options.micro)
        hashes = [packaged_sha256("labels.csv")]
        items = self._coded(options.micro, excluder, hashes) + self._tracks(options.micro, excluder, hashes)
        excluder.note_unmatched(self._ledger)
        self._pools = Pools("micro", items, self._rules.choice, self._ledger)
        self._digest = content_digest("micro", self._settings(), hashes)

    @classmethod
    def from_options(cls, options: ActionUnitsOptions) -> Self:
        """See AUSource."""
        return cls(options)

    @property
    def digest(self) -> str:
        """See AUSource."""
        return self._digest

    def sample(self, rng: np.random.Generator, label: int, turn: int = 0) -> AUSequence:
        """See AUSource."""
        item = self._pools.pick(rng, label, turn)
        if isinstance(item, ClipTrack):
            values = self._from_track(rng, item)
            return AUSequence(values, label, item.emotion, "micro", item.donor)
        low, high = self._options.micro.intensity
        apex = item.active * (low + (high - low) * rng.random(len(AU_NUMBERS)))
        sides = self._laterality.draw(item.active, rng.random()) if item.sides is None else item.sides.copy()
        values = ramp(apex.astype(np.float32), self._options.frames)
        return AUSequence(values, label, item.emotion, "micro", item.donor, sides)

    def counts(self) -> dict[str, dict[str, int]]:
        """See AUSource; the pool of a label is its clips."""
        return self._ledger.counts(self._pools.sizes())

    def _from_track(self, rng: np.random.Generator, track: ClipTrack) -> Floats:
        onset, apex = track.onset or 0, track.apex
        if apex is None:
            rules = self._macro_rules
            onset = 0
            apex = apex_index(rng, len(track.values), alpha=rules.alpha, beta=rules.beta, rule=rules.apex_rule)
        if self._options.frames == 2:
            return track.values[[onset, apex]]
        span = track.values[onset : apex + 1]
        return span.copy() if self._options.native_length else resample(span, self._options.frames)

    def _coded(
        self, options: MicroOptions, excluder: Excluder, hashes: list[str]
    ) -> list[tuple[int, CodedItem | ClipTrack]]:
        items: list[tuple[int, CodedItem | ClipTrack]] = []
        for table in self._tables(options):
            if table != PRIORS:
                path = locate(table)
                hashes.append(digest(path))
                items += read_coded(path, options, self._ledger, excluder)
                continue
            _refuse_counted(options)
            hashes += [packaged_sha256(name) for name in PRIOR_FILES]
            priors, self._laterality = read_priors()
            items += priors
        return items

    def _tracks(
        self, options: MicroOptions, excluder: Excluder, hashes: list[str]
    ) -> list[tuple[int, CodedItem | ClipTrack]]:
        items: list[tuple[int, CodedItem | ClipTrack]] = []
        for table in options.tracks:
            reader = ClipReader(table, self._ledger, excluder, self._macro_rules.ck_plus_labels)
            for track in reader.read():
                fixed = self._with_apex(track)
                if isinstance(fixed, str):
                    self._ledger.dropped[fixed] += 1
                else:
                    items.append((fixed.label, fixed))
            hashes += reader.hashes
        return items

    def _with_apex(self, track: ClipTrack) -> ClipTrack | str:
        """The track with its onset and apex rows set (apex None = drawn per sample), or why it cannot be used."""
        onset, apex = track.onset or 0, track.apex
        early = track.donor.dataset.casefold() in self._early
        if early:
            onset, apex = 0, None
        elif apex is None:
            self._ledger.noted["apex not annotated, middle frame taken"] += 1
            apex = len(track.values) // 2
        if apex is not None and onset >= apex:
            return "apex not after onset"
        if apex is not None and not (onset >= 0 and apex < len(track.values)):
            return "onset or apex outside the track"
        if not track.measured[[onset, onset if apex is None else apex]].all():
            return "onset or apex frame rejected"
        return ClipTrack(track.donor, track.emotion, track.label, track.values, track.measured, onset, apex)

    def _tables(self, options: MicroOptions) -> tuple[str, ...]:
        if options.tables is not None:
            return options.tables
        return () if options.tracks else (PRIORS,)

    def _settings(self) -> dict[str, object]:
        options = self._options
        return {
            "rules": self._rules.model_dump(mode="json"),
            "interval": self._macro_rules.model_dump(mode="json"),
            "options": options.micro.model_dump(mode="json", exclude={"tables", "tracks"}),
            "tracks": [table.model_dump(mode="json", exclude={"file", "folder"}) for table in options.micro.tracks],
            "frames": options.frames,
            "native_length": options.native_length,
        }


def _refuse_counted(options: MicroOptions) -> None:
    """The built-in counts cannot be freed of a recording that went into them."""
    wanted = {*options.exclude_datasets, *(subject.partition("/")[0] for subject in options.exclude_subjects)}
    counted = sorted(name for name in wanted if name.casefold() in PRIOR_DATASETS)
    if counted:
        raise OptionsError(
            f"The built-in AU counts include {', '.join(counted)}, which shall be excluded.",
            where="action_units.micro",
            cure='name FACS-coded tables in `tables` in place of "priors"',
        )
