"""README and docs say what is true: their tables are the program's, their files exist, their commands run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from saegui.cli import COMMANDS
from saegui.core.analysis.metrics import HELP
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import parameters
from saegui.core.data import DATASETS
from saegui.core.families.registry import FAMILIES
from saegui.core.figures import KINDS
from saegui.core.formats.registry import FORMATS
from saegui.ui.panels.latent.sections.registry import SECTIONS
from saegui.ui.panels.registry import PANELS
from tools import contributing_examples, results_tables
from tools.readme_tables import CHECKOUT, MODELS, REFERENCE, filled, model_tables

README = (CHECKOUT / "README.md").read_text()
TEXT = REFERENCE.read_text()
RESULTS = results_tables.RESULTS.read_text()
PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")])
TOP = {"docs", "findings", "CONTRIBUTING.md", "CHANGELOG.md"}
"""What may stand at the top level beside what the program needs."""
ANCHOR = re.compile(r"[^\w\- ]")


def test_the_tables_are_the_programs() -> None:
    assert filled(TEXT) == TEXT, "run python tools/readme_tables.py"
    models = MODELS.read_text()
    assert filled(models, model_tables()) == models, "run python tools/readme_tables.py"


def test_whatever_is_registered_is_in_a_table() -> None:
    names = [*PRESETS, *DATASETS, *FAMILIES, *KINDS, *FORMATS, *HELP]
    names += [parameter.option for parameter in parameters()]
    assert [name for name in names if f"| `{name}` |" not in TEXT] == []
    titles = [*(panel.title for panel in PANELS), *(section.name for section in SECTIONS)]
    assert [title for title in titles if f"| {title} |" not in TEXT] == []
    assert [name for name in COMMANDS if f"| `saegui {name}` |" not in TEXT] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_and_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert anchor in [ANCHOR.sub("", head.lower()).replace(" ", "-") for head in heads], target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Paths of the repository in backticks; ``<x>`` and ``*`` stand for any name. A file to be made is not there yet."""
    text = re.sub(r"Copy this to `[^`]+`", "", page.read_text())
    for path in re.findall(r"`((?:saegui|tests|tools|docs|resources|findings)/[\w./<>*-]*)`", text):
        pattern = re.sub(r"<[^>]+>", "*", path.rstrip("/"))
        assert any(CHECKOUT.glob(pattern)), f"{page.name} names {path}"


def test_the_first_screen_has_exactly_the_two_commands() -> None:
    first_screen = README.split("![")[0]
    commands = re.findall(r"```sh\n(.*?)\n```", first_screen, re.DOTALL)
    assert commands == [
        "pip install . && saegui demo",
        'pip install -e ".[test]" && python -m pytest',
    ]
    assert len(README.splitlines()) < 90


def test_the_command_line_is_shown_in_five_lines_that_are_understood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    block = README.split("## The command line")[1].split("```sh\n")[1].split("```")[0]
    lines = [shlex.split(line, comments=True) for line in block.strip().splitlines()]
    assert len(lines) == 5
    for _, *words in lines:
        if command := COMMANDS.get(words[0]):
            command.parser().parse_args(words[1:])
    assert capsys.readouterr().err == ""


def test_every_measured_table_is_complete() -> None:
    assert results_tables.problems(RESULTS) == []


def test_every_measured_cell_has_its_form() -> None:
    for _, _, *cells in results_tables.rows(RESULTS, "quality"):
        for cell in cells:
            assert re.fullmatch(r"0\.\d{4} · \d\.\d{3} · \d+\.\d · \d+ · \d+ s", cell), cell
    for name in ("speed", "speed cuda"):
        assert {len(row) for row in results_tables.rows(RESULTS, name)} == {7}


def test_the_best_preset_is_better_at_both_sizes() -> None:
    rows = {row[0]: row[1:] for row in results_tables.rows(RESULTS, "best")}
    for latents in ("", " --latents 256"):
        ours, before = (float(rows[f"`{name}{latents}`"][0].split(" ± ")[0]) for name in ("best", "modern"))
        assert ours < before


