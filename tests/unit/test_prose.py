"""What a Markdown cell may say, and that inline expressions are pure."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danvan_nb.errors import messages
from danvan_nb.nodes import Break, Text
from danvan_nb.notebook.prose import (
    Expression,
    ProseBlock,
    ProseError,
    assigned_names,
    expressions,
    parse_prose,
    root_name,
)


def text(block: ProseBlock) -> str:
    return "".join(piece.text if isinstance(piece, Text) else "¤" for piece in block.pieces)


@pytest.mark.parametrize(
    ("source", "kinds", "texts"),
    [
        ("## TÌNH HÌNH", ["heading"], ["TÌNH HÌNH"]),
        ("Một.\n\nHai.", ["paragraph"] * 2, ["Một.", "Hai."]),
        ("Một\nhai.", ["paragraph"], ["Một hai."]),
        ("- A;\n- B.", ["item"] * 2, ["A;", "B."]),
        ("1. A\n2. B", ["paragraph"] * 2, ["1. A", "2. B"]),
        ("3. C\n4. D", ["paragraph"] * 2, ["3. C", "4. D"]),
        ("Nêu:\n\n- A.\n\nHết.", ["paragraph", "item", "paragraph"], ["Nêu:", "A.", "Hết."]),
        ("Trích “dẫn”, 50% & <5, a_b_c", ["paragraph"], ["Trích “dẫn”, 50% & <5, a_b_c"]),
        (r"\*không nghiêng\*", ["paragraph"], ["*không nghiêng*"]),
        ("&amp; &lt;b&gt;", ["paragraph"], ["& <b>"]),
        ("% ghi chú riêng\n\nMột.", ["paragraph"], ["Một."]),
        ("", [], []),
    ],
)
def test_allowed(source: str, kinds: list[str], texts: list[str]) -> None:
    """Headings, paragraphs, dashed and numbered lists, and any text."""
    blocks = parse_prose(source)
    assert [block.kind for block in blocks] == kinds
    assert [text(block) for block in blocks] == texts


def test_emphasis_and_breaks() -> None:
    """Bold and italic hold for text and for values; a hard break is kept."""
    (block,) = parse_prose("a **b {eval}`x`** *c*\\\nd")
    assert block.pieces == (
        Text("a "),
        Text("b ", bold=True),
        Expression("x", bold=True),
        Text(" "),
        Text("c", italic=True),
        Break(),
        Text("d"),
    )


@pytest.mark.parametrize(
    "source",
    [
        "`mã`",
        "```\nmã\n```",
        "    mã thụt",
        "![hình](a.png)",
        "[liên kết](http://example.org)",
        "<http://example.org>",
        "<b>đậm</b>",
        "<div>khối</div>",
        "<!-- ẩn -->",
        "> trích",
        "---",
        "{math}`x`",
        "Thu {eval}`thu",
        "Thu {eval} `thu`",
    ],
)
def test_forbidden(source: str) -> None:
    """What a report can't print is an error, never left out."""
    with pytest.raises(ProseError):
        parse_prose(source)


