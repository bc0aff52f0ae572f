"""The arithmetic of comparisons."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danvan_nb.figures.formulas import change_abs, change_pct, ratio_pct
from danvan_nb.wording import change_text

NUMBERS = st.decimals(
    Decimal("-1e9"), Decimal("1e9"), allow_nan=False, allow_infinity=False, places=3
)
POSITIVE = st.decimals(
    Decimal("0.001"), Decimal("1e9"), allow_nan=False, allow_infinity=False, places=3
)
NEAR = Decimal("1e-12")


@given(NUMBERS, POSITIVE)
def test_ratio_is_a_hundred_and_the_growth(current: Decimal, base: Decimal) -> None:
    """`bằng 109,40%` and `tăng 9,40%` say the same for a positive base."""
    ratio, growth = ratio_pct(current, base), change_pct(current, base)
    assert ratio is not None and growth is not None
    assert abs(ratio - (100 + growth)) <= NEAR * max(1, abs(ratio))


@given(NUMBERS, NUMBERS)
def test_change_goes_back(current: Decimal, base: Decimal) -> None:
    """The base and the change give the number again; turned round,
    the change has the other sign."""
    change = change_abs(current, base)
    assert change is not None
    assert base + change == current
    assert change_abs(base, current) == -change


@given(NUMBERS, POSITIVE)
def test_growth_has_the_sign_of_the_change(current: Decimal, base: Decimal) -> None:
    """More is growth."""
    growth = change_pct(current, base)
    assert growth is not None
    assert (growth > 0, growth < 0) == (current > base, current < base)


@given(POSITIVE, POSITIVE, st.integers(1, 1000))
def test_ratio_does_not_know_the_unit(current: Decimal, base: Decimal, scale: int) -> None:
    """Both numbers in thousands give the same ratio."""
    with localcontext() as context:
        context.prec = 60
        assert abs(ratio_pct(current * scale, base * scale) - ratio_pct(current, base)) < NEAR  # type: ignore[operator]


@pytest.mark.parametrize("compare", [ratio_pct, change_abs, change_pct])
@pytest.mark.parametrize(
    ("current", "base"), [(None, Decimal(1)), (Decimal(1), None), (None, None)]
)
def test_missing_stays_missing(
    compare: object, current: Decimal | None, base: Decimal | None
) -> None:
    """Nothing is compared with nothing."""
    assert compare(current, base) is None  # type: ignore[operator]


@given(NUMBERS, st.one_of(st.just(Decimal()), POSITIVE.map(lambda number: -number)))
def test_nothing_is_a_percentage_of_a_negative_number(current: Decimal, base: Decimal) -> None:
    """Of zero or a debt there is a difference, but no percentage."""
    assert ratio_pct(current, base) is None
    assert change_pct(current, base) is None
    assert change_abs(current, base) is not None


def test_zero_base() -> None:
    """No ratio to zero; a difference from zero there is."""
    assert ratio_pct(Decimal(3), Decimal(0)) is None
    assert change_pct(Decimal(3), Decimal(0)) is None
    assert change_abs(Decimal(3), Decimal(0)) == 3


@given(
    st.decimals(-2, 2, allow_nan=False, allow_infinity=False, places=5),
    st.integers(0, 3),
    st.sampled_from(["%", "đơn", "điểm %"]),
)
def test_words_agree_with_the_number(change: Decimal, decimals: int, unit: str) -> None:
    """Up reads “tăng”, down “giảm”; “không đổi” is said of nothing but no change, and a change is
    printed as it rounds, never as 0."""
    text = change_text(change, decimals, unit)
    verb = "tăng" if change > 0 else "giảm" if change < 0 else "không đổi"
    assert text.startswith(verb)
    printed = re.search(r"\d+(?:,\d+)?", text)
    rounded = abs(change).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert (Decimal(printed[0].replace(",", ".")) if printed else 0) == rounded
    assert ("không đáng kể" in text) == (change != 0 and rounded == 0)
