"""Tell the processor what will be read soon.

A search reads the arcs of one junction after another, and where they lie is known only
when the junction's turn comes; told a step before, they are there in time. The hint
changes no result.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

READ, KEEP_CLOSE, DATA = 0, 3, 1


@intrinsic
def prefetch(typingctx, array, index):
    """Ask for the cache line that holds ``array[index]``; the index is not negative."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.zext(arguments[1], ir.IntType(64))
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        hint = builder.module.declare_intrinsic(
            "llvm.prefetch", (byte,), ir.FunctionType(ir.VoidType(), [byte, *[word] * 3])
        )
        line = builder.bitcast(builder.gep(data, [place]), byte)
        builder.call(hint, [line, word(READ), word(KEEP_CLOSE), word(DATA)])
        return context.get_dummy_value()

    return types.void(array, index), generate
