"""The HTML writer and its reader: same words in and out, nothing from outside,
nothing executable."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import lxml.html
import pytest
from sample_document import SVG, cell, figure, printed, sample_document, sample_leaders

from danvan_nb import nodes
from danvan_nb.document.html import read_html, write_html
from danvan_nb.document.reconcile import lines
from danvan_nb.errors import RenderError
from danvan_nb.nodes import Chart, Document, Heading, Note, Paragraph, Table, Text, Value

HOSTILE_SVG = (
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"'
    ' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0'
    ' 0 9 9" onload="alert(1)">'
    "<metadata>http://example.org</metadata><script>alert(2)</script>"
    "<style>*{stroke-linecap:butt}</style><style>@import 'http://example.org/a.css';</style>"
    '<defs><path id="p" d="M0 0h9"/><clipPath id="c"><rect width="9" height="9"/></clipPath></defs>'
    '<a xlink:href="javascript:alert(3)"><use xlink:href="#p" clip-path="url(#c)"'
    ' onclick="alert(4)"/></a>'
    '<image href="http://example.org/a.png"/><rect style="fill:url(http://example.org/f)"/>'
    '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">alert(5)</p></foreignObject>'
    "<text>&lt;script&gt;x</text></svg>"
)


def squeeze(text: str) -> str:
    return "".join(text.split())


def with_blocks(*blocks: nodes.Block) -> Document:
    return replace(sample_document(), blocks=blocks, appendices=())


def parse(data: bytes) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(data, parser=lxml.html.HTMLParser(encoding="utf-8"))


@pytest.mark.parametrize("draft", [False, True])
def test_reader_finds_every_line_in_order(draft: bool) -> None:
    """What is read back from the file is the text of the tree, in reading order,
    and nothing else."""
    document = sample_document(draft)
    assert squeeze(read_html(write_html(document))) == squeeze("".join(lines(document)))


def test_reader_keeps_lines_and_cells_apart() -> None:
    """Two cells, or two lines of one, never run together into a number that nobody wrote."""
    text = read_html(write_html(sample_document())).split("\n")
    assert "4" in text and "3" in text
    assert f"- Tiếp nhận {printed('giảm 12 đơn')}" in text
    assert "BÁO CÁO" in text


@pytest.mark.parametrize(
    "written",
    [
        printed("ước 301,149 tỷ đồng"),
        printed("giảm 12 đơn"),
        "95,83%",
        "ngày 26 tháng 4",
        "kế hoạch 483,375",
    ],
)
def test_reader_sees_one_altered_digit(written: str) -> None:
    """A digit changed in the text, in a table,
    in a note or in a chart's text alternative is seen."""
    data = write_html(sample_document())
    altered = data.replace(written.encode(), re.sub(r"\d", "7", written, count=1).encode())
    assert altered != data
    assert read_html(altered) != read_html(data)


def test_reader_ignores_what_is_not_text_of_the_report() -> None:
    """The details of a figure, the contents list and the draft mark are drawn,
    but are not lines of the report."""
    data = write_html(sample_document(draft=True))
    text = read_html(data)
    assert nodes.DRAFT in data.decode() and nodes.DRAFT not in text
    assert "observations.csv, dòng 12" in data.decode() and "dòng 12" not in text
    assert text.count("ĐẶC ĐIỂM TÌNH HÌNH") == 1


def test_reader_refuses_a_lost_note() -> None:
    """A note mark that leads nowhere stops the reader:
    its words would be missing without a sign."""
    data = write_html(sample_document()).replace(b'li id="chu-thich-2"', b'li id="khac"')
    with pytest.raises(RenderError, match="chú thích"):
        read_html(data)


def test_reader_refuses_another_page() -> None:
    """A page without a report is an error, not an empty text."""
    with pytest.raises(RenderError):
        read_html(b"<p>301,149</p>")


def test_markup_in_texts_stays_text() -> None:
    """Markup in a text, a figure, its details, a caption or a notice is shown, never obeyed."""
    bad = "<script>alert(1)</script>\"'&amp;"
    value = Value(bad, bad, bad, label=bad, details=((bad, bad),))
    document = with_blocks(
        Paragraph((Text(bad), value, Note(1, (Text(bad),)))),
        Table(bad, 1, ((cell(Text(bad), header=True),),), ((cell(value),),)),
        Chart((Text(bad),), bad, SVG),
        nodes.Box(bad),
    )
    document = replace(
        document,
        subject=(Text(bad),),
        head=replace(document.head, issuer=(bad,), recipients=(bad,)),
    )
    data = write_html(document)
    assert b"<script" not in data.lower()
    assert squeeze(read_html(data)) == squeeze("".join(lines(document)))
    assert parse(data).find(".//data").get("value") == bad


