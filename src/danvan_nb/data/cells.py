"""What one cell says: a number, a day or a text, however it was typed.

Owns every normalisation of a cell; each stands in `docs/bang-so-lieu.md` and has a test. A cell
with two possible readings is an error, never a guess.
"""

import re
import unicodedata
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self

EPOCH = date(1899, 12, 30)
"""Day 0 of Excel, and of its workbooks that count from 1904."""
EPOCH_1904 = date(1904, 1, 1)
YEARS = (1945, 2119)
"""A day outside is none of a report: 1930 is a 30 that was typed for 2030."""
LAST_DAY = 2_958_466
LONGEST = 32_767
"""Characters that a cell of Excel holds."""
_EXECUTED = re.compile(r"[=+@＝＋＠\t\r-](?![0-9.,]*%?$)|－")
"""How a text begins that a spreadsheet takes for a formula (OWASP, CSV injection); no number."""
_NOTHING = re.compile(r"[-–—_.…/]+")
_NO_NUMBER = re.compile(_NOTHING.pattern + r"|[x*?Ø]|n/?a|không|chưa( có)?", re.IGNORECASE)
"""What people put where they have nothing to say, or no number."""
_UNSEEN = ("Cc", "Cf", "Cs")
"""Categories of characters that show nothing: controls, zero-width ones, halves of characters."""
_GROUPED = re.compile(
    r"[0-9]{1,3}(?:(?:\.[0-9]{3})+(?:,[0-9]+)?|(?:,[0-9]{3})+(?:\.[0-9]+)?"
    r"|(?: [0-9]{3})+(?:[.,][0-9]+)?)"
)
_ERROR = re.compile(r"#[A-Z0-9/_]+[!?A]|#GETTING_DATA|#{3,}|Err:[0-9]+")
_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_DATES = (
    re.compile(r"(?P<d>[0-9]{1,2})([/.-])(?P<m>[0-9]{1,2})\2(?P<y>[0-9]{4})"),
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?: 00:00:00)?"),
    re.compile(
        r"ngày (?P<d>[0-9]{1,2}) tháng (?P<m>[0-9]{1,2}) năm (?P<y>[0-9]{4})", re.IGNORECASE
    ),
)


_UNIT_SPELLINGS = {
    r"\btỉ\b": "tỷ",
    r"\bngàn\b|\b1[., ]?000\b": "nghìn",
    r"\btr\.? ?(?=đ|vn)": "triệu ",
    r"₫|\bvn[đd]\b|\bđ\b": "đồng",
}


class CellError(Exception):
    """A cell that can't be read: the key of its message, and the facts that the message names."""

    def __init__(self, key: str, **facts: Any) -> None:
        self.key, self.facts = key, facts


class Percent(float):
    """A number that its cell shows as a percentage: 0.9583 shown 95,83%."""


class Refused(str):
    """What a cell holds but nobody can take for its value; `key` is the message that says why."""

    key: str

    def __new__(cls, key: str, text: str) -> Self:
        """Keep the key beside the text."""
        self = super().__new__(cls, text)
        self.key = key
        return self


def clean(cell: Any) -> Any:
    """Compose accents, drop what can't be seen, and make all white space one plain space.

    Blank is an empty text; a number or date stays as it is.
    """
    if not isinstance(cell, str) or isinstance(cell, Refused):
        return "" if cell is None else cell
    if len(cell) > LONGEST:
        return Refused("qua_dai", cell[:60])
    text = cell if cell.isascii() else unicodedata.normalize("NFC", cell)
    if not text.isprintable():
        seen = (one for one in text if one.isspace() or unicodedata.category(one) not in _UNSEEN)
        text = "".join(seen)
    text = " ".join(text.split())
    return text[1:] if text.startswith("'") and is_executed(text[1:]) else text


def is_executed(text: str) -> bool:
    """Tell if a spreadsheet that opens a text as a cell takes it for a formula."""
    return _EXECUTED.match(text) is not None


def inert(cell: Any) -> Any:
    """Put a ' before what a spreadsheet would take for a formula; `clean` takes it away again.

    Examples
    --------
    >>> inert("=1+1"), clean(inert("=1+1")), inert("-5,2"), inert("xã")
    ("'=1+1", '=1+1', '-5,2', 'xã')
    """
    return f"'{cell}" if isinstance(cell, str) and is_executed(cell) else cell


def is_placeholder(cell: Any) -> bool:
    """Tell if a text is only dashes or dots, which people put where they have nothing to say."""
    return isinstance(cell, str) and bool(_NOTHING.fullmatch(cell))


def check_readable(cell: Any) -> None:
    """Refuse Excel's error values, and what the workbook's looks leave open, with a CellError."""
    if isinstance(cell, Refused):
        raise CellError(cell.key)
    if isinstance(cell, str) and _ERROR.fullmatch(cell):
        raise CellError("loi_excel")


