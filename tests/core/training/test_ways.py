"""The way a step is computed: measured once, kept, recorded in the run, and taken again by a resumed training."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saegui.core.config.schema import RunConfig, make
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, RunError
from saegui.core.files.paths import HOME_VARIABLE
from saegui.core.runs.run import open_run
from saegui.core.training import devices, ways
from saegui.core.training.gradients.plan import BY_LIMITS, DENSE, KERNELS, SPARSE_WAY, WAYS
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.session import Session
from saegui.core.training.sweep import Sweep
from saegui.core.training.trainer import Trainer
from tests.badfiles.damage import Damage, everywhere

torch = pytest.importorskip("torch")
pytest.importorskip("numba")
pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = make({"dataset": "digits", "n_latents": 24, "k": 4, "batch_size": 100, "epochs": 2})


@pytest.fixture(autouse=True)
def _no_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ways.VARIABLE, raising=False)


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every training is long enough to be measured."""
    monkeypatch.setattr(ways, "LEAST_WORK", 0)


def kept(way: str, seconds: object = 1.0) -> dict[str, object]:
    """What is kept of a kind of training for which ``way`` is the fastest."""
    return {"way": way, "busy": False, "seconds": {way: seconds}}


def weights_of(session: Session) -> list[bytes]:
    return [weight.numpy().tobytes() for weight in session.trainer.weights.values()]


