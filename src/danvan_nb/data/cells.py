"""What one cell says: a number, a day or a text, however it was typed.

Owns every normalisation of a cell; each stands in `docs/bang-so-lieu.md` and has a test. A cell
with two possible readings is an error, never a guess.
"""

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from danvan_nb.project.texts import legacy_encoding as legacy_encoding

NORMALISATIONS = (
    "Chữ có dấu tổ hợp (NFD) được ghép lại thành dựng sẵn (NFC).",
    "Khoảng trắng không ngắt, khoảng trắng thừa ở hai đầu và ký tự không nhìn thấy (U+200B, U+FEFF)"
    " được bỏ.",
    "Số gõ thành chữ: `1.234,5`, `1.234.567`, `1 234,5`, `12,5`, `12.5` đọc theo cách hiểu duy nhất"
    "; `1.234` và `1,234` có hai cách hiểu nên là lỗi (riêng tệp CSV ngăn cách bằng dấu phẩy dùng "
    "dấu chấm thập phân, `1.234` là một phẩy hai ba bốn).",
    "`95,83%` gõ thành chữ, hoặc ô số định dạng %, là 95,83 khi đơn vị tính của chỉ tiêu là %; "
    "với đơn vị khác là lỗi.",
    "Số trong Excel được lấy đến 15 chữ số có nghĩa như Excel hiển thị (0,1 + 0,2 là 0,3).",
    "Ngày gõ thành chữ: `30/4/2023`, `30-04-2023`, `30.4.2023`, `2023-04-30`, "
    "`ngày 30 tháng 4 năm 2023`; trong Excel còn nhận số thứ tự ngày (45046). "
    "Ngày luôn đứng trước tháng.",
    "Ô công thức lấy kết quả đã lưu; chưa có kết quả là lỗi. Macro trong .xlsm không bao giờ chạy.",
    "CSV: có hoặc không có BOM; ngăn cách bằng dấu phẩy, chấm phẩy hoặc tab.",
    "Tiêu đề nhiều dòng, ô gộp, dòng tên bảng phía trên, dòng đánh số cột (1), (2)…, dòng trống, "
    "cột STT được bỏ qua; dòng tổng cộng, trang tính đổi tên hoặc ẩn được nêu thành lưu ý.",
)
SERIALS = (20000, 80000)
"""Excel's day numbers of 1954 and 2119: a number outside is no date of a report."""
_GROUPED = re.compile(
    r"[0-9]{1,3}(?:(?:\.[0-9]{3})+(?:,[0-9]+)?|(?:,[0-9]{3})+(?:\.[0-9]+)?"
    r"|(?: [0-9]{3})+(?:[.,][0-9]+)?)"
)
_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_DATES = (
    re.compile(r"(?P<d>[0-9]{1,2})([/.-])(?P<m>[0-9]{1,2})\2(?P<y>[0-9]{4})"),
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?: 00:00:00)?"),
    re.compile(
        r"ngày (?P<d>[0-9]{1,2}) tháng (?P<m>[0-9]{1,2}) năm (?P<y>[0-9]{4})", re.IGNORECASE
    ),
)


class CellError(Exception):
    """A cell that can't be read: the key of its message, and the facts that the message names."""

    def __init__(self, key: str, **facts: Any) -> None:
        self.key, self.facts = key, facts


class Percent(float):
    """A number that its cell shows as a percentage: 0.9583 shown 95,83%."""


class Uncalculated(str):
    """A formula whose result was never stored."""


def clean(cell: Any) -> Any:
    """Compose accents, make every space a plain one, and trim; blank is an empty text.

    A number or date stays as it is.
    """
    if not isinstance(cell, str) or isinstance(cell, Uncalculated):
        return "" if cell is None else cell
    if cell.isascii():
        return cell.strip()
    text = re.sub("[\u200b\ufeff\u00ad]", "", unicodedata.normalize("NFC", cell))
    return re.sub("[\u00a0\u2007\u202f]", " ", text).strip()


def check_readable(cell: Any) -> None:
    """Refuse Excel's error values and formulas without a result with a CellError."""
    if isinstance(cell, Uncalculated):
        raise CellError("cong_thuc_chua_tinh")
    if isinstance(cell, str) and re.fullmatch(r"#[A-Z0-9/_]+[!?A]|#GETTING_DATA|#{3,}", cell):
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
    if text in ("-", "–", "—", "x", "X", "..."):
        raise CellError("khong_phai_so.gach")
    key = "khong_phai_so.kem_chu" if re.search("[0-9]", text) else "khong_phai_so.chu"
    raise CellError(key, example="1234.5" if dotted else "1234,5")


def day(cell: Any, *, serials: bool = False) -> date:
    """Read a day, the day of the month before the month; CellError if it is none.

    `serials` allows Excel's day numbers.

    Examples
    --------
    >>> day("5/6/2023"), day("ngày 05 tháng 6 năm 2023"), day(45046, serials=True)
    (datetime.date(2023, 6, 5), datetime.date(2023, 6, 5), datetime.date(2023, 4, 30))
    """
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    if (
        serials
        and type(cell) in (int, float)
        and cell == int(cell)
        and SERIALS[0] < cell < SERIALS[1]
    ):
        return date.fromordinal(date(1899, 12, 30).toordinal() + int(cell))
    for pattern in _DATES if isinstance(cell, str) else ():
        if match := pattern.fullmatch(cell):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                break
    raise CellError("ngay")
