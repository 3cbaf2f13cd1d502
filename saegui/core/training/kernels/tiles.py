"""Products of matrices whose numbers are all needed, tile by tile of sums that stay in registers.

A tile reads each number of the right matrix once for several rows; the right matrix is read in pieces that stay in the first-level cache
while all rows of the left one pass by. Each sum takes its terms in the same order, whatever rows and columns are computed beside it.

Where the left matrix is images, turned, only those count that have anything but zeros in the few pixels of a tile.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.rows import fma_of, number_at, numbers_at
from saegui.core.training.kernels.vectors import HAS_AVX512, INT32, INT64, ONE, WIDE, ZERO, pointer, splat

ACROSS = 32 if HAS_AVX512 else 16
"""Columns of a tile: two vectors, of which six rows fill 12 registers; two more hold the right matrix's numbers, and one the left's."""
NARROW = 16
"""Columns of a tile for what is left over."""
DOWN, FEWER = 6, 4
"""Rows of a tile, and of one for what is left over."""
PIXELS, OF_PIXELS = 4, WIDE if HAS_AVX512 else NARROW
"""Rows and columns of a tile of listed terms. The fewer pixels, the more images have only zeros for them, and the longer it takes to list the others."""
DEEP = 256
"""Terms that are added up before the next columns: so many rows of a tile's columns take half of the first-level cache."""


def _function(module: Any, down: int, across: int, listed: bool, left: Any) -> Any:
    """The function of a tile in ``module``: written into every place that asks for one, it would take minutes to compile.

    ``left`` is the type of the left matrix's numbers.
    """
    name = f"saegui_tile_{down}_{across}_{listed}_{left}"
    floats = ir.FloatType().as_pointer()
    kind = ir.FunctionType(
        ir.VoidType(),
        [floats, INT64, floats, INT64, left.as_pointer(), INT64, INT64, INT32.as_pointer(), INT64, INT64],
    )
    function = cgutils.get_or_insert_function(module, kind, name)
    if not function.is_declaration:
        return function
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    target, wide, base, stride, factors, apart, step, which, begin, end = function.args
    vector = ir.VectorType(ir.FloatType(), across)
    fma = fma_of(module, across)

    def line(base: Any, apart: Any, number: int) -> Any:
        return builder.gep(base, [builder.mul(apart, ir.Constant(INT64, number))])

    def vector_at(place: Any) -> Any:
        return builder.bitcast(place, vector.as_pointer())

    targets = [vector_at(line(target, wide, i)) for i in range(down)]
    # LLVM keeps these in registers.
    sums = [cgutils.alloca_once(builder, vector) for _ in targets]
    for place, held in zip(targets, sums, strict=True):
        builder.store(builder.load(place, align=4), held)
    with cgutils.for_range(builder, builder.sub(end, begin)) as loop:
        q = builder.add(begin, loop.index)
        if listed:
            q = builder.zext(builder.load(builder.gep(which, [q])), INT64)
        values = builder.load(vector_at(builder.gep(base, [builder.mul(q, stride)])), align=4)
        here = builder.gep(factors, [builder.mul(q, step)])
        for i, held in enumerate(sums):
            factor = splat(builder, number_at(builder, line(here, apart, i)), across)
            builder.store(builder.call(fma, [factor, values, builder.load(held)]), held)
    for place, held in zip(targets, sums, strict=True):
        builder.store(builder.load(held), place, align=4)
    builder.ret_void()
    return function


def _tile(down: int, across: int) -> Any:
    """``tile(out, at, wide, right, start, stride, left, first, apart, step, places, begin, end)`` for so many rows and columns.

    Adds to ``out[at + i·wide + j]`` the sum of ``left[first + i·apart + q·step]·right[start + q·stride + j]`` over those q that are in ``places``
    from ``begin`` to ``end``, or over all from ``begin`` to ``end`` where ``places`` is None. The numbers of ``left`` are floats or bytes.
    """

    def add(typing: Any, out: Any, at: Any, wide: Any, right: Any, start: Any, stride: Any, left: Any, first: Any, apart: Any, step: Any, places: Any, begin: Any, end: Any) -> Any:  # fmt: skip
        whole = types.intp
        signature = types.void(
            out, whole, whole, right, whole, whole, left, whole, whole, whole, places, whole, whole
        )

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            out, at, wide, right, start, stride, left, first, apart, step, places, begin, end = arguments
            kinds = signature.args
            listed = kinds[10] != types.none
            which = (
                pointer(context, builder, kinds[10], places)
                if listed
                else ir.Constant(INT32.as_pointer(), None)
            )
            target = builder.gep(pointer(context, builder, kinds[0], out), [at])
            base = builder.gep(pointer(context, builder, kinds[3], right), [start])
            factors = builder.gep(pointer(context, builder, kinds[6], left), [first])
            function = _function(builder.module, down, across, listed, factors.type.pointee)
            builder.call(function, [target, wide, base, stride, factors, apart, step, which, begin, end])
            return context.get_dummy_value()

        return signature, generate

    return intrinsic(add)


