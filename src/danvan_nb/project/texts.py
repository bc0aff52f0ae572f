"""Text as people's programs leave it: decoded, composed, and refused where letters are damaged.

Owns what every text of a project goes through on its way in, and the signs that tell one damage
from another: each has its own cure.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from danvan_nb.errors import DanvanError, Issue

# Letters that the 8-bit fonts put where Vietnamese has none (TCVN 5712:1993; VNI writes marks as
# letters of their own).
_TCVN3 = re.compile(r"[^\W\d_][µ¸¶¹¨¾¼½ª¬]|[µ¸¶¹¨¾¼½©®ª¬§][^\W\d_]|[a-zđ][ÆÇËÎÏÑÖØÜÞ×]")
_VNI = re.compile(r"[aeouyôöAEOUYÔÖ][øûïåäüëØÛÏÅÄÜË]|[ñÑ][aeouôöâêi]|[a-z][öæ]")
# The bytes 80 to BF as Windows shows them (cp1252): what follows the first byte of a UTF-8 letter.
_TAIL = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
# Ã alone is a Vietnamese letter, and a quote may follow it; beside small letters it is none.
_TWICE = re.compile(
    f"(?:á[º»]|[ÄÅÆ]|â€){_TAIL}|Ã{_TAIL}(?=[a-zà-ỹ])|(?<=[a-zđ])Ã{_TAIL}|Ã{_TAIL}.*Ã{_TAIL}"
)
_VIQR = re.compile(r"[aeo]\^['`?~.]|[ou]\+['`?~.]", re.IGNORECASE)
_LOST = re.compile(r"\ufffd|[^\W\d_]\?[^\W\d_]|^[“\"'(]*\?[^\W\d_]")
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
UNPRINTABLE = re.compile(f"{_CONTROL.pattern}|{_UNSEEN.pattern}")
"""What shows nothing, moves the cursor, or turns the direction of a line."""
_SPACES = re.compile("[\v\f\u0085\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


@dataclass(frozen=True)
class Damage:
    """What happened to a text: the message that tells it, and what the message names."""

    key: str
    facts: Mapping[str, str] = field(default_factory=dict)


def legacy_encoding(text: str, least: int = 2) -> str:
    """Name the old 8-bit Vietnamese encoding that a text was typed in: `TCVN3`, `VNI`, or nothing.

    One sign of VNI may be a foreign name (Noël), so `least` two are asked for.

    Examples
    --------
    >>> [legacy_encoding(text) for text in ("Sè liÖu", "Soá lieäu, ñôn vò", "Số liệu Noël")]
    ['TCVN3', 'VNI', '']
    """
    if text.isascii():
        return ""
    if len(_VNI.findall(text)) >= least:
        return "VNI"
    return "TCVN3" if _TCVN3.search(text) else ""


def damage(text: str, least: int = 2) -> Damage | None:
    """Tell what damaged the letters of a text, if anything did.

    Examples
    --------
    >>> damage("Káº¿ hoáº¡ch").facts, damage("K? ho?ch").key, damage("Kế hoạch?")
    ({'expected': '“Kế hoạch”'}, 'ma_ky_tu.mat', None)
    """
    if _TWICE.search(text):
        return Damage("ma_ky_tu.hai_lan", {"expected": f"“{_read_once(text).strip()[:60]}”"})
    if encoding := legacy_encoding(text, least) or ("VIQR" if _VIQR.search(text) else ""):
        return Damage("ma_ky_tu.chu", {"encoding": encoding})
    words = (word for word in text.split() if "=" not in word and "://" not in word)
    return Damage("ma_ky_tu.mat") if any(map(_LOST.search, words)) else None


def _read_once(text: str) -> str:
    """Undo what a program did that took the bytes of UTF-8 for letters; as far as it can be."""
    raw = b"".join(
        char.encode("cp1252" if char > "\u00ff" else "latin-1", "replace") for char in text
    )
    return unicodedata.normalize("NFC", raw.decode("utf-8", "replace"))


def tidy(text: str) -> str:
    r"""Compose accents (NFC), drop signs that nobody sees, make odd spaces and breaks plain.

    Examples
    --------
    >>> tidy("Ke\u0302\u0301 ho\u00ada\u0323ch\r\nmo\u0302\u0323t\u2028na\u0306m")
    'Kế hoạch\nmột năm'
    """
    if text.isascii() and "\r" not in text and not _SPACES.search(text):
        return text
    text = re.sub("\r\n?", "\n", unicodedata.normalize("NFC", _UNSEEN.sub("", text)))
    return _SPACES.sub(" ", text)


def read_text(data: bytes, file: str, wrong: type[DanvanError]) -> str:
    """Read a text that a person wrote.

    Raises
    ------
    DanvanError
        Of the kind `wrong`, with every damaged line or the encoding that it is in.
    """
    try:
        text = tidy(data.decode("utf-8-sig"))
    except UnicodeDecodeError as err:
        raise wrong(wrong_encoding(data, err.start, file)) from None
    issues = []
    if _CONTROL.search(text) or damage(text):  # then one sign in a line is one too
        for row, line in enumerate(text.split("\n"), 1):
            moves = Damage("ma_ky_tu.dieu_khien") if _CONTROL.search(line) else None
            if found := moves or damage(line, least=1):
                shown = UNPRINTABLE.sub("?", line.strip()[:60])
                issues.append(Issue.of(found.key, file=file, row=row, found=shown, **found.facts))
    if issues:
        raise wrong(issues)
    return text


def wrong_encoding(data: bytes, at: int, file: str, kind: str = "tep") -> Issue:
    """Say which encoding a file has instead of UTF-8, as far as that can be told.

    `kind` says who makes such files: `tep` an editor, `csv` Excel.
    """
    row = data[:at].count(b"\n") + 1
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Issue.of(f"ma_ky_tu.{kind}_utf16", file=file)
    old = legacy_encoding(data.decode("cp1252", "ignore"))
    key = f"ma_ky_tu.{kind}_cu" if old else f"ma_ky_tu.{kind}"
    return Issue.of(key, file=file, row=row, encoding=old)
