"""Side: a process that is measured beside others, each in its own environment, taking turns.

Of each side the best turn counts, by the clock and in processor time: other programs only take time away.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class Side:
    """Answers a line of JSON by a line of JSON."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._command = command
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        """What the process answers; ``wall`` and ``cpu`` are images a second."""
        self.begin(**question)
        return self.answer()

    def begin(self, **question: Any) -> None:
        """Ask, for who asks others at the same time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What the process answers to what :meth:`begin` asked."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{' '.join(self._command)} ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def best(turns: Iterable[dict[str, Any]]) -> dict[str, float]:
    """The most images a second of all turns."""
    found = list(turns)
    return {kind: max(turn[kind] for turn in found) for kind in ("wall", "cpu")}
