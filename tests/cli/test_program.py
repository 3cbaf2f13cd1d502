"""What is true of every command: help, speed, and what happens without a display."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import saegui
from saegui.cli import COMMANDS, display
from saegui.core.config.schema import parameters
from saegui.core.training.devices import default_threads, processors
from tests.cli.conftest import Program, Result
from tests.core.runs.test_writer import make_read_only, make_writable
from tests.x_server import running

Here = Callable[..., Result]
Refused = Callable[..., str]
HEAVY = ("torch", "torchvision", "sklearn", "matplotlib", "PySide6", "PIL", "scipy", "rich")
REPORT = (
    "import sys\n"
    "from saegui.__main__ import main\n"
    "try:\n    status = main(sys.argv[1:])\n"
    "except SystemExit as end:\n    status = end.code\n"
    f"print('heavy:', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    "sys.exit(status)"
)


def imported(program: Program, *words: object) -> set[str]:
    """The heavy packages that a command has imported when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *map(str, words)],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].removeprefix("heavy:").split())


class TestHelp:
    def test_lists_every_command(self, program: Program) -> None:
        result = program("--help")
        assert result.status == 0
        for command in COMMANDS.values():
            assert f"  {command.name} " in result.out
            assert command.about in result.out

    @pytest.mark.parametrize("name", COMMANDS)
    def test_of_each_command_has_examples_and_fits_the_line(
        self, here: Here, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        result = here(name, "--help")
        assert result.status == 0
        assert f"saegui {name}" in result.out
        assert "examples:" in result.out
        described = result.out.split("examples:")[0]
        assert max(map(len, described.splitlines())) <= 100

    def test_of_train_names_every_parameter_with_its_bounds(
        self, here: Here, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "200")
        words = here("train", "--help").out
        for parameter in parameters():
            assert parameter.option in words
            if parameter.high is not None:
                assert f"{parameter.high:,}" in words

    def test_version(self, here: Here) -> None:
        assert here("--version").out == f"saegui {saegui.__version__}\n"


class TestSpeed:
    @pytest.mark.parametrize("words", [("--help",), ("presets",), ("datasets", "--json"), ("runs",)])
    def test_lists_and_help_import_nothing_heavy(self, program: Program, words: tuple[str, ...]) -> None:
        assert imported(program, *words) == set()

    def test_looking_at_a_run_needs_neither_torch_nor_qt(
        self, program: Program, small_run: Path, drawings: Path
    ) -> None:
        assert imported(program, "eval", small_run) == set()
        assert imported(program, "encode", small_run, "--strokes", drawings, "--out", "o.npz") == set()
        drawn = imported(program, "figure", small_run, "--kind", "decoder-grid", "--out", "f.png")
        assert drawn <= {"matplotlib", "PIL"}

    @pytest.mark.parametrize("given", [{}, {"OPENBLAS_NUM_THREADS": "2"}, {"OMP_NUM_THREADS": "2"}])
    def test_numpy_leaves_a_processor_to_others(self, program: Program, given: dict[str, str]) -> None:
        """Unless the user says otherwise; numpy reads the environment once, when it is imported."""
        pytest.importorskip("threadpoolctl")
        code = (
            "import os, json; from saegui.__main__ import main; main(['presets']); "
            "import numpy; from threadpoolctl import threadpool_info as info; "
            "print(json.dumps([[each['internal_api'], each['num_threads']] for each in info()]))"
        )
        own = {name: value for name, value in program.environment.items() if name != "OMP_NUM_THREADS"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=own | given, capture_output=True, text=True, check=True
        )
        found = dict(json.loads(done.stdout.splitlines()[-1]))
        if "openblas" not in found:
            pytest.skip("numpy computes its products by another library")
        assert found["openblas"] == (min(2, processors()) if given else default_threads())


class TestWithoutADisplay:
    def test_one_sentence_names_the_commands_that_need_none(self, program: Program) -> None:
        sentence = program().sentence
        assert "no display" in sentence
        for name in COMMANDS:
            assert name in sentence

    def test_a_server_that_is_not_there(self, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DISPLAY", ":8787")
        assert "':8787'" in refused()

    def test_a_wayland_socket_that_is_not_there(
        self, refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert "wayland-9 does not answer" in refused()

    def test_a_platform_that_qt_does_not_have(
        self, refused: Refused, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QT_QPA_PLATFORM", "paper")
        sentence = refused()
        assert "'paper'" in sentence
        assert "offscreen" in sentence

    def test_platforms_without_a_screen_are_not_questioned(self) -> None:
        assert display.problem({"QT_QPA_PLATFORM": "offscreen"}) is None
        assert display.problem({"QT_QPA_PLATFORM": "minimal"}) is None
        assert display.problem({"QT_QPA_PLATFORM": "vnc:size=640x480"}) is None

    def test_a_display_that_answers(self, x_server: str) -> None:
        assert display.problem({"DISPLAY": x_server}) is None
        assert display.problem({"DISPLAY": x_server, "WAYLAND_DISPLAY": "nowhere"}) is None
        assert display.problem({"DISPLAY": x_server, "QT_QPA_PLATFORM": "xcb"}) is None

    def test_missing_libraries_are_named_as_packages(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "libqxcb.so").write_bytes(b"not a library")
        monkeypatch.setattr(display, "_plugins", lambda: tmp_path)
        monkeypatch.setattr(display, "X_LIBRARIES", {"libxcb-nowhere.so.0": "libxcb-nowhere0"})
        found = display.problem({"DISPLAY": ":0"})
        assert found is not None
        assert "libxcb-nowhere0" in found
        assert "apt-get install" in found

    def test_the_table_of_libraries_has_no_slips(self) -> None:
        """Where Qt's window plugin loads, every library in the tables does."""
        plugins = display._plugins()
        if plugins is None or not display._loads(str(plugins / "libqxcb.so")):
            pytest.skip("Qt's window system cannot be loaded here")
        assert display.lacking(display.X_LIBRARIES | display.LIBRARIES) == []

    def test_a_mistyped_command(self, refused: Refused) -> None:
        assert "nearest command is 'train'" in refused("trian")

    def test_a_run_that_is_not_there(self, refused: Refused) -> None:
        assert "no run 'nowhere'; 'saegui --help' lists the commands" in refused("nowhere")
        assert "RUN is empty" in refused("eval", "")

    def test_a_command_behind_an_option(self, refused: Refused) -> None:
        assert "give it first" in refused("--threads", "1", "train")


def test_a_crash_inside_a_library_says_where(program: Program) -> None:
    code = (
        "import os, signal\n"
        "from saegui import cli\n"
        "from saegui.__main__ import main\n"
        "def crash(words): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "cli.main = crash\n"
        "main([])"
    )
    environment = {name: value for name, value in program.environment.items() if name != "PYTHONFAULTHANDLER"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=program.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGSEGV
    assert "in crash" in done.stderr


@pytest.fixture
def x_server() -> Iterator[str]:
    """An X server of our own."""
    with running() as display:
        yield display


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [("presets",), ("runs", "--json"), ("datasets",)])
def test_an_output_that_cannot_be_written_is_one_sentence(program: Program, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "saegui", *words],
            cwd=program.folder,
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "saegui: The output cannot be written (No space left on device); free some space, or send it elsewhere.\n"
    )


def test_in_a_home_that_cannot_be_written_commands_work_and_say_what_is_not_possible(
    here: Here,
    refused: Refused,
    mounted: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = mounted("1m")
    make_read_only(disk)
    try:
        (file := tmp_path / "file").touch()
        for home, why in ((disk / "home", "Read-only file system"), (file / "home", "Not a directory")):
            monkeypatch.setenv("SAEGUI_HOME", str(home))
            for words in ("presets", "formats", "datasets"):
                assert here(words).status == 0
            out = tmp_path / f"run in {home.parent.name}"
            short = ("--dataset", "digits", "--epochs", 1)
            assert here("train", *short, "--out", out).status == 0
            assert here("eval", out, "--json").last["dataset"] == "digits"
            assert f"({why})" in refused("train", "--dataset", "mnist", "--out", tmp_path / "no")
            sentence = refused("train", *short, "--out", home / "runs" / "new")
            assert "cannot be written" in sentence and "choose another folder" in sentence
            assert not (tmp_path / "no").exists()
        assert "runs cannot be listed (Not a directory); move the file in its way." in refused("runs")
        monkeypatch.setenv("SAEGUI_HOME", str(disk / "home"))
        assert "Starter run" in here("runs").out
    finally:
        make_writable(disk)
