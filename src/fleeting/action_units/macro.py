"""Source `macro`: early frames of macro-expressions, when they are as weak as micro-expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import numpy as np

from ..errors import OptionsError
from ..types import AUSequence
from .clip_tracks import ClipReader, ClipTrack
from .options import ActionUnitsOptions
from .packaged import packaged_sha256
from .presets import rules_of
from .rise import find_rise
from .source import Excluder, Ledger, Pools, content_digest
from .timing import apex_index, resample


class MacroSource:
    """Takes a clip of the label; onset = its first neutral frame, apex = a frame alpha..beta of the way to the peak.

    Source: MiE-X paper, section 4.2. Clips that start and end neutral are first cut to their rise (ours, see rise.py).
    """

    def __init__(self, options: ActionUnitsOptions) -> None:
        if not options.macro.tables:
            raise OptionsError(
                "The AU source 'macro' has no tables, and none are built in.",
                where="action_units.macro.tables",
                cure='name tables of macro-expression clips, or leave "macro" out of action_units.sources',
            )
        self._options, self._rules = options, rules_of(options).macro
        self._ledger, excluder = Ledger(), Excluder(options.macro)
        hashes = [packaged_sha256("labels.csv")]
        rises: list[tuple[int, ClipTrack]] = []
        for table in options.macro.tables:
            reader = ClipReader(table, self._ledger, excluder, self._rules.ck_plus_labels)
            for track in reader.read():
                if (cut := self._rise(track, table.clip_shape)) is not None:
                    rises.append((cut.label, cut))
            hashes += reader.hashes
        excluder.note_unmatched(self._ledger)
        self._pools = Pools("macro", rises, self._rules.choice, self._ledger)
        self._digest = content_digest("macro", self._settings(), hashes)

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
        track, rules = self._pools.pick(rng, label, turn), self._rules
        n = len(track.values)
        apex = apex_index(rng, n, alpha=rules.alpha, beta=rules.beta, rule=rules.apex_rule)
        if self._options.frames == 2:
            values = track.values[[0, apex]]
        elif self._options.native_length:
            values = track.values[: apex + 1].copy()
        else:
            values = resample(track.values[: apex + 1], self._options.frames)
        return AUSequence(values, label, track.emotion, "macro", track.donor)

    def counts(self) -> dict[str, dict[str, int]]:
        """See AUSource; the pool of a label is its clips."""
        return self._ledger.counts(self._pools.sizes())

    def _rise(self, track: ClipTrack, shape: str) -> ClipTrack | None:
        """The clip from neutral to peak, or None after its reason was counted."""
        if shape == "rise":
            return track
        found = find_rise(track.values)
        if isinstance(found, str):
            self._ledger.dropped[found] += 1
            return None
        rows = slice(found.onset, found.peak + 1)
        return replace(track, values=track.values[rows], measured=track.measured[rows])

    def _settings(self) -> dict[str, object]:
        options = self._options
        return {
            "rules": self._rules.model_dump(mode="json"),
            "exclude": [sorted(options.macro.exclude_datasets), sorted(options.macro.exclude_subjects)],
            "tables": [table.model_dump(mode="json", exclude={"file", "folder"}) for table in options.macro.tables],
            "frames": options.frames,
            "native_length": options.native_length,
        }
