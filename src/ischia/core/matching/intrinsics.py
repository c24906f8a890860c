"""Two machine instructions that numba does not offer by name, and the decorator of every kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

P = ParamSpec("P")
R = TypeVar("R")

_arrayobj: Any = arrayobj
_cgutils: Any = cgutils


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function to machine code that runs without the GIL and is cached on disk."""
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))


def _popcount(_typing: Any, _word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


def _prefetch(_typing: Any, array: Any, _index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = _arrayobj.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        number = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        instruction = _cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        # For reading (0), to be kept in every cache (3), from data memory (1).
        builder.call(instruction, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate


# popcount(word): number of one bits of a uint64, as a uint64.
popcount = cast("Callable[[Any], Any]", intrinsic(_popcount))
# prefetch(array, index): ask for the cache line of array[index]; reads nothing and cannot fault.
prefetch = cast("Callable[[Any, Any], None]", intrinsic(_prefetch))
