"""What falls away of a sentence, and what is said once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danvan_nb.sentences import GAP, UNCHANGED, VALUE, ZERO, mend

SIGNS = {"{gap}": GAP, "{số}": VALUE, "{không đổi}": UNCHANGED, "{0}": ZERO}


def mended(drawn: str) -> str:
    """Mend a sentence in which signs are drawn as words."""
    for word, sign in SIGNS.items():
        drawn = drawn.replace(word, sign)
    left = mend(drawn)
    letters = zip(left.places, left.text, strict=True)
    text = "".join(
        left.said.get(at, letter.upper() if at in left.capitals else letter)
        for at, letter in letters
    )
    for word, sign in SIGNS.items():
        text = text.replace(sign, word)
    return text


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        ("Thu {số}, {số}, {gap}; chi {số}, {gap}.", "Thu {số}, {số}; chi {số}."),
        ("Thu {số}, bằng {gap} so với cùng kỳ.", "Thu {số}."),
        ("Thu {số} và {gap}.", "Thu {số}."),
        ("Thu {số} (cùng kỳ {gap}), chi {số} ({số}, {gap}).", "Thu {số}, chi {số} ({số})."),
        ("Thu {số}, {gap}; trong đó nội địa {số}.", "Thu {số}; trong đó nội địa {số}."),
        ("Số lượt {gap} và số người {số}.", "Số người {số}."),
        ("So với năm 2022, lượt {gap}, người {gap}; đơn {gap}.", ""),
        ("So với năm 2022, tiếp {gap}, {số}; đơn {gap}.", "So với năm 2022, tiếp {số}."),
        ("So với năm 2022, tiếp {gap}, {gap}; đơn {số}.", "So với năm 2022, đơn {số}."),
        ("Đã nhận. So với cùng kỳ, số đơn {gap}. Đã xong.", "Đã nhận. Đã xong."),
        ("Đã nhận. So với cùng kỳ, số đơn {gap}.", "Đã nhận."),
        ("Số đơn {gap} so với cùng kỳ, do làm tốt hòa giải.", ""),
        ("Tình hình ổn định, số đơn {gap}.", "Tình hình ổn định."),
        ("{gap}, thu {số}.", "Thu {số}."),
        ("Kết quả: {gap}, {gap}.", ""),
        ("Thu {số}, {gap};", "Thu {số};"),
        ("Tính chung, thu {gap}; chi {số}; khác {gap}./.", "Tính chung, chi {số}./."),
    ],
)
def test_a_comparison_without_its_base_falls_away(drawn: str, text: str) -> None:
    """Its words and its comma go with it; what else the sentence says stays and reads well."""
    assert mended(drawn) == text


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        ("Tiếp {không đổi}, {không đổi}; đơn {số}.", "Tiếp đều không đổi; đơn {số}."),
        (
            "Đã nhận {không đổi}, đã giải quyết {không đổi}.",
            "Đã nhận, đã giải quyết đều không đổi.",
        ),
        ("Tiếp {không đổi}, đơn {số}, vụ {không đổi}.",) * 2,
        ("Thu {số}, {không đổi}, chi {không đổi}.",) * 2,
        ("Khiếu nại nội bộ: nhận {0}, giải quyết {0}.", "Khiếu nại nội bộ: không phát sinh."),
        ("Riêng khiếu nại, nhận {0}; tồn {0}.", "Riêng khiếu nại, không phát sinh."),
        (
            "Số dân được tiếp là {0}, {0}; Chủ tịch tiếp {0}.",
            "Số dân được tiếp; Chủ tịch tiếp đều không phát sinh.",
        ),
        ("Nhận {số}; giải quyết {0}, tồn {0}.",) * 2,
        ("Nhận {0}.",) * 2,
        ("Đã nhận {0}, thành {0}; tỷ lệ đạt {gap}.", "Đã nhận, thành đều không phát sinh."),
    ],
)
def test_what_is_the_same_is_said_once(drawn: str, text: str) -> None:
    """Several unchanged or only zeros are one wording; a zero beside a number stays a number."""
    assert mended(drawn) == text


WORDS = st.sampled_from(["thu", "chi ngân sách", "đã tiếp nhận", "", "Mặt trận và đoàn thể"])
CLAUSES = st.tuples(WORDS, st.sampled_from(["{gap}", "{số}", "{không đổi}", "{0}", "ổn định"]))
SENTENCES = st.lists(
    st.tuples(CLAUSES, st.sampled_from([", ", "; ", " và "])), min_size=1, max_size=6
)


@given(SENTENCES, st.sampled_from(["", "So với cùng kỳ năm 2022, ", "Kết quả: "]))
def test_punctuation_stays_whole(parts: list[tuple[tuple[str, str], str]], opening: str) -> None:
    """No gap is left, no number is lost, and no comma, bracket or blank stands alone or twice."""
    body = "".join(f"{words} {what}".strip() + mark for (words, what), mark in parts)
    drawn = opening + re.sub(r"(?:, |; | và )$", ".", body)
    text = mended(drawn)
    assert "{gap}" not in text
    assert text.count("{số}") == drawn.count("{số}")
    assert not re.search(r"[,;:]\s*[,;:.]|\s[,;.:]|\s\s|^[\s,;.]|\s$", text)
    assert not text or (text.endswith(".") and len(text) > 1)
    if "{gap}" not in drawn and "{không đổi}" not in drawn and "{0}" not in drawn:
        assert text == drawn
