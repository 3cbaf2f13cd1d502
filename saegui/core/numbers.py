"""Numbers as people write them: with a decimal point or a decimal comma, with or without groups of thousands."""

from __future__ import annotations

import math
import re

_SPACES = "\u0020\u00a0\u2009\u202f'\u2019"
"""What may separate groups of thousands and nothing else: spaces, as in ``60 000``, and apostrophes."""
_NUMBER = re.compile(r"([+-]?)([\d.,\u0020\u00a0\u2009\u202f'\u2019]+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_GROUPED = {
    sign: re.compile(rf"[1-9]\d{{0,2}}({re.escape(sign)}\d{{3}})+", re.ASCII) for sign in ",." + _SPACES
}


class NumberError(ValueError):
    """A text that is no number; ``str(error)`` is a sentence that names it."""


class AmbiguousNumberError(NumberError):
    """A text that some people read as one number and others as another; the sentence says how to write each."""


def read_number(text: str, *, whole: bool = False) -> float:
    """The finite number that ``text`` says: ``5e-4``, ``0,5``, ``60,000``, ``60 000``, ``1.234,5``.

    A group of thousands never follows a 0, so ``0,001`` is a thousandth. With ``whole`` the number has no fraction, so
    ``1,234`` can only be 1234; without it, that text is refused.

    Raises:
        AmbiguousNumberError: people read it in two ways.
        NumberError: it is no number, or it is not whole although it must be.
    """
    text = text.strip().replace("\u2212", "-")
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise NumberError(_no_number(text))
    sign, digits, exponent = found[1], found[2].strip(), found[3] or ""
    plain = _plain(digits, text, sign, exponent, whole=whole)
    try:
        value = float(sign + plain + exponent)
    except ValueError:
        raise NumberError(_no_number(text)) from None
    if not math.isfinite(value):
        raise NumberError(_no_number(text))
    if whole and not value.is_integer():
        raise NumberError(f"{text} is not a whole number.")
    return value


def read_latent(text: str) -> int | None:
    """The number of a latent as it is typed or pasted, such as ``1427``, ``#1,427`` or ``# 1 427``; None if it is none."""
    try:
        return int(read_number(text.strip().removeprefix("#"), whole=True))
    except NumberError:
        return None


def hundredths(value: float) -> str:
    """Two digits after the point: ``3.21``, ``−0.40``."""
    return f"{value:.2f}".replace("-", "−")


def latent_name(latent: int) -> str:
    """How a latent is called everywhere: ``#1427``. It is a name, so its digits are not grouped as those of a count are."""
    return f"#{latent}"


def counted_latents(count: int) -> str:
    """How many there are: ``1 latent``, ``1,024 latents``."""
    return f"{count:,} {'latent' if count == 1 else 'latents'}"


def no_latent(typed: int | str, n_latents: int) -> str:
    """The sentence for a number, or a text, that is none of ``n_latents`` latents."""
    if isinstance(typed, str):
        latent = read_latent(typed)
        if latent is None:
            return f"'{typed}' is no latent's number; type one such as 12 or #12."
        typed = latent
    return f"There is no latent {latent_name(typed)}; choose one from #0 to {latent_name(n_latents - 1)}."


def _plain(digits: str, text: str, sign: str, exponent: str, *, whole: bool) -> str:
    """``digits`` with a decimal point and without groups; ``text`` is the whole of what was written."""
    space = next((mark for mark in digits if mark in _SPACES), "")
    if space:
        # Groups, and after them perhaps a fraction: 1 234,5.
        head, *fraction = re.split("[.,]", digits)
        if len(fraction) > 1 or not _GROUPED[space].fullmatch(head):
            raise NumberError(_no_number(text))
        return ".".join([head.replace(space, ""), *fraction])
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return digits
    last = marks[-1]
    if len(set(marks)) == 2:
        # The last one is the decimal mark, the other one separates groups.
        head, fraction_digits = digits.rsplit(last, 1)
        other = "," if last == "." else "."
        if not _GROUPED[other].fullmatch(head):
            raise NumberError(_no_number(text))
        return f"{head.replace(other, '')}.{fraction_digits}"
    grouped = _GROUPED[last].fullmatch(digits) is not None
    if len(marks) > 1:
        if not grouped:
            raise NumberError(_no_number(text))
        return digits.replace(last, "")
    thousand, decimal = digits.replace(last, ""), digits.replace(last, ".")
    if grouped and last == "," and whole and not exponent:
        return thousand
    # A decimal point is what this program writes itself, so 1.234 is doubted only where a fraction makes no sense.
    if grouped and (last == "," or (whole and not exponent)):
        shown = decimal.removesuffix(".000") if whole else decimal
        raise AmbiguousNumberError(
            f"{text} can be read in two ways; write {sign}{thousand}{exponent} or {sign}{shown}{exponent}."
        )
    return decimal


def _no_number(text: str) -> str:
    return f"'{text}' is not a number." if text else "A number is needed here."
