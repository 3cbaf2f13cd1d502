"""What a command is, and a parser whose errors are one sentence."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that takes whole option names only and says what is wrong in one line, without the usage."""

    def __init__(self, prog: str, usage: str | None, about: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            usage=usage,
            description=about,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Exit with status 2 after ``message``."""
        self.exit(2, f"saegui: {message.rstrip('.')}; '{self.prog} --help' explains the options.\n")


@dataclass(frozen=True)
class Command:
    """One word after ``saegui``."""

    name: str
    about: str
    """A short line for the list of commands, and the first of its own help."""
    more: str
    """What else its own help begins with."""
    examples: tuple[str, ...]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    """Does the work; returns the exit status or raises a SaeguiError."""

    usage: str | None = None
    """What its help shows as usage; None: every option there is."""

    def parser(self) -> Parser:
        """The parser of what follows the command's name."""
        about = f"{self.about}\n{self.more}".rstrip()
        usage = self.usage and f"saegui {self.name} {self.usage}"
        parser = Parser(f"saegui {self.name}", usage, about, examples(self.examples))
        self.add_arguments(parser)
        return parser


def examples(lines: tuple[str, ...]) -> str:
    """An epilogue that shows command lines."""
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])
