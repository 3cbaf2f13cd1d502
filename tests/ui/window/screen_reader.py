"""What a screen reader is told of a window, asked over the desktop's accessibility bus.

Run by the system's Python, which has Debian's ``gi``, inside a D-Bus session on an X server:
``screen_reader.py KEY,KEY,… WORD PYTHON ARGUMENTS…`` starts the program ``PYTHON ARGUMENTS…``, presses the keys one
after the other, waits until an announcement holds ``WORD``, and prints what it heard as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE = 90
"""Seconds until the reader gives up."""


def main(keys: list[str], last: str, command: list[str]) -> None:
    bus = subprocess.Popen(["/usr/libexec/at-spi-bus-launcher", "--launch-immediately", "--screen-reader=1"])
    Atspi.init()
    focused: list[str] = []
    announced: list[str] = []

    def heard(event: Any) -> None:
        if event.type == "object:announcement":
            announced.append(event.any_data)
        elif event.detail1:
            focused.append(f"{event.source.get_role_name()} {event.source.get_name()}")

    listener = Atspi.EventListener.new(heard)
    for kind in ("object:announcement", "object:state-changed:focused"):
        listener.register(kind)
    program = subprocess.Popen(command)
    try:
        wait_until(lambda: windows() != [], "the window")
        controls = [control for window in windows() for control in within(window)]
        found = ["xdotool", "search", "--sync", "--onlyvisible", "--pid", str(program.pid)]
        number = subprocess.run(found, capture_output=True, text=True, check=True).stdout.split()[-1]
        subprocess.run(["xdotool", "windowfocus", "--sync", number], check=True)
        for key in keys:
            silent = len(announced)
            before = len(focused) + len(announced)
            subprocess.run(["xdotool", "key", key], check=True)
            wait_until(lambda before=before: len(focused) + len(announced) > before, key)
        wait_until(lambda: any(last in said for said in announced[silent:]), last)
    finally:
        program.terminate()
        program.wait()
        bus.terminate()
    print(json.dumps({"controls": controls, "focused": focused, "announced": announced}))


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Let events come in until something ``holds``."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"gave up waiting for {what}")
        while GLib.MainContext.default().iteration(False):
            pass
        time.sleep(0.02)


def windows() -> list[Any]:
    """The program's windows on the bus."""
    desktop = Atspi.get_desktop(0)
    programs = [desktop.get_child_at_index(place) for place in range(desktop.get_child_count())]
    return [
        program.get_child_at_index(place)
        for program in programs
        if program is not None and program.get_name() == "saegui"
        for place in range(program.get_child_count())
    ]


def within(thing: Any) -> list[tuple[str, str]]:
    """Role and name of everything in sight that takes the keyboard, ``thing`` and what is in it."""
    states = thing.get_state_set()
    if not states.contains(Atspi.StateType.SHOWING):
        return []
    takes_keys = states.contains(Atspi.StateType.FOCUSABLE)
    own = [(thing.get_role_name(), thing.get_name())] if takes_keys else []
    children = [thing.get_child_at_index(place) for place in range(thing.get_child_count())]
    return own + [control for child in children if child is not None for control in within(child)]


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2], sys.argv[3:])
