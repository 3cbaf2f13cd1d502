"""What is compiled is kept where nobody else can put a file, as it would be run."""

from __future__ import annotations

import ast
import gc
import inspect
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from saegui.core.files.paths import HOME_VARIABLE

numba = pytest.importorskip("numba")

from numba.core import event  # noqa: E402

from saegui.core.training import kernels  # noqa: E402
from saegui.core.training.kernels import compiled, parts  # noqa: E402


@pytest.fixture
def folder(own_home: Path) -> Path:
    compiled.kept_in.cache_clear()
    found = compiled.kept_in.__wrapped__()
    assert found is not None and found.is_relative_to(own_home)
    return found


def test_only_the_user_can_enter_the_folder(folder: Path) -> None:
    if os.name != "nt":
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name == "nt", reason="other rights")
def test_new_files_that_a_group_may_write_are_no_hindrance(own_home: Path) -> None:
    before = os.umask(0o002)
    try:
        assert compiled.kept_in.__wrapped__() is not None
    finally:
        os.umask(before)


def test_a_full_disk_is_not_used(
    own_home: Path, mounted: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(mounted("5m")))
    assert compiled.kept_in.__wrapped__() is None


@pytest.mark.skipif(os.name == "nt", reason="other rights")
@pytest.mark.parametrize("place", ["folder", "the one above"])
@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_folder_that_others_can_write_into_is_not_used(mode: int, place: str, folder: Path) -> None:
    (folder if place == "folder" else folder.parent).chmod(mode)
    assert compiled.kept_in.__wrapped__() is None


@pytest.mark.skipif(os.name == "nt", reason="other rights")
def test_a_link_to_another_folder_is_not_used(folder: Path, tmp_path: Path) -> None:
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    assert compiled.kept_in.__wrapped__() is None


def test_what_other_versions_and_processors_compiled_is_removed_when_it_was_not_used_for_long(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("mine")
    (folder / "own").write_text("machine code")
    for name in ("1234-numba-0.1-486", "5678-numba-0.2-znver9"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "kernel.nbc").write_text("machine code")
    (folder.parent / "link").symlink_to(tmp_path / "precious")
    long_ago = time.time() - compiled.UNUSED - 60
    for old in (folder, folder.parent / "1234-numba-0.1-486", tmp_path / "precious"):
        os.utime(old, (long_ago, long_ago))
    assert compiled.kept_in.__wrapped__() == folder
    assert {each.name for each in folder.parent.iterdir()} == {folder.name, "5678-numba-0.2-znver9", "link"}
    assert (folder / "own").exists() and (tmp_path / "precious" / "file").exists()
    # It has been used now.
    assert time.time() - folder.stat().st_mtime < 3600


def test_without_a_folder_everything_is_compiled_all_the_same(own_home: Path) -> None:
    own_home.write_text("a file")
    assert compiled.kept_in.__wrapped__() is None


def test_the_next_process_finds_what_was_compiled(own_home: Path) -> None:
    code = (
        "import numpy as np\n"
        "from saegui.core.training.kernels import crew\n"
        "crew._wait(np.full(16, 3), 3)\n"
        "stats = crew._wait.stats\n"
        "print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))\n"
    )
    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    # The first finds what the process has compiled that it has asked.
    assert found == ["1 0\n", "1 0\n"]


def test_parts_are_compiled_within_kernels_alone(own_home: Path) -> None:
    """With a version of numba that was not tried they are compiled on their own, too: the same kernels, later."""
    code = (
        "import sys\n"
        "import numba\n"
        "from saegui.core.training.kernels import parts\n"
        "parts.TRIED = parts.TRIED if sys.argv[1] == 'tried' else ()\n"
        "from saegui.core.training.kernels import crew\n"
        "crew.all_done.compile((numba.int64[::1], numba.int64))\n"
        "(compiled,) = crew.all_done.overloads.values()\n"
        "print(type(compiled.library).__module__)\n"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code, which], capture_output=True, text=True, check=True
        ).stdout.strip()
        for which in ("tried", "others")
    ]
    assert numba.version_info.short in parts.TRIED, "try it with this version of numba"
    assert found == [parts.__name__, "numba.core.codegen"]


def test_cycles_are_collected_again_when_all_is_compiled(own_home: Path) -> None:
    seen: list[bool] = []

    class Listener(event.Listener):  # type: ignore[misc]
        def on_start(self, event: event.Event) -> None:
            seen.append(gc.isenabled())

        def on_end(self, event: event.Event) -> None:
            pass

    @compiled.inlined
    def one(x: float) -> float:
        return x + 1

    @compiled.kernel
    def two(x: float) -> float:
        return one(x)

    @compiled.kernel
    def failing(x: float) -> object:
        return x.nothing  # type: ignore[attr-defined]

    listener = Listener()
    event.register("numba:compile", listener)
    try:
        assert two(1.0) == 2.0
        with pytest.raises(numba.TypingError):
            failing(1.0)
    finally:
        event.unregister("numba:compile", listener)
    assert len(seen) >= 3 and not any(seen)
    assert gc.isenabled()


def test_parts_are_not_compiled_for_single_numbers() -> None:
    """numba compiles a part once more for each number that is written out in a call: the tiles alone six times, a third of the whole."""
    modules = {
        source.stem: import_module(f"{kernels.__name__}.{source.stem}")
        for source in Path(compiled.__file__).parent.glob("[!_]*.py")
    }
    trees = {name: ast.parse(inspect.getsource(module)) for name, module in modules.items()}
    inlined = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(each, ast.Name) and each.id == "inlined" for each in node.decorator_list)
    }
    assert {"multiply", "all_done", "dot"} <= inlined
    written_out = [
        f"{name}, line {node.lineno}: {ast.unparse(argument)} in a call of {node.func.id}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in inlined
        for argument in node.args
        if (isinstance(argument, ast.Constant) and type(argument.value) is int)
        or (isinstance(argument, ast.Name) and type(getattr(modules[name], argument.id, None)) is int)
    ]
    assert not written_out
