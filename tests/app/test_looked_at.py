"""Back and forward through the latents that were looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saegui.app import looked_at
from saegui.app.looked_at import LookedAt
from saegui.app.services import Services
from saegui.app.state import AppState
from saegui.core.runs.run import starter_run


def seen(services: Services, *latents: int | None) -> None:
    for latent in latents:
        services.state.select(latent)


def test_back_and_forward_lead_through_what_was_selected(services: Services, small_run: Path) -> None:
    state, looked = services.state, services.looked_at
    services.library.open(small_run)
    assert not looked.can_go(-1) and not looked.can_go(1)
    seen(services, 3, 8, 5)
    found = []
    for by in (-1, -1, -1, 1, 1, 1):
        looked.go(by)
        found.append(state.selected)
    assert found == [8, 3, 3, 8, 5, 5] and not looked.can_go(1)
    # Selecting another one after a step back forgets those that came after it.
    looked.go(-1)
    seen(services, 1)
    assert not looked.can_go(1)
    looked.go(-1)
    assert state.selected == 8
    # With nothing selected, back leads to the latent that was selected last.
    seen(services, None)
    assert looked.can_go(-1)
    looked.go(-1)
    assert state.selected == 8
    looked.go(1)
    assert state.selected == 1


def test_another_run_begins_with_none_and_latents_that_are_gone_are_passed_over(
    services: Services, small_run: Path, stopped_run: Path
) -> None:
    state, looked = services.state, services.looked_at
    services.library.open(small_run)
    snapshot = state.snapshot
    seen(services, 3, 20, 5)
    services.library.open(stopped_run)
    assert state.selected == 5 and not looked.can_go(-1)
    seen(services, 2)
    assert looked.can_go(-1)
    services.library.open(small_run)
    seen(services, 3, 20, 5)
    assert snapshot is not None
    smaller = services.library.open(stopped_run) and state.snapshot
    services.library.open(small_run)
    seen(services, 3, 20, 5)
    state.set_snapshot(smaller)  # type: ignore[arg-type]
    looked.go(-1)
    assert state.selected == 3, "#20 does not exist now"


def test_only_so_many_are_remembered(
    services: Services, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked_at, "MOST", 4)
    services.library.open(small_run)
    seen(services, *range(10))
    steps = 0
    while services.looked_at.can_go(-1):
        services.looked_at.go(-1)
        steps += 1
    assert steps == 3 and services.state.selected == 6


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.integers(0, 9), st.none(), st.sampled_from(["back", "forward"])), max_size=30))
def test_it_is_a_browser_s_history(qapp: object, events: list[int | str | None]) -> None:
    state = AppState()
    looked = LookedAt(state)
    run = starter_run()
    state.set_run(run, run.latest(), run.history())
    past: list[int] = []
    place = -1
    for event in events:
        if event in ("back", "forward"):
            by = -1 if event == "back" else 1
            wanted = place if state.selected is None and by < 0 else place + by
            able = 0 <= wanted < len(past)
            assert looked.can_go(by) == able
            looked.go(by)
            if able:
                place = wanted
                assert state.selected == past[place]
        else:
            state.select(event)  # type: ignore[arg-type]
            if event is not None and (place < 0 or past[place] != event):
                past = [*past[: place + 1], event]  # type: ignore[list-item]
                place = len(past) - 1
