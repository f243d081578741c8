"""What every protocol offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ...options import Options as BaseOptions
from ...types import Clip
from ..splits import Split


class Protocol:
    """Base of the protocols. Clips in, splits out; nothing is drawn at random but what an option seeds."""

    name: ClassVar[str]
    trains_on: ClassVar[frozenset[str]] = frozenset({"synthetic", "recorded", "both"})
    """The values of train.data that make sense."""

    class Options(BaseOptions):
        """The protocol's own options."""

    def __init__(self, options: BaseOptions | None = None) -> None:
        self.options = options or self.Options()

    def splits(
        self, recorded: Sequence[Clip], extra: Sequence[Clip] = (), *, use_recorded: bool = True
    ) -> Iterator[Split]:
        """The folds, each leak-checked.

        Args:
            recorded: the clips to test on, each in at most one fold.
            extra: synthetic clips that every fold may train on, less those whose donor is a test subject.
            use_recorded: train on the recorded clips of the other people; if not, on `extra` alone.

        Raises:
            DatasetError: the clips do not fit the protocol.
        """
        raise NotImplementedError

    def remarks(self, recorded: Sequence[Clip]) -> list[str]:
        """What a reader of the score must be told, a sentence each: subjects that are not there, shared people."""
        del recorded
        return []
