"""Sums of rows of a matrix, each times a factor, with the columns in registers, and the products of such a sum with these rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.vectors import INT32, INT64, WIDE, ZERO, pointer, splat

PARTS = 16
"""In how many parts a sum over columns is taken: as many numbers as the largest vectors have."""


def numbers_at(builder: Any, place: Any, lanes: int) -> Any:
    """A vector of so many floats from ``place`` on, where there are floats or bytes."""
    kind, floats = ir.VectorType(place.type.pointee, lanes), ir.VectorType(ir.FloatType(), lanes)
    are_floats = kind == floats
    found = builder.load(builder.bitcast(place, kind.as_pointer()), align=4 if are_floats else 1)
    return found if are_floats else builder.sitofp(builder.zext(found, ir.VectorType(INT32, lanes)), floats)


def number_at(builder: Any, place: Any) -> Any:
    """The float at ``place``, where there is a float or a byte."""
    found = builder.load(place)
    is_float = found.type == ir.FloatType()
    return found if is_float else builder.sitofp(builder.zext(found, INT32), ir.FloatType())


def fma_of(module: Any, lanes: int) -> Any:
    """``a·b + c`` of vectors, rounded once, as a function in ``module``."""
    vector = ir.VectorType(ir.FloatType(), lanes)
    kind = ir.FunctionType(vector, [vector] * 3)
    return cgutils.get_or_insert_function(module, kind, f"llvm.fma.v{lanes}f32")


def _add(
    builder: Any, lanes: int, sums: list[Any], row: Callable[[Any], Any], by: Any, first: Any, last: Any
) -> None:
    """Add to vectors ``sums`` the numbers of the rows q from ``first`` to ``last``, one q after the other, times the q-th of the numbers at ``by``."""
    fma = fma_of(builder.module, lanes)
    with cgutils.for_range(builder, builder.sub(last, first)) as loop:
        q = builder.add(first, loop.index)
        here = row(q)
        factor = splat(builder, number_at(builder, builder.gep(by, [q])), lanes)
        for number, held in enumerate(sums):
            value = numbers_at(builder, _part(builder, here, number, lanes), lanes)
            builder.store(builder.call(fma, [factor, value, builder.load(held)]), held)


def _part(builder: Any, base: Any, number: int, lanes: int) -> Any:
    """Where the vector of that ``number`` begins."""
    return builder.gep(base, [ir.Constant(INT64, number * lanes)])


def _held(builder: Any, target: Any, width: int, lanes: int) -> list[Any]:
    """The ``width`` numbers at ``target`` as vectors, which LLVM keeps in registers."""
    sums = [cgutils.alloca_once(builder, ir.VectorType(ir.FloatType(), lanes)) for _ in range(width // lanes)]
    for number, held in enumerate(sums):
        builder.store(numbers_at(builder, _part(builder, target, number, lanes), lanes), held)
    return sums


def _write(builder: Any, values: list[Any], target: Any, lanes: int) -> None:
    for number, value in enumerate(values):
        place = _part(builder, target, number, lanes)
        builder.store(value, builder.bitcast(place, value.type.as_pointer()), align=4)


def _row(builder: Any, base: Any, places: Any, stride: Any) -> Callable[[Any], Any]:
    """Where the row q begins: at ``places[q]`` times ``stride``."""

    def row(q: Any) -> Any:
        place = builder.load(builder.gep(places, [q]))
        if place.type.width < INT64.width:
            place = builder.zext(place, INT64)
        return builder.gep(base, [builder.mul(place, stride)])

    return row


def _adder(width: int) -> Any:
    """``add(out, at, rows, start, stride, places, factors, first, last)`` for ``width`` numbers.

    Adds to ``out[at:at + width]`` the sum over q from ``first`` to ``last`` of ``factors[q]`` times the numbers of ``rows``
    from ``start + places[q]·stride`` on, one q after the other. Rows and factors are floats or bytes.
    """
    lanes = min(width, PARTS)

    def add(typing: Any, out: Any, at: Any, rows: Any, start: Any, stride: Any, places: Any, factors: Any, first: Any, last: Any) -> Any:  # fmt: skip
        whole = types.intp

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _, at, _, start, stride, _, _, first, last = arguments
            out, rows, places, by = (
                pointer(context, builder, signature.args[n], arguments[n]) for n in (0, 2, 5, 6)
            )
            target = builder.gep(out, [at])
            sums = _held(builder, target, width, lanes)
            row = _row(builder, builder.gep(rows, [start]), places, stride)
            _add(builder, lanes, sums, row, by, first, last)
            _write(builder, [builder.load(held) for held in sums], target, lanes)
            return context.get_dummy_value()

        return types.void(out, whole, rows, whole, whole, places, factors, whole, whole), generate

    return intrinsic(add)


def _drawer(width: int) -> Any:
    """``draw(out, at, rows, start, stride, places, factors, n, parts)`` for ``width`` numbers.

    Adds the same to ``out[at:at + width]``, over q below n; then to ``parts (n, 16)`` what these numbers of ``out`` times each of
    those rows are, in sixteen parts that nobody has added up yet.
    """
    lanes = min(width, PARTS)

    def draw(typing: Any, out: Any, at: Any, rows: Any, start: Any, stride: Any, places: Any, factors: Any, n: Any, parts: Any) -> Any:  # fmt: skip
        whole = types.intp

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _, at, _, start, stride, _, _, n, _ = arguments
            out, rows, places, by, parts = (
                pointer(context, builder, signature.args[n], arguments[n]) for n in (0, 2, 5, 6, 8)
            )
            target = builder.gep(out, [at])
            sums = _held(builder, target, width, lanes)
            row = _row(builder, builder.gep(rows, [start]), places, stride)
            _add(builder, lanes, sums, row, by, ir.Constant(INT64, 0), n)
            drawn, fma = [builder.load(held) for held in sums], fma_of(builder.module, lanes)
            _write(builder, drawn, target, lanes)
            with cgutils.for_range(builder, n) as loop:
                here = row(loop.index)
                place = builder.gep(parts, [builder.mul(loop.index, ir.Constant(INT64, PARTS))])
                total = numbers_at(builder, place, lanes)
                for number, value in enumerate(drawn):
                    other = numbers_at(builder, _part(builder, here, number, lanes), lanes)
                    total = builder.call(fma, [value, other, total])
                _write(builder, [total], place, lanes)
            return context.get_dummy_value()

        return types.void(out, whole, rows, whole, whole, places, factors, whole, parts), generate

    return intrinsic(draw)


add_wide, _add_some, _add_one = (_adder(width) for width in (WIDE, PARTS, 1))
_draw_wide, _draw_some, _draw_one = (_drawer(width) for width in (WIDE, PARTS, 1))


@inlined
def add_rows(
    out: Any, at: Any, rows: Any, start: Any, stride: int, width: int, places: Any, factors: Any, first: Any, last: Any
) -> None:  # fmt: skip
    """As :data:`add_wide` for any ``width``: ``out[at:at + width] += Σ factors[q]·rows[start + places[q]·stride:][:width]``."""
    done = 0
    while done + WIDE <= width:
        add_wide(out, at + done, rows, start + done, stride, places, factors, first, last)
        done += WIDE
    while done + PARTS <= width:
        _add_some(out, at + done, rows, start + done, stride, places, factors, first, last)
        done += PARTS
    while done < width:
        _add_one(out, at + done, rows, start + done, stride, places, factors, first, last)
        done += 1


@inlined
def draw_rows(out: Any, rows: Any, places: Any, factors: Any, n: Any, parts: Any) -> None:
    """Add rows of ``rows (…, width)`` to all of ``out (width,)``; what is then the product of each with ``out`` is added to ``parts``.

    Few columns at a time, so that the rows are still in the first-level cache when they are read again.
    """
    width, done = len(out), ZERO
    while done + WIDE <= width:
        _draw_wide(out, done, rows, done, width, places, factors, n, parts)
        done += WIDE
    while done + PARTS <= width:
        _draw_some(out, done, rows, done, width, places, factors, n, parts)
        done += PARTS
    while done < width:
        _draw_one(out, done, rows, done, width, places, factors, n, parts)
        done += 1
