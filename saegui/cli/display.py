"""Whether a window can be shown. It is checked before Qt starts, because Qt ends the process when it cannot."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

X_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt loads to show a window under X, and the Debian packages that hold it."""

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What Qt loads even where nothing is shown."""

_ON_SCREEN = ("xcb", "wayland")


def problem(environment: Mapping[str, str] = os.environ) -> str | None:
    """The reason why no window can be shown, without a full stop; None when one can, or when only trying can show it.

    Looks at ``QT_QPA_PLATFORM``, ``DISPLAY`` and ``WAYLAND_DISPLAY`` of this process, connects to the server as Qt
    will, and loads Qt's platform plugin; on Linux only, a few milliseconds.
    """
    if not sys.platform.startswith("linux"):
        return None
    wanted = [name.split(":")[0] for name in environment.get("QT_QPA_PLATFORM", "").split(";") if name]
    kinds = {name.split("-")[0] for name in wanted} or set(_ON_SCREEN)
    if not kinds <= set(_ON_SCREEN):
        return _unknown_platform(wanted)
    tried = []
    if "wayland" in kinds and (name := environment.get("WAYLAND_DISPLAY")):
        tried.append(_wayland_problem(name, environment))
    if "xcb" in kinds and (name := environment.get("DISPLAY")):
        tried.append(_x_problem(name))
    if not tried:
        return "there is no display for the window: neither DISPLAY nor WAYLAND_DISPLAY is set"
    return None if None in tried else tried[-1]


def lacking(libraries: Mapping[str, str]) -> list[str]:
    """The packages, sorted, of those ``libraries`` (file → package) that cannot be loaded."""
    return sorted({package for file, package in libraries.items() if not _loads(file)})


def install(packages: list[str]) -> str:
    """What to do about packages that are not there."""
    return f"install them with: apt-get install {' '.join(packages)} (or your system's packages of that name)"


def _unknown_platform(wanted: list[str]) -> str | None:
    folder = _plugins()
    if folder is None:
        return None
    there = sorted(file.stem.removeprefix("libq") for file in folder.glob("libq*.so"))
    if any(name.split("-")[0] in there for name in wanted):
        return None
    return f"QT_QPA_PLATFORM is '{';'.join(wanted)}', but Qt knows only {', '.join(there)}"


def _wayland_problem(name: str, environment: Mapping[str, str]) -> str | None:
    path = Path(environment.get("XDG_RUNTIME_DIR", "/run/user/0")) / name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError as error:
            return f"the Wayland display {path} does not answer ({error.strerror or error})"
    return _plugin_problem("wayland")


def _x_problem(name: str) -> str | None:
    if found := _plugin_problem("xcb"):
        return found
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return None  # a Qt that brings its own
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    # The library that Qt will use, so that addresses and permissions mean the same.
    connection = xcb.xcb_connect(name.encode(), None)
    if not xcb.xcb_connection_has_error(connection):
        # Left open: Xvfb restarts when its last client leaves, and would then refuse Qt for a moment.
        return None
    xcb.xcb_disconnect(connection)
    return f"the display '{name}' (DISPLAY) does not answer or does not let this user in"


def _plugin_problem(name: str) -> str | None:
    folder = _plugins()
    plugin = None if folder is None else folder / f"libq{name}.so"
    if plugin is None or not plugin.exists():
        return None  # another build of Qt: it has to find its own
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        packages = lacking({**X_LIBRARIES, **LIBRARIES} if name == "xcb" else LIBRARIES)
        remedy = f": {install(packages)}" if packages else ""
        return f"Qt's window system '{name}' lacks libraries ({error}){remedy}"
    return None


def _plugins() -> Path | None:
    """Qt's folder of platform plugins in the PySide6 that pip installs; found without importing it."""
    spec = importlib.util.find_spec("PySide6")
    for place in (spec and spec.submodule_search_locations) or ():
        if (folder := Path(place) / "Qt" / "plugins" / "platforms").is_dir():
            return folder
    return None


def _loads(file: str) -> bool:
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True
