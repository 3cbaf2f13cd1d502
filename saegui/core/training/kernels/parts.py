"""How parts of kernels are compiled: within each kernel that has them, not also each on its own, which takes a quarter of the time.

That is not something that numba offers, so what is overridden here may change: it is done with the versions with which it was tried.
With others, the same kernels are compiled for longer.
"""

from __future__ import annotations

from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NopythonTypeInference

TRIED = ((0, 68),)
"""Versions of numba."""


class _NeverCalled:
    """Where a function that Python calls would be told of its globals."""

    def set_env(self, name: str, env: Any) -> None:
        """There is nobody to tell."""


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """A function's code as it was written: whoever links it optimises and translates it."""

    codegen = _NeverCalled()

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """There is none."""
        self._ensure_finalized()
        return 0


@register_pass(mutates_CFG=False, analysis_only=True)
class _InLibrary(FunctionPass):  # type: ignore[misc]
    _name = "saegui_in_library"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Nothing of the function changes."""
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class Parts(CompilerBase):  # type: ignore[misc]
    """numba's own way, up to the library."""

    def define_pipelines(self) -> list[Any]:
        """See :class:`CompilerBase`."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.add_pass_after(_InLibrary, NopythonTypeInference)
        manager.finalize()
        return [manager]


def options() -> dict[str, Any]:
    """Of ``numba.njit``, for a part of kernels."""
    return {"pipeline_class": Parts} if numba.version_info.short in TRIED else {}
