"""Files are replaced in one step, or stay as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from saegui.core.files import paths


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    paths.write_text(path, "old")

    def fail() -> None:
        with paths.replacing(path) as temporary:
            temporary.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_files_follow_the_umask_which_other_threads_need_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o027)
    try:
        # It belongs to the whole process: reading it means setting it, under the feet of every other thread.
        monkeypatch.delattr(os, "umask")
        paths.write_text(tmp_path / "file", "text")
        monkeypatch.undo()
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
