"""Runs that are compared with the current one: which, in which colours, and how many."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.app.overlays import MAX_OVERLAYS
from saegui.app.services import Services
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import open_run, rename_run


def notices(services: Services) -> list[str]:
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    return told


def test_curves_keep_their_colour_while_others_come_and_go(services: Services, small_run: Path) -> None:
    """Each has another one, and a sixth gets that of the one that made room."""

    def places() -> dict[str, int]:
        return {overlay.name: overlay.place for overlay in services.overlays.all}

    made = {
        name: rename_run(open_run(Path(shutil.copytree(small_run, small_run.with_name(name)))), name)
        for name in "abcdef"
    }
    for name in "abcde":
        services.overlays.toggle(made[name])
    assert places() == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    services.overlays.toggle(made["b"])
    assert places() == {"a": 1, "c": 3, "d": 4, "e": 5}
    services.overlays.toggle(made["f"])
    assert places() == {"a": 1, "c": 3, "d": 4, "e": 5, "f": 2}
    services.overlays.toggle(made["b"])
    assert places() == {"c": 3, "d": 4, "e": 5, "f": 2, "b": 1}
    # However they are laid there, no two share one.
    services.overlays.set([overlay._replace(place=3) for overlay in services.overlays.all])
    assert places() == {"c": 3, "d": 1, "e": 2, "f": 4, "b": 5}


def test_another_run_is_compared_until_it_is_taken_away(
    services: Services, small_run: Path, stopped_run: Path
) -> None:
    library = services.library
    library.open(stopped_run)
    run = open_run(small_run)
    services.overlays.toggle(run)
    (overlay,) = services.overlays.all
    assert (overlay.path, overlay.name, overlay.diverged) == (small_run, "small run", False)
    assert Overlay.of(replace(run, status="diverged"), run.history()).diverged
    np.testing.assert_array_equal(overlay.history.train["loss"], run.history().train["loss"])
    assert services.overlays.includes(run)
    services.overlays.toggle(run)
    assert services.overlays.all == () and not services.overlays.includes(run)
    services.overlays.toggle(run)
    library.open(small_run)
    assert services.overlays.all == (), "a run lies under itself"


def test_a_run_does_not_lie_under_itself(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.overlays.toggle(open_run(small_run))
    assert services.overlays.all == ()


def test_where_no_more_curves_fit_the_first_make_room_and_it_is_reported(
    services: Services, small_run: Path
) -> None:
    told = notices(services)
    names = [f"run {number}" for number in range(MAX_OVERLAYS + 1)]
    for name in names:
        path = Path(shutil.copytree(small_run, small_run.with_name(name)))
        services.overlays.toggle(rename_run(open_run(path), name))
    assert [overlay.name for overlay in services.overlays.all] == names[1:]
    assert told == ["At most 5 runs can be compared: “run 0” was removed."]


def test_curves_that_cannot_be_read_are_reported(services: Services, small_run: Path) -> None:
    (small_run / "history.npz").write_bytes(b"broken")
    told = notices(services)
    services.overlays.toggle(open_run(small_run))
    assert len(told) == 1 and "history.npz" in told[0] and services.overlays.all == ()
