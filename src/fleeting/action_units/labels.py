"""From a data set's emotion word to one of the three classes, as tables/labels.csv says."""

from __future__ import annotations

from functools import cache

from ..errors import ActionUnitError, nearest
from ..types import LABELS
from .packaged import read_rows

DROPPED = "dropped"


def label_of(dataset: str, emotion: str, *, where: str = "label merge") -> int | None:
    """The class of an emotion word; None for a word that the data set knows and the merge leaves out.

    Args:
        dataset: a name in tables/labels.csv, for example "casme2"; case does not matter.
        emotion: the data set's own word or code; case and surrounding spaces do not matter.
        where: the file or clip that the word comes from, for the error text.

    Source: the MEGC2019 rule; what differs per data set stands in docs/action_units.md.

    Example:
        >>> label_of("casme2", "Repression"), label_of("casme2", "others")
        (0, None)

    Raises:
        ActionUnitError: the data set or the word is unknown; the text names the nearest known one.
    """
    merges = _merges()
    merge = merges.get(dataset.strip().casefold())
    if merge is None:
        raise ActionUnitError(
            f"There is no label merge for the data set {dataset!r}.",
            expected=nearest(dataset, merges),
            got=dataset,
            where=where,
            cure="give the name of the merge to use",
        )
    word = emotion.strip().casefold()
    if word not in merge:
        raise ActionUnitError(
            f"{dataset} has no emotion {emotion!r}.", expected=nearest(word, merge), got=emotion, where=where
        )
    return merge[word]


def label_datasets() -> tuple[str, ...]:
    """The names that `label_of` takes, sorted."""
    return tuple(sorted(_merges()))


@cache
def _merges() -> dict[str, dict[str, int | None]]:
    merges: dict[str, dict[str, int | None]] = {}
    for row in read_rows("labels.csv"):
        label = None if row["label"] == DROPPED else LABELS.index(row["label"])
        merges.setdefault(row["dataset"].casefold(), {})[row["emotion"].casefold()] = label
    return merges