def test_chart_keeps_its_shapes_only() -> None:
    """Scripts, handlers, metadata, foreign content and outside links of an SVG are left out;
    its shapes stay."""
    data = write_html(with_blocks(Chart((Text("Hình"),), "Chữ thay hình", HOSTILE_SVG)))
    drawing = parse(data).find(".//svg")
    text = lxml.html.tostring(drawing, encoding="unicode")
    assert not re.search(r"alert|http|example|@import|onload|<a\b|metadata|<script", text)
    assert {"path", "use", "clippath", "text"} <= {str(node.tag).lower() for node in drawing.iter()}
    assert (drawing.get("role"), drawing.get("aria-label")) == ("img", "Chữ thay hình")


def test_charts_do_not_share_names_or_styles() -> None:
    """Two charts with the same ids point each at its own parts,
    and a style sheet holds inside its chart only."""
    data = write_html(
        with_blocks(Chart((Text("A"),), "a", HOSTILE_SVG), Chart((Text("B"),), "b", HOSTILE_SVG))
    )
    first, second = parse(data).iterfind(".//svg")
    for drawing in (first, second):
        ids = {node.get("id") for node in drawing.iter() if node.get("id")}
        use = drawing.find(".//use")
        assert use.get("href").removeprefix("#") in ids
        assert re.fullmatch(r"url\(#(.+)\)", use.get("clip-path"))[1] in ids  # type: ignore[index]
        assert drawing.find(".//style").text.startswith(f"#{drawing.get('id')}{{")
    assert first.find(".//path").get("id") != second.find(".//path").get("id")


@pytest.mark.parametrize("svg", ["<svg", "<html/>", ""])
def test_broken_chart_stops_the_writer(svg: str) -> None:
    """A chart that is no SVG is named in an error, not left out."""
    with pytest.raises(RenderError, match="Thu ngân sách"):
        write_html(with_blocks(Chart((Text("Thu ngân sách"),), "x", svg)))


def test_page_needs_nothing_from_outside() -> None:
    """The file has its fonts inside, no script, no address, and a policy that forbids both."""
    page = write_html(sample_document()).decode()
    assert not re.search(r"https?:|//www|<script|<link|@import", page)
    assert page.count("url(data:font/woff2;base64,") == page.count("url(") == 4
    assert "default-src &#39;none&#39;" in page
    assert parse(page.encode()).get("lang") == "vi"


def test_ids_are_unique_though_figures_repeat() -> None:
    """However often a figure is shown, ids are unique, and every link inside the page leads
    somewhere."""
    page = parse(write_html(sample_document(draft=True)))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    targets = [link.removeprefix("#") for link in page.xpath("//@href")]
    targets += page.xpath("//@popovertarget") + page.xpath("//@interestfor")
    assert len(targets) > 10 and set(targets) <= set(ids)
    shown = [node for node in page.iterfind(".//data") if node.get("value") == "-12"]
    assert len(shown) == 2


def test_figure_carries_value_and_origin() -> None:
    """A figure gives its value to machines and its origin to readers; the Tab key passes it by."""
    rich, again = figure("thu", "301,149 tỷ", "301.149"), figure("thu.number", "301,149", "301.149")
    page = parse(write_html(with_blocks(Paragraph((rich, again, Value("x", "5", "5"))))))
    first, second, bare = page.iterfind(".//data")
    button, box = first.getparent(), page.get_element_by_id(first.getparent().get("popovertarget"))
    assert (first.get("value"), button.get("tabindex")) == ("301.149", "-1")
    assert second.getparent().get("popovertarget") == box.get("id")
    assert "Nguồn: data/mau/2023-H1/observations.csv, dòng 12" in box.text_content()
    assert bare.getparent().tag == "p"
    listed = page.xpath("//details[@class='origins']//button")
    assert [node.get("popovertarget") for node in listed] == [box.get("id")]


def test_leaders_stand_above_the_signed_text() -> None:
    """What leaders read first is marked as no part of the report, read back, and leads into it."""
    document = replace(sample_document(), leaders=sample_leaders())
    data = write_html(document)
    text = read_html(data)
    assert squeeze(text) == squeeze("".join(lines(document)))
    assert (
        text.index(sample_leaders().note)
        < text.index("đạt 62,30% kế hoạch")
        < text.index("BÁO CÁO")
    )
    head = parse(data).find(".//section[@class='leaders']")
    assert head.xpath(".//a/@href") == ["report.pdf", "figures.csv", "#muc-1", "#muc-1"]
    assert head.xpath(".//li//span/@style") == ["width:62.3%"]
    assert nodes.LEADERS not in "".join(lines(replace(document, leaders=None)))


