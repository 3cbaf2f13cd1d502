"""Files that appear, vanish and change while the window is open, as another program or another person does it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.monkey.deed import Deed
from tests.monkey.stage import Stage

MOST_RUNS = 25
STAYS_READ_ONLY = 25
"""Events."""


def files(stage: Stage, random: Random) -> Deed:
    """Something happens to the files of the session."""
    kinds: list[tuple[int, Callable[[Stage, Random], Deed | None]]] = [
        (3, _delete_run),
        (3, _truncate),
        (2, _rename),
        (2, _copy),
        (1, _junk),
        (1, _data_folder),
        (1, _settings),
        (2, _out),
        (3, _picture),
    ]
    order = random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds], k=4)
    for kind in order:
        if (deed := kind(stage, random)) is not None:
            return deed
    return Deed("nothing happens to the files", lambda: None)


def _delete_run(stage: Stage, random: Random) -> Deed | None:
    folders = stage.run_folders()
    if not folders:
        return None
    path = random.choice(folders)
    return Deed(f"{path.name} is deleted by somebody else", lambda: shutil.rmtree(path, ignore_errors=True))


def _truncate(stage: Stage, random: Random) -> Deed | None:
    # Unlike rglob, it does not mind what vanishes meanwhile.
    found = sorted(Path(folder, name) for folder, _, names in os.walk(stage.runs) for name in names)
    if not found:
        return None
    path, share = random.choice(found), random.choice((0, 0.5, 0.9))

    def do() -> None:
        if path.is_file():
            os.truncate(path, int(path.stat().st_size * share))

    return Deed(f"{path.relative_to(stage.home)} is cut to {share:.0%}", _quietly(do))


def _rename(stage: Stage, random: Random) -> Deed | None:
    folders = stage.run_folders()
    if not folders:
        return None
    path = random.choice(folders)
    to = path.with_name(f"moved-{random.randrange(10**6)}")
    return Deed(f"{path.name} is renamed to {to.name} by somebody else", _quietly(lambda: path.rename(to)))


def _copy(stage: Stage, random: Random) -> Deed | None:
    folders = stage.run_folders()
    if not folders or len(folders) >= MOST_RUNS:
        return None
    path = random.choice(folders)
    to = path.with_name(f"copy-{random.randrange(10**6)}")
    return Deed(f"{path.name} is copied by somebody else", _quietly(lambda: shutil.copytree(path, to)))


def _junk(stage: Stage, random: Random) -> Deed | None:
    path = stage.runs / f"junk-{random.randrange(1000)}"
    what = random.choice(("file", "folder", "link", "run.json"))

    def do() -> None:
        stage.runs.mkdir(parents=True, exist_ok=True)
        if what == "file":
            path.write_bytes(random.randbytes(100))
        elif what == "folder":
            path.mkdir()
        elif what == "link":
            path.symlink_to(path)
        else:
            path.mkdir()
            (path / "run.json").write_text(random.choice(("{}", "[]", "null", '{"version": 99}', "\0")))

    return Deed(f"a {what} appears as {path.name}", _quietly(do))


def _data_folder(stage: Stage, random: Random) -> Deed | None:
    path = stage.home / "data"
    return Deed("the cached images are deleted", lambda: shutil.rmtree(path, ignore_errors=True))


def _settings(stage: Stage, random: Random) -> Deed | None:
    path = stage.home / "settings.ini"
    content = random.choice((b"", b"[layout]\nwindow=@ByteArray(x)\n", random.randbytes(200), None))

    def do() -> None:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)

    return Deed("the file of the settings is replaced", _quietly(do))


def _out(stage: Stage, random: Random) -> Deed | None:
    path = stage.home / "out"
    if path.is_dir():
        return Deed("the folder of the exports is deleted", lambda: shutil.rmtree(path, ignore_errors=True))
    return Deed("a folder for exports appears", _quietly(path.mkdir))


def _picture(stage: Stage, random: Random) -> Deed | None:
    path = stage.home / "figure.png"
    return Deed("the exported figure is deleted", _quietly(lambda: path.unlink(missing_ok=True)))


def _quietly(do: Callable[[], object]) -> Callable[[], None]:
    """What cannot be done because of another event before it is not done."""

    def done() -> None:
        try:
            do()
        except (OSError, shutil.Error):
            return

    return done


def disk(stage: Stage, random: Random) -> Deed:
    """The disk becomes read-only, where the session's folder is a disk of its own; it can be written again soon."""

    def do() -> None:
        if stage.disk is not None and not stage.read_only:
            stage.read_only = remount(stage.disk, "ro")
            stage.read_only_for = 0

    return Deed("the disk becomes read-only", do)


def heal(stage: Stage) -> None:
    """A read-only disk can be written again after a while."""
    if stage.read_only:
        stage.read_only_for += 1
        if stage.read_only_for > STAYS_READ_ONLY and stage.disk is not None:
            stage.read_only = not remount(stage.disk, "rw")


def remount(disk: Path, how: str) -> bool:
    """Whether the disk could be made read-only (``ro``), or writable (``rw``); not while a file is being written."""
    done = subprocess.run(["mount", "-o", f"remount,{how}", disk], capture_output=True, check=False)
    return done.returncode == 0
