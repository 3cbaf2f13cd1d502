"""The command line. A command imports what it needs only when it runs, so that ``--help`` and lists are fast."""

from __future__ import annotations

from collections.abc import Sequence

from saegui.cli import (
    active,
    animating,
    comparing,
    describing,
    inspecting,
    lessons,
    listing,
    many_figures,
    models,
    picturing,
    reporting,
    sweeping,
    training,
    window,
)
from saegui.cli.command import Command
from saegui.core import gc_pause

COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        training.TRAIN,
        sweeping.SWEEP,
        inspecting.EVAL,
        inspecting.ENCODE,
        active.ACTIVE,
        comparing.COMPARE,
        picturing.FIGURE,
        many_figures.FIGURES,
        reporting.REPORT,
        animating.ANIMATE,
        models.EXPORT,
        models.IMPORT,
        listing.PRESETS_COMMAND,
        lessons.LESSONS_COMMAND,
        listing.DATASETS,
        describing.DATA,
        listing.FORMATS_COMMAND,
        listing.RUNS,
        listing.GLOSSARY,
        window.DEMO,
    )
}
"""The commands by name, in the order of the help."""


def main(argv: Sequence[str]) -> int:
    """Run what ``argv`` (without the program's name) asks for; returns the exit status.

    Raises:
        SaeguiError: one sentence for stderr.
        KeyboardInterrupt: Ctrl+C where there was nothing to save.
        SystemExit: after ``--help`` (0), and for options that are wrong (2).
    """
    if argv and (command := COMMANDS.get(argv[0])):
        options = command.parser().parse_args(argv[1:])
        if command is not window.DEMO:
            # A window continues loading when it is on the screen.
            gc_pause.resume()
        return command.run(options)
    return window.run(window.parser(COMMANDS.values()).parse_args(argv), COMMANDS)
