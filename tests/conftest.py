"""Fixtures that every test can use."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Before the modules of tests bring in all libraries; pytest-qt loads Qt in any case.
import saegui.app  # noqa: F401
from saegui.core.data.sources.mnist_family import MNIST
from saegui.core.files.paths import HOME_VARIABLE
from tests.made_up import added
from tests.mirror import VARIABLES, Mirror

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from saegui.app.services import Services
    from saegui.core.data import Dataset
    from saegui.ui.theme.theme import Theme

# A test needs no screen; set the variable to look at what one does.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Every process would measure which way of training is the fastest, and compile kernels; tests of that name the way themselves.
os.environ.setdefault("SAEGUI_WAY", "torch")

CHECKOUT = Path(__file__).parents[1]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """What modules of tests have made while they are imported, such as compiled kernels, is kept for the next run, and not in
    the user's own folder."""
    if HOME_VARIABLE not in os.environ and hasattr(config, "cache"):
        os.environ[HOME_VARIABLE] = str(config.cache.mkdir("home"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes (``--dist loadfile --no-loadscope-reorder``) files with slow tests come first, those with few
    tests last: no process has a long file left to do when the others have ended."""
    if not hasattr(config, "workerinput"):
        return
    counts = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, -counts[item.path], item.path))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """What the modules of tests import stays: cycles are neither looked for in it meanwhile nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    """What tests set aside (see below) is given back, so that the interpreter can end in good order."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the checkout; tests that need it skip where it is missing."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data is missing: {folder}")
    return folder


@pytest.fixture(scope="session")
def mnist_dir(shared_data: Path) -> Path:
    """The four original MNIST files, gzip-packed."""
    folder = shared_data / "MNIST" / "raw"
    if not folder.is_dir():
        pytest.skip(f"MNIST is missing: {folder}")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing a test does touches the user's own data, runs or settings."""
    home = tmp_path / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    return home


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """``mounted(size)``: the folder of a new real disk of that size, such as ``"5m"``; the test skips where none can be made."""
    disks: list[Path] = []

    def mount(size: str) -> Path:
        disk = tmp_path / f"disk-{len(disks)}"
        disk.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
        disks.append(disk)
        return disk

    yield mount
    for disk in disks:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture
def mirror(mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """The only mirror there is."""
    mirror = Mirror(mnist_dir)
    monkeypatch.setenv(MNIST.variable, mirror.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield mirror
    mirror.close()


@pytest.fixture
def second_mirror(mirror: Mirror, mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Another one, asked after ``mirror``."""
    second = Mirror(mnist_dir)
    monkeypatch.setenv(MNIST.variable, f"{mirror.url} {second.url}")
    yield second
    second.close()


@pytest.fixture
def made_up() -> Iterator[None]:
    """The program has the small data sets of every kind of shape in :mod:`tests.made_up`. Ask for it before ``services``."""
    with added():
        yield


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mirror refuses the connection."""
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "http://127.0.0.1:9/mnist/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="session")
def _digits_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("digits")


@pytest.fixture(scope="session")
def digits(_digits_home: Path) -> Dataset:
    """The built-in digits: real, small, always there."""
    from saegui.core import data

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(_digits_home))
        return data.load("digits")


@pytest.fixture
def digits_cached(digits: Dataset, _digits_home: Path, own_home: Path) -> None:
    """The test's own home has the digits already, so that they are not made from scikit-learn's once more."""
    shutil.copytree(_digits_home / "data", own_home / "data", copy_function=os.link, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def _small_run(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from saegui.core.config.presets import PRESETS
    from saegui.core.training.devices import use_threads
    from saegui.core.training.session import Session

    use_threads(1)
    changes = {"dataset": "digits", "n_latents": 24, "k": 4, "epochs": 6, "batch_size": 64}
    config = PRESETS["modern"].config.model_copy(update=changes)
    session = Session(config, digits, tmp_path_factory.mktemp("small") / "run", name="small run")
    while not session.done:
        session.advance()
    session.close()
    return session.run.path


@pytest.fixture
def small_run(_small_run: Path, own_home: Path) -> Path:
    """A run that was really trained (24 latents, k 4, built-in digits), in the window's list of runs; a copy each time."""
    return Path(shutil.copytree(_small_run, own_home / "runs" / "small"))


@pytest.fixture
def stopped_run(digits: Dataset, own_home: Path) -> Path:
    """A run that was stopped in its second of three epochs, in the window's list of runs."""
    from saegui.core.config.schema import RunConfig
    from saegui.core.training.devices import use_threads
    from saegui.core.training.session import Session

    use_threads(1)
    config = RunConfig(dataset="digits", n_latents=16, k=3, epochs=3, batch_size=64)
    session = Session(config, digits, own_home / "runs" / "stopped", name="stopped run")
    while session.trainer.epoch < 1.5:
        session.advance()
    session.close()
    return session.run.path


@pytest.fixture
def services(qtbot: QtBot, digits_cached: None) -> Iterator[Services]:
    """Everything behind the window; a training that a test leaves running is stopped."""
    from saegui.app.services import Services

    made = Services()
    yield made
    if made.state.busy:
        made.training.stop()
        qtbot.waitUntil(lambda: not made.state.busy, timeout=20_000)
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def theme(services: Services) -> Theme:
    """The theme that panels are given."""
    from saegui.ui.theme.theme import Theme

    return Theme(services.settings, services)


@pytest.fixture(autouse=True)
def _nobody_s_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line makes its process saegui's own; run inside a test, it must not do so for the tests after it."""
    from saegui.core import gc_pause

    monkeypatch.setattr(gc_pause._Own, "process", False)


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a Qt test that leaves a running thread or a running timer behind."""
    if "qtbot" not in request.fixturenames and "qapp" not in request.fixturenames:
        yield
        return
    # Set up before the fixtures that make widgets, so torn down after them. What exists already is set aside, torch's
    # half a million objects among it, so that only this test's own are looked through.
    gc.freeze()
    # As in saegui's window: where another thread collects widgets, the process may crash.
    gc.disable()
    yield
    gc.enable()
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from shiboken6 import createdByPython, isValid

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    # type(), not isinstance: some of torch's objects warn when they are asked for their class. What Qt made itself, such
    # as the threads of a pool, it deletes without telling Python: such an object looks valid and may not be touched.
    found = [
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), QThread | QTimer) and createdByPython(thing) and isValid(thing)
    ]
    left = [f"thread {thing!r}" for thing in found if isinstance(thing, QThread) and thing.isRunning()]
    left += [f"timer {thing!r}" for thing in found if isinstance(thing, QTimer) and thing.isActive()]
    assert not left, f"left behind: {left}"


@pytest.fixture(autouse=True)
def _no_window_left_behind() -> Iterator[None]:
    """Fails any test, whichever fixtures it asked for, after which a window stands where the next test points the mouse."""
    yield
    # Without Qt there is no window, and it is not imported to find that out.
    widgets, gui = sys.modules.get("PySide6.QtWidgets"), sys.modules.get("PySide6.QtGui")
    if widgets is None or gui is None or widgets.QApplication.instance() is None:
        return
    # Those without a widget too, such as what is dragged.
    shown = [*widgets.QApplication.topLevelWidgets(), *gui.QGuiApplication.topLevelWindows()]
    left = {f"{thing!r}": thing for thing in shown if thing.isVisible()}
    for thing in left.values():
        # Only this test is named, and the next ones do not fail for it.
        thing.hide()
    assert not left, f"windows left behind: {list(left)}"


@pytest.fixture
def small_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures have fewer dots an inch: what they show is the same, and they are saved in half the time."""
    from saegui.core.figures import paper

    monkeypatch.setattr(paper, "DPI", 30)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Trains with one thread: equal weights everywhere, and small products lose nothing by it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
