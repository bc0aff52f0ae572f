"""How numbers, dates and comparisons read in Vietnamese.

Owns every word that stands around a computed number. It computes nothing but the rounding of what
it prints.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

DASH = "-"
"""What stands for a missing number, in a table cell and in prose."""

_WIDE = Context(prec=1000)  # the percentage of next to nothing has many digits
_VIETNAMESE_MARKS = str.maketrans({",": ".", ".": ","})


NOTHING = "không phát sinh"
"""How a rate over no cases reads."""

ORDINALS = ("", "nhất", "hai", "ba", "tư", "năm", "sáu")
"""How a year is counted in words."""

UNCHANGED = "không đổi"

SLIGHT = "không đáng kể"
"""What stands in place of a change that is too small to print."""

GAPS = {
    "same_period": "Chưa có số liệu cùng kỳ năm {before} để so sánh",
    "plan": "Chưa có kế hoạch năm {year} để so sánh",
    "cumulated": "Chưa đủ số liệu từ đầu năm để so với kế hoạch",
    "base": "Không tính được tỷ lệ so với số liệu bằng 0, số âm hoặc không phát sinh",
    "none": "Không phát sinh vụ việc để tính",
}
"""Why a comparison fell away, as the notes say it."""

MOST_NAMED = 6
"""How many indicators a note names; of more it gives the count."""


def gap_note(why: str, labels: Sequence[str], year: int) -> str:
    """Say once for which indicators a comparison fell away.

    Examples
    --------
    >>> gap_note("plan", ["Số hộ"], 2023)
    'Chưa có kế hoạch năm 2023 để so sánh: số hộ.'
    """
    named = ", ".join(map(lower_first, labels))
    told = named if len(labels) <= MOST_NAMED else f"{len(labels)} chỉ tiêu"
    return f"{GAPS[why].format(year=year, before=year - 1)}: {told}."


def plain_ascii(text: str) -> str:
    """Write Vietnamese words in small letters without marks.

    Examples
    --------
    >>> plain_ascii("Phường Tân Quy Đông")
    'phuong tan quy dong'
    """
    marked = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(char for char in marked if not unicodedata.combining(char))
    return plain.replace("đ", "d")


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero, as printed statistics do.

    Examples
    --------
    >>> round_half_up(Decimal("0.125"), 2), round_half_up(Decimal("-2.5"), 0)
    (Decimal('0.13'), Decimal('-3'))
    """
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_WIDE)
    return rounded if rounded else abs(rounded)  # no “-0,00”


def number_text(value: Decimal | None, decimals: int) -> str:
    """Write a number with `.` for thousands and `,` for decimals; a missing one is a dash.

    Notes
    -----
    Luật Kế toán 2003, Điều 12.

    Examples
    --------
    >>> number_text(Decimal("332331"), 0), number_text(Decimal("301.149"), 3), number_text(None, 0)
    ('332.331', '301,149', '-')
    """
    if value is None:
        return DASH
    return f"{round_half_up(value, decimals):,f}".translate(_VIETNAMESE_MARKS)


def exact_text(value: Decimal | None, *, point: str = ".", group: str = "") -> str:
    """Write a number with all its digits; a missing one is blank.

    Parameters
    ----------
    value : Decimal or None
        The number.
    point, group : str
        What stands before the decimals and between thousands: as files hold a number unless given.

    Examples
    --------
    >>> exact_text(Decimal("1204.50")), exact_text(None)
    ('1204.5', '')
    >>> exact_text(Decimal("1204.50"), point=",", group=".")
    '1.204,5'
    """
    if value is None:
        return ""
    return f"{value.normalize():,f}".translate({ord(","): group, ord("."): point})


def quantity_text(
    value: Decimal | None, decimals: int, unit: str, *, estimate: bool = False
) -> str:
    """Write a number with its unit; `%` follows without a space; an estimate reads “ước”.

    Examples
    --------
    >>> quantity_text(Decimal("301.149"), 3, "tỷ đồng", estimate=True)
    'ước 301,149 tỷ đồng'
    >>> quantity_text(Decimal("95.8333"), 2, "%")
    '95,83%'
    """
    if value is None:
        return DASH
    text = number_text(value, decimals)
    if unit:
        text += "%" if unit == "%" else f" {unit}"
    return f"ước {text}" if estimate else text


BASES = {True: "lũy kế từ đầu năm", False: "trong kỳ"}
"""From when a number counts: from 1 January, or from the first day of its period."""


