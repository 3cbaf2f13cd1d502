"""The program with damaged files: a command exits with status 2 after one sentence, and the window shows it as a message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.settings import LIMIT, Settings
from saegui.core.config.schema import RunConfig
from saegui.core.data import adding, load
from saegui.core.data.registry import SOURCES, forget
from saegui.core.runs import resume_state
from saegui.core.runs.run import STARTER_PATH, open_run
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.window.saved_layout import LayoutRefusedError, SavedLayout
from tests.badfiles import data_kinds
from tests.badfiles.damage import ODD, Damage, everywhere, flipped, listing
from tests.badfiles.kinds import KINDS
from tests.badfiles.test_files import fault_in
from tests.cli.conftest import Program, Result
from tests.core.data.tables.writers import WRITERS
from tests.made_up import train_on

TIMEOUT = 30_000
FILES = tuple(everywhere())
Refused = Callable[..., str]
Here = Callable[..., Result]


def damaged_copies(original: Path, folder: Path) -> dict[str, Path]:
    """A copy of the file ``original`` for each damage, in a folder of its own."""
    made = {}
    for place, damage in enumerate(FILES):
        if damage.may_mean_something or damage.odd == "missing":
            continue
        path = made[damage.name] = folder / f"{place}" / original.name
        path.parent.mkdir(parents=True)
        shutil.copy(original, path)
        damage.apply(path)
    return made


def test_every_command_refuses_damaged_files_of_a_run(
    refused: Refused, here: Here, program: Program, drawings: Path
) -> None:
    """Among them some that never end or never begin: a pipe, a device, links to themselves."""
    for place, damage in enumerate(FILES):
        if damage.may_mean_something:
            continue
        run = Path(shutil.copytree(STARTER_PATH, program.folder / f"run-{place}"))
        damage.apply(run / "weights.safetensors")
        before = listing(run)
        for words in (
            ("encode", run.name, "--strokes", drawings, "--out", "codes.npz"),
            ("export", run.name, "--format", "npz", "--out", "model.npz"),
            ("figure", run.name, "--kind", "decoder-grid", "--out", "grid.png"),
        ):
            assert run.name in refused(*words), damage.name
        assert listing(run) == before
    listed = here("runs", ".")
    assert listed.status == 0 and listed.out.count("cannot be opened: ") == place
    assert not list(program.folder.glob("*.*"))


def test_files_that_options_name_are_refused(
    refused: Refused, here: Here, program: Program, drawings: Path
) -> None:
    assert here("export", "starter", "--format", "npz", "--out", "model.npz").status == 0
    asked = {
        drawings: ("encode", "starter", "--out", "codes.npz", "--strokes"),
        program.folder / "model.npz": ("import", "--out", "imported"),
        STARTER_PATH / "weights.safetensors": ("import", "--out", "imported"),
    }
    for place, (original, words) in enumerate(asked.items()):
        for name, path in damaged_copies(original, program.folder / f"bad-{place}").items():
            assert str(path) in refused(*words, path), name
    assert not any((program.folder / name).exists() for name in ("codes.npz", "imported"))


def test_a_resume_state_that_is_damaged_keeps_the_run_as_it_is(
    refused: Refused, here: Here, stopped_run: Path
) -> None:
    for place, damage in enumerate(FILES):
        if damage.may_mean_something:
            continue
        run = Path(shutil.copytree(stopped_run, stopped_run.with_name(f"damaged-{place}")))
        damage.apply(run / resume_state.NAME)
        before = listing(run)
        assert resume_state.NAME in refused("train", "--resume", run, "--threads", 1)
        # The lock's file stays, empty.
        assert {**listing(run), "training.lock": 0} == {**before, "training.lock": 0}, damage.name


@pytest.mark.parametrize(
    "values",
    ["k", "k=", "k=5", "k=5,", "k=,5", "k=5;10", "k=five,six", "k=nan,5", "k=5,1e400", "k=0,5", "k=-1,5", "lr=0,001,1",
     "lr=inf,1", "colour=1,2", "seed=1,2,two", "dataset=mnist,digits", "=1,2", "k=5,10\0", "k=5,5", "latents=10,999999999"],
)  # fmt: skip
def test_values_to_vary_that_mean_nothing_are_refused(
    refused: Refused, program: Program, values: str
) -> None:
    sentence = refused("train", "--dataset", "digits", "--vary", values, "--out", "runs")
    assert sentence.count("\n") == 0 and not (program.folder / "runs").exists()


def test_the_real_program_neither_waits_for_a_pipe_nor_reads_a_device_to_its_end(
    program: Program, drawings: Path
) -> None:
    """In a process of its own, whose streams and memory are its own."""
    for odd in ("pipe", "endless device"):
        run = Path(shutil.copytree(STARTER_PATH, program.folder / odd))
        (run / "run.json").unlink()
        ODD[odd](run / "run.json")
        assert "run.json" in program("encode", run, "--strokes", drawings, "--out", "codes.npz").sentence


def test_the_window_shows_a_message_for_each_damaged_run_and_keeps_what_is_open(
    services: Services, qtbot: QtBot, small_run: Path
) -> None:
    assert services.open_run(small_run)
    told: list[tuple[str, str]] = []
    services.state.notice.connect(lambda level, sentence: told.append((level, sentence)))
    with qtbot.assertNotEmitted(services.errors.raised):
        for place, damage in enumerate(FILES):
            for file in ("run.json", "weights.safetensors", "history.npz"):
                run = Path(shutil.copytree(small_run, small_run.with_name(f"{file}-{place}")))
                damage.apply(run / file)
                if damage.may_mean_something or (file == "run.json" and damage.name == "last byte missing"):
                    continue
                told.clear()
                opened = services.library.open(run)
                # A run without its curves is still worth opening.
                assert opened == (file == "history.npz"), damage.name
                assert [level for level, _ in told] == ["warn" if opened else "bad"], damage.name
                if opened:
                    assert services.library.open(small_run)
        services.library.refresh()
        # Each is listed, the broken ones with their reason, beside the one that is open.
        qtbot.waitUntil(lambda: len(services.library.runs) == 3 * len(FILES) + 1, timeout=TIMEOUT)
    assert services.state.run is not None and services.state.run.path == small_run


def test_the_window_shows_a_message_for_each_damaged_picture_model_and_folder(
    services: Services, theme: Theme, qtbot: QtBot, small_run: Path, tmp_path: Path
) -> None:
    assert services.open_run(small_run)
    qtbot.waitUntil(lambda: not services.jobs.running, timeout=TIMEOUT)
    panel = DrawPanel(services, theme)
    qtbot.addWidget(panel)
    told: list[tuple[str, str]] = []
    services.state.notice.connect(lambda level, sentence: told.append((level, sentence)))
    kinds = {kind.name: kind for kind in KINDS}
    runs = {path.name for path in small_run.parent.iterdir()}
    with qtbot.assertNotEmitted(services.errors.raised):
        for name, use in {
            "PNG picture": panel.open_picture,
            "NumPy arrays to import": services.models.open,
            "packed MNIST images": lambda path: services.data.choose_folder(path.parent),
        }.items():
            kind = kinds[name]
            (folder := tmp_path / name).mkdir()
            kind.make(folder, small_run)
            for damage, path in damaged_copies(folder / kind.file, tmp_path / f"{name}, damaged").items():
                if damage in kind.without:
                    continue
                told.clear()
                use(path)
                qtbot.waitUntil(lambda: not services.jobs.running, timeout=TIMEOUT)
                problem = [("bad", services.data.problem)] if services.data.problem else []
                assert [level for level, _ in told or problem] == ["bad"], (name, damage, told)
                assert path.name in (told or problem)[0][1] or str(path.parent) in (told or problem)[0][1]
    assert {path.name for path in small_run.parent.iterdir()} == runs


@pytest.mark.parametrize(
    "name", ["a text file", "an ONNX model", "a .npz that is added", "a .csv that is added"]
)
def test_the_window_says_what_is_wrong_with_each_damaged_file_that_is_added(
    services: Services, qtbot: QtBot, small_run: Path, tmp_path: Path, name: str
) -> None:
    (kind,) = (kind for kind in data_kinds.KINDS if kind.name == name)
    (folder := tmp_path / "good").mkdir()
    kind.make(folder, small_run)
    added, said, looked = services.added, [], []
    given = {"tensor": "flat", "images": "digits"} if kind.file.endswith(".onnx") else {}
    added.refused.connect(said.append)
    added.inspected.connect(looked.append)
    with qtbot.assertNotEmitted(services.errors.raised):
        for damage, path in damaged_copies(folder / kind.file, tmp_path / "damaged").items():
            if damage in kind.without:
                continue
            said.clear()
            looked.clear()
            added.inspect(path)
            qtbot.waitUntil(lambda: bool(said or looked), timeout=TIMEOUT)
            if looked and (known := added.add(looked[0], given)):
                # Only reading all of it shows what is wrong.
                added.look_into(known)
                qtbot.waitUntil(lambda: bool(said), timeout=TIMEOUT)
                added.forget(known)
            assert len(said) == 1 and fault_in(said[0], path.parent, kind) == "", (damage, said)
    assert services.state.draft["dataset"] in SOURCES


def test_a_run_opens_though_the_file_that_it_was_trained_on_is_damaged(
    services: Services, qtbot: QtBot, own_home: Path, small_run: Path, tmp_path: Path
) -> None:
    good = WRITERS["npy"](tmp_path)
    name = adding.name_of(str(good), {})
    run = train_on(load(name), own_home / "runs" / "rows", epochs=1)
    forget(name)
    content = good.read_bytes()
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    with qtbot.assertNotEmitted(services.errors.raised):
        for damage in FILES:
            if damage.may_mean_something:
                continue
            good.unlink(missing_ok=True)
            good.write_bytes(content)
            damage.apply(good)
            told.clear()
            assert services.open_run(run), damage.name
            qtbot.waitUntil(lambda: not services.data.loading, timeout=TIMEOUT)
            state = services.state
            assert state.is_current(run) and state.snapshot is not None and state.stats is None, damage.name
            said = [*told, services.data.problem]
            assert any("rows.npy" in sentence or str(tmp_path) in sentence for sentence in said), (
                damage.name,
                said,
            )
            if good.is_dir():
                good.rmdir()
            assert services.open_run(small_run)
            qtbot.waitUntil(lambda: not services.data.loading, timeout=TIMEOUT)
    forget(name)


def test_settings_that_are_damaged_give_the_defaults_and_are_kept(own_home: Path) -> None:
    own_home.mkdir(parents=True)
    path = own_home / "settings.ini"
    good = "[General]\ntheme=dark\n[data_folders]\nmnist=/data\n[layout]\ndocks=@ByteArray(x)\n"
    more = [
        Damage("too large", lambda content: content + b"x" * LIMIT),
        Damage("nested brackets", lambda content: b"[" * 5_000 + content),
        Damage("no bytes of text", lambda content: bytes(range(256)) * 9),
    ]
    aside = ("folder", "pipe", "endless device", "empty device", "too large")
    for damage in (*FILES, *flipped(range(12)), *more):
        path.write_text(good)
        damage.apply(path)
        settings = Settings(path)
        assert settings.theme in ("system", "dark"), damage.name
        settings.data_folder("mnist")
        assert settings.layout("docks").size() < LIMIT
        assert (settings.set_aside is not None) == (damage.name in aside), damage.name
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)


def test_a_saved_layout_that_is_damaged_is_refused_whatever_was_changed() -> None:
    good = SavedLayout(
        {"draw": True, "runs": (10, 10, 300, 300)}, (280.0, 400.0, 300.0), b"geometry", b"docks"
    ).encode()
    for damage in (*FILES, *flipped(range(40))):
        if damage.change is None:
            continue
        with pytest.raises(LayoutRefusedError):
            SavedLayout.decode(damage.change(good))
    for cut in range(0, len(good), 7):
        with pytest.raises(LayoutRefusedError):
            SavedLayout.decode(good[:cut])


def test_a_run_with_odd_things_beside_its_files_opens(small_run: Path) -> None:
    """Names that are the program's own, taken by what is no file: they cost what they stand for, and nothing else."""
    for place, (odd, make) in enumerate(ODD.items()):
        run = Path(shutil.copytree(small_run, small_run.with_name(f"odd-{place}")))
        for name in ("training.lock", ".saving.tmp", "step-000000001.safetensors"):
            path = run / ("snapshots" if name.startswith("step") else ".") / name
            path.unlink(missing_ok=True)
            make(path)
        found = open_run(run)
        assert found.latest().n_latents == 24, odd
        assert found.history().train["step"].size
        assert found.steps()[-1] == found.step
        assert not found.can_resume
        assert RunConfig.model_validate(found.config.model_dump())
