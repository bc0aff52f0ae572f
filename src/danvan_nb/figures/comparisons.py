"""The arithmetic of comparisons, on exact decimals; a missing or zero base gives a missing result."""

from __future__ import annotations

from decimal import Decimal


def ratio_pct(current: Decimal | None, base: Decimal | None) -> Decimal | None:
    """Give `current` as a percentage of `base` (đạt … % kế hoạch; bằng … % so với cùng kỳ).

    Examples
    --------
    >>> ratio_pct(Decimal(23), Decimal(24)).quantize(Decimal("0.01"))
    Decimal('95.83')
    >>> ratio_pct(Decimal(1), Decimal(0)) is None
    True
    """
    if current is None or not base:
        return None
    return current * 100 / base


def change_abs(current: Decimal | None, base: Decimal | None) -> Decimal | None:
    """Give the difference from `base`, in the indicator's own unit (điểm % for a rate)."""
    if current is None or base is None:
        return None
    return current - base


def change_pct(current: Decimal | None, base: Decimal | None) -> Decimal | None:
    """Give the growth over `base` in percent.

    Examples
    --------
    >>> change_pct(Decimal("109.4"), Decimal(100))
    Decimal('9.4')
    """
    difference = change_abs(current, base)
    if difference is None or base is None:
        return None
    return ratio_pct(difference, abs(base))
