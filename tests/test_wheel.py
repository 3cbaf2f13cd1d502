"""An installed wheel works like the checkout: resources included, window and command line."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tools.readme_tables import CHECKOUT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a virtual environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(CHECKOUT),
    ]
    subprocess.run(build, check=True, capture_output=True, text=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    site = next((folder / "venv" / "lib").glob("python*")) / "site-packages"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True, text=True)
    # The dependencies weigh gigabytes; they are borrowed, the package itself is not: site-packages of its own comes first.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SAEGUI_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [str(python), *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_it_is_the_wheel_that_runs_and_it_has_its_resources(installed: Path, tmp_path: Path) -> None:
    code = "import saegui; from saegui.core.files import paths; print(saegui.__file__, paths.resource('starter/run.json').exists())"
    done = run(installed, tmp_path, "-c", code)
    file, exists = done.stdout.split()
    assert str(installed.parents[1]) in file and exists == "True"


def test_the_command_line_of_the_wheel_opens_the_starter_run(installed: Path, tmp_path: Path) -> None:
    done = run(
        installed,
        tmp_path,
        "-m",
        "saegui",
        "figure",
        "starter",
        "--kind",
        "decoder-grid",
        "--out",
        "grid.png",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "grid.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_demo_of_the_wheel_ends_well_with_a_clean_log(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-m", "saegui", "demo", "--exit", "--out", "demo")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "light up" in done.stdout and str(tmp_path / "demo") in done.stdout
    found = {path.name for path in (tmp_path / "demo").iterdir()}
    assert {"window-light.png", "window-dark.png"} <= found
    for ending in ("-decoder-grid.png", "-curves.csv", "-activation-pattern.png"):
        assert any(name.endswith(ending) for name in found), ending
