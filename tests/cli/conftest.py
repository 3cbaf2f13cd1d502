"""The real program in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saegui
from saegui.__main__ import main
from saegui.core.files.paths import HOME_VARIABLE

PATIENCE = 120


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    status: object
    out: str
    err: str

    @property
    def last(self) -> Any:
        """The JSON in the last line of stdout."""
        return json.loads(self.out.splitlines()[-1])

    @property
    def sentence(self) -> str:
        """The one line on stderr of a command that was refused."""
        assert self.status == 2, self
        assert not self.out, self
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("saegui: "), self.err
        assert lines[0].endswith("."), self.err
        return lines[0]


class Program:
    """Runs ``python -m saegui`` in ``folder`` with ``home`` as its home, without a display."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.module = "saegui"
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("QT_", "DISPLAY", "WAYLAND", "OPENBLAS_"))
            },
            HOME_VARIABLE: str(home),
            "PYTHONPATH": str(Path(saegui.__file__).parents[1]),
            "PYTHONIOENCODING": "utf-8",
            # A thread more than there are idle processors makes small trainings many times slower.
            "OMP_NUM_THREADS": "1",
        }

    def __call__(
        self, *arguments: object, file_bytes: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Result:
        """Run to the end; no file can grow beyond ``file_bytes``, as on a disk that is full."""
        done = subprocess.run(
            [sys.executable, "-m", self.module, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            encoding="utf-8",
            preexec_fn=None if file_bytes is None else _limit(file_bytes),
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Run without waiting; read its stderr for what it does."""
        return subprocess.Popen(
            [sys.executable, "-m", self.module, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=_hear_interrupts,
        )


def _limit(file_bytes: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))


def _hear_interrupts() -> None:
    # Whoever runs the tests in the background made them deaf to Ctrl+C, and children inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def _prepared(digits: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the built-in digits were prepared before."""
    from saegui.core import data

    home = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        data.load("digits")
    return home


@pytest.fixture
def program(tmp_path: Path, own_home: Path, _prepared: Path) -> Program:
    """The program in an empty folder."""
    shutil.copytree(_prepared / "data", own_home / "data")
    folder = tmp_path / "here"
    folder.mkdir()
    return Program(folder, own_home)


@pytest.fixture
def made_up_program(program: Program) -> Program:
    """The program with the data sets of :mod:`tests.made_up`."""
    program.module = "tests.made_up"
    return program


@pytest.fixture
def here(
    program: Program, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Runs a command as ``program`` does, but in this process, which is quicker; without a display."""
    monkeypatch.chdir(program.folder)
    for name in set(os.environ) - set(program.environment):
        monkeypatch.delenv(name)

    def run(*arguments: object) -> Result:
        status: object
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        return Result(status, *capfd.readouterr())

    return run


@pytest.fixture
def refused(here: Callable[..., Result]) -> Callable[..., str]:
    """Runs a command in this process and returns the sentence with which it is refused."""
    return lambda *arguments: here(*arguments).sentence


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drawings in the layout of the real ones: a line, a corner of two strokes, and a dot."""
    points = np.array([[0, 0], [0.2, 1], [0, 0], [0, 1], [0, 1], [0.7, 1], [0.5, 0.5]], np.float32)
    path = tmp_path_factory.mktemp("drawings") / "three.npz"
    np.savez(
        path,
        points=points,
        stroke_offsets=np.array([0, 2, 4, 6, 7], np.int32),
        digit_offsets=np.array([0, 1, 3, 4], np.int32),
        labels=np.array([1, 6, 0], np.uint8),
        source=np.array(["test"] * 3),
    )
    return path
