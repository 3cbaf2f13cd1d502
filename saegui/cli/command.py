"""A command of the program, and a parser whose errors are one sentence."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that accepts only full option names and reports an error in one line, without the usage."""

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
    """One line: in the list of commands, and first in its own help."""
    more: str
    """Further lines of its own help."""
    examples: tuple[str, ...]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    """Does the work; returns the exit status or raises a SaeguiError."""

    usage: str | None = None
    """The usage in its help; None lists all options."""

    def parser(self) -> Parser:
        """The parser of what follows the command's name."""
        about = f"{self.about}\n{self.more}".rstrip()
        usage = self.usage and f"saegui {self.name} {self.usage}"
        parser = Parser(f"saegui {self.name}", usage, about, examples(self.examples))
        self.add_arguments(parser)
        return parser


def examples(lines: tuple[str, ...]) -> str:
    """Text for the end of a help page: example command lines."""
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])