@pytest.mark.parametrize(
    ("share", "bar"),
    [
        ("-12.5", ["width:0%"]),
        ("0", ["width:0%"]),
        ("100", ["width:100.0%"]),
        ("120.49", ["width:100.0%", "left:83.0%"]),
        ("1240.01", ["width:100.0%", "left:8.1%"]),
    ],
)
def test_bar_shows_where_the_plan_lies(share: str, bar: list[str]) -> None:
    """Up to its plan a result fills a part of the bar; beyond it a mark in the bar is the plan."""
    first = sample_leaders()
    card = replace(first.cards[0], plan=figure("thu.vs_plan", "đạt kế hoạch", share))
    head = replace(first, cards=(card,))
    page = parse(write_html(replace(sample_document(), leaders=head)))
    styles = page.xpath(".//div[@class='bar']/*/@style")
    assert [style.replace(":0.0%", ":0%") for style in styles] == bar


def test_altered_digit_in_the_head_is_seen() -> None:
    """A wrong number above the report is found as one in it is."""
    data = write_html(replace(sample_document(), leaders=sample_leaders()))
    assert read_html(data.replace(b"62,30%", b"62,40%", 1)) != read_html(data)


def test_notes_stand_at_the_end_of_their_part() -> None:
    """A note is printed before the next numbered heading, not at the end of the file."""
    text = write_html(sample_document()).decode()
    assert text.index('id="chu-thich-2"') < text.index('id="muc-2"')


def test_cells_name_their_columns() -> None:
    """For a phone each number knows its column; a row's title and a merged cell need no name."""
    table = sample_document().blocks[8]
    page = parse(write_html(with_blocks(table)))
    names = [node.get("data-column") for node in page.iterfind(".//tbody//td")]
    assert names == [None, "Đánh giá chung", "Đã tiếp nhận", "Đã giải quyết"]
    assert page.find(".//table").get("class") == "judged"


def test_table_keeps_spans_and_scopes() -> None:
    """Merged cells stay merged, heading cells say what they head,
    and an empty heading cell is none."""
    table = Table(
        "",
        2,
        ((cell(Text(""), header=True), cell(Text("Số vụ"), header=True)),),
        ((cell(Text("A"), header=True), cell()),),
    )
    page = parse(write_html(with_blocks(*sample_document().blocks[8:9], table)))
    merged, plain = page.iterfind(".//table")
    spans = [(node.get("rowspan"), node.get("colspan")) for node in merged.iter("th", "td")]
    assert spans[:2] == [(None, "2"), ("2", None)]
    assert [(node.tag, node.get("scope")) for node in plain.iter("th", "td")] == [
        ("td", None),
        ("th", "col"),
        ("th", "row"),
        ("td", None),
    ]


def test_same_document_gives_same_bytes() -> None:
    """Nothing of the clock, of memory addresses or of hashing reaches the file."""
    assert write_html(sample_document(True)) == write_html(sample_document(True))


def test_size_of_a_long_report() -> None:
    """Twelve pages with 214 figures, four charts and the fonts stay under 400 KB."""
    words = Text(
        "Trong kỳ, các đơn vị đã phối hợp tổ chức tuyên truyền, vận động nhân dân thực hiện các"
        " phong trào thi đua " * 2
    )
    paragraphs = [Paragraph((words, figure(f"so_{i}", f"{i} lượt", str(i)))) for i in range(214)]
    charts = [
        Chart(
            (Text("Hình"),), "Chữ", SVG.replace("</svg>", '<path d="M0 0h360"/>' * 300 + "</svg>")
        )
        for _ in range(4)
    ]
    document = with_blocks(*paragraphs, *charts)
    assert len(nodes.values(document)) == 214
    assert len(write_html(document)) < 400_000


def test_unknown_node_stops_the_writer() -> None:
    """A node that the writer does not know is an error, never left out."""

    @dataclass(frozen=True)
    class Stamp:
        text: str = "dấu"

    with pytest.raises(TypeError, match="Stamp"):
        write_html(with_blocks(Stamp()))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Stamp"):
        write_html(with_blocks(Paragraph((Stamp(),))))  # type: ignore[arg-type]


def test_two_headings_cannot_share_a_link() -> None:
    """One link for two headings would lead to the wrong one."""
    with pytest.raises(ValueError, match="muc-1"):
        write_html(
            with_blocks(
                Heading(1, "I.", (Text("A"),), "muc-1"), Heading(1, "II.", (Text("B"),), "muc-1")
            )
        )
