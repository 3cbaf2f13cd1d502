"""Folders of runs: what is listed, where a new run goes, and what was deleted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders
from saegui.core.runs.run import BrokenRun, open_run
from saegui.core.runs.writer import RunWriter
from tests.core.files.test_leftovers import name_of_a_dead_process


def edit(run: Path, **changes: Any) -> None:
    """Change what run.json says."""
    content = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(content | changes))


class TestListing:
    def test_newest_first_without_files_and_hidden_folders(self, small_run: Path) -> None:
        for name, created in (("old", "2020"), ("new", "2099")):
            path = small_run.with_name(name)
            shutil.copytree(small_run, path)
            edit(path, created=created, name=name)
        (small_run.parent / "notes.txt").write_text("")
        (small_run.parent / ".hidden").mkdir()
        (small_run.parent / "broken").mkdir()
        assert [run.path.name for run in folders.list_runs()] == ["new", "small", "old", "broken"]

    def test_trainings_that_were_killed_before_their_first_save_are_listed_wherever_they_are(
        self, small_run: Path
    ) -> None:
        shutil.copytree(small_run, small_run.parent / "sweep" / "seed-0")
        for begun in (small_run.parent / "alone", small_run.parent / "sweep" / "seed-1"):
            begun.mkdir()
            (begun / "training.lock").touch()
            reasons = {
                run.path: run.reason
                for found in (folders.list_runs(), folders.list_inside(begun.parent))
                for run in found
                if isinstance(run, BrokenRun)
            }
            said = "holds no run.json, because its training ended before its first save; delete it."
            assert reasons[begun] == f"{begun} {said}"

    def test_a_folder_that_holds_other_things_too(self, small_run: Path, tmp_path: Path) -> None:
        for name in ("one", "two", ".deleted"):
            shutil.copytree(small_run, tmp_path / "mixed" / name)
        (tmp_path / "mixed" / "pictures").mkdir()
        (tmp_path / "mixed" / "broken").mkdir()
        (tmp_path / "mixed" / "broken" / "run.json").write_text("")
        found = folders.list_inside(tmp_path / "mixed")
        assert sorted(run.path.name for run in found) == ["broken", "one", "two"]

    def test_those_that_were_trained_together_are_listed_one_by_one(self, small_run: Path) -> None:
        for name in ("k-5", "k-10"):
            shutil.copytree(small_run, small_run.parent / "series" / name)
        assert sorted(run.path.name for run in folders.list_runs()) == ["k-10", "k-5", "small"]

    def test_a_neighbour_that_may_not_be_looked_into_is_passed_by(
        self, small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Which root may: so the system's refusal is played."""
        for name in ("closed", "open"):
            shutil.copytree(small_run, tmp_path / "mixed" / name)
        is_file = Path.is_file

        def refusing(path: Path) -> bool:
            if path.parent.name == "closed":
                raise PermissionError(13, "Permission denied")
            return is_file(path)

        monkeypatch.setattr(Path, "is_file", refusing)
        assert [run.path.name for run in folders.list_inside(tmp_path / "mixed")] == ["open"]
        assert folders.list_inside(tmp_path / "nowhere") == []

    def test_equal_names_are_distinguished_by_their_folders(self) -> None:
        found = [(Path("a/k-5"), "k 5"), (Path("b/k-5"), "k 5"), (Path("b/k-7"), "k 7")]
        assert folders.unique_titles(found) == ["k 5 (a/k-5)", "k 5 (b/k-5)", "k 7"]

    def test_no_folder_is_no_runs(self, tmp_path: Path) -> None:
        assert folders.list_runs(tmp_path / "nowhere") == []

    def test_a_file_in_the_way(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(RunError, match="file cannot be listed"):
            folders.list_runs(tmp_path / "file")

    def test_new_paths_never_meet(self, own_home: Path) -> None:
        found = set()
        for _ in range(4):
            path = folders.new_path(RunConfig())
            assert path.parent == paths.runs_dir()
            path.mkdir(parents=True)
            found.add(path)
        assert len(found) == 4

    @pytest.mark.parametrize(
        ("values", "end"),
        [
            ({"k": 5}, "topk-64-k-5"),
            ({"arch": "matryoshka"}, "matryoshka-64-k-10"),
            ({"arch": "relu_l1"}, "relu_l1-64-l1-0.0015"),
            ({"arch": "jumprelu", "l0_weight": 1e-5}, "jumprelu-64-l0-weight-1e-05"),
            ({"arch": "gated", "n_latents": 7}, "gated-7-l1-0.0015"),
            ({"arch": "kl"}, "kl-64-rho-0.05"),
        ],
    )
    def test_names_of_folders_have_the_parameter_that_makes_codes_sparse(
        self, values: dict[str, Any], end: str
    ) -> None:
        assert folders.new_path(RunConfig(**values)).name.split("-", 2)[2] == end


class TestDeleting:
    def test_can_be_undone(self, small_run: Path) -> None:
        before = {file: file.read_bytes() for file in small_run.rglob("*") if file.is_file()}
        run = open_run(small_run)
        kept = folders.delete(run)
        assert folders.list_runs() == []
        folders.restore(kept, small_run)
        assert [run.path for run in folders.list_runs()] == [small_run]
        assert {file: file.read_bytes() for file in small_run.rglob("*") if file.is_file()} == before

    def test_two_of_one_name(self, small_run: Path) -> None:
        first = folders.delete(open_run(small_run))
        RunWriter(small_run, RunConfig())
        second = folders.delete(BrokenRun(small_run, "no run.json"))
        assert first != second
        folders.restore(first, small_run)
        with pytest.raises(RunError, match=f"still at {second}"):
            folders.restore(second, small_run)
        assert second.is_dir()

    def test_emptying_the_bin_is_for_good_but_another_window_keeps_its_own(self, small_run: Path) -> None:
        kept = folders.delete(open_run(small_run))
        dead = kept.parent.with_name(name_of_a_dead_process("bin"))
        shutil.copytree(kept.parent, dead)
        folders.empty_bin()
        assert kept.exists() and not dead.exists()
        folders.restore(kept, small_run)
        folders.empty_bin(mine=[folders.delete(open_run(small_run))])
        assert list(small_run.parent.iterdir()) == []

    def test_one_that_is_gone_already(self, small_run: Path) -> None:
        run = open_run(small_run)
        folders.delete(run)
        with pytest.raises(RunError, match="cannot be deleted"):
            folders.delete(run)


class TestPlaces:
    def test_an_empty_folder_may_be_used(self, tmp_path: Path) -> None:
        (tmp_path / "run").mkdir()
        folders.check_new(tmp_path / "run")
        folders.check_new(tmp_path / "new" / "deep" / "run")

    def test_what_is_there_is_never_overwritten(self, small_run: Path, tmp_path: Path) -> None:
        for path in (small_run, small_run / "run.json"):
            with pytest.raises(RunError, match="exists already"):
                folders.check_new(path)
            with pytest.raises(RunError, match="exists already"):
                RunWriter(path, RunConfig())

    def test_below_a_file_there_is_no_folder(self, small_run: Path) -> None:
        with pytest.raises(RunError, match=r"run\.json is a file"):
            folders.check_new(small_run / "run.json" / "a" / "b")


@pytest.mark.parametrize("content", [None, b"", b"foreign", "half"])
def test_a_run_without_readable_weights_is_listed_with_the_reason(
    small_run: Path, content: bytes | str | None
) -> None:
    weights = small_run / "weights.safetensors"
    if content is None:
        weights.unlink()
    else:
        whole = weights.read_bytes()
        weights.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    (listed,) = folders.list_runs(small_run.parent)
    assert isinstance(listed, BrokenRun)
    assert "weights.safetensors" in listed.reason


def test_those_that_began_together_are_in_the_order_of_what_is_varied(
    small_run: Path, tmp_path: Path
) -> None:
    names = ["k-5-lr-0.001", "k-5-lr-1", "k-10-lr-0.001", "k-10-lr-1"]
    for name in ("k-10-lr-1", "k-5-lr-1", "k-10-lr-0.001", "k-5-lr-0.001"):
        shutil.copytree(small_run, tmp_path / "series" / name)
    shutil.copytree(small_run, tmp_path / "series" / "newer")
    edit(tmp_path / "series" / "newer", created="2099")
    found = folders.list_inside(tmp_path / "series")
    assert [run.path.name for run in found] == ["newer", *names]


def test_the_newest_is_not_one_that_diverged_unless_there_is_no_other(
    small_run: Path, tmp_path: Path
) -> None:
    series = tmp_path / "series"
    for name, created in (("old", "2020"), ("new", "2099")):
        shutil.copytree(small_run, series / name)
        edit(series / name, created=created)
    edit(series / "new", status="diverged")
    assert folders.newest_inside(series) == series / "old"
    edit(series / "old", status="diverged")
    assert folders.newest_inside(series) == series / "new"
