"""What is compiled is kept where nobody else can put a file, as it would be run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from saegui.core.files.paths import HOME_VARIABLE

numba = pytest.importorskip("numba")

from saegui.core.training.kernels import compiled  # noqa: E402


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


def test_without_a_folder_everything_is_compiled_all_the_same(own_home: Path) -> None:
    own_home.write_text("a file")
    assert compiled.kept_in.__wrapped__() is None


def test_the_next_process_finds_what_was_compiled(own_home: Path) -> None:
    code = (
        "import numpy as np\n"
        "from saegui.core.training.kernels import crew\n"
        "assert crew._finished(np.full(2, 3)) == 3\n"
        "stats = crew._finished.stats\n"
        "print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))\n"
    )
    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert found == ["0 1\n", "1 0\n"]
