"""A cell has one reading or none: every way of writing a number or a day that offices use,
and every one that is refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from danvan_nb.data.cells import EPOCH, CellError, Percent, clean, day, number
from danvan_nb.errors import Issue
from danvan_nb.project.texts import legacy_encoding
from danvan_nb.wording import long_date, number_text

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=3)


@given(AMOUNTS, st.integers(0, 3))
@example(Decimal("1.234"), 3)
def test_what_a_report_prints_is_read_back(amount: Decimal, decimals: int) -> None:
    """A number written as reports write it is read as itself, unless it could be another:
    then it is refused."""
    text = number_text(amount, decimals)
    value = Decimal(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text):
        with pytest.raises(CellError):
            number(text)
    else:
        assert number(text) == value
        assert number("-" + text) == -value


@given(AMOUNTS)
def test_decimal_point_of_comma_separated_files(amount: Decimal) -> None:
    """Where the decimal mark is known to be the point, nothing is ambiguous."""
    assert number(f"{amount:f}", dotted=True) == amount


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_an_error(text: str) -> None:
    """No text ends in anything but a number or a told error."""
    try:
        assert number(clean(text), percent=True) == number(clean(text), percent=True)
    except CellError as err:
        issue = Issue.of(err.key, **err.facts)
        assert issue.rule
        assert issue.message


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_days_in_every_writing(value: date) -> None:
    """Text with slashes, hyphens, dots, in words, ISO,
    a day number and Excel's own day are the same day."""
    serial = (value - date(1899, 12, 30)).days
    writings = (
        f"{value:%d/%m/%Y}",
        f"{value.day}/{value.month}/{value.year}",
        f"{value:%d-%m-%Y}",
        f"{value:%d.%m.%Y}",
    )
    for text in (
        *writings,
        long_date(value),
        value.isoformat(),
        datetime(value.year, value.month, value.day),
    ):
        assert day(text) == value
    assert day(serial, epoch=EPOCH) == day(float(serial), epoch=EPOCH) == value
    with pytest.raises(CellError):
        day(serial)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_month_first_is_never_read(value: date) -> None:
    """`6/30/2023` is refused, not turned round."""
    assume(value.day > 12)
    with pytest.raises(CellError):
        day(f"{value:%m/%d/%Y}")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("24", 24),
        ("1.234,5", 1234.5),
        ("1.234.567", 1234567),
        ("1,234,567", 1234567),
        ("1,234.5", 1234.5),
        ("1 234,5", 1234.5),
        ("1\u00a0234\u00a0567", 1234567),
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("0,234", 0.234),
        ("1234,567", 1234.567),
        ("−5", -5),
        ("+7", 7),
        (0.1 + 0.2, 0.3),
        ("\ufeff24 ", 24),
    ],
)
def test_one_reading(cell: object, value: float) -> None:
    """What can only be one number is that number."""
    assert number(clean(cell)) == Decimal(str(value))


@pytest.mark.parametrize(
    ("cell", "text"),
    [("17,0", "17"), ("-0", "0"), (100.0, "100"), (1e14, "1" + "0" * 14), ("0,10", "0.1")],
)
def test_a_number_is_written_in_one_way(cell: object, text: str) -> None:
    """Whatever zeros were typed, the same number is the same text."""
    assert str(number(cell)) == text


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), 1e15])
def test_numbers_that_a_spreadsheet_does_not_keep(cell: object) -> None:
    """What is no finite number of at most 15 digits is refused."""
    with pytest.raises(CellError) as caught:
        number(cell)
    assert caught.value.key == "so_lon"


@pytest.mark.parametrize("cell", ["95,83%", "95,83 %", Percent(0.9583)])
def test_percent(cell: object) -> None:
    """A percentage, typed or shown by the cell's format, is that many %,
    and an error where the unit is another."""
    assert number(cell, percent=True) == Decimal("95.83")
    with pytest.raises(CellError) as caught:
        number(cell)
    assert caught.value.key == "phan_tram"


@pytest.mark.parametrize("cell", ["1.234", "1,234", "-1.234", "999.999", "1.000"])
def test_two_readings(cell: str) -> None:
    """One mark before three digits is never guessed; both readings are shown."""
    with pytest.raises(CellError) as caught:
        number(cell)
    assert caught.value.key == "so_hai_nghia"
    assert " hay " in Issue.of(caught.value.key, **caught.value.facts).expected


@pytest.mark.parametrize(
    "cell",
    [True, None, "", "١٢", "²", "1.2.3", "12,34,5", ",5", "5,", "1..2", "--5", "0x10", "1_000"],
)
def test_no_number(cell: object) -> None:
    """Python's own ways of writing numbers, and other scripts' digits, are no numbers here."""
    with pytest.raises(CellError):
        number(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "29/02/2023",
        "31/4/2023",
        "00/1/2023",
        "2023-13-01",
        "1/2/23",
        "ngày mai",
        20230630,
        12,
        True,
        timedelta(1),
    ],
)
def test_no_day(cell: object) -> None:
    """A day that does not exist, or is not written in full, is refused."""
    with pytest.raises(CellError):
        day(cell, epoch=EPOCH)


def test_accents_and_spaces() -> None:
    """Decomposed accents, non-breaking and zero-width spaces are taken away;
    a text is otherwise kept."""
    assert clean(unicodedata.normalize("NFD", " Số\u00a0liệu\u200b ")) == "Số liệu"


@given(
    st.text(
        alphabet=(
            "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
            " ,.-0123456789()/%"
        )
    )
)
def test_vietnamese_in_unicode_is_never_taken_for_an_old_encoding(text: str) -> None:
    """No Vietnamese text, in either case, is refused."""
    assert legacy_encoding(text) == legacy_encoding(text.upper()) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Citroën",
        "Noël",
        "naïve café",
        "Müller",
        "m² và m³",
        "30°C",
        "“trích”",
        "Microsoft®",
        "«nguồn»",
    ],
)
def test_foreign_words_are_not_taken_for_an_old_encoding(text: str) -> None:
    """A foreign name or sign in a Vietnamese text stays."""
    assert legacy_encoding(f"Số liệu {text} năm 2023") == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("§¬n vÞ", "TCVN3"),
        ("kÕ ho¹ch", "TCVN3"),
        ("Ñôn vò tính: ñoàng", "VNI"),
        ("Keá hoaïch coâng taùc naêm", "VNI"),
    ],
)
def test_old_encodings_are_recognised(text: str, name: str) -> None:
    """Text typed with .VnTime or VNI fonts is named."""
    assert legacy_encoding(text, least=1) == name