def cumulated_text(day: date, amount: str) -> str:
    """Write an amount since 1 January: `lũy kế cả năm 500 tỷ đồng`."""
    whole = (day.month, day.day) == (12, 31)
    return f"lũy kế {'cả năm' if whole else f'từ đầu năm đến {short_date(day)}'} {amount}"


def plan_text(completion_pct: Decimal | None) -> str:
    """Write the completion of the year's plan: `đạt 62,30% kế hoạch`."""
    return DASH if completion_pct is None else f"đạt {number_text(completion_pct, 2)}% kế hoạch"


def ratio_text(ratio_pct: Decimal | None, year: int, remark: str = "") -> str:
    """Write the ratio to the same period: `bằng 112,51% so với cùng kỳ năm 2022`, with a remark."""
    if ratio_pct is None:
        return DASH
    return f"bằng {number_text(ratio_pct, 2)}% so với cùng kỳ năm {year}{in_brackets(remark)}"


def change_text(change: Decimal | None, decimals: int, unit: str, remark: str = "") -> str:
    """Write a rise or fall: `tăng 12,51%`, `giảm 12 đơn`, `tăng 11,46 điểm %`, `không đổi`.

    A change too small to print reads neither `tăng 0` nor as none: `tăng không đáng kể`.
    """
    if change is None:
        return DASH
    if not change:
        return UNCHANGED + in_brackets(remark)
    rounded = abs(round_half_up(change, decimals))
    verb = "tăng" if change > 0 else "giảm"
    amount = quantity_text(rounded, decimals, unit) if rounded else SLIGHT
    return f"{verb} {amount}{in_brackets(remark)}"


def lower_first(text: str) -> str:
    """Begin a name as inside a sentence; an abbreviation keeps its capitals.

    Examples
    --------
    >>> lower_first("Thu ngân sách"), lower_first("PAR Index")
    ('thu ngân sách', 'PAR Index')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def in_brackets(*words: str) -> str:
    """Write what is said in brackets, if there is any."""
    said = ", ".join(word for word in words if word)
    return f" ({said})" if said else ""


def short_date(day: date) -> str:
    """Write a date as `30/4/2023`, padded as the long form is.

    Examples
    --------
    >>> short_date(date(2023, 2, 5)), short_date(date(2023, 4, 30))
    ('05/02/2023', '30/4/2023')
    """
    return f"{day.day:02d}/{_month(day)}/{day.year}"


def long_date(day: date) -> str:
    """Write a date as the form does: only days under 10 and months 1 and 2 are padded.

    Notes
    -----
    Nghị định 30/2020/NĐ-CP, Phụ lục I.

    Examples
    --------
    >>> long_date(date(2023, 6, 5))
    'ngày 05 tháng 6 năm 2023'
    """
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def _month(day: date) -> str:
    return f"{day.month:02d}" if day.month < 3 else str(day.month)


def list_lines(items: tuple[str, ...], last: str = "") -> tuple[str, ...]:
    """Write items as dashed lines ending `;`, the last one `.` (Nơi nhận, several addressees)."""
    lines = [*items, last] if last else list(items)
    return tuple(f"- {line}{';' if n < len(lines) else '.'}" for n, line in enumerate(lines, 1))


def roman(number: int) -> str:
    """Write 1 to 39 in Roman numerals.

    Examples
    --------
    >>> roman(4), roman(19)
    ('IV', 'XIX')
    """
    units = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (number // 10) + units[number % 10]


LETTERS = "abcdđeghiklmnopqrstuvxy"
"""The order of điểm a), b) … in the Vietnamese alphabet: đ after d, no f, j, w, z."""


def number_heading(counts: list[int], level: int) -> str:
    """Number a heading by the counts of the three levels, which go on with it.

    Level 1 (`##`) is I., 2 is 1., 3 is a); 0, a title, has no number and begins anew.

    Examples
    --------
    >>> counts = [0, 0, 0]
    >>> [number_heading(counts, level) for level in (1, 2, 3, 3, 2, 0, 1)]
    ['I.', '1.', 'a)', 'b)', '2.', '', 'I.']
    """
    counts[level:] = [0] * (3 - level)
    if not level:
        return ""
    counts[level - 1] += 1
    count = counts[level - 1]
    return (f"{roman(count)}.", f"{count}.", f"{LETTERS[(count - 1) % len(LETTERS)]})")[level - 1]
