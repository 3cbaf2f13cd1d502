"""The few machine operations that numba has no word for, built from LLVM's vectors: every processor gets its own width."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from saegui.core.training.kernels.compiled import inlined

WIDE = 64
"""Numbers that are added up at once, in registers: 4 of AVX-512's, 8 of AVX's, 16 of SSE's and NEON's."""
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)


def _pointer(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


def _splat(builder: Any, value: Any, lanes: int) -> Any:
    """A vector of so many times ``value``."""
    kind = ir.VectorType(value.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_INT32, 0))
    places = ir.Constant(ir.VectorType(_INT32, lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), places)


def _adder(width: int) -> Any:
    """``add(out, at, rows, start, stride, places, factors, first, last)`` for ``width`` numbers.

    Adds to ``out[at:at + width]`` the sum over q from ``first`` to ``last`` of ``factors[q]`` times the numbers of ``rows`` from
    ``start + places[q]·stride`` on, one q after the other.
    """
    lanes = min(width, 16)

    def add(typing: Any, out: Any, at: Any, rows: Any, start: Any, stride: Any, places: Any, factors: Any, first: Any, last: Any) -> Any:  # fmt: skip
        whole = types.intp
        signature = types.void(out, whole, rows, whole, whole, places, factors, whole, whole)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            out, at, rows, start, stride, places, factors, first, last = arguments
            kinds = signature.args
            vector = ir.VectorType(ir.FloatType(), lanes)
            fma = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{lanes}f32"
            )

            def part(base: Any, number: int) -> Any:
                place = builder.gep(base, [ir.Constant(_INT64, number * lanes)])
                return builder.bitcast(place, vector.as_pointer())

            target = builder.gep(_pointer(context, builder, kinds[0], out), [at])
            base = builder.gep(_pointer(context, builder, kinds[2], rows), [start])
            which = _pointer(context, builder, kinds[5], places)
            by = _pointer(context, builder, kinds[6], factors)
            # LLVM keeps these in registers.
            sums = [cgutils.alloca_once(builder, vector) for _ in range(width // lanes)]
            for number, held in enumerate(sums):
                builder.store(builder.load(part(target, number), align=4), held)
            with cgutils.for_range(builder, builder.sub(last, first)) as loop:
                q = builder.add(first, loop.index)
                place = builder.load(builder.gep(which, [q]))
                if place.type.width < _INT64.width:
                    place = builder.zext(place, _INT64)
                row = builder.gep(base, [builder.mul(place, stride)])
                factor = _splat(builder, builder.load(builder.gep(by, [q])), lanes)
                for number, held in enumerate(sums):
                    value = builder.load(part(row, number), align=4)
                    builder.store(builder.call(fma, [factor, value, builder.load(held)]), held)
            for number, held in enumerate(sums):
                builder.store(builder.load(held), part(target, number), align=4)
            return context.get_dummy_value()

        return signature, generate

    return intrinsic(add)


add_wide = _adder(WIDE)
_add_some, _add_one = _adder(16), _adder(1)


@inlined
def add_rows(
    out: Any, at: int, rows: Any, start: int, stride: int, width: int, places: Any, factors: Any, first: int, last: int
) -> None:  # fmt: skip
    """The same for any ``width``: ``out[at:at + width] += Σ factors[q]·rows[start + places[q]·stride:][:width]``."""
    done = 0
    while done + WIDE <= width:
        add_wide(out, at + done, rows, start + done, stride, places, factors, first, last)
        done += WIDE
    while done + 16 <= width:
        _add_some(out, at + done, rows, start + done, stride, places, factors, first, last)
        done += 16
    while done < width:
        _add_one(out, at + done, rows, start + done, stride, places, factors, first, last)
        done += 1


def _above(typing: Any, values: Any, least: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], arguments[0])
        kind = ir.VectorType(ir.FloatType(), WIDE).as_pointer()
        numbers = builder.load(builder.bitcast(place, kind), align=4)
        bits = builder.bitcast(numbers, ir.VectorType(_INT32, WIDE))
        larger = builder.icmp_signed(">", bits, _splat(builder, arguments[1], WIDE))
        return builder.bitcast(builder.or_(larger, builder.fcmp_unordered("uno", numbers, numbers)), _INT64)

    return types.uint64(values, types.int32), generate


def _lowest(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.intp(types.uint64), generate


def _count(typing: Any, counters: Any, index: Any, by: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(_pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        return builder.atomic_rmw("add", place, arguments[2], "seq_cst")

    return types.int64(counters, types.intp, types.int64), generate


above = intrinsic(_above)
"""``above(values, least)``: a bit for each of 64 numbers, set where its bits are a larger whole number than ``least``, or it is NaN."""
lowest = intrinsic(_lowest)
"""``lowest(bits)``: the place of the lowest bit that is set; there must be one."""
count = intrinsic(_count)
"""``count(counters, index, by)``: adds to one of ``counters`` in one step for all threads, and returns what it was."""
