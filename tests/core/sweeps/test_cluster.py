"""Sweeps on a real scheduler with real workers, on this machine's loopback address, some of which are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from saegui.core.errors import ConfigError
from saegui.core.sweeps import places
from saegui.core.sweeps.spec import read

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")]

CHECKOUT = Path(__file__).parents[3]
PATIENCE = 120
SECOND_CHANCES = 1
"""How often a training is tried again after its worker died: Dask's own three show the same, but each starts another worker."""


class Cluster:
    """A scheduler and its workers, each with its nanny in a process group of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._folder, self._file = folder, folder / "scheduler.json"
        self._environment = {
            **os.environ,
            "SAEGUI_HOME": str(home),
            "PYTHONPATH": str(CHECKOUT),
            "OMP_NUM_THREADS": "1",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(SECOND_CHANCES),
        }
        place = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self._file)]
        self.scheduler = self._start("scheduler", *place)
        self.address = ""
        wait_for(self._is_told)
        self.workers = [self.start_worker() for _ in range(2)]

    def _is_told(self) -> bool:
        """Whether the scheduler has written its address; the file is there before what is in it."""
        try:
            self.address = json.loads(self._file.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        return True

    def start_worker(self) -> subprocess.Popen[bytes]:
        dying = str(Path(__file__).with_name("dying.py"))
        own = [
            "--nthreads",
            "1",
            "--no-dashboard",
            "--preload",
            dying,
            "--local-directory",
            str(self._folder),
        ]
        return self._start("worker", self.address, *own)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def sweep(self, spec: Path, out: Path, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "saegui", "sweep", str(spec), "--out", str(out), *more]
        return subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        for process in [*self.workers, self.scheduler]:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path: Path, own_home: Path, digits_cached: None) -> Iterator[Cluster]:
    folder = tmp_path / "dask"
    folder.mkdir()
    found = Cluster(folder, own_home)
    yield found
    found.close()


def described(path: Path, vary: str) -> Path:
    path.write_text(f'dataset = "digits"\nlatents = 8\nk = 2\nepochs = 1\nbatch-size = 64\n[vary]\n{vary}\n')
    return path


def runs(out: Path) -> dict[str, int]:
    """The finished runs, and when each was put there."""
    return {path.name: path.stat().st_ino for path in out.glob("[!.]*") if (path / "run.json").exists()}


def test_workers_that_die_and_a_scheduler_that_goes_lose_no_run_and_train_none_twice(
    cluster: Cluster, tmp_path: Path
) -> None:
    spec, out = described(tmp_path / "spec.toml", f"seed = {list(range(30))}"), tmp_path / "out"
    first = cluster.sweep(spec, out, "--scheduler", cluster.address)
    # A worker goes with its nanny in the middle; a new one, as on a rack, comes later.
    wait_for(lambda: first.poll() is not None or len(runs(out)) >= 4)
    before = runs(out)
    kill(cluster.workers[0])
    cluster.workers[0] = cluster.start_worker()
    said, problems = first.communicate(timeout=PATIENCE)
    assert first.returncode == 2, problems
    # The one with seed 7 kills whoever trains it; it is named, and the others are there.
    assert len(runs(out)) == 29
    (named,) = [line for line in problems.splitlines() if "each process that trained it was killed" in line]
    assert "seed 7" in named
    assert "Traceback" not in problems
    assert said.count("missing") == 1
    assert before.items() <= runs(out).items()
    # What is there is not trained again; now the scheduler goes.
    more = described(tmp_path / "more.toml", f"seed = {[seed for seed in range(50) if seed != 7]}")
    second = cluster.sweep(more, out, "--scheduler", cluster.address, "--resume")
    wait_for(lambda: second.poll() is not None or len(runs(out)) >= 33)
    kill(cluster.scheduler)
    _, problems = second.communicate(timeout=PATIENCE)
    assert second.returncode == 2, problems
    assert "The scheduler is gone. What is trained is kept" in problems.splitlines()[-1]
    assert "Traceback" not in problems
    for worker in cluster.workers:
        kill(worker)
    kept = runs(out)
    last = cluster.sweep(more, out, "--resume", "--local", "2")
    _, problems = last.communicate(timeout=PATIENCE)
    assert last.returncode == 0, problems
    assert len(runs(out)) == 49
    assert kept.items() <= runs(out).items()
    assert not list(out.glob(".*")), "what was left behind is swept away"


def test_a_training_that_only_waited_beside_one_that_kills_is_trained(
    tmp_path: Path, digits_cached: None
) -> None:
    import dask
    from distributed import LocalCluster

    dying = str(Path(__file__).with_name("dying.py"))
    # One worker, which is given the first two at once.
    with (
        dask.config.set(
            {
                "distributed.worker.preload": [dying],
                "distributed.scheduler.allowed-failures": SECOND_CHANCES,
            }
        ),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
    ):
        trainings = read(described(tmp_path / "spec.toml", "seed = [7, 8, 9]"))
        ended = places.on_dask(trainings, tmp_path, scheduler=cluster.scheduler_address)
        found = {each.training.config.seed: each.problem for each in ended}
    assert found == {7: places.KILLED, 8: None, 9: None}
    assert len(runs(tmp_path)) == 2


def test_how_a_training_ended_is_known_without_fetching_anything_from_a_scheduler_that_may_be_gone(
    tmp_path: Path, digits_cached: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import distributed

    async def gone(*_: object, **__: object) -> None:
        raise OSError("the stream is closed")

    monkeypatch.setattr(distributed.Client, "_gather", gone)
    good, bad = read(described(tmp_path / "spec.toml", "seed = [0, 1]"))
    ended = list(places.on_dask([good, replace(bad, data="no such data")], tmp_path, local=1))
    by_name = {each.training.data: each.problem for each in ended}
    assert by_name[good.data] is None
    assert "no such data" in (by_name["no such data"] or "")
    assert list(runs(tmp_path)) == [good.folder]


def test_nobody_at_the_address_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "CONNECT_SECONDS", 1)
    with pytest.raises(ConfigError, match=r"No scheduler answers at tcp://127\.0\.0\.1:9"):
        list(places.on_dask([], tmp_path, scheduler="tcp://127.0.0.1:9"))
