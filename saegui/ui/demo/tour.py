"""``saegui demo``: a guided tour in the real window: it draws, trains, exports and says where everything is.

The tour is a generator that acts in the window and yields what it waits for; a timer asks until it is true. So the
event loop never waits, and a user may take the pen during the tour.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from saegui.app.settings import ThemeName
from saegui.core import data
from saegui.core.config import presets
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ExportError
from saegui.core.files import paths, streams
from saegui.core.numbers import latent_name
from saegui.ui.demo.mouse import SyntheticMouse
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window import first_size
from saegui.ui.window.application import delete, make_application, make_window
from saegui.ui.window.main_window import MainWindow

TICK_MS = 10
PATIENCE_SECONDS = 180
"""A step of the tour that takes longer than this has failed."""
MNIST_EPOCHS = 6
DIGITS_EPOCHS = 50
POINTS_PER_TICK = 3

Wait = Callable[[], bool]
Points = list[tuple[float, float]]


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, count: int = 28) -> Points:
    """Points on an ellipse from ``start`` to ``end`` degrees; 0 is right, 90 is down."""
    angles = [math.radians(start + (end - start) * index / (count - 1)) for index in range(count)]
    return [(cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in angles]


THREE = [_arc(0.46, 0.34, 0.18, 0.16, 200, 440) + _arc(0.46, 0.66, 0.22, 0.18, -80, 150)]
ZERO = [_arc(0.5, 0.5, 0.2, 0.32, -90, 275, 48)]
SEVEN = [
    [(0.28 + 0.011 * i, 0.24) for i in range(40)]
    + [(0.71 - 0.0075 * i, 0.26 + 0.0145 * i) for i in range(38)]
]


class Tour(QObject):
    """Runs the tour once; ``failed`` says what went wrong, empty when nothing did."""

    def __init__(self, window: MainWindow, out: Path, exit_at_end: bool) -> None:
        super().__init__(window)
        self._window, self._out, self._exit = window, out, exit_at_end
        self.failed = ""
        self._steps = self._tour()
        self._wait: Wait = lambda: True
        self._since = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        window.state.notice.connect(self._notice)
        self._timer.start()

    @Slot()
    def _tick(self) -> None:
        try:
            if not self._wait():
                if time.monotonic() - self._since > PATIENCE_SECONDS:
                    raise ExportError(f"The demo waited more than {PATIENCE_SECONDS} s for its next step.")
                return
            self._wait = next(self._steps)
            self._since = time.monotonic()
        except StopIteration:
            self._timer.stop()
            if self._exit:
                self._window.close()
        except ExportError as error:
            self._timer.stop()
            self.failed = str(error)
            self._window.close()

    @Slot(str, str, str)
    def _notice(self, level: str, sentence: str, topic: str) -> None:
        if level == "bad":
            self.failed = sentence

    def _tour(self) -> Iterator[Wait]:
        window, state = self._window, self._window.state
        services = window.services
        self._say("1/5  A run that is trained already: the first strokes light latents up.")
        yield lambda: state.dataset is not None and not services.data.loading
        yield from self._draw(THREE)
        self._lights()

        config = self._config()
        dataset = data.DATASETS[config.dataset].title
        self._say(
            f"2/5  Training {config.describe()} on {dataset} while the drawing is encoded again and again."
        )
        state.set_draft(config)
        yield lambda: window.panel(TrainPanel).starting.ready
        services.training.train()
        # A training on a fast machine may be over between two ticks.
        yield lambda: not state.busy or (state.phase == "training" and state.last_step is not None)
        yield from self._draw(ZERO)
        yield lambda: not state.busy
        if self.failed:
            raise ExportError(self.failed)
        last, images = state.last_step, state.dataset
        assert last is not None and images is not None
        seen = round(last.epoch * len(images.train_images))
        self._say(f"     {seen:,} images in {last.seconds:.1f} s; {self._result()}")

        self._say("3/5  A last drawing, and its strongest latent.")
        yield from self._draw(SEVEN)
        self._lights()
        yield lambda: state.stats is not None
        if state.code is not None and state.code.l0:
            state.select(int(state.code.active[0]))
        self._say(f"4/5  Figures, each with its numbers as CSV, into {self._out}.")
        job = services.exporter.save_all(self._out)
        assert job is not None
        yield lambda: job not in services.jobs.running
        if self.failed:
            raise ExportError(self.failed)
        self._say("5/5  A picture of the window in both themes.")
        yield from self._pictures()
        self._say(f"Done: look into {self._out.resolve()}")
        if state.run is not None:
            self._say(f"The run is kept as {state.run.path}")
        if not self._exit:
            self._say("The window is yours: draw a digit.")
            window.panel(DrawPanel).clear()

    def _config(self) -> RunConfig:
        services = self._window.services
        config = presets.preset("modern").config
        if data.available(config.dataset, services.data.folder_of(config.dataset)):
            return config.model_copy(update={"epochs": MNIST_EPOCHS})
        self._say(
            f"     {data.title_of(config.dataset)} is not on this machine; {data.title_of(data.built_in())} take its place."
        )
        return config.model_copy(
            update={"dataset": data.built_in(), "epochs": DIGITS_EPOCHS, "batch_size": 64}
        )

    def _draw(self, strokes: list[Points]) -> Iterator[Wait]:
        hand = SyntheticMouse(self._window.panel(DrawPanel).canvas)
        self._window.panel(DrawPanel).clear()
        for stroke in strokes:
            hand.press(*stroke[0])
            for index, place in enumerate(stroke[1:]):
                hand.move(*place)
                if index % POINTS_PER_TICK == 0:
                    yield lambda: True
            hand.release(*stroke[-1])
        yield lambda: self._window.state.code is not None

    def _lights(self) -> None:
        code = self._window.state.code
        if code is not None:
            strongest = ", ".join(
                f"{latent_name(latent)} ({code.z[latent]:.2f})" for latent in code.active[:3]
            )
            self._say(f"     {code.l0} latents light up; the strongest: {strongest}.")

    def _result(self) -> str:
        run = self._window.state.run
        found = run.metrics if run is not None else {}
        return f"test MSE {found['mse']:.4f}, {found['dead']} of {found['n_latents']} latents dead."

    def _pictures(self) -> Iterator[Wait]:
        window = self._window
        for toast in window.toasts.toasts:
            toast.dismiss()
        chosen: ThemeName = window.theme.name
        names: tuple[ThemeName, ...] = ("light", "dark")
        for name in names:
            window.theme.choose(name)
            yield lambda: True
            yield lambda: True
            path = self._out / f"window-{name}.png"
            if not window.grab().save(str(path), "PNG"):
                raise ExportError(f"{path} cannot be written; choose another folder with --out.")
        window.theme.choose(chosen)

    def _say(self, sentence: str) -> None:
        print(sentence, flush=True)


def run(out: Path, data_dir: Path | None = None, exit_at_end: bool = False) -> int:
    """The tour; returns the exit status: 0, or 1 when something went wrong, after a sentence on stderr.

    Without a screen it runs all the same, offscreen, and then always ends by itself.
    """
    app = make_application()
    offscreen = QApplication.platformName() in ("offscreen", "minimal")
    starter = paths.resource("starter")
    window = make_window(data_dir=data_dir, run=starter)
    window.services.errors.install()
    try:
        if offscreen:
            # Qt's offscreen screen is 800 pixels wide; the pictures should show the window as a person has it.
            window.resize(first_size.DEFAULT)
        window.show()
        tour = Tour(window, out, exit_at_end or offscreen)
        app.exec()
        failed = tour.failed
    finally:
        window.services.errors.uninstall()
        delete(window)
    if failed:
        streams.write(f"{failed}\n")
    return 1 if failed else 0
