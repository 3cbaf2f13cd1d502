"""A real browser without a screen: Chromium, spoken to through two pipes in its own protocol, so that nothing else is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_KEYS = {"Enter": 13, "Escape": 27, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}


class Browser:
    """One page. Methods raise what the browser answers with when it refuses."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._last, self._session, self._rest = 0, "", b""
        self._loaded = False
        self.complaints: list[str] = []
        """Errors and refused connections that the page caused."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")

    def open(self, path: Path, fragment: str = "") -> None:
        """Show a page and wait until it is loaded."""
        # The blank page first, as another fragment alone would load nothing; its own event must not pass for that of the page.
        for url in ("about:blank", path.as_uri() + fragment):
            self._loaded = False
            self._ask("Page.navigate", url=url)
            while not self._loaded:
                self._next()
        self.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def value(self, script: str) -> Any:
        """What an expression of JavaScript is, once it is settled."""
        found = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"])
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """A key of the keyboard."""
        name = {"key": key, "text": key} if len(key) == 1 else {"key": key}
        if key == "Enter":
            name["text"] = "\r"
        code = {"windowsVirtualKeyCode": _KEYS[key]} if key in _KEYS else {}
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, **name, **code)

    def type(self, words: str) -> None:
        """Insert words where the cursor is."""
        self._ask("Input.insertText", text=words)

    def point(self, selector: str, *, click: bool = False) -> None:
        """Move the mouse to the middle of an element, and perhaps press its button there."""
        box = self.value(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        place = {"x": box[0], "y": box[1]}
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", **place)
        for kind in ("mousePressed", "mouseReleased") if click else ():
            self._ask("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def prefer(self, scheme: str) -> None:
        """``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", features=features)

    def size(self, width: int, height: int) -> None:
        """Of the window, in pixels."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self) -> bytes:
        """What is on the screen, as PNG."""
        return base64.b64decode(self._ask("Page.captureScreenshot")["data"])

    def _ask(self, method: str, **values: Any) -> dict[str, Any]:
        self._last += 1
        asked = {"id": self._last, "method": method, "params": values}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._last:
                if "error" in found:
                    raise RuntimeError(found["error"])
                result: dict[str, Any] = found["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            some = os.read(self._read, 1 << 20)
            if not some:
                raise RuntimeError("the browser ended")
            self._rest += some
        first, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(first)
        method, values = found.get("method"), found.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(values["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append(str(values["entry"]))
        elif method == "Network.requestWillBeSent":
            address = values["request"]["url"]
            if not address.startswith(("file:", "data:", "blob:", "about:")):
                self.complaints.append(f"asked for {address}")
        return found


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser whose own files are in ``folder``; the test is skipped where none is installed."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip(f"no browser is installed: none of {', '.join(_NAMES)}")
    ours, theirs = os.pipe(), os.pipe()
    # The protocol's pipes are the files 3 and 4 of the browser.
    start = f'exec 3<&{ours[0]} 4>&{theirs[1]}; exec "$@"'
    options = [
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", "--hide-scrollbars", "--remote-debugging-pipe"),
        f"--user-data-dir={folder}",
    ]
    with subprocess.Popen(
        ["bash", "-c", start, "bash", program, *options],
        pass_fds=(ours[0], theirs[1]),
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    ) as process:
        os.close(ours[0])
        os.close(theirs[1])
        try:
            yield Browser(ours[1], theirs[0])
        finally:
            process.terminate()
            process.wait(20)
            os.close(ours[1])
            os.close(theirs[0])
