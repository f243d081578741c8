"""Codebooks of 8-bit patterns: histograms of codes become histograms of words.

k-means runs over the 256 patterns as 0/1 vectors, each weighted by how often it occurs, which is k-means over all
voxels. A codebook is then a table code -> word, so words are counted by adding up bins.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from ..errors import FleetingError, ShapeError
from ..types import Floats
from .fitted_part import State

CODES = 256
PATTERNS = np.unpackbits(np.arange(CODES, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float64)
RESTARTS = 4


class PatternCodebooks:
    """Words for histograms of 8-bit codes; several histograms of a block may share a codebook."""

    def __init__(self, books: tuple[int, ...], blocks: int, words: int, seed: int) -> None:
        """Nothing is learnt yet.

        Args:
            books: for each of the histograms of a block, in their order, the number of its codebook, from 0.
            blocks: blocks of a clip.
            words: words per codebook; fewer are used where fewer patterns occur, the rest of the bins stay 0.
            seed: of k-means.
        """
        self.books, self.blocks, self.words, self.seed = books, blocks, words, seed
        self._tables: list[npt.NDArray[np.intp]] = []

    @property
    def length(self) -> int:
        """Numbers per clip after `transform`."""
        return self.blocks * len(self.books) * self.words

    def fit(self, vectors: Floats) -> Self:
        """Learn the words from the code histograms of the training clips, and from nothing else.

        Args:
            vectors: (N, blocks * histograms * 256) float32, each histogram of sum 1.

        Raises:
            ShapeError: not such vectors.
        """
        counts = self._histograms(vectors).sum((0, 1), dtype=np.float64)
        own = np.array(self.books)
        self._tables = [self._table(counts[own == book].sum(0), book) for book in range(max(self.books) + 1)]
        return self

    def transform(self, vectors: Floats) -> Floats:
        """Code histograms (N, blocks * histograms * 256) -> word histograms (N, length) float32, each of sum 1.

        Raises:
            FleetingError: nothing has been fitted.
            ShapeError: not such vectors.
        """
        self._need_tables()
        codes = self._histograms(vectors)
        result = np.empty((*codes.shape[:3], self.words), np.float32)
        for place, book in enumerate(self.books):
            result[:, :, place] = codes[:, :, place] @ np.eye(self.words, dtype=np.float32)[self._tables[book]]
        return result.reshape(len(codes), self.length)

    def state(self) -> State:
        """The codebooks as `tables` (codebooks, 256): the word of each pattern.

        Raises:
            FleetingError: nothing has been fitted.
        """
        self._need_tables()
        return {"tables": np.stack(self._tables).astype(np.int64)}

    def restore(self, state: State) -> Self:
        """Take codebooks that were fitted elsewhere.

        Raises:
            ShapeError: they are not as many, or have more words.
        """
        tables, shape = state.get("tables", np.zeros(0, np.int64)), (max(self.books) + 1, CODES)
        if tables.shape != shape or tables.min() < 0 or tables.max() >= self.words:
            raise ShapeError(
                "These are no such codebooks.",
                expected=f"tables {shape} of words below {self.words}",
                got=f"{', '.join(state) or 'nothing'} {tables.shape}",
                cure="use the descriptor with the options that the model was trained with",
            )
        self._tables = [np.asarray(table, np.intp) for table in tables]
        return self

    def _need_tables(self) -> None:
        if not self._tables:
            raise FleetingError("The codebooks are empty.", cure="fit them on the training clips of the fold first")

    def _histograms(self, vectors: Floats) -> Floats:
        """(N, blocks, histograms, 256)."""
        shape = self.blocks, len(self.books), CODES
        if vectors.ndim != 2 or not len(vectors) or vectors.shape[1] != np.prod(shape):
            raise ShapeError(
                "These are no code histograms.", expected=f"(N >= 1, {np.prod(shape)})", got=str(vectors.shape)
            )
        return vectors.reshape(len(vectors), *shape)

    def _table(self, weights: npt.NDArray[np.float64], book: int) -> npt.NDArray[np.intp]:
        """Code -> word, by k-means over the patterns that occur; others get the nearest word."""
        seen = weights > 0
        words = min(self.words, int(seen.sum()))
        means = KMeans(words, n_init=RESTARTS, random_state=self.seed + book)
        means.fit(PATTERNS[seen], sample_weight=weights[seen])
        return np.asarray(means.predict(PATTERNS), np.intp)