def test_a_missing_row_is_reported_by_the_command() -> None:
    cut = re.sub(r"^\| `parts-k5` .*\n", "", RESULTS, flags=re.MULTILINE)
    assert results_tables.problems(cut) == ["The table 'results' lacks `parts-k5`."]
    command = [sys.executable, "tools/results_tables.py"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "All tables are complete.\n")


def test_a_table_that_a_benchmark_prints_takes_its_place() -> None:
    printed = "x86_64, 2 processors\nwhat  median\n\n| Preset | MSE |\n| --- | --- |\n| `new` | 0.5 |\n\n"
    changed = results_tables.replaced(RESULTS, "best", printed)
    assert results_tables.rows(changed, "best") == [["`new`", "0.5"]]
    assert results_tables.rows(changed, "results") == results_tables.rows(RESULTS, "results")
    with pytest.raises(ValueError, match="no table"):
        results_tables.replaced(RESULTS, "best", "nothing")


def test_the_system_libraries_are_those_that_ci_installs() -> None:
    found = re.findall(r"apt-get install ([^\n]+)", TEXT)
    listed = {name for line in found for name in line.split()}
    script = (CHECKOUT / ".ci" / "run").read_text()
    assert listed == {name for name in re.findall(r"\blib[\w.+-]+", script) if not name.endswith(".so")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_is_listed_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from saegui.cli import main

    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: saegui" in capsys.readouterr().out


def test_nothing_else_has_joined_the_top_level() -> None:
    known = {".ci", ".gitignore", "LICENSE", "README.md", "main.py", "pyproject.toml", "resources", "saegui"}
    done = subprocess.run(
        ["git", "ls-files", "--cached"], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        pytest.skip("this is no checkout")
    assert {name.split("/")[0] for name in done.stdout.splitlines()} <= known | {"tests", "tools"} | TOP


def test_every_example_is_shown_as_its_file_has_it() -> None:
    text = contributing_examples.PAGE.read_text()
    files = sorted(str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "docs" / "examples").glob("*.py"))
    assert sorted(contributing_examples.shown(text)) == files
    assert contributing_examples.filled(text) == text, "run python tools/contributing_examples.py"


def test_every_example_says_which_new_file_it_becomes() -> None:
    """A file of that name must not be there yet, or following the instruction would overwrite a part of the program."""
    text = contributing_examples.PAGE.read_text()
    for example in contributing_examples.shown(text):
        told = text.split(f"<!-- {example} -->")[0].rsplit("\n## ", 1)[1]
        (named,) = re.findall(r"Copy this to `([^`]+)`", told)
        target = CHECKOUT / named
        assert not target.exists(), target
        folder = target.parent.parent if "Make a folder" in told else target.parent
        assert folder.is_dir(), target
        assert target.suffix == ".py", target


def test_the_layers_are_those_that_the_linter_checks() -> None:
    text = (CHECKOUT / "docs" / "architecture.md").read_text()
    shown = re.findall(r"^\| `(\w+)` \|", text.split("<!-- layers -->")[1].split("<!-- /layers -->")[0], re.M)
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (found["layers"] for found in contracts if found.get("containers") == ["saegui.core"])
    names = [name.strip() for layer in layers for name in layer.split("|")]
    folders = {
        path.name for path in (CHECKOUT / "saegui" / "core").iterdir() if (path / "__init__.py").exists()
    }
    assert shown == [name for name in names if name in folders]
    assert set(shown) == folders


def test_the_names_in_the_diagrams_exist() -> None:
    text = (CHECKOUT / "docs" / "architecture.md").read_text()
    source = "\n".join(path.read_text() for path in (CHECKOUT / "saegui").rglob("*.py"))
    classes = re.findall(r"participant \w as (\w+) \(", text)
    assert len(classes) > 8
    for name in classes:
        assert f"class {name}" in source, name
    calls = re.findall(r": (\w+)\(", text) + re.findall(r"\b(\w+_changed|grow_history|set_snapshot)\b", text)
    for name in calls:
        assert re.search(rf"\b(def {name}\(|{name} = Signal)", source), name
