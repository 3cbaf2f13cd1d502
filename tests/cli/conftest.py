"""The real program, in a process of its own and in this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saegui
from saegui.__main__ import main
from saegui.core.files.paths import HOME_VARIABLE
from tests.ready import Ready, Started

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
    """Runs ``saegui`` in a process of its own, in ``folder`` with ``home`` as its home, without a display."""

    def __init__(self, folder: Path, home: Path, ready: Callable[[], Ready]) -> None:
        self.folder, self.home = folder, home
        self.module = "saegui.__main__"
        self.environment = bare_environment() | {HOME_VARIABLE: str(home)}
        self._ready = ready

    def __call__(
        self, *arguments: object, file_bytes: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Result:
        """Run to the end; no file can grow beyond ``file_bytes``, as on a disk that is full."""
        started = self._start(arguments, self.environment | dict(environment or {}), file_bytes)
        try:
            out, err = started.communicate(timeout=PATIENCE)
        finally:
            started.kill()
        return Result(started.returncode, out, err)

    def start(self, *arguments: object) -> Started:
        """Run without waiting; read its stderr for what it does."""
        return self._start(arguments, self.environment)

    def _start(
        self, arguments: tuple[object, ...], environment: Mapping[str, str], file_bytes: int | None = None
    ) -> Started:
        words = [str(argument) for argument in arguments]
        return self._ready().start(words, self.folder, environment, module=self.module, file_bytes=file_bytes)

    def from_scratch(self, *arguments: object) -> Result:
        """Run ``python -m saegui`` to the end, in a process that imports everything itself."""
        done = subprocess.run(
            [sys.executable, "-m", "saegui", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            encoding="utf-8",
        )
        return Result(done.returncode, done.stdout, done.stderr)


def bare_environment() -> dict[str, str]:
    """Of the program where there is no display."""
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("QT_", "DISPLAY", "WAYLAND", "OPENBLAS_"))
        },
        "PYTHONPATH": str(Path(saegui.__file__).parents[1]),
        "PYTHONIOENCODING": "utf-8",
        # A thread more than there are idle processors makes small trainings many times slower.
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Ready]]:
    """The process whose copies are commands; it is begun when the first is asked for."""
    made: list[Ready] = []

    def get() -> Ready:
        if not made:
            made.append(Ready(tmp_path_factory.mktemp("ready"), bare_environment()))
        return made[0]

    yield get
    for each in made:
        each.close()


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
def program(tmp_path: Path, own_home: Path, _prepared: Path, ready: Callable[[], Ready]) -> Program:
    """The program in an empty folder."""
    shutil.copytree(_prepared / "data", own_home / "data")
    folder = tmp_path / "here"
    folder.mkdir()
    return Program(folder, own_home, ready)


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