def number(
    cell: Any, *, percent: bool = False, dotted: bool = False, whole: bool = False
) -> Decimal:
    """Read a cleaned cell's number exactly; CellError if it has none, or two readings.

    Parameters
    ----------
    cell
        What `clean` gave.
    percent : bool
        The unit is %, and a percentage is that many of it.
    dotted : bool
        The file's decimal mark is the point (comma-separated CSV), so `1.234` has one reading.
    whole : bool
        Only whole numbers.

    Examples
    --------
    >>> number("1.234,5"), number("95,83 %", percent=True), number("1.2340", dotted=True)
    (Decimal('1234.5'), Decimal('95.83'), Decimal('1.234'))
    """
    marked = isinstance(cell, Percent) or (isinstance(cell, str) and cell.endswith("%"))
    if marked and not percent:
        raise CellError("phan_tram")
    if isinstance(cell, str):
        value = _text_number(cell.removesuffix("%").strip(), dotted)
    elif isinstance(cell, bool) or not isinstance(cell, (int, float)):
        raise CellError("khong_phai_so.kieu")
    else:
        value = Decimal(f"{cell * 100 if marked else cell:.15g}")
    if not value.is_finite() or abs(value) >= 10**15:  # beyond what a spreadsheet keeps exactly
        raise CellError("so_lon")
    if whole and value != int(value):
        raise CellError("so_nguyen")
    return value.normalize() + 0  # one way to write each number: 17, not 17.0 or 1.7E+1 or -0


def _text_number(text: str, dotted: bool) -> Decimal:
    sign = -1 if text[:1] in "-−–" and text[1:] else 1
    digits = text.removeprefix("+") if sign == 1 else text[1:].strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?" if dotted else r"[0-9]+", digits):
        return sign * Decimal(digits)
    if _AMBIGUOUS.fullmatch(digits):
        plain = digits.replace(",", "").replace(".", "")
        raise CellError("so_hai_nghia", one=plain, other=digits.replace(".", ","))
    if _GROUPED.fullmatch(digits) or re.fullmatch(r"[0-9]+[.,][0-9]+", digits):
        mark = max(digits.rfind(","), digits.rfind("."))
        if digits.count(digits[mark]) > 1:  # the only mark, and it groups: 1.234.567
            mark = -1
        head, tail = (digits[:mark], digits[mark + 1 :]) if mark >= 0 else (digits, "")
        return sign * Decimal(re.sub("[., ]", "", head) + ("." + tail if tail else ""))
    if _NO_NUMBER.fullmatch(text):
        raise CellError("khong_phai_so.gach")
    key = "khong_phai_so.kem_chu" if re.search("[0-9]", text) else "khong_phai_so.chu"
    raise CellError(key, example="1234.5" if dotted else "1234,5")


def day(cell: Any, *, epoch: date | None = None) -> date:
    """Read a day, the day of the month before the month; CellError if it is none.

    `epoch` is day 0 where numbers stand for days.

    Examples
    --------
    >>> day("5/6/2023"), day("ngày 05 tháng 6 năm 2023"), day(45046, epoch=EPOCH)
    (datetime.date(2023, 6, 5), datetime.date(2023, 6, 5), datetime.date(2023, 4, 30))
    """
    found = None
    if isinstance(cell, datetime) and cell.time() == time():
        found = cell.date()
    elif epoch and type(cell) in (int, float) and cell == int(cell) and 0 < cell < LAST_DAY:
        found = epoch + timedelta(int(cell))
    for pattern in _DATES if isinstance(cell, str) else ():
        if match := pattern.fullmatch(cell):
            with suppress(ValueError):
                found = date(int(match["y"]), int(match["m"]), int(match["d"]))
    if found is None or not YEARS[0] <= found.year <= YEARS[1]:
        raise CellError("ngay.gach" if is_placeholder(cell) else "ngay")
    return found


def may_be_turned(found: date) -> bool:
    """Tell if day and month could change places."""
    return found.day <= 12 and found.day != found.month


def is_late_day(cell: Any) -> bool:
    """Tell if a text is a day after the 12th: an Excel that takes the month first left it text."""
    match = _DATES[0].fullmatch(cell.strip()) if isinstance(cell, str) else None
    return match is not None and int(match["d"]) > 12


def check_text(cell: Any, exact: bool) -> None:
    """Refuse a day or a time that Excel made of a text, where what was typed can't be known."""
    if isinstance(cell, datetime) and not exact and not may_be_turned(cell):
        return
    if isinstance(cell, (datetime, time, timedelta)):
        raise CellError("chu_thanh_ngay")


def unit(text: str) -> str:
    """Write a unit in one way: spelling and case make no difference.

    Examples
    --------
    >>> unit("Tỉ đồng"), unit("ngàn tỉnh"), unit("Tr.đ"), unit("1.000 VNĐ")
    ('tỷ đồng', 'nghìn tỉnh', 'triệu đồng', 'nghìn đồng')
    """
    text = text.casefold()
    for spelling, usual in _UNIT_SPELLINGS.items():
        text = re.sub(spelling, usual, text)
    return " ".join(text.split())


def is_unit(words: str, expected: str) -> bool:
    """Tell if words name a unit, perhaps without the currency."""
    return unit(words) in (unit(expected), unit(expected).removesuffix(" đồng"))
