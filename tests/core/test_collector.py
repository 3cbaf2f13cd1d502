"""The collector rests while saegui loads, forgets what was loaded, and is left alone in anyone else's process."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from saegui.core import collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    collector._Own.process = False
    gc.enable()
    gc.unfreeze()


def test_what_is_there_when_it_resumes_is_never_looked_at_again() -> None:
    collector.pause()
    assert not gc.isenabled()
    loaded = [object(), []]
    collector.resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(found is loaded for found in gc.get_objects())


def test_an_inner_pause_ends_with_the_outer_one() -> None:
    collector.pause()
    with collector.paused():
        assert not gc.isenabled()
    assert not gc.isenabled()
    collector.resume()
    with collector.paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_process_that_is_not_saegui_s_collects_as_ever() -> None:
    with collector.paused():
        assert gc.isenabled()
    gc.disable()
    collector.resume()
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0
