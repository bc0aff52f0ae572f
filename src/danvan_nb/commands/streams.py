"""Streams that can't say everything: what a console lacks is said in the nearest letters it has.

Consoles of Windows in cp1258 or cp1252, and pipes in ASCII, must never stop a command.
"""

import codecs
import sys
import unicodedata
from functools import partial
from typing import Any

from rich.console import Console
from rich.text import Text

from danvan_nb.project.texts import UNPRINTABLE

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_PLAIN = {
    **dict(zip("đĐ“”„‘’–—−…•·×✓", ["d", "D", *'"""', *"''---", "...", *"*.xv"], strict=True)),
    **dict.fromkeys("─━═", "-"),
    **dict.fromkeys("│┃║", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛┡┩╇┯┷┠┨", "+"),
}


def nearest_letters(text: str, encoding: str) -> str:
    r"""Say a text in the letters of an encoding: tones apart, then without marks, then `?`.

    Examples
    --------
    >>> nearest_letters("Kế hoạch “đạt”", "ascii")
    'Ke hoach "dat"'
    >>> nearest_letters("ế", "cp1258").encode("cp1258")
    b'\xea\xec'
    """
    said = ""
    for letter in text:
        marks = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in marks if mark in _TONES)
        base = "".join(mark for mark in marks if mark not in _TONES)
        apart = unicodedata.normalize("NFC", base) + tones
        near = _PLAIN.get(
            letter, "".join(mark for mark in marks if not unicodedata.combining(mark))
        )
        known = (each for each in (letter, apart, near) if each and _has(encoding, each))
        said += next(known, "" if unicodedata.combining(letter) else "?")
    return said


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _say_nearly(error: UnicodeError, encoding: str) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return nearest_letters(error.object[error.start : error.end], encoding), error.end


class Screen(Console):
    """A console on which no text from elsewhere moves the cursor or turns a line round."""

    def render_str(self, text: str, **looks: Any) -> Text:
        """Show a text, with `?` for what is no letter."""
        return super().render_str(UNPRINTABLE.sub("?", text), **looks)


def make_robust() -> None:
    """Make standard output and error take every text."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = codecs.lookup(stream.encoding).name  # the error itself only says “charmap”
            codecs.register_error(f"danvan-{encoding}", partial(_say_nearly, encoding=encoding))
            stream.reconfigure(errors=f"danvan-{encoding}")