class TestMeasured:
    def test_once_and_kept(self, long: None, own_home: Path, digits: Dataset) -> None:
        first = Trainer(CONFIG, digits).way
        file = own_home / "ways.json"
        (key,) = json.loads(file.read_text())
        assert first in (DENSE, SPARSE_WAY, KERNELS) and devices.processor() in key
        # Whatever is kept is taken.
        for way in WAYS:
            file.write_text(json.dumps({key: kept(way)}))
            assert Trainer(CONFIG, digits).way == way

    def test_again_whatever_happened_to_the_file(
        self, long: None, own_home: Path, monkeypatch: pytest.MonkeyPatch, digits: Dataset
    ) -> None:
        monkeypatch.setattr(ways, "SECONDS", 0)
        Trainer(CONFIG, digits)
        file = own_home / "ways.json"
        (key,), good = json.loads(file.read_text()), file.read_bytes()
        wrong = [
            [1],
            {key: KERNELS},
            {key: kept("quickly")},
            *({key: kept(DENSE) | change} for change in ({"way": []}, {"busy": 1}, {"seconds": [1]}, {"more": 1})),
            *({key: kept(DENSE, seconds)} for seconds in (float("nan"), float("inf"), -1.0, "1", True, None, 2**70)),
            {key: {**kept(DENSE), "seconds": {DENSE: 2.0, KERNELS: 1.0}}},
            {key.replace(devices.processor(), "Another Processor"): kept(DENSE)},
        ]  # fmt: skip
        damages = [Damage(str(each), lambda _, each=each: json.dumps(each).encode()) for each in wrong]  # type: ignore[misc]
        damages.append(Damage("nested", lambda _: b"[" * 100_000))
        damages.append(Damage("huge", lambda content: content + b" " * 2**20))
        for damage in (*everywhere(), *damages):
            file.write_bytes(good)
            damage.apply(file)
            if damage.name == "folder":
                assert Trainer(CONFIG, digits).way == BY_LIMITS
                file.rmdir()
                continue
            assert Trainer(CONFIG, digits).way in (DENSE, SPARSE_WAY, KERNELS), damage.name
            found = json.loads(file.read_text())[key]
            assert set(found["seconds"]) == {DENSE, SPARSE_WAY, KERNELS} and not file.is_symlink(), (
                damage.name
            )

    def test_again_when_others_no_longer_keep_the_machine_busy(
        self, long: None, own_home: Path, monkeypatch: pytest.MonkeyPatch, digits: Dataset
    ) -> None:
        monkeypatch.setattr(ways, "_is_busy", lambda threads: True)
        Trainer(CONFIG, digits)
        file = own_home / "ways.json"
        (key,) = json.loads(file.read_text())
        assert json.loads(file.read_text())[key]["busy"]
        # Equal trainings take the same way for as long.
        file.write_text(json.dumps({key: {**kept(BY_LIMITS), "busy": True}}))
        assert Trainer(CONFIG, digits).way == BY_LIMITS
        monkeypatch.setattr(ways, "_is_busy", lambda threads: False)
        assert Trainer(CONFIG, digits).way in (DENSE, SPARSE_WAY, KERNELS)
        assert not json.loads(file.read_text())[key]["busy"]

    def test_a_machine_is_busy_for_more_threads_than_it_has_processors(self) -> None:
        assert ways._is_busy(2 * devices.processors() + 1)
        # What one thread takes is its own, however busy the machine is.
        assert not ways._is_busy(1)

    def test_of_several_together(self, long: None, own_home: Path, digits: Dataset) -> None:
        configs = [CONFIG.model_copy(update={"seed": seed}) for seed in range(6)]
        joint = JointTrainer([*configs, CONFIG.model_copy(update={"arch": "relu_l1"})], digits)
        (key,) = json.loads((own_home / "ways.json").read_text())
        assert key.startswith("4 or more together") and joint.way in (DENSE, SPARSE_WAY, KERNELS)
        (own_home / "ways.json").write_text(json.dumps({key: kept(SPARSE_WAY)}))
        joint = JointTrainer(configs, digits)
        assert joint.way == SPARSE_WAY and [group.which for group in joint._groups] == [tuple(range(6))]

    def test_of_a_large_model_a_smaller_one_with_as_large_a_share_of_active_latents(
        self, long: None, own_home: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ways, "MOST_LATENTS", 24)
        measured: list[tuple[int, int, int]] = []
        stepping = ways._stepping

        def watched(
            configs: list[RunConfig], weights: list[dict[str, Any]], *others: Any
        ) -> Callable[[], None]:
            measured.extend(
                (config.n_latents, config.k, len(each["W_dec"]))
                for config, each in zip(configs, weights, strict=True)
            )
            return stepping(configs, weights, *others)

        monkeypatch.setattr(ways, "_stepping", watched)
        for n_latents, k, expected in ((60, 10, 4), (24, 10, 10), (600, 2, 1)):
            trainer = Trainer(make({**CONFIG.model_dump(), "n_latents": n_latents, "k": k}), digits)
            assert set(measured) == {(24, expected, 24)}
            measured.clear()
            assert trainer.config.k == k and len(trainer.weights["W_dec"]) == n_latents

    def test_nothing_is_kept_of_weights_that_diverge(
        self, long: None, own_home: Path, digits: Dataset
    ) -> None:
        batches = Trainer(CONFIG, digits)._joint.batches
        (own_home / "ways.json").unlink()
        weights = {
            name: torch.full_like(each, torch.nan) for name, each in Trainer(CONFIG, digits).weights.items()
        }
        (own_home / "ways.json").unlink()
        assert ways.fastest([CONFIG], [weights], batches) == BY_LIMITS
        assert not (own_home / "ways.json").exists()

    def test_not_where_nothing_can_be_kept(self, long: None, own_home: Path, digits: Dataset) -> None:
        """It might come out differently each time, and equal trainings would differ."""
        (own_home / "ways.json").mkdir(parents=True)
        assert Trainer(CONFIG, digits).way == BY_LIMITS

    def test_not_for_a_short_training(self, own_home: Path, digits: Dataset) -> None:
        assert Trainer(CONFIG, digits).way == BY_LIMITS
        assert not (own_home / "ways.json").exists()

    def test_not_where_there_is_one_way_only(self, long: None, own_home: Path, digits: Dataset) -> None:
        for change in ({"arch": "relu_l1"}, {"refinements": 1, "n_latents": 1025}, {"precision": "bfloat16"}):
            assert Trainer(CONFIG.model_copy(update=change), digits).way == BY_LIMITS
        assert not (own_home / "ways.json").exists()

    def test_without_kernels_where_numba_is_missing(
        self, long: None, monkeypatch: pytest.MonkeyPatch, digits: Dataset
    ) -> None:
        monkeypatch.setattr(ways, "has_kernels", lambda: False)
        assert Trainer(CONFIG, digits).way in (DENSE, SPARSE_WAY)

    @pytest.mark.parametrize("way", WAYS)
    def test_every_way_trains(self, way: str, monkeypatch: pytest.MonkeyPatch, digits: Dataset) -> None:
        monkeypatch.setenv(ways.VARIABLE, way)
        trainer = Trainer(CONFIG, digits)
        assert trainer.way == way and trainer.step().loss > 0


class TestNamed:
    def test_a_way_that_there_is_not_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, digits: Dataset
    ) -> None:
        monkeypatch.setenv(ways.VARIABLE, "quickly")
        with pytest.raises(ConfigError, match="'quickly'; choose one of torch, dense, sparse, kernels"):
            Trainer(CONFIG, digits)

    def test_kernels_without_numba_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, digits: Dataset
    ) -> None:
        monkeypatch.setenv(ways.VARIABLE, KERNELS)
        monkeypatch.setattr(ways, "has_kernels", lambda: False)
        with pytest.raises(ConfigError, match="pip install 'saegui\\[fast\\]'"):
            Trainer(CONFIG, digits)


