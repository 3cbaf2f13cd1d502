"""Properties by which the style sheet tells widgets from others."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def set_styled(widget: QWidget, **properties: bool) -> None:
    """Set ``properties`` that the style sheet asks for, such as ``problem=True``, and give ``widget`` the style that it has with them."""
    for name, on in properties.items():
        widget.setProperty(name, on)
    # Qt looks at properties only when a widget gets its style.
    widget.style().unpolish(widget)
    widget.style().polish(widget)
