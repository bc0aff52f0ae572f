"""How numbers, dates and comparisons read in Vietnamese."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danvan_nb import wording

NUMBERS = st.decimals(
    Decimal("-1e12"), Decimal("1e12"), allow_nan=False, allow_infinity=False, places=6
)
DECIMALS = st.integers(0, 6)


def parse_vietnamese(text: str) -> Decimal:
    """Read a number as a reader does: groups of three after a dot, decimals after a comma;
    refuse anything else."""
    match = re.fullmatch(r"(-?)(\d{1,3}(?:\.\d{3})*)(?:,(\d+))?", text)
    assert match, text
    return Decimal(f"{match[1]}{match[2].replace('.', '')}.{match[3] or '0'}")


@given(NUMBERS, DECIMALS)
def test_number_round_trips(value: Decimal, decimals: int) -> None:
    """A Vietnamese reader gets back the rounded number,
    with exactly the decimals asked for and no minus before zero."""
    text = wording.number_text(value, decimals)
    assert parse_vietnamese(text) == wording.round_half_up(value, decimals)
    assert len(text.partition(",")[2]) == decimals
    assert not re.fullmatch(r"-[0.,]+", text)


@given(NUMBERS, DECIMALS)
def test_rounding_is_half_away_from_zero(value: Decimal, decimals: int) -> None:
    """The rounded number is the nearest; a tie goes away from zero."""
    step = Fraction(1, 10**decimals)
    exact, rounded = Fraction(value), Fraction(wording.round_half_up(value, decimals))
    assert abs(exact - rounded) <= step / 2
    if abs(exact - rounded) == step / 2:
        assert abs(rounded) > abs(exact)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("0", 0, "0"),
        ("-0.004", 2, "0,00"),
        ("0.005", 2, "0,01"),
        ("-0.005", 2, "-0,01"),
        ("999.5", 0, "1.000"),
        ("-1234.5", 1, "-1.234,5"),
        ("2.5", 0, "3"),
        ("270000", 0, "270.000"),
    ],
)
def test_number_edges(value: str, decimals: int, text: str) -> None:
    """Zero, ties, thousands and signs."""
    assert wording.number_text(Decimal(value), decimals) == text


@given(NUMBERS, DECIMALS, st.sampled_from(["vụ", "%", "điểm %", "tỷ đồng"]))
def test_verb_follows_the_rounded_number(value: Decimal, decimals: int, unit: str) -> None:
    """A change reads tăng or giảm as it is, không đổi only where there is none,
    and never prints a sign or a zero."""
    text, rounded = (
        wording.change_text(value, decimals, unit),
        wording.round_half_up(value, decimals),
    )
    expected = "tăng " if value > 0 else "giảm " if value < 0 else "không đổi"
    assert text.startswith(expected)
    assert "-" not in text
    if rounded:
        assert parse_vietnamese(text.split()[1].removesuffix("%")) == abs(rounded)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "không đổi"),
        ("0.004", "tăng không đáng kể"),
        ("0.005", "tăng 0,01%"),
        ("-0.0049", "giảm không đáng kể"),
        ("-0.005", "giảm 0,01%"),
    ],
)
def test_verb_at_the_edge_of_rounding(value: str, text: str) -> None:
    """A change too small to print is one all the same."""
    assert wording.change_text(Decimal(value), 2, "%") == text


def test_units_and_estimates() -> None:
    """% stands without a space, other units with one; an estimate says so."""
    assert wording.quantity_text(Decimal("95.8333"), 2, "%") == "95,83%"
    assert wording.quantity_text(Decimal(4), 0, "đơn", estimate=True) == "ước 4 đơn"
    assert wording.quantity_text(Decimal(4), 0, "") == "4"


def test_comparisons() -> None:
    """A ratio is “bằng”, a completion “đạt”; an estimated base is named."""
    assert wording.plan_text(Decimal("62.3021")) == "đạt 62,30% kế hoạch"
    assert wording.ratio_text(Decimal("112.51"), 2022) == "bằng 112,51% so với cùng kỳ năm 2022"
    assert (
        wording.ratio_text(Decimal(100), 2022, "số ước")
        == "bằng 100,00% so với cùng kỳ năm 2022 (số ước)"
    )


def test_missing_is_a_dash() -> None:
    """Nothing missing reads as a number or a word."""
    texts = (
        wording.number_text(None, 2),
        wording.quantity_text(None, 2, "%", estimate=True),
        wording.plan_text(None),
        wording.ratio_text(None, 2022, "số ước"),
        wording.change_text(None, 2, "%"),
    )
    assert set(texts) == {"-"}


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (date(2023, 1, 9), "ngày 09 tháng 01 năm 2023", "09/01/2023"),
        (date(2023, 2, 10), "ngày 10 tháng 02 năm 2023", "10/02/2023"),
        (date(2023, 3, 1), "ngày 01 tháng 3 năm 2023", "01/3/2023"),
        (date(2023, 12, 31), "ngày 31 tháng 12 năm 2023", "31/12/2023"),
    ],
)
def test_dates_are_padded_as_the_decree_says(day: date, long: str, short: str) -> None:
    """Only days under 10 and months 1 and 2 take a zero (Nghị định 30/2020)."""
    assert (wording.long_date(day), wording.short_date(day)) == (long, short)


def test_list_lines() -> None:
    """Lines end with semicolons, the last with a full stop, whichever it is."""
    assert wording.list_lines(("A", "B"), "Lưu: VT") == ("- A;", "- B;", "- Lưu: VT.")
    assert wording.list_lines((), "Lưu: VT") == ("- Lưu: VT.",)
    assert wording.list_lines(("A",)) == ("- A.",)


@given(st.integers(1, 39))
def test_roman_reads_back(number: int) -> None:
    """A Roman numeral reads back as its number."""
    worth = {"I": 1, "V": 5, "X": 10}
    digits = [worth[letter] for letter in wording.roman(number)]
    assert (
        sum(
            -left if left < right else left
            for left, right in zip(digits, [*digits[1:], 0], strict=True)
        )
        == number
    )