@pytest.mark.parametrize(
    ("source", "rule", "line"),
    [
        ("Một.\n\nThu {{ thu }} tỷ", "dau_la", 2),
        ("Thu ${thu} tỷ", "dau_la", 0),
        ("Thu {thu} tỷ", "dau_la", 0),
        ("{% if a %}", "dau_la", 0),
        ("Thu $thu$", "dau_la", 0),
        ("Nêu [x] và", "dau_la", 0),
        ("[ ] chưa làm", "dau_la", 0),
        ("Xem [^1]", "dau_la", 0),
        ("Một.\n\n[x]: ghi-chu", "dau_la", 2),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "dau_la", 0),
        ("a | b", "dau_la", 0),
        ("Thu **đậm chưa đóng", "dau_la", 0),
        ("Thu ~~bỏ~~", "dau_la", 0),
        ("##Tiêu đề", "dau_la", 0),
        (":::{note}\nx\n:::", "dau_la", 0),
        ("Một dòng\n---", "gach_duoi", 1),
        ("Một dòng\nhai\n===", "gach_duoi", 2),
        ("a) Một;\nb) Hai.", "dong_muc", 1),
        ("Nêu:\n• Một\n• Hai", "dong_muc", 1),
        ("Nêu:\n– Một", "dong_muc", 1),
        ("Nêu:\n2. Hai", "dong_muc", 1),
        ("I. Một\nII. Hai", "dong_muc", 1),
        ("-Một\n-Hai", "dong_muc", 1),
        ("1. Một\n1. Hai", "so_thu_tu", 1),
        ("3. Ba\n5. Năm", "so_thu_tu", 1),
        ("- Một\n  + Hai", "danh_sach_long", 1),
        ("+ Một\n+ Hai", "danh_sach_long", 0),
        ("- Một\n  - Hai", "danh_sach_long", 1),
    ],
)
def test_markup_is_told_with_its_line(source: str, rule: str, line: int) -> None:
    """Markup of other programs, and of Markdown where a report would print or renumber it."""
    with pytest.raises(ProseError) as caught:
        parse_prose(source)
    words = messages()[f"thuyet_minh.{rule}"]["message"]
    told = caught.value.message
    assert told.startswith(words.partition("{")[0])
    assert told.endswith(words.rpartition("}")[2])
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        (r"\[x\] và \| và \{a\}", ["[x] và | và {a}"]),
        ("1) Một\n2) Hai", ["1) Một", "2) Hai"]),
        ("01. Một\n02. Hai", ["01. Một", "02. Hai"]),
        ("1. Một\n\n   tiếp\n2. Hai", ["1. Một", "tiếp", "2. Hai"]),
        ("2023. Năm\n2024. Sau", ["2023. Năm", "2024. Sau"]),
        ("a) Một;\n\nb) Hai.", ["a) Một;", "b) Hai."]),
        (
            "được\n1.234 đồng, 5 * 3, giai đoạn 2020 - 2025",
            ["được 1.234 đồng, 5 * 3, giai đoạn 2020 - 2025"],
        ),
    ],
)
def test_text_is_printed_as_it_was_typed(source: str, texts: list[str]) -> None:
    """Signs behind a backslash, numbers of a list, letters on lines of their own."""
    assert [text(block) for block in parse_prose(source)] == texts


@given(
    st.text(
        st.characters(categories=["L", "N", "Zs"], include_characters=".,;:?/%“”+="), min_size=1
    )
)
def test_plain_words_come_through(words: str) -> None:
    """Letters, numbers and the usual marks come out as they were typed,
    but for space at the ends and list numbers."""
    words = "x " + " ".join(unicodedata.normalize("NFC", words).split())
    assert "".join(text(block) for block in parse_prose(words)) == words.strip()


def test_expressions_in_order() -> None:
    """Every expression, repeats included."""
    assert expressions("{eval}`a.b` và {eval}` c `; **{eval}`a.b`**") == ("a.b", "c", "a.b")
    assert expressions("không có") == ()


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("thu", "thu"),
        ("thu.vs_plan", "thu"),
        ('thu.at("giua_ky").vs_plan', "thu"),
        ('cite("09/KH", issuer="Ban", year=2022)', "cite"),
        ("years_since(1930)", "years_since"),
    ],
)
def test_pure(expression: str, name: str) -> None:
    """Names, attributes and calls with constants."""
    assert root_name(expression) == name


@pytest.mark.parametrize(
    "expression",
    [
        "thu + chi",
        "-thu",
        "thu.value * 100",
        "f(thu)",
        "f(*a)",
        "f(**a)",
        "f(x=thu)",
        "thu[0]",
        "thu.__class__",
        "thu._ledger",
        "(lambda: 1)()",
        "[thu for thu in x]",
        "thu if a else b",
        "f'{thu}'",
        "x := 1",
        "import os",
        "thu vs_plan",
        "1",
        '"chữ"',
        "",
        "f(-1)",
    ],
)
def test_impure(expression: str) -> None:
    """No computation, no private names, no statements: a computation belongs in the catalogue,
    where it is traced."""
    with pytest.raises(ProseError):
        root_name(expression)


def test_assigned_names() -> None:
    """Every way to bind a name is seen; magics and broken cells are left to the kernel."""
    code = (
        "%matplotlib inline\n!ls\na = b = 1\nfor c in x: pass\nfrom m import d as e, f\n"
        "import g.h\ndef i(): pass\nclass J: pass\nk += 1\n(l := 1)"
    )
    assert sorted(assigned_names(code)) == ["J", "a", "b", "c", "e", "f", "g", "i", "k", "l"]
    assert assigned_names("a = (") == []
