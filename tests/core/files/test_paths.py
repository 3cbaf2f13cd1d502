"""Files are replaced in one step, or stay as they were."""

from __future__ import annotations

import errno
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


def test_staged_files_are_written_at_once_and_reach_the_disk_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = set[int](), os.fsync

    def seen(file: int) -> None:
        fsync(file)
        synced.add(os.fstat(file).st_ino)

    monkeypatch.setattr(os, "fsync", seen)
    with paths.staging(tmp_path) as staged:
        (staged / "deeper").mkdir()
        files = [staged / "a", staged / "deeper" / "b"]
        for file in files:
            paths.write_text(file, "half", staged=True)
            paths.write_text(file, file.name, staged=True)
        assert [file.read_text() for file in files] == ["a", "b"] and not synced
        paths.sync(staged)
        assert synced == {file.stat().st_ino for file in files}
    assert not list(tmp_path.iterdir())


def test_a_staged_file_that_does_not_reach_the_disk_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        paths.write_text(tmp_path / name, name, staged=True)
    bad, fsync = (tmp_path / "b").stat().st_ino, os.fsync

    def failing(file: int) -> None:
        if os.fstat(file).st_ino == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(file)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="Input/output error"):
        paths.sync(tmp_path)


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


def test_folders_that_were_made_for_a_write_that_failed_are_removed(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for place in ("new/deeper/file", f"new/{'n' * 300}/file", "old/file"):
        with pytest.raises(OSError), paths.replacing(tmp_path / place):  # noqa: PT011 - the reason depends on the place
            raise OSError("disk full")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("folder", "a folder"),
        ("pipe", "a named pipe"),
        ("dangling", "a link to a file that does not exist"),
        ("loop", "a link that leads back to itself"),
    ],
)
def test_what_cannot_be_read_to_its_end_is_known_without_opening_it(
    kind: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("odd" if kind == "loop" else "nowhere")
    assert paths.unreadable_kind(path) == words
    with pytest.raises(OSError, match=f"it is {words}"):
        paths.check_file(path)
    assert paths.unreadable_kind(tmp_path / "absent") == ""
    with pytest.raises(FileNotFoundError):
        paths.check_file(tmp_path / "absent")
    assert paths.unreadable_kind(Path("/dev/null")) == "a device"
