"""Rows that become columns: squares of numbers are turned in registers, which is four times as fast as one number at a time."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.vectors import INT32, INT64, WIDE, pointer

SIDE = 8
"""Rows and columns of the squares that are turned in registers."""


def _turn_square(typing: Any, rows: Any, start: Any, stride: Any, out: Any, at: Any, apart: Any) -> Any:
    whole = types.intp

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, start, stride, out, at, apart = arguments
        kind = ir.VectorType(INT32, SIDE)

        def line(array: Any, number: int, begin: Any, apart: Any) -> Any:
            place = builder.add(begin, builder.mul(apart, ir.Constant(INT64, number)))
            return builder.bitcast(builder.gep(array, [place]), kind.as_pointer())

        source = pointer(context, builder, signature.args[0], rows)
        target = pointer(context, builder, signature.args[3], out)
        found = [builder.load(line(source, i, start, stride), align=4) for i in range(SIDE)]
        # Each round exchanges the halves, then the quarters, then the single numbers of two rows that lie so far apart.
        far = SIDE // 2
        while far:
            upper = [i for i in range(SIDE) if not i & far]
            first = ir.Constant(
                ir.VectorType(INT32, SIDE), [i if not i & far else SIDE + i - far for i in range(SIDE)]
            )
            second = ir.Constant(
                ir.VectorType(INT32, SIDE), [i + far if not i & far else SIDE + i for i in range(SIDE)]
            )
            for i in upper:
                a, b = found[i], found[i + far]
                found[i] = builder.shuffle_vector(a, b, first)
                found[i + far] = builder.shuffle_vector(a, b, second)
            far //= 2
        for i in range(SIDE):
            builder.store(found[i], line(target, i, at, apart), align=4)
        return context.get_dummy_value()

    return types.void(rows, whole, whole, out, whole, whole), generate


turn_square = intrinsic(_turn_square)
"""``turn_square(rows, start, stride, out, at, apart)``: a square of 32-bit numbers, rows of which become columns.

Row i is the 8 numbers of ``rows`` from ``start + i·stride`` on; column i is in ``out`` at ``at + i``, each number ``apart`` from the last one.
"""


@inlined
def turn(rows: Any, first: Any, last: Any, out: Any, at: int) -> None:
    """Write rows from ``first`` to ``last`` of ``rows (…, width)`` into columns of ``out (width, …)`` from ``at`` on; up to :data:`SIDE` of them."""
    width = rows.shape[1]
    whole = width - width % SIDE if last - first == SIDE else 0
    for p in range(0, whole, SIDE):
        turn_square(rows, first * width + p, width, out, p * out.shape[1] + at, out.shape[1])
    for f in range(first, last):
        for p in range(whole, width):
            out[p, at + f - first] = rows[f, p]


@inlined
def turn_block(rows: Any, block: int, out: Any) -> None:
    """Write the 64 ``rows (…, width)`` of a block, or as many as there are, into the columns of ``out (width, 64)``."""
    end = min((block + 1) * WIDE, len(rows))
    for first in range(block * WIDE, end, SIDE):
        turn(rows, first, min(first + SIDE, end), out, first - block * WIDE)