class TestResumed:
    @pytest.mark.parametrize("way", [KERNELS, DENSE])
    def test_in_the_same_way_to_the_same_weights(
        self, way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: Dataset
    ) -> None:
        monkeypatch.setenv(ways.VARIABLE, way)
        whole, first = (Session(CONFIG, digits, tmp_path / name) for name in ("whole", "first"))
        while not whole.done:
            whole.advance()
        for _ in range(5):
            first.advance()
        first.close()
        monkeypatch.delenv(ways.VARIABLE)
        assert open_run(tmp_path / "first").way == way
        second = Session.resume(open_run(tmp_path / "first"), digits)
        while not second.done:
            second.advance()
        second.close()
        assert weights_of(second) == weights_of(whole)
        assert open_run(tmp_path / "first").way == way
        whole.close()

    def test_where_its_way_is_not_there_a_sentence_says_so(
        self, monkeypatch: pytest.MonkeyPatch, digits: Dataset, stopped_run: Path
    ) -> None:
        file = stopped_run / "run.json"
        described = json.loads(file.read_text())
        assert described["way"] == BY_LIMITS
        file.write_text(json.dumps({**described, "way": KERNELS}))
        monkeypatch.setattr(ways, "has_kernels", lambda: False)
        with pytest.raises(RunError, match="compiled kernels, for which numba is missing"):
            Session.resume(open_run(stopped_run), digits)
        file.write_text(json.dumps({**described, "way": "quickly"}))
        with pytest.raises(RunError, match=r"this saegui does not know \(quickly\)"):
            Session.resume(open_run(stopped_run), digits)

    def test_of_a_sweep_alone_to_the_same_weights(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: Dataset
    ) -> None:
        monkeypatch.setenv(ways.VARIABLE, KERNELS)
        variants = [
            Variant(CONFIG.model_copy(update={"k": k}), {"k": k}, f"k-{k}", f"k {k}", None) for k in (3, 5)
        ]
        whole, part = (Sweep(variants, digits, tmp_path / name) for name in ("whole", "part"))
        while not whole.done:
            whole.advance()
        for _ in range(7):
            part.advance()
        part.close()
        whole.close()
        session = Session.resume(open_run(tmp_path / "part" / "k-5"), digits)
        while not session.done:
            session.advance()
        session.close()
        found, expected = (open_run(tmp_path / name / "k-5").latest() for name in ("part", "whole"))
        assert found.W_enc.tobytes() == expected.W_enc.tobytes()


def test_the_configuration_of_a_run_does_not_hold_its_way() -> None:
    assert "way" not in RunConfig.model_fields


class TestCompiling:
    def test_is_announced_before_the_first_training_that_takes_kernels(
        self, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few, many = 1000, 10**8
        assert ways.compiles_first(CONFIG, many) and not ways.compiles_first(CONFIG, few)
        for change in ({"arch": "relu_l1"}, {"precision": "bfloat16"}):
            assert not ways.compiles_first(CONFIG.model_copy(update=change), many)
        monkeypatch.setenv(ways.VARIABLE, KERNELS)
        assert ways.compiles_first(CONFIG, few)
        monkeypatch.setenv(ways.VARIABLE, DENSE)
        assert not ways.compiles_first(CONFIG, many)

    def test_is_not_announced_again(self, own_home: Path) -> None:
        from saegui.core.training.kernels import SPARSE, compiled

        kept_in = compiled.kept_in()
        if kept_in is not None and not kept_in.is_relative_to(own_home):
            # What other tests compiled need not be compiled once more: what is asked is that it is known afterwards.
            ignored = shutil.ignore_patterns("*.done")
            shutil.copytree(kept_in, own_home / "kernels" / kept_in.name, ignore=ignored)
        code = f"""
from saegui.core import data
from saegui.core.config.schema import RunConfig
from saegui.core.training.trainer import Trainer
config = RunConfig.model_validate_json({CONFIG.model_dump_json()!r})
Trainer(config, data.load("digits"), way="kernels").step()
"""
        environment = {**os.environ, HOME_VARIABLE: str(own_home)}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        assert not ways.compiles_first(CONFIG, 10**8)
        # What is compiled on its own.
        for change in ({"arch": "batch_topk"}, {"refinements": 1}, {"n_latents": SPARSE * CONFIG.k}):
            assert ways.compiles_first(CONFIG.model_copy(update=change), 10**8)
        (folder,) = (own_home / "kernels").iterdir()
        # By another version, it is of no use.
        folder.rename(folder.with_name("0123-numba-1"))
        assert ways.compiles_first(CONFIG, 10**8)


def test_other_kernels_are_measured_anew(
    long: None, own_home: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an update of saegui."""
    Trainer(CONFIG, digits)
    monkeypatch.setattr("saegui.core.training.kernels.checksum", lambda: "of another saegui")
    Trainer(CONFIG, digits)
    assert len(json.loads((own_home / ways.NAME).read_text("utf-8"))) == 2