def _find_ink(typing: Any, x: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        numbers = numbers_at(builder, place, PIXELS)
        others = builder.fcmp_unordered("une", numbers, ir.Constant(numbers.type, [0.0] * PIXELS))
        bits = builder.bitcast(others, ir.IntType(PIXELS))
        return builder.zext(builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0)), INT64)

    return types.intp(x, types.intp), generate


_any_ink = intrinsic(_find_ink)


@inlined
def list_inked(x: Any, images: int, d_in: int, first: int, n: int, out: Any) -> Any:
    """Into ``out``: the ``images`` of the flat ``x`` that have anything but zeros in ``n`` pixels from ``first`` on; returns how many."""
    found = 0
    for i in range(images):
        out[found] = i
        if n == PIXELS:
            found += _any_ink(x, i * d_in + first)
        else:
            inked = False
            for p in range(first, first + n):
                inked |= x[i * d_in + p] != 0
            found += inked
    return found


def _strip(across: int) -> Any:
    """All rows of so many columns, by tiles of :data:`DOWN` rows, of :data:`FEWER`, and of one."""
    tile_6, tile_4, tile_1 = (_tile(rows, across) for rows in (DOWN, FEWER, 1))

    @inlined
    def strip(
        out: Any, at: int, wide: int, rows: int,
        right: Any, start: int, stride: int, left: Any, first: int, apart: int, step: int, begin: int, end: int,
    ) -> None:  # fmt: skip
        i = 0
        while i + DOWN <= rows:
            tile_6(out, at + i * wide, wide, right, start, stride, left, first + i * apart, apart, step, None, begin, end)  # fmt: skip
            i += DOWN
        while i + FEWER <= rows:
            tile_4(out, at + i * wide, wide, right, start, stride, left, first + i * apart, apart, step, None, begin, end)  # fmt: skip
            i += FEWER
        while i < rows:
            tile_1(out, at + i * wide, wide, right, start, stride, left, first + i * apart, apart, step, None, begin, end)  # fmt: skip
            i += 1

    return strip


_wide, _narrow, _single = (_strip(across) for across in (ACROSS, NARROW, 1))


@inlined
def multiply(
    out: Any, at: int, wide: int, rows: int, columns: int,
    right: Any, start: int, stride: int, left: Any, first: int, apart: int, step: int, count: int,
) -> None:  # fmt: skip
    """Add left·right to so many ``rows`` and ``columns`` of ``out``; all three are flat.

    ``out[at + i·wide + j] += Σ left[first + i·apart + q·step]·right[start + q·stride + j]`` over q below ``count``.
    """
    for begin in range(0, count, DEEP):
        end, j = min(begin + DEEP, count), 0
        while j + ACROSS <= columns:
            _wide(out, at + j, wide, rows, right, start + j, stride, left, first, apart, step, begin, end)
            j += ACROSS
        while j + NARROW <= columns:
            _narrow(out, at + j, wide, rows, right, start + j, stride, left, first, apart, step, begin, end)
            j += NARROW
        while j < columns:
            _single(out, at + j, wide, rows, right, start + j, stride, left, first, apart, step, begin, end)
            j += 1


_of_pixels, _of_pixel = (_tile(rows, OF_PIXELS) for rows in (PIXELS, 1))


@inlined
def multiply_listed(
    out: Any, at: int, right: Any, start: int, stride: int, images: Any, first: int, d_in: int, pixels: int, places: Any, count: int,
) -> None:  # fmt: skip
    """Add imagesᵀ·right over the first ``count`` images of ``places`` to 64 columns of a row for each of so many ``pixels``; all are flat.

    ``out[at + i·64 + j] += Σ images[q·d_in + first + i]·right[start + q·stride + j]``; there are no more than :data:`PIXELS`.
    """
    for j in range(0, WIDE, OF_PIXELS):
        if pixels == PIXELS:
            _of_pixels(
                out, at + j, WIDE, right, start + j, stride, images, first, ONE, d_in, places, ZERO, count
            )
        else:
            for i in range(pixels):
                _of_pixel(out, at + i * WIDE + j, WIDE, right, start + j, stride, images, first + i, ONE, d_in, places, ZERO, count)  # fmt: skip
