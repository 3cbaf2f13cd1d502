"""``python -m tests.kill --moments N --seed S``: kills the program at random moments; exit status 1 after a fault.

Each moment is one of train, resume, train several, rename, delete, undo delete, export, import and download in a home of its
own, killed at a random change of the disk or a few milliseconds after it. Then the program is started again: every folder
must open or be listed with its reason, nothing half written may be believed or stay, and what is resumed must end as if
nothing had happened.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from saegui.core import data
from saegui.core.data.sources.mnist_family import MNIST
from saegui.core.files.paths import HOME_VARIABLE
from tests.kill import killing
from tests.kill.deeds import DEEDS, DOWNLOAD, Deed, mirror, saegui

CHECKOUT = Path(__file__).parents[2]
SHARES = {"train": 6, "resume": 6, "download": 1}
"""How often each deed is chosen, if not twice."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--moments", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--deed", help="only this one, such as train")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=CHECKOUT.parent / "shared" / "data" / "MNIST" / "raw",
        help="a folder with the packed MNIST files; without it nothing is downloaded",
    )
    return parser.parse_args()


class Place:
    """A deed with the home in which it begins, and the one in which it was done without being killed."""

    def __init__(self, deed: Deed, folder: Path) -> None:
        self.deed, self.before, self.done = deed, folder / "before", folder / "done"
        shutil.copytree(folder.parent / "prepared", self.before)
        killing.run(lambda: _at(self.before, deed.prepare), self.before)
        shutil.copytree(self.before, self.done, symlinks=True)
        self.changes = killing.run(lambda: _at(self.done, deed.work), self.done).changes

    def kill(self, home: Path, number: int, delay: float) -> bool:
        """Kill the deed in ``home`` and check what is left; whether it was killed before its end."""
        shutil.copytree(self.before, home)
        killed = killing.run(lambda: _at(home, self.deed.work), home, number, delay).killed
        killing.run(lambda: _at(home, self.look), home)
        shutil.rmtree(home)
        return killed

    def look(self, home: Path) -> None:
        """The next start: what is there is listed, and then used."""
        saegui("runs")
        self.deed.check(home, self.done)
        data.load("digits")
        left = [str(path) for path in home.rglob(".*") if path.suffix != ".lock"]
        assert not left, left


def _at(home: Path, work: object) -> None:
    os.environ[HOME_VARIABLE] = str(home)
    work(home)  # type: ignore[operator]


def main() -> int:
    options = arguments()
    from saegui.core.training.devices import load_torch, use_threads

    # Before any thread exists: the processes that are killed are copies of this one.
    load_torch()
    use_threads(1)
    import saegui.core.training.session
    import saegui.core.training.sweep  # noqa: F401

    started, seeded = time.monotonic(), random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kill-") as text, ExitStack() as stack:
        folder = Path(text)
        os.environ["no_proxy"] = "127.0.0.1"
        prepared = folder / "prepared"
        (prepared / "data").mkdir(parents=True)
        killing.run(lambda: _at(prepared, lambda home: data.load("digits")), prepared)
        deeds = [deed for deed in (*DEEDS, DOWNLOAD) if options.deed in (None, deed.name)]
        if not (options.data_dir / "train-images-idx3-ubyte.gz").exists():
            deeds = [deed for deed in deeds if deed is not DOWNLOAD]
        if DOWNLOAD in deeds:
            import torchvision.datasets  # noqa: F401

            os.environ[MNIST.variable] = stack.enter_context(mirror(options.data_dir))
        places = {}
        for deed in deeds:
            (folder / deed.name).mkdir()
            places[deed.name] = Place(deed, folder / deed.name)
        counted: Counter[str] = Counter()
        faults = in_time = 0
        for number in range(options.moments):
            deed = seeded.choices(deeds, [SHARES.get(deed.name, 2) for deed in deeds])[0]
            change, delay = killing.moment(seeded, places[deed.name].changes)
            try:
                in_time += places[deed.name].kill(folder / "home", change, delay)
            except AssertionError as error:
                faults += 1
                print(f"moment {number}: {deed.name}, {1000 * delay:.1f} ms after change {change}: {error}")
                shutil.rmtree(folder / "home")
            counted[deed.name] += 1
    said = ", ".join(f"{name} {count}" for name, count in counted.items())
    print(
        f"{options.moments} moments ({said}), {in_time} of them before the end, {faults} faults, "
        f"{time.monotonic() - started:.0f} s"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
