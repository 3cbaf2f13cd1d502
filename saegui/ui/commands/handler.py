"""What an action does and when it can be used: bound to its spec by whoever owns the action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saegui.ui.commands.spec import ActionSpec

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance


@dataclass(frozen=True)
class Handler:
    """The living half of an :class:`ActionSpec`."""

    run: Callable[[], object]
    enabled: Callable[[], bool] | None = None
    """Whether the action can be used now; None: always."""
    checked: Callable[[], bool] | None = None
    """Whether its check mark is on; for checkable actions."""
    why: Callable[[], str] | None = None
    """A sentence that says why it cannot be used now, for whoever presses its keys all the same; None: nothing is said."""
    title: Callable[[], str] | None = None
    """Its title now; None: always the spec's."""
    changed: Sequence[SignalInstance] = ()
    """The signals after which ``enabled``, ``checked`` or ``title`` may answer differently."""


Bound = tuple[ActionSpec, Handler]


def bind(owner: str, specs: Sequence[ActionSpec], handlers: Mapping[str, Handler]) -> list[Bound]:
    """Each spec with its handler, in the order of ``specs``.

    Raises:
        ValueError: a spec has no handler, a handler has no spec, or only one of the two can be checked.
            The sentence names ``owner``.
    """
    for spec in specs:
        if spec.name not in handlers:
            raise ValueError(
                f"The action {spec.name!r} of {owner} has no handler; return one from handlers()."
            )
        if spec.checkable != (handlers[spec.name].checked is not None):
            raise ValueError(
                f"The action {spec.name!r} of {owner} must have both checkable=True in its spec"
                " and checked= in its handler, or neither."
            )
    unknown = sorted(handlers.keys() - {spec.name for spec in specs})
    if unknown:
        raise ValueError(f"{owner} handles {', '.join(map(repr, unknown))}, which is in none of its specs.")
    return [(spec, handlers[spec.name]) for spec in specs]
