"""What is remembered between starts, and what a damaged file does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from saegui.app.settings import LIMIT, Setting, Settings, choice, read_bool, switch, write_bool
from tests.core.runs.test_writer import make_read_only, make_writable

SORT = choice("grid/sort", "density", ("density", "index"))
LOG = switch("curves/log", default=True)
MORE: Setting[bool | None] = Setting("train/more", None, read_bool, write_bool)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


def test_a_value_is_remembered(file: Path) -> None:
    settings = Settings(file)
    assert (settings.get(SORT), settings.get(LOG), settings.get(MORE)) == ("density", True, None)
    settings.set(SORT, "index")
    settings.set(LOG, False)
    settings.set(MORE, False)
    assert (settings.get(SORT), settings.get(LOG), settings.get(MORE)) == ("index", False, False)
    settings.flush()
    again = Settings(file)
    assert (again.get(SORT), again.get(LOG), again.get(MORE)) == ("index", False, False)


def test_files_of_earlier_versions_are_read(file: Path) -> None:
    file.write_text(
        "[General]\ntheme=dark\ndata_dir=/data\nlast_run=/runs/a\nexport_dir=/figures\n"
        "[train]\nmore=true\n[curves]\nlog=false\n[grid]\nsort=index\n"
    )
    settings = Settings(file)
    assert (settings.get(SORT), settings.get(LOG), settings.get(MORE)) == ("index", False, True)
    assert (settings.theme, settings.last_run) == ("dark", "/runs/a")
    assert (settings.data_folder("mnist"), settings.export_dir) == (Path("/data"), Path("/figures"))


def test_a_text_that_means_nothing_is_replaced_by_the_default(file: Path) -> None:
    file.write_text("[General]\ntheme=pink\n[train]\nmore=perhaps\n[curves]\nlog=a, b\n[grid]\nsort=size\n")
    settings = Settings(file)
    assert (settings.get(SORT), settings.get(LOG), settings.get(MORE)) == ("density", True, None)
    assert settings.theme == "system"


def test_a_value_that_a_setting_cannot_have_is_refused_and_nothing_is_written(file: Path) -> None:
    settings = Settings(file)
    with pytest.raises(ValueError, match="grid/sort is 'size'; it is one of density, index"):
        settings.set(SORT, "size")
    assert settings.get(SORT) == "density"


def test_each_data_set_has_its_own_folder_and_the_one_for_this_start_is_not_remembered(file: Path) -> None:
    file.write_text("[General]\ndata_dir=/former\n")
    settings = Settings(file)
    settings.data_dir = Path("/once")
    settings.set_data_folder("other", Path("/others"))
    assert (settings.data_folder("mnist"), settings.data_folder("third")) == (Path("/former"), None)
    settings.set_data_folder("mnist", Path("/kept"))
    settings.flush()
    again = Settings(file)
    assert (again.data_folder("mnist"), again.data_folder("other")) == (Path("/kept"), Path("/others"))
    assert again.data_dir is None
    again.set_data_folder("mnist", None)
    assert again.data_folder("mnist") is None, "not the former one again"


def test_a_file_that_grew_without_bounds_is_set_aside_unread(file: Path) -> None:
    file.write_bytes(b"[grid]\nsort=index\n[layout]\ndocks=" + b"x" * LIMIT)
    settings = Settings(file)
    assert settings.get(SORT) == "density"
    assert settings.set_aside == file.with_name("settings.too-large.ini") and settings.set_aside.exists()
    settings.set(SORT, "index")
    settings.flush()
    again = Settings(file)
    assert (again.get(SORT), again.set_aside) == ("index", None)


@pytest.mark.parametrize("there", ["nothing", "a good file", "a pipe", "a huge file"])
def test_where_nothing_can_be_written_settings_are_for_this_start_and_say_so(
    mounted: Callable[[str], Path], there: str
) -> None:
    disk = mounted("3m")
    file = disk / "settings.ini"
    if there == "a pipe":
        os.mkfifo(file)
    elif there != "nothing":
        file.write_text("[grid]\nsort=index\n" + ("" if there == "a good file" else "#" * LIMIT))
    make_read_only(disk)
    try:
        settings = Settings(file)
        assert settings.get(SORT) == ("index" if there == "a good file" else "density")
        assert settings.not_kept == (
            f"Settings are not kept: {file} cannot be written (Read-only file system); "
            "make its disk writable again or set SAEGUI_HOME to another folder."
        )
        settings.set(LOG, False)
        settings.flush()
        assert settings.get(LOG) is False and settings.set_aside is None
    finally:
        make_writable(disk)


def test_a_file_in_the_way_of_the_folder_is_named_and_a_disk_that_became_read_only_is_said_at_the_end(
    mounted: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    disk = mounted("1m")
    (disk / "file").touch()
    below = Settings(disk / "file" / "home" / "settings.ini")
    assert f"{disk / 'file'} is a file); move the file in its way or set SAEGUI_HOME" in below.not_kept
    settings = Settings(disk / "settings.ini")
    assert settings.not_kept == ""
    make_read_only(disk)
    try:
        settings.set(LOG, False)
        settings.flush()
        assert "Settings are not kept" in capsys.readouterr().err
    finally:
        make_writable(disk)
