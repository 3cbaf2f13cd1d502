"""The real program without standard streams, as a desktop launcher starts it, and with broken ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import saegui.cli
from saegui.core.runs.run import open_run
from tests.cli.conftest import PATIENCE, Program

TRAIN = ("train", "--dataset", "digits", "--epochs", "1", "--threads", "1", "--out", "run")
COMMANDS = [
    ("presets",),
    ("runs",),
    ("datasets",),
    ("data", "pictures"),
    ("formats",),
    ("glossary",),
    ("lessons",),
    ("eval", "run"),
    ("active", "run"),
    ("compare", "run", "run"),
    ("encode", "run", "--out", "codes.npz"),
    ("figure", "starter", "--kind", "decoder-grid", "--out", "grid.png"),
    ("figures", "run", "--kinds", "latent", "summary", "--out", "figures"),
    ("report", "run", "--out", "report.html"),
    ("sweep", "spec.toml", "--out", "sweep"),
    ("animate", "starter", "--frames", "2", "--out", "starter.gif"),
    ("export", "starter", "--format", "npz", "--out", "model.npz"),
    ("import", "weights.safetensors", "--out", "imported"),
]
ALL_OF_THEM = f"""
import sys
from saegui.__main__ import main
for place, words in enumerate({COMMANDS!r}):
    if main(words):
        sys.exit(100 + place)
"""
"""Ends with a status that says which command failed: there is no stream to say it on."""


def close(*numbers: int) -> Callable[[], None]:
    def closing() -> None:
        for number in numbers:
            os.close(number)

    return closing


def start(program: Program, words: tuple[str, ...], **options: object) -> subprocess.CompletedProcess[str]:
    return python(program, "-m", "saegui", *words, **options)


def python(program: Program, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, *words],
        cwd=program.folder,
        env=program.environment,
        text=True,
        timeout=PATIENCE,
        check=False,
        **options,
    )


def test_a_training_without_any_stream_is_done(program: Program) -> None:
    assert start(program, TRAIN, preexec_fn=close(0, 1, 2)).returncode == 0
    assert open_run(program.folder / "run").status == "finished"


def test_the_work_of_every_other_command_without_any_stream_is_done(
    program: Program, small_run: Path
) -> None:
    """One after the other in one process: most of what a command takes is what it imports."""
    shutil.copy(small_run / "weights.safetensors", program.folder)
    small_run.rename(program.folder / "run")
    (program.folder / "pictures").mkdir()
    Image.new("L", (8, 8)).save(program.folder / "pictures" / "one.png")
    spec = 'dataset = "digits"\nn_latents = 8\nepochs = 1\n[vary]\nk = [2]\n'
    (program.folder / "spec.toml").write_text(spec)
    status = python(program, "-c", ALL_OF_THEM, preexec_fn=close(0, 1, 2)).returncode
    assert status == 0, COMMANDS[status - 100] if status >= 100 else status
    for words in COMMANDS:
        assert "--out" not in words or (program.folder / words[-1]).exists(), words


def test_every_command_that_opens_no_window_is_tried() -> None:
    assert {words[0] for words in (*COMMANDS, TRAIN)} == saegui.cli.COMMANDS.keys() - {"demo"}


@pytest.mark.parametrize("words", [("presets",), TRAIN], ids=lambda words: words[0])
def test_without_stderr_the_result_is_on_stdout(program: Program, words: tuple[str, ...]) -> None:
    done = start(program, words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, preexec_fn=close(2))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 3


def test_without_stdout_an_error_is_on_stderr(program: Program) -> None:
    done = start(program, ("eval", "nowhere"), stderr=subprocess.PIPE, preexec_fn=close(0, 1))
    assert done.returncode == 2
    assert done.stderr.startswith("saegui: There is no run 'nowhere'")
    assert len(done.stderr.splitlines()) == 1


def test_no_file_gets_the_number_of_a_stream(program: Program) -> None:
    """Otherwise what a library prints lands in the file: here in the run's lock, which is open while it is trained."""
    code = (
        "import os\n"
        "from saegui.__main__ import main\n"
        "from saegui.core.runs import writer\n"
        "begin = writer.RunWriter.__init__\n"
        "def printing(*arguments, **options):\n"
        "    begin(*arguments, **options)\n"
        "    for number in (1, 2): os.write(number, b'printed by a library')\n"
        "writer.RunWriter.__init__ = printing\n"
        f"raise SystemExit(main({list(TRAIN)!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=program.folder,
        env=program.environment,
        timeout=PATIENCE,
        check=False,
        preexec_fn=close(0, 1, 2),
    )
    assert done.returncode == 0
    assert (program.folder / "run" / "training.lock").read_bytes() == b""


@pytest.mark.parametrize("kind", ["full", "broken"])
@pytest.mark.parametrize(("words", "status"), [(TRAIN, 0), (("eval", "nowhere"), 2)])
def test_a_stderr_that_cannot_be_written_ends_no_work(
    program: Program, kind: str, words: tuple[str, ...], status: int
) -> None:
    if kind == "broken":
        read, number = os.pipe()
        os.close(read)
    elif Path("/dev/full").exists():
        number = os.open("/dev/full", os.O_WRONLY)
    else:
        pytest.skip("the system has no /dev/full")
    done = start(program, words, stdout=subprocess.PIPE, stderr=number)
    os.close(number)
    assert done.returncode == status
    if words == TRAIN:
        assert "mse" in done.stdout
        assert open_run(program.folder / "run").status == "finished"
