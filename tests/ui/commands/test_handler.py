"""Specs and handlers belong together, one to one."""

from __future__ import annotations

import pytest

from saegui.ui.commands import ActionSpec, Handler, bind

SPEC = ActionSpec("copy", "Edit", "Copy", "Copy something")
TICK = ActionSpec("tick", "View", "Tick", "Have a check mark or none", checkable=True)


def nothing() -> None:
    pass


def test_each_spec_gets_its_own_handler_in_the_order_of_the_specs() -> None:
    copy, tick = Handler(nothing), Handler(nothing, checked=lambda: True)
    assert bind("A panel", (TICK, SPEC), {"copy": copy, "tick": tick}) == [(TICK, tick), (SPEC, copy)]


def test_a_spec_without_a_handler_is_refused() -> None:
    with pytest.raises(ValueError, match="The action 'copy' of CodesPanel has no handler"):
        bind("CodesPanel", (SPEC,), {})


def test_a_handler_without_a_spec_is_refused() -> None:
    with pytest.raises(ValueError, match="CodesPanel handles 'tick', which is in none of its specs"):
        bind("CodesPanel", (SPEC,), {"copy": Handler(nothing), "tick": Handler(nothing)})


@pytest.mark.parametrize(
    ("spec", "handler"), [(TICK, Handler(nothing)), (SPEC, Handler(nothing, checked=lambda: True))]
)
def test_a_check_mark_that_only_one_of_the_two_knows_is_refused(spec: ActionSpec, handler: Handler) -> None:
    with pytest.raises(ValueError, match="both checkable=True in its spec and checked= in its handler"):
        bind("CodesPanel", (spec,), {spec.name: handler})
