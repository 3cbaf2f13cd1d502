"""The README tells the truth: its tables are the program's, its files exist, its commands run."""

from __future__ import annotations

import re

import pytest

from saegui.core.config.presets import PRESETS
from tests.bench import quality, speed
from tools.readme_tables import CHECKOUT, README, filled

TEXT = README.read_text()


def test_the_tables_are_the_programs() -> None:
    assert filled(TEXT) == TEXT, "run python tests/readme_tables.py"


def test_pictures_and_files_that_are_named_exist() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)
    assert len(pictures) >= 2
    tree = TEXT.split("## How the code is laid out")[1].split("```text")[1].split("```")[0]
    folder, named = "", []
    for line in tree.splitlines():
        if match := re.match(r"( *)([\w./]+)  ", line):
            if not match[1]:
                folder = match[2] if match[2].endswith("/") else ""
                named.append(match[2])
            else:
                named.append(folder + match[2])
    assert len(named) > 15
    assert [path for path in pictures + named if not (CHECKOUT / path).exists()] == []


def test_the_first_screen_has_exactly_the_two_commands() -> None:
    first_screen = TEXT.split("![")[0]
    commands = re.findall(r"```sh\n(.*?)\n```", first_screen, re.DOTALL)
    assert commands == [
        "pip install . && saegui demo",
        'pip install -e ".[test]" && python -m pytest',
    ]


def test_every_preset_has_its_measured_row() -> None:
    table = TEXT.split("<!-- results -->")[1].split("<!-- /results -->")[0]
    for name in PRESETS:
        assert re.search(rf"\| `{name}` \| \d", table), name


def measured(name: str) -> list[list[str]]:
    """The cells of a table that a benchmark's output was copied to, row by row, without its head."""
    lines = TEXT.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_family_size_and_revival_has_its_measured_quality() -> None:
    rows = {(family, revival): cells for family, revival, *cells in measured("quality")}
    assert list(rows) == [
        (f"`{family}`", revival) for family in quality.FAMILIES for revival in quality.REVIVALS
    ]
    for cells in rows.values():
        assert len(cells) == len(quality.SIZES)
        for cell in cells:
            assert re.fullmatch(r"0\.\d{4} · \d\.\d{3} · \d+\.\d · \d+ · \d+ s", cell), cell


def test_every_size_has_its_measured_speed() -> None:
    rows = measured("speed")
    assert [row[0] for row in rows] == [f"{F:,}, {k}, {batch:,}" for F, k, batch in speed.SIZES]
    assert {len(row) for row in rows} == {7}


def test_the_best_preset_is_compared_at_both_sizes() -> None:
    rows = {row[0]: row[1:] for row in measured("best")}
    for latents in ("", " --latents 256"):
        ours, before = (float(rows[f"`{name}{latents}`"][0].split(" ± ")[0]) for name in ("best", "modern"))
        assert ours < before


def test_the_system_libraries_are_those_that_ci_installs() -> None:
    listed = set(re.findall(r"apt-get install ([^\n]+)", TEXT)[0].split())
    listed |= set(re.findall(r"apt-get install ([^\n]+)", TEXT)[1].split())
    script = (CHECKOUT / ".ci" / "run").read_text()
    assert listed == {name for name in re.findall(r"\blib[\w.+-]+", script) if not name.endswith(".so")}


@pytest.mark.parametrize(
    "command", ["train", "eval", "encode", "figure", "figures", "presets", "datasets", "runs", "demo"]
)
def test_every_command_that_is_listed_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from saegui.cli import main

    assert f"saegui {command}" in TEXT or f"| {command}" in TEXT
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: saegui" in capsys.readouterr().out
