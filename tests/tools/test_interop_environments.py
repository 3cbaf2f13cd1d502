"""The script of the nightly check: what is made anew, and what stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import interop_environments
from tools.interop_environments import ENVIRONMENTS, is_made, main, wanted


def test_only_what_is_missing_or_of_other_versions_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *rest = ENVIRONMENTS
    for name in (first, second):
        (tmp_path / name).mkdir()
        (tmp_path / name / "made-of.txt").write_text("\n".join(wanted(name)) + "\n", "utf-8")
    (tmp_path / second / "made-of.txt").write_text("torch==1.0\n", "utf-8")
    assert is_made(tmp_path, first) and not is_made(tmp_path, second)
    made: list[str] = []
    monkeypatch.setattr(interop_environments, "make", lambda folder, name: made.append(name))
    main(["--missing", str(tmp_path)])
    assert made == [second, *rest]
    made.clear()
    main([str(tmp_path), first])
    assert made == [first]
    with pytest.raises(SystemExit):
        main([str(tmp_path), "nothing"])
    assert f"choose from {first}, {second}" in capsys.readouterr().err


def test_every_package_has_one_version() -> None:
    for name in ENVIRONMENTS:
        assert all("==" in package or "@" in package for package in wanted(name))
