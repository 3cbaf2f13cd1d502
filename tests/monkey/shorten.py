"""Finds a short list of events with the same fault: parts of the session are left out as long as it still fails."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence

LIMIT = 600
"""Seconds for one try."""


def run(options: argparse.Namespace) -> int:
    """Play parts of the session in processes of their own; print the shortest list found."""
    last = options.last if options.last is not None else options.events
    events = sorted(options.only) if options.only else list(range(options.first, last))
    if not _fails(options, events):
        print("No fault: nothing to shorten. A fault that depends on threads may need several tries.")
        return 0
    events = shortest(events, lambda fewer: _fails(options, fewer))
    print(f"python -m tests.monkey --seed {options.seed} --only {ranges(events)}")
    return 1


def shortest(events: list[int], fails: Callable[[list[int]], bool]) -> list[int]:
    """The last of ``events`` that still fail, twice as many at each try; then pieces of them are left out, half as long each time."""
    count = 25
    while count < len(events) and not fails(events[-count:]):
        count *= 2
    events = events[-count:]
    size = max(1, len(events) // 2)
    while True:
        place = 0
        while place < len(events):
            fewer = events[:place] + events[place + size :]
            if fewer and fails(fewer):
                events = fewer
            else:
                place += size
        print(f"{len(events)} events: {ranges(events)}", flush=True)
        if size == 1:
            return events
        size //= 2


def _fails(options: argparse.Namespace, events: Sequence[int]) -> bool:
    command = [sys.executable, "-m", "tests.monkey", "--seed", str(options.seed), "--only", ranges(events)]
    command += ["--from", str(events[0]), "--until", str(events[-1] + 1)]
    if options.data_dir is not None:
        command += ["--data-dir", str(options.data_dir)]
    if options.disk:
        command.append("--disk")
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=LIMIT).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def ranges(events: Sequence[int]) -> str:
    """``[3, 7, 8, 9]`` is "3,7-9"."""
    parts: list[list[int]] = []
    for event in events:
        if parts and event == parts[-1][1] + 1:
            parts[-1][1] = event
        else:
            parts.append([event, event])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in parts)
