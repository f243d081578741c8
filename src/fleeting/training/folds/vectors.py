"""Writes machine code that works on vectors of float32, for LLVM to translate (llvmlite, the extra `fast`).

A `Writer` writes one function. Python's own loops unroll; `Writer.loop` writes a loop. Numbers may be Python's.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
F32, POINTER = ir.FloatType(), ir.PointerType()
FUSE = ("contract",)
"""Lets a product and a sum become one operation, rounded once."""


@dataclass(frozen=True)
class Machine:
    """The processor that this runs on."""

    target: Any
    lanes: int
    """float32 values that a register holds."""
    registers: int


def machine() -> Machine:
    """Ask LLVM about the processor."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=3
    )
    if features.get("avx512f"):
        return Machine(target, 16, 32)
    return Machine(target, 8, 16) if features.get("avx2") else Machine(target, 4, 16)


class Writer:
    """Writes one function.

    Args:
        module: to write it into.
        name: of the function.
        pointers: names of its first arguments, addresses of memory that do not overlap.
        counts: names of its further arguments, whole numbers.
        lanes: values per vector.
    """

    def __init__(
        self, module: ir.Module, name: str, pointers: Sequence[str], counts: Sequence[str], lanes: int
    ) -> None:
        kinds = [POINTER] * len(pointers) + [I64] * len(counts)
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
        for argument in function.args[: len(pointers)]:
            argument.add_attribute("noalias")
        self.given: dict[str, Any] = dict(zip((*pointers, *counts), function.args, strict=True))
        self.code = ir.IRBuilder(function.append_basic_block())
        self.lanes = lanes
        self.vector, self.integers, self.bytes = (ir.VectorType(kind, lanes) for kind in (F32, I32, I8))
        self.zero = self.all(0.0)

    def number(self, value: Any) -> Any:
        """A whole number."""
        return ir.Constant(I64, value) if isinstance(value, int) else value

    def add(self, *terms: Any) -> Any:
        """The sum of whole numbers."""
        total = self.number(terms[0])
        for term in terms[1:]:
            total = self.code.add(total, self.number(term))
        return total

    def times(self, *terms: Any) -> Any:
        """The product of whole numbers."""
        total = self.number(terms[0])
        for term in terms[1:]:
            total = self.code.mul(total, self.number(term))
        return total

    def less(self, left: Any, right: Any) -> Any:
        """Whether one whole number is less than another."""
        return self.code.icmp_signed("<", self.number(left), self.number(right))

    def least(self, left: Any, right: Any) -> Any:
        """The lesser of two whole numbers."""
        return self.code.select(self.less(left, right), self.number(left), self.number(right))

    def most(self, left: Any, right: Any) -> Any:
        """The greater of two whole numbers."""
        return self.code.select(self.less(left, right), self.number(right), self.number(left))

    @contextmanager
    def loop(self, start: Any, stop: Any) -> Iterator[Any]:
        """Write a loop over start..stop - 1; what it holds is done at least once."""
        before = self.code.block
        body, after = self.code.append_basic_block(), self.code.append_basic_block()
        self.code.branch(body)
        self.code.position_at_end(body)
        index = self.code.phi(I64)
        index.add_incoming(self.number(start), before)
        yield index
        following = self.add(index, 1)
        index.add_incoming(following, self.code.block)
        self.code.cbranch(self.less(following, stop), body, after)
        self.code.position_at_end(after)

    def at(self, base: Any, index: Any, kind: Any) -> Any:
        """The address of a thing in a row of things of a kind."""
        return self.code.gep(base, [self.number(index)], source_etype=kind)

    def read(self, base: Any, index: Any, kind: Any) -> Any:
        """A thing in a row of things of a kind."""
        scalar = kind.element if isinstance(kind, ir.VectorType) else kind
        return self.code.load(self.at(base, index, kind), typ=kind, align=_BYTES[scalar])

    def write(self, value: Any, base: Any, index: Any) -> None:
        """Put a thing into a row of its kind."""
        scalar = value.type.element if isinstance(value.type, ir.VectorType) else value.type
        self.code.store(value, self.at(base, index, value.type), align=_BYTES[scalar])

    def vec(self, base: Any, index: Any) -> Any:
        """A vector in a row of vectors."""
        return self.read(base, index, self.vector)

    def increase(self, base: Any, index: Any, value: Any) -> None:
        """Add to a vector in a row of vectors."""
        self.write(self.code.fadd(self.vec(base, index), value), base, index)

    def all(self, value: float, kind: Any = F32) -> Any:
        """The vector with one value in all lanes."""
        return ir.Constant(ir.VectorType(kind, self.lanes), [value] * self.lanes)

    def spread(self, scalar: Any) -> Any:
        """The vector with one computed value in all lanes."""
        nothing = ir.Constant(ir.VectorType(scalar.type, self.lanes), ir.Undefined)
        first = self.code.insert_element(nothing, scalar, ir.Constant(I32, 0))
        return self.code.shuffle_vector(first, nothing, self.all(0, I32))

    def broadcast(self, base: Any, index: Any) -> Any:
        """A float32 of a row of them, in all lanes."""
        return self.spread(self.read(base, index, F32))

    def above(self, left: Any, right: Any) -> Any:
        """In which lanes one vector is greater than another."""
        return self.code.fcmp_ordered(">", left, right)

    def fma(self, left: Any, right: Any, more: Any) -> Any:
        """Left * right + more."""
        return self.code.fadd(self.code.fmul(left, right, flags=FUSE), more, flags=FUSE)

    def memory(self, kind: Any, count: int = 1) -> Any:
        """Memory of the function's own for a row of things."""
        with self.code.goto_entry_block():
            place = self.code.alloca(kind, count)
        place.align = 64
        return place

    def variables(self, values: Sequence[Any]) -> list[Any]:
        """Vectors that change; LLVM keeps them in registers."""
        places = [self.memory(self.vector) for _ in values]
        for place, value in zip(places, values, strict=True):
            self.set(place, value)
        return places

    def get(self, variable: Any) -> Any:
        """The value of a variable."""
        return self.code.load(variable, typ=self.vector)

    def set(self, variable: Any, value: Any) -> None:
        """Change a variable."""
        self.code.store(value, variable)


def translate(module: ir.Module, target: Any) -> Any:
    """Machine code of a module; the functions live as long as what is returned."""
    module.triple, module.data_layout = target.triple, str(target.target_data)
    code = llvm.parse_assembly(str(module))
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = False  # done by hand
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(code, builder)
    engine = llvm.create_mcjit_compiler(code, target)
    engine.finalize_object()
    return engine


def bind(engine: Any, name: str, pointers: int, counts: int) -> Any:
    """A function of a translated module, to be called with addresses and whole numbers; other threads go on."""
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * pointers, *[ctypes.c_int64] * counts)
    return kind(engine.get_function_address(name))


_BYTES = {I8: 1, I16: 2, I32: 4, I64: 8, F32: 4}
