"""The few machine operations that numba has no word for, built from LLVM's vectors: every processor gets its own width."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from saegui.core.training.kernels.compiled import inlined

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]
Bits = NDArray[np.int32]
"""What kernels work on; bits are those of floats, or numbers of latents and images."""
Stored = NDArray[np.float32] | NDArray[np.uint8]
"""Images as they are stored: bytes are a quarter of the memory that numbers take. What the autoencoder sees is ``by`` times as much."""
WIDE = 64
"""Numbers that are added up at once, in registers: 4 of AVX-512's, 8 of AVX's, 16 of SSE's and NEON's."""
ZERO: Any = np.int64(0)
ONE: Any = np.int64(1)
ROW: Any = np.int64(WIDE)
"""Numbers for calls of parts that are compiled once for all numbers: see :func:`~saegui.core.training.kernels.compiled.inlined`."""
FUTEX = (
    {"x86_64": 202, "aarch64": 98}.get(platform.machine())
    if sys.platform == "linux" and sys.maxsize > 2**32
    else None
)
"""The number of Linux's call by which threads sleep until a number in memory changes; None where there is no such call, or it is not known."""
UNTIL, WAKE = 128, 129
"""Of it: sleep while the number is what it was, and wake those who do; within one process."""
ASLEEP = 50
"""Microseconds that threads sleep elsewhere before they look again."""
LINE = 64
"""Bytes of a line of the cache."""
LINE_OF = LINE // 4
"""32-bit numbers in one."""
HAS_AVX512 = bool(get_host_cpu_features().get("avx512f"))
"""Whether there are 32 registers of 16 numbers each; other processors have as many of 4, or half as many of 8."""
VNNI, AVX2, PORTABLE = "vnni", "avx2", "portable"
"""By what sums of products of 8-bit numbers are computed: one instruction for 16 of them, three for 8, or whatever LLVM makes of it."""
SUMS_BY = [
    name for name, feature in ((VNNI, "avx512vnni"), (AVX2, "avx2")) if get_host_cpu_features().get(feature)
] + [PORTABLE]
"""Those that this processor has, the fastest first."""
INT32, INT64 = ir.IntType(32), ir.IntType(64)


