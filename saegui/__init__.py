"""saegui: train sparse autoencoders on images, draw on them, and see what they learnt.

``saegui.core`` is a library without Qt, ``saegui.app`` makes it live, ``saegui.ui`` shows it.
"""

__version__ = "0.1.0"
