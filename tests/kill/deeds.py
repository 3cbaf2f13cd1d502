"""What is killed, and what must be true afterwards whenever that was."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import numpy as np

from saegui.__main__ import main
from saegui.core import data
from saegui.core.files import paths
from saegui.core.formats import registry
from saegui.core.formats.base import Format
from saegui.core.runs import folders, resume_state
from saegui.core.runs.run import BrokenRun, Run, kept_steps, open_run, rename_run

EPOCHS = 4
TRAIN = ("--dataset", "digits", "--latents", "24", "--k", "4", "--epochs", str(EPOCHS), "--batch-size", "256")
ONE = ("--threads", "1")


class Deed(NamedTuple):
    """Something that the program does."""

    name: str
    work: Callable[[Path], object]
    """Does it in a home."""
    check: Callable[[Path, Path], object]
    """Fails where a home in which it was killed is not as good as one in which it was done, or was not begun."""
    prepare: Callable[[Path], object] = lambda home: None
    """Puts what it needs into a home."""


def saegui(*words: object) -> None:
    """The command must succeed."""
    status = main([str(word) for word in words])
    assert status == 0, (words, status)


def own(home: Path, name: str = "run") -> Path:
    return home / "runs" / name


# -- trainings ----------------------------------------------------------------------------------------------------------


def train(home: Path) -> None:
    saegui("train", *TRAIN, *ONE, "--out", own(home))


def stop_half_way(home: Path) -> None:
    """The same training, stopped after two epochs as Ctrl+C does."""
    from saegui.core.config.schema import make
    from saegui.core.training.session import Session

    config = make({"dataset": "digits", "n_latents": 24, "k": 4, "epochs": EPOCHS, "batch_size": 256})
    session = Session(config, data.load("digits"), own(home))
    while session.trainer.epoch < EPOCHS / 2:
        session.advance()
    session.close()


def resume(home: Path) -> None:
    saegui("train", "--resume", own(home), *ONE)


def finishes_alike(home: Path, done: Path) -> None:
    """What was killed can be finished, and then nobody sees that it was killed."""
    path = own(home)
    listed = {run.path: run for run in folders.list_runs()}
    found = listed.get(path)
    if found is None or isinstance(found, BrokenRun):
        if found is not None:
            assert "because its training ended before its first save" in found.reason, found.reason
            shutil.rmtree(path)
        train(home)
    else:
        is_whole(found)
        if found.can_resume:
            resume(home)
    equal_runs(path, own(done))


def is_whole(run: Run) -> None:
    steps = {run.step, run.latest().step}
    if resume_state.exists(run.path):
        steps.add(int(resume_state.load(run.path)[1]["steps"][0]))
    assert len(steps) == 1, steps
    """Everything that its files name is there and can be read."""
    latest = run.latest()
    run.history()
    for step in run.steps():
        assert run.at(step).step == step
    assert latest.step in run.steps()
    if run.can_resume:
        resume_state.load(run.path)
    else:
        assert run.status == "finished", run.status


def equal_runs(path: Path, other: Path) -> None:
    """All but what a clock says."""
    runs = open_run(path), open_run(other)
    contents = [json.loads((run.path / "run.json").read_text()) for run in runs]
    for content in contents:
        content["created"], content["seconds"] = "", 0
    assert contents[0] == contents[1]
    assert (path / "weights.safetensors").read_bytes() == (other / "weights.safetensors").read_bytes()
    assert kept_steps(path) and set(kept_steps(path)) >= set(kept_steps(other)), kept_steps(path)
    for step in kept_steps(other):
        name = f"snapshots/step-{step:09d}.safetensors"
        assert (path / name).read_bytes() == (other / name).read_bytes(), name
    curves = [run.history() for run in runs]
    for mine, theirs in ((c[0], c[1]) for c in zip(*((h.train, h.test) for h in curves), strict=True)):
        for column in mine.keys() - {"seconds"}:
            np.testing.assert_array_equal(mine[column], theirs[column], column)
        assert (np.diff(mine["seconds"]) >= 0).all()


def sweep(home: Path) -> None:
    saegui("train", *TRAIN, *ONE, "--vary", "seed=0,1", "--out", own(home))


def each_of_them_finishes(home: Path, done: Path) -> None:
    for run in folders.list_runs():
        if isinstance(run, BrokenRun):
            assert "holds no run.json" in run.reason, run.reason
            continue
        is_whole(run)
        if run.can_resume:
            saegui("train", "--resume", run.path, *ONE)
            assert open_run(run.path).status == "finished"


# -- runs ---------------------------------------------------------------------------------------------------------------


def rename(home: Path) -> None:
    rename_run(open_run(own(home)), "another name")


def has_one_of_both_names(home: Path, done: Path) -> None:
    (found,) = folders.list_runs()
    assert isinstance(found, Run), found
    is_whole(found)
    content, before, after = (
        json.loads((place / "run.json").read_text()) for place in (own(home), home / "before", own(done))
    )
    assert content in (before, after)


def keep_a_copy(home: Path) -> None:
    train(home)
    shutil.copytree(own(home), home / "before")


def delete(home: Path) -> None:
    binned = folders.delete(open_run(own(home)))
    folders.empty_bin(mine=[binned])


def undo_delete(home: Path) -> None:
    binned = folders.delete(open_run(own(home)))
    folders.restore(binned, own(home))


def is_there_or_gone(home: Path, done: Path) -> None:
    for run in folders.list_runs():
        assert isinstance(run, Run), run
        equal_runs(run.path, home / "before")
    folders.empty_bin()
    left = {path.name for path in (home / "runs").iterdir()}
    assert left <= {"run"}, left


# -- models -------------------------------------------------------------------------------------------------------------


def _files() -> list[Format]:
    """The formats that write one file which is read again."""
    return [format for format in registry.FORMATS.values() if format.read is not None]


def export(home: Path) -> None:
    for format in _files():
        saegui("export", "starter", "--format", format.name, "--out", home / f"model{format.suffix}")


def old_files(home: Path) -> None:
    for format in _files():
        (home / f"model{format.suffix}").write_text("old")


def files_are_old_or_whole(home: Path, done: Path) -> None:
    for format in _files():
        name = f"model{format.suffix}"
        found = (home / name).read_bytes()
        assert found == b"old" or len(found) == len((done / name).read_bytes()), name
        if found != b"old":
            registry.look(home / name)
    export(home)


def bring_in(home: Path) -> None:
    saegui("import", paths.resource("starter") / "weights.safetensors", "--out", own(home))


def is_imported_or_can_be(home: Path, done: Path) -> None:
    listed = folders.list_runs()
    if not listed or isinstance(listed[0], BrokenRun):
        shutil.rmtree(own(home), ignore_errors=True)
        bring_in(home)
    is_whole(open_run(own(home)))


# -- data ---------------------------------------------------------------------------------------------------------------


def download(home: Path) -> None:
    data.load("mnist")


def is_whole_or_fetched_again(home: Path, done: Path) -> None:
    found, expected = data.load("mnist"), np.load(done / "data" / "mnist" / "train_labels.npy")
    np.testing.assert_array_equal(found.train_labels, expected)
    for name in ("train_images", "test_images", "test_labels"):
        kept = [np.load(place / "data" / "mnist" / f"{name}.npy", mmap_mode="r") for place in (home, done)]
        np.testing.assert_array_equal(*kept)


@contextmanager
def mirror(folder: Path) -> Iterator[str]:
    """The address of a server on this machine that delivers the files in ``folder``."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


DEEDS = (
    Deed("train", train, finishes_alike),
    Deed("resume", resume, finishes_alike, stop_half_way),
    Deed("train several", sweep, each_of_them_finishes),
    Deed("rename", rename, has_one_of_both_names, keep_a_copy),
    Deed("delete", delete, is_there_or_gone, keep_a_copy),
    Deed("undo delete", undo_delete, is_there_or_gone, keep_a_copy),
    Deed("export", export, files_are_old_or_whole, old_files),
    Deed("import", bring_in, is_imported_or_can_be),
)
DOWNLOAD = Deed("download", download, is_whole_or_fetched_again)