def zeros(shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    """An array that begins with a line of the cache, so that vectors do not lie in two of them."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    room = np.zeros(size + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    found: NDArray[Any] = room[start : start + size].view(kind).reshape(shape)
    return found


def pointer(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    """Where the numbers of ``array``, of type ``kind``, begin."""
    return context.make_array(kind)(context, builder, array).data


def splat(builder: Any, value: Any, lanes: int) -> Any:
    """A vector of so many times ``value``."""
    kind = ir.VectorType(value.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(INT32, 0))
    places = ir.Constant(ir.VectorType(INT32, lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), places)


def products_adder(sums_by: str) -> Any:
    """:data:`add_products`, by one of :data:`SUMS_BY`."""

    def add(typing: Any, out: Any, words: Any, start: Any, places: Any, pixels: Any, first: Any, last: Any) -> Any:  # fmt: skip
        return types.void(out, words, whole, places, pixels, whole, whole), generate

    whole = types.intp
    lanes = 16 if sums_by == VNNI else 8
    bytes_, pairs = ir.VectorType(ir.IntType(8), 4 * lanes), ir.VectorType(ir.IntType(16), 2 * lanes)
    sums_of = ir.VectorType(INT32, lanes)

    def halved(builder: Any, numbers: Any, into: Any) -> Any:
        """Sums of each two neighbours, with more bits."""
        wide = builder.sext(numbers, ir.VectorType(into, numbers.type.count))
        even, odd = (
            builder.shuffle_vector(
                wide,
                ir.Constant(wide.type, ir.Undefined),
                ir.Constant(
                    ir.VectorType(INT32, wide.type.count // 2), list(range(side, wide.type.count, 2))
                ),
            )
            for side in (0, 1)
        )
        return builder.add(even, odd)

    def add_fours(builder: Any, sums: Any, pixels: Any, weights: Any) -> Any:
        """Add of each four neighbouring products their sum."""
        if sums_by == VNNI:
            kind = ir.FunctionType(sums_of, [sums_of] * 3)
            name = f"llvm.x86.avx512.vpdpbusd.{32 * lanes}"
            of_all = cgutils.get_or_insert_function(builder.module, kind, name)
            return builder.call(of_all, [sums, pixels, builder.bitcast(weights, sums_of)])
        pixels = builder.bitcast(pixels, bytes_)
        if sums_by == AVX2:
            of_two, of_four = (
                cgutils.get_or_insert_function(
                    builder.module, ir.FunctionType(out, [kind] * 2), f"llvm.x86.avx2.{name}"
                )
                for out, kind, name in ((pairs, bytes_, "pmadd.ub.sw"), (sums_of, pairs, "pmadd.wd"))
            )
            of_pairs = builder.call(of_two, [pixels, weights])
            return builder.add(sums, builder.call(of_four, [of_pairs, ir.Constant(pairs, [1] * 2 * lanes)]))
        wide = ir.VectorType(ir.IntType(16), 4 * lanes)
        products = builder.mul(builder.sext(pixels, wide), builder.sext(weights, wide))
        return builder.add(sums, halved(builder, halved(builder, products, INT32), INT32))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, words, start, _, _, first, last = arguments
        kinds = signature.args

        def part(base: Any, number: int, kind: Any) -> Any:
            return builder.bitcast(builder.gep(base, [ir.Constant(INT64, number * lanes)]), kind.as_pointer())

        target = pointer(context, builder, kinds[0], out)
        base = builder.gep(pointer(context, builder, kinds[1], words), [start])
        which, by = (pointer(context, builder, kinds[n], arguments[n]) for n in (3, 4))
        # LLVM keeps these in registers.
        sums = [cgutils.alloca_once(builder, sums_of) for _ in range(WIDE // lanes)]
        for number, held in enumerate(sums):
            builder.store(builder.load(part(target, number, sums_of), align=4), held)
        with cgutils.for_range(builder, builder.sub(last, first)) as loop:
            q = builder.add(first, loop.index)
            place = builder.zext(builder.load(builder.gep(which, [q])), INT64)
            row = builder.gep(base, [builder.mul(place, ir.Constant(INT64, WIDE))])
            pixel = splat(builder, builder.load(builder.gep(by, [q])), lanes)
            for number, held in enumerate(sums):
                weights = builder.load(part(row, number, bytes_), align=4)
                builder.store(add_fours(builder, builder.load(held), pixel, weights), held)
        for number, held in enumerate(sums):
            builder.store(builder.load(held), part(target, number, sums_of), align=4)
        return context.get_dummy_value()

    return intrinsic(add)


@inlined
def dot(a: Any, b: Any) -> Any:
    """Σ a·b of two arrays that are equally long."""
    total = np.float32(0)
    for p in range(len(a)):
        total += a[p] * b[p]
    return total


@inlined
def see(pre: Any, by: Any, bias: Any) -> None:
    """``bias + by·pre`` into ``pre``: what products of stored images are for the autoencoder.

    Of arrays that begin here: where numbers stand at ``start + j``, numba thinks that this might be negative, and takes one after the other.
    """
    for j in range(len(pre)):
        pre[j] = bias[j] + pre[j] * by


@inlined
def write(source: Any, target: Any) -> None:
    """Copy as many numbers as ``target`` has; for slices numba compiles, too, what it would say if they did not fit, for seconds."""
    for p in range(len(target)):
        target[p] = source[p]


@inlined
def ask_for(array: Any, first: int, n: int) -> None:
    """Ask for the next ``n`` 32-bit numbers from ``first`` on, which will be needed soon."""
    for q in range(first, first + n, LINE_OF):
        fetch(array, q)


def _above(typing: Any, values: Any, least: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = pointer(context, builder, signature.args[0], arguments[0])
        kind = ir.VectorType(ir.FloatType(), WIDE).as_pointer()
        numbers = builder.load(builder.bitcast(place, kind), align=4)
        bits = builder.bitcast(numbers, ir.VectorType(INT32, WIDE))
        larger = builder.icmp_signed(">", bits, splat(builder, arguments[1], WIDE))
        return builder.bitcast(builder.or_(larger, builder.fcmp_unordered("uno", numbers, numbers)), INT64)

    return types.uint64(values, types.int32), generate


def _ones(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


def _bits_of(typing: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], INT32)

    return types.int32(types.float32), generate


def _float_of(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


def _fetch(typing: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        raw = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [raw, INT32, INT32, INT32])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # To read, to be kept in all caches, data.
        builder.call(prefetch, [builder.bitcast(place, raw), *(ir.Constant(INT32, n) for n in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def _lowest(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.intp(types.uint64), generate


def _count(typing: Any, counters: Any, index: Any, by: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        return builder.atomic_rmw("add", place, arguments[2], "seq_cst")

    return types.int64(counters, types.intp, types.int64), generate


def _count_of(typing: Any, counters: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        return builder.load_atomic(place, "seq_cst", 8)

    return types.int64(counters, types.intp), generate


def _rest(typing: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if platform.machine() in ("x86_64", "AMD64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


def _ask_futex(builder: Any, place: Any, what: int, number: Any) -> None:
    zero = ir.Constant(INT64, 0)
    kind = ir.FunctionType(INT64, [INT64], var_arg=True)
    of_system = cgutils.get_or_insert_function(builder.module, kind, "syscall")
    asked = [ir.Constant(INT64, FUTEX), builder.ptrtoint(place, INT64), ir.Constant(INT64, what), number]
    builder.call(of_system, [*asked, zero, zero, zero])


def _sleep(typing: Any, counters: Any, index: Any, seen: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if FUTEX:
            place = builder.gep(pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
            _ask_futex(builder, place, UNTIL, arguments[2])
        elif os.name == "posix":
            kind = ir.FunctionType(INT32, [INT32])
            of_system = cgutils.get_or_insert_function(builder.module, kind, "usleep")
            builder.call(of_system, [ir.Constant(INT32, ASLEEP)])
        return context.get_dummy_value()

    return types.void(counters, types.intp, types.int64), generate


def _wake(typing: Any, counters: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if FUTEX:
            place = builder.gep(pointer(context, builder, signature.args[0], arguments[0]), [arguments[1]])
            _ask_futex(builder, place, WAKE, ir.Constant(INT64, 2**31 - 1))
        return context.get_dummy_value()

    return types.void(counters, types.intp), generate


add_products = products_adder(SUMS_BY[0])
"""``add_products(out, words, start, places, pixels, first, last)``: products of rounded numbers, four in a word, to 64 sums.

Adds to ``out`` for q from ``first`` to ``last`` the products of the numbers of ``pixels[q]``, none of them negative, and those of each of 64
words from ``start + places[q]·64`` on. None may be larger than 127.
"""
count_of = intrinsic(_count_of)
"""``count_of(counters, index)``: one of ``counters``, as other threads have left it."""
rest = intrinsic(_rest)
"""``rest()``: tells the processor that this thread only waits for another one."""
sleep = intrinsic(_sleep)
"""``sleep(counters, index, seen)``: leaves the processor to other programs while one of ``counters`` is ``seen``, until :data:`wake`; or for a moment."""
wake = intrinsic(_wake)
"""``wake(counters, index)``: wakes those who sleep by that one of ``counters``."""
bits_of = intrinsic(_bits_of)
"""``bits_of(value)``: the bits of a 32-bit float as a whole number."""
float_of = intrinsic(_float_of)
"""``float_of(bits)``: the 32-bit float that has the bits of a whole number."""
above = intrinsic(_above)
"""``above(values, least)``: a bit for each of 64 numbers, set where its bits are a larger whole number than ``least``, or it is NaN."""
ones = intrinsic(_ones)
"""``ones(bits)``: how many of 64 bits are set."""
fetch = intrinsic(_fetch)
"""``fetch(array, index)``: asks for the line of the cache that it is in, without waiting for it."""
lowest = intrinsic(_lowest)
"""``lowest(bits)``: the place of the lowest bit that is set; there must be one."""
count = intrinsic(_count)
"""``count(counters, index, by)``: adds to one of ``counters`` in one step for all threads, and returns what it was."""
