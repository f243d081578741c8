"""Machine code of the fused stem (stem.py), written for its sizes and translated by LLVM.

The filters of all folds lie side by side in the lanes of vectors. All that belongs to one clip and one vector of
filters stays in registers and the first-level cache:

- `forward` convolves row by row. While a row is at hand it adds up what batch normalisation and its gradient need:
  y and y^2, and the patches where y > 0, once plain and once times y. So nothing of full resolution is kept or
  computed again. It pools, notes the place of every maximum, and adds the pooled values times coefficients to cells.
- `list_windows` notes which windows have a coefficient other than 0 (dropout), once for all folds.
- `backward` adds the patches at the maxima, times their gradients: one patch of nine, and of the listed windows only.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from llvmlite import ir

from .sizes import Sizes
from .vectors import F32, I16, I32, I64, Machine, Writer, bind, machine, translate

NOWHERE = 255
"""Place of the maximum of a window in which no value is above 0."""


def _cell(writer: Writer, sizes: Sizes, band: Any, column: int) -> Any:
    """The cell of a window; windows that belong to none have the coefficient 0 and count to the last."""
    down, across = sizes.grid
    row = writer.least(writer.code.udiv(band, writer.number(sizes.average)), down - 1)
    return writer.add(writer.times(row, across), min(column // sizes.average, across - 1))


class Forward(Writer):
    """For clips x vectors; `active` and `weighted` are added to, all else is overwritten.

    images (clips, padded rows, columns, channels); filters (vectors, taps + 1, lanes), the bias last; coefficients
    (clips, windows, period, lanes); members (clips, vectors, lanes) 0/1 -> averages (clips, cells, vectors, lanes);
    places (clips, vectors, windows, lanes) uint8: 16 * row + column of the maximum in its window, or NOWHERE; sums and
    squares of y (clips, vectors, lanes); active and weighted (vectors, taps + 1, lanes): sums over the members' patches
    with y > 0, and of y times them; where a filter has its bias, these have the patch's constant 1.
    """

    INPUTS = ("images", "filters", "coefficients", "members")
    OUTPUTS = ("averages", "places", "sums", "squares", "active", "weighted")

    def __init__(self, module: ir.Module, sizes: Sizes, target: Machine) -> None:
        super().__init__(module, "forward", (*self.INPUTS, *self.OUTPUTS), ("clips", "vectors"), target.lanes)
        self.sizes = sizes
        self.height, self.width = sizes.map
        self.together = target.registers // 2 - 1
        """Places of a row whose values are computed together."""
        self.strip = self.memory(self.vector, sizes.side * self.width)
        """The rows of the convolution's output that a row of windows needs."""
        self.parts = [self.memory(self.vector, sizes.taps + 1) for _ in ("active", "weighted")]
        """Of this clip."""
        self.squares, self.averages = self.memory(self.vector), self.memory(self.vector, sizes.cells)
        given = self.given
        with self.loop(0, given["clips"]) as clip, self.loop(0, given["vectors"]) as vector:
            self._begin(clip, vector)
            with self.loop(0, -(-(self.height + sizes.border) // sizes.side)) as band:
                self._band(band)
            self._end(clip, vector)
        self.code.ret_void()

    def _begin(self, clip: Any, vector: Any) -> None:
        sizes, given = self.sizes, self.given
        here = self.add(self.times(clip, given["vectors"]), vector)
        period = sizes.period(self.lanes)
        phase = self.add(self.times(clip, sizes.windows * period), self.code.urem(vector, self.number(period)))
        self.image = self.at(given["images"], self.times(clip, sizes.clip), F32)
        self.filters = self.at(given["filters"], self.times(vector, sizes.taps + 1), self.vector)
        self.coefficients = self.at(given["coefficients"], phase, self.vector)
        self.places = self.at(given["places"], self.times(here, sizes.windows), self.bytes)
        for base, count in (
            (self.averages, sizes.cells),
            *((part, sizes.taps + 1) for part in self.parts),
            (self.squares, 1),
        ):
            with self.loop(0, count) as number:
                self.write(self.zero, base, number)

    def _band(self, band: Any) -> None:
        """The rows of a row of windows, which may lie partly outside the map, or have no window."""
        sizes = self.sizes
        with self.loop(0, sizes.side) as slot:
            row = self.add(self.times(band, sizes.side), slot, -sizes.border)
            strip = self.at(self.strip, self.times(slot, self.width), self.vector)
            inside = self.code.and_(self.less(-1, row), self.less(row, self.height))
            with self.code.if_else(inside) as (then, otherwise):
                with then:
                    self._row(row, strip)
                with otherwise, self.loop(0, self.width) as column:
                    self.write(self.all(-1.0), strip, column)  # never a maximum: y >= 0
        with self.code.if_then(self.less(band, sizes.pooled[0])):
            self._pool(band)

    def _row(self, row: Any, strip: Any) -> None:
        sizes = self.sizes
        # rows of a filter that see the image and not its zero border
        seen = self.most(0, self.add(sizes.padding, self.times(row, -1)))
        end = self.least(sizes.kernel, self.add(sizes.padding + sizes.height, self.times(row, -1)))
        blocks = -(-self.width // self.together)
        edges = [self.width * number // blocks for number in range(blocks + 1)]
        for span in pairwise(edges):
            values = self.variables([self.vec(self.filters, sizes.taps)] * (span[1] - span[0]))
            with self.loop(seen, end) as down:
                self._convolve(self._pixels(row, down), down, span, values)
            self._finish(values, strip, span[0])
        group = max(1, (self.together + 3) // (2 * sizes.kernel))
        with self.loop(seen, end) as down:
            for first in range(0, sizes.channels, group):
                channels = range(first, min(first + group, sizes.channels))
                self._gather(self._pixels(row, down), down, channels, strip)

    def _pixels(self, row: Any, down: Any) -> Any:
        return self.at(self.image, self.times(self.add(row, down), self.sizes.line), F32)

    def _convolve(self, pixels: Any, down: Any, span: tuple[int, int], values: list[Any]) -> None:
        """Add one row of the filters to the values at columns first..end - 1."""
        sizes, (first, end) = self.sizes, span
        for channel in range(sizes.channels):
            weights = [self.vec(self.filters, self._tap(down, across, channel)) for across in range(sizes.kernel)]
            for column in self._columns(first, end + sizes.kernel - 1):
                pixel = self.broadcast(pixels, column * sizes.channels + channel)
                for across, weight in enumerate(weights):
                    if first <= column - across < end:
                        value = values[column - across - first]
                        self.set(value, self.fma(pixel, weight, self.get(value)))

    def _finish(self, values: list[Any], strip: Any, first: int) -> None:
        """ReLU of computed values, which go to the strip from column `first` on, and their sums."""
        taps = self.sizes.taps
        count, total, squares = self.zero, self.zero, self.zero
        for number, variable in enumerate(values):
            value = self.get(variable)
            value = self.code.select(self.above(self.zero, value), self.zero, value)  # what is not a number stays
            self.write(value, strip, first + number)
            count = self.code.fadd(count, self.code.select(self.above(value, self.zero), self.all(1.0), self.zero))
            total = self.code.fadd(total, value)
            squares = self.fma(value, value, squares)
        for part, more in zip(self.parts, (count, total), strict=True):
            self.increase(part, taps, more)
        self.increase(self.squares, 0, squares)

    def _gather(self, pixels: Any, down: Any, channels: range, strip: Any) -> None:
        """Add one row of all patches of a row to the sums `active` and `weighted`."""
        sizes = self.sizes
        taps = {
            (across, channel): self._tap(down, across, channel)
            for across in range(sizes.kernel)
            for channel in channels
        }
        active, weighted = (
            dict(zip(taps, self.variables([self.vec(part, tap) for tap in taps.values()]), strict=True))
            for part in self.parts
        )
        for column in self._columns(0, self.width + sizes.kernel):
            seen = {channel: self.broadcast(pixels, column * sizes.channels + channel) for channel in channels}
            for across in range(sizes.kernel):
                if not 0 <= column - across < self.width:
                    continue
                value = self.vec(strip, column - across)
                on = self.above(value, self.zero)
                for channel, pixel in seen.items():
                    tap = (across, channel)
                    self.set(weighted[tap], self.fma(value, pixel, self.get(weighted[tap])))
                    old = self.get(active[tap])
                    self.set(active[tap], self.code.select(on, self.code.fadd(old, pixel), old))
        for part, sums in zip(self.parts, (active, weighted), strict=True):
            for tap, index in taps.items():
                self.write(self.get(sums[tap]), part, index)

    def _pool(self, band: Any) -> None:
        """Maxima of a row of windows, and their share in the cells."""
        sizes = self.sizes
        nowhere = self.all(NOWHERE, I32)
        for column in range(sizes.pooled[1]):
            best, where = self.all(-1.0), nowhere
            for slot in range(sizes.side):
                for number in range(sizes.side):
                    place = column * sizes.side - sizes.border + number
                    if not 0 <= place < self.width:
                        continue
                    value = self.vec(self.strip, slot * self.width + place)
                    more = self.above(value, best)
                    best = self.code.select(more, value, best)
                    where = self.code.select(more, self.all(16 * slot + number, I32), where)
            where = self.code.select(self.above(best, self.zero), where, nowhere)
            window = self.add(self.times(band, sizes.pooled[1]), column)
            self.write(self.code.trunc(where, self.bytes), self.places, window)
            coefficient = self.vec(self.coefficients, self.times(window, sizes.period(self.lanes)))
            self.increase(self.averages, _cell(self, sizes, band, column), self.code.fmul(coefficient, best))

    def _end(self, clip: Any, vector: Any) -> None:
        taps, given = self.sizes.taps, self.given
        with self.loop(0, self.sizes.cells) as cell:
            row = self.add(self.times(clip, self.sizes.cells), cell)
            to = self.add(self.times(row, given["vectors"]), vector)
            self.write(self.vec(self.averages, cell), given["averages"], to)
        here = self.add(self.times(clip, given["vectors"]), vector)
        self.write(self.vec(self.parts[1], taps), given["sums"], here)
        self.write(self.vec(self.squares, 0), given["squares"], here)
        member = self.vec(given["members"], here)
        for part, name in zip(self.parts, ("active", "weighted"), strict=True):
            total = self.at(given[name], self.times(vector, taps + 1), self.vector)
            with self.loop(0, taps + 1) as tap:
                self.write(self.fma(self.vec(part, tap), member, self.vec(total, tap)), total, tap)

    def _tap(self, down: Any, across: int, channel: int) -> Any:
        return self.add(
            self.times(down, self.sizes.kernel * self.sizes.channels), across * self.sizes.channels + channel
        )

    def _columns(self, first: int, end: int) -> range:
        """Columns of the padded image that are not border."""
        return range(max(first, self.sizes.padding), min(end, self.sizes.padding + self.sizes.width))


class ListWindows(Writer):
    """Coefficients (clips, windows, period, lanes) -> lists (clips, period, lanes, windows + 2) int16, counts int64.

    A list holds the numbers of the windows with a coefficient other than 0, in pairs; `windows` fills the last pair.
    """

    def __init__(self, module: ir.Module, sizes: Sizes, target: Machine) -> None:
        super().__init__(module, "list_windows", ("coefficients", "lists", "counts"), ("clips",), target.lanes)
        code, given, windows = self.code, self.given, sizes.windows
        wide = sizes.period(self.lanes) * self.lanes
        length = self.memory(I64)
        with self.loop(0, given["clips"]) as clip, self.loop(0, wide) as lane:
            here = self.add(self.times(clip, wide), lane)
            found = self.at(given["lists"], self.times(here, windows + 2), I16)
            first = self.at(given["coefficients"], self.add(self.times(clip, windows * wide), lane), F32)
            self.write(self.number(0), length, 0)
            with self.loop(0, windows) as window:
                end = self.read(length, 0, I64)
                self.write(code.trunc(window, I16), found, end)  # written over by the next one if not wanted
                wanted = code.fcmp_unordered(
                    "!=", self.read(first, self.times(window, wide), F32), ir.Constant(F32, 0.0)
                )
                self.write(self.add(end, code.zext(wanted, I64)), length, 0)
            end = self.read(length, 0, I64)
            for more in range(2):
                self.write(ir.Constant(I16, windows), found, self.add(end, more))
            pairs = code.ashr(self.add(end, 1), self.number(1))
            self.write(self.most(1, pairs), given["counts"], here)
        code.ret_void()


class Backward(Writer):
    """For clips x vectors; the three outputs are added to.

    Inputs as of and from the others, gradients (clips, cells, vectors, lanes) of the normalised cells, and the slope of
    the normalisation, factor (vectors, lanes) -> filters (vectors, lanes, kernel, pieces of a patch's row, lanes):
    patches at the maxima times gradient; biases (vectors, lanes): the same of the constant 1; level and slope (vectors,
    lanes): sums of the normalised maxima's gradients, plain and times the maxima.
    """

    INPUTS = ("images", "coefficients", "lists", "counts", "averages", "places", "gradients", "factor")
    OUTPUTS = ("filters", "biases", "level", "slope")

    def __init__(self, module: ir.Module, sizes: Sizes, target: Machine) -> None:
        super().__init__(module, "backward", (*self.INPUTS, *self.OUTPUTS), ("clips", "vectors"), target.lanes)
        self.sizes, given = sizes, self.given
        # one more than there are windows: it fills the lists
        self.gates, self.starts = (self.memory(kind, sizes.windows + 1) for kind in (self.vector, self.integers))
        self.write(self.zero, self.gates, sizes.windows)
        self.write(self.all(0, I32), self.starts, sizes.windows)
        self.gradients = self.memory(self.vector, sizes.cells)
        period = sizes.period(self.lanes)
        with self.loop(0, given["clips"]) as clip, self.loop(0, given["vectors"]) as vector:
            here = self.add(self.times(clip, given["vectors"]), vector)
            phase = self.code.urem(vector, self.number(period))
            first = self.add(self.times(clip, sizes.windows * period), phase)
            self.image = self.at(given["images"], self.times(clip, sizes.clip), F32)
            self.coefficients = self.at(given["coefficients"], first, self.vector)
            self.places = self.at(given["places"], self.times(here, sizes.windows), self.bytes)
            self.sums = self.variables([self.zero] * 3)
            with self.loop(0, sizes.cells) as cell:
                at = self.add(self.times(self.add(self.times(clip, sizes.cells), cell), given["vectors"]), vector)
                gradient = self.vec(given["gradients"], at)
                self.write(gradient, self.gradients, cell)
                self.set(self.sums[2], self.fma(self.vec(given["averages"], at), gradient, self.get(self.sums[2])))
            factor = self.vec(given["factor"], vector)
            with self.loop(0, sizes.pooled[0]) as band:
                for column in range(sizes.pooled[1]):
                    self._gate(band, column, factor)
            for name, total in zip(("biases", "level", "slope"), self.sums, strict=True):
                self.increase(given[name], vector, self.get(total))
            with self.loop(0, self.lanes) as lane:
                row = self.add(self.times(self.add(self.times(clip, period), phase), self.lanes), lane)
                self._patches(row, lane, self.add(self.times(vector, self.lanes), lane))
        self.code.ret_void()

    def _gate(self, band: Any, column: int, factor: Any) -> None:
        """The gradient of the maximum of a window, and where in the padded image its patch starts."""
        sizes, code = self.sizes, self.code
        window = self.add(self.times(band, sizes.pooled[1]), column)
        place = code.zext(self.read(self.places, window, self.bytes), self.integers)
        nowhere = code.icmp_unsigned("==", place, self.all(NOWHERE, I32))
        coefficient = self.vec(self.coefficients, self.times(window, sizes.period(self.lanes)))
        gradient = code.fmul(coefficient, self.vec(self.gradients, _cell(self, sizes, band, column)))
        gate = code.select(nowhere, self.zero, code.fmul(gradient, factor))
        self.write(gate, self.gates, window)
        for total, more in zip(self.sums, (gate, gradient), strict=False):
            self.set(total, code.fadd(self.get(total), more))
        row = self.add(self.times(band, sizes.side), -sizes.border)
        first = self.add(self.times(row, sizes.line), (column * sizes.side - sizes.border) * sizes.channels)
        down = code.mul(code.lshr(place, self.all(4, I32)), self.all(sizes.line, I32))
        across = code.mul(code.and_(place, self.all(15, I32)), self.all(sizes.channels, I32))
        start = code.add(self.spread(code.trunc(first, I32)), code.add(down, across))
        self.write(code.select(nowhere, self.all(0, I32), start), self.starts, window)

    def _patches(self, row: Any, lane: Any, to: Any) -> None:
        """Add up patches times gates for one filter; two by two, so that no sum waits for the one before."""
        sizes, given = self.sizes, self.given
        pieces = -(-sizes.kernel * sizes.channels // self.lanes)
        offsets = [down * sizes.line + piece * self.lanes for down in range(sizes.kernel) for piece in range(pieces)]
        found = self.at(given["lists"], self.times(row, sizes.windows + 2), I16)
        both = [self.variables([self.zero] * len(offsets)) for _ in range(2)]
        with self.loop(0, self.read(given["counts"], row, I64)) as pair:
            for number, sums in enumerate(both):
                window = self.code.zext(self.read(found, self.add(self.times(pair, 2), number), I16), I64)
                index = self.add(self.times(window, self.lanes), lane)
                gate = self.broadcast(self.gates, index)
                patch = self.at(self.image, self.code.sext(self.read(self.starts, index, I32), I64), F32)
                for total, offset in zip(sums, offsets, strict=True):
                    values = self.read(self.at(patch, offset, F32), 0, self.vector)
                    self.set(total, self.fma(gate, values, self.get(total)))
        filters = self.at(given["filters"], self.times(to, len(offsets)), self.vector)
        for number, (one, other) in enumerate(zip(*both, strict=True)):
            self.increase(filters, number, self.code.fadd(self.get(one), self.get(other)))


@dataclass(frozen=True)
class StemCode:
    """The functions, to be called with addresses and then counts in the order of the classes' arguments."""

    lanes: int
    forward: Any
    list_windows: Any
    backward: Any
    engine: Any
    """Keeps them alive."""


@cache
def _made(sizes: Sizes) -> StemCode:
    here, module = machine(), ir.Module()
    for kind in (Forward, ListWindows, Backward):
        kind(module, sizes, here)
    engine = translate(module, here.target)
    functions = bind(engine, "forward", 10, 2), bind(engine, "list_windows", 3, 1), bind(engine, "backward", 12, 2)
    return StemCode(here.lanes, *functions, engine)


_lock = threading.Lock()


def stem_code(sizes: Sizes) -> StemCode:
    """The code for a stem of these sizes; the first call takes half a second."""
    with _lock:
        return _made(sizes)
