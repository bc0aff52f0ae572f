"""The HTML file in a real browser: wide and narrow windows, mouse, keyboard and touch, paper,
accessibility rules."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sample_document import cell, figure, sample_document, sample_leaders

from danvan_nb import nodes
from danvan_nb.commands.index import write_index
from danvan_nb.document.html import write_html
from danvan_nb.nodes import Table, Text
from danvan_nb.project.project import Project

WIDTHS = [1280, 360, 320]
PHONES = [360, 320]
WCAG = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
HIGHEST = 300
"""Pixels of a phone's 740 that a box of origins may take."""

CUT = """() => [...document.querySelectorAll('main *, body > nav *')].filter(one => {
  if (one.closest('[popover], .scroll.wide, svg') || !one.getClientRects().length) return false;
  const box = one.getBoundingClientRect();
  return box.left < -0.5 || box.right > innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).display != 'inline';
}).map(one => one.outerHTML.slice(0, 120))"""
REPORT = "outputs/sa-dec/2023-H1/report.html"
OpenReport = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenReport]:
    """Open a file in a window of the wanted width."""
    contexts = []

    def open_it(path: Path, width: int, **options: Any) -> Page:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 740}, **options))
        page = contexts[-1].new_page()
        page.goto(path.as_uri())
        page.evaluate("document.fonts.ready")
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def open_report(open_page: OpenReport, tmp_path: Path) -> OpenReport:
    """Open the sample report, with a head for leaders, and a table too wide for a desk."""
    document = sample_document(draft=True)
    wide = Table(
        "Bảng rộng",
        15,
        (tuple(cell(Text(f"Cột số {i}"), header=True) for i in range(15)),),
        (tuple(cell(figure(f"rong_{i}", f"{i}.000.000", str(i))) for i in range(15)),),
    )
    blocks = (*document.blocks, wide)
    path = tmp_path / "report.html"
    path.write_bytes(write_html(replace(document, blocks=blocks, leaders=sample_leaders())))
    return partial(open_page, path)


def assert_shown_inside(page: Page) -> None:
    """Check that one box of origins is seen, whole, inside the window, and not too high."""
    # The browser places a box beside its figure in the frame after the one that opened it.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shown = page.locator("[popover]:popover-open")
    assert shown.count() == 1
    box, window = shown.bounding_box(), page.viewport_size
    assert box and window
    assert box["width"] > 100 and 20 < box["height"] <= HIGHEST
    assert box["x"] >= 0 and box["x"] + box["width"] <= window["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"]


def is_closed(page: Page) -> bool:
    return page.locator("[popover]:popover-open").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut(
    open_report: OpenReport, open_page: OpenReport, real: Path, width: int
) -> None:
    """Every element lies in the window, none is wider inside than outside; charts fit too."""
    for page in (open_report(width), open_page(real / REPORT, width)):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []
        for drawing in page.locator("figure svg").all():
            box = drawing.bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", [1280, 1200, 800, 360])
def test_numbers_without_end_break(open_page: OpenReport, tmp_path: Path, width: int) -> None:
    """A number too long for its card, its list or its column breaks there, also in large letters;
    so no table of few columns scrolls, which the keyboard could not reach."""
    number = figure("dai", "123.456.789.012.345.678.901.234,5678", "1")
    card = replace(sample_leaders().cards[0], value=number)
    names = ("Chỉ tiêu", "Đơn_vị_tính_dài_không_có_dấu_cách_nào", "Thực hiện", "So sánh")
    table = Table(
        "",
        4,
        (tuple(cell(Text(name), header=True) for name in names),),
        (tuple(cell(number) for _ in names),),
    )
    document = sample_document()
    head = replace(sample_leaders(), cards=(card,) * 3)
    path = tmp_path / "report.html"
    long = replace(document, blocks=(*document.blocks, table), leaders=head)
    path.write_bytes(write_html(long))
    page = open_page(path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT) == []
    if width == 360:
        page.evaluate("document.documentElement.style.fontSize = '34px'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []


def test_only_a_wide_table_scrolls(open_report: OpenReport) -> None:
    """At a desk a table of many columns scrolls in its own frame; on a phone its rows are cards."""
    frame = "frame => frame.scrollWidth > frame.clientWidth"
    assert open_report(1280).locator(".scroll.wide").evaluate(frame)
    phone = open_report(360)
    assert not phone.locator(".scroll.wide").evaluate(frame)
    one, other = phone.locator(".scroll.wide td").all()[:2]
    assert (one.bounding_box() or {})["y"] < (other.bounding_box() or {})["y"]


@pytest.mark.parametrize("width", PHONES)
def test_judgement_stands_under_its_numbers(open_report: OpenReport, width: int) -> None:
    """On a phone the last column of an assessment follows the numbers that it speaks of."""
    cells = open_report(width).locator(".judged tbody").first.locator("td")
    heights = [(one.bounding_box() or {})["y"] for one in cells.all()]
    assert heights[1] == max(heights)


@pytest.mark.parametrize("width", WIDTHS)
def test_hover_shows_origin(open_report: OpenReport, width: int) -> None:
    """The pointer on a figure, in text, table or note, opens its box; Esc closes it (1.4.13)."""
    page = open_report(width)
    assert is_closed(page)
    figures = page.locator("button.figure data")
    assert figures.count() > 20
    for shown in figures.all()[::6]:
        page.mouse.move(0, 0)
        page.wait_for_function("!document.querySelector('[popover]:popover-open')")
        shown.hover()
        page.wait_for_selector("[popover]:popover-open")
        assert_shown_inside(page)
        page.keyboard.press("Escape")
        assert is_closed(page)


def test_pointer_may_move_into_the_box(open_report: OpenReport) -> None:
    """The box stays while the pointer is in it, so that its text can be copied (1.4.13)."""
    page = open_report(1280)
    page.locator("button.figure data").first.hover()
    page.wait_for_selector("[popover]:popover-open")
    page.locator("[popover]:popover-open").hover()
    page.wait_for_timeout(800)
    assert_shown_inside(page)


def test_keyboard_has_few_stops(open_report: OpenReport) -> None:
    """Tab goes over links and lists; a list of origins opens, and so does each of its boxes."""
    page = open_report(360)
    stops = []
    while True:
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.outerHTML")
        if stop.startswith("<body"):
            break
        stops.append(stop)
    assert 'class="skip"' in stops[0]
    assert not [stop for stop in stops if stop.startswith('<button type="button" class="figure"')]
    assert len(stops) < 25
    page.locator("details.origins summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert_shown_inside(page)
    page.keyboard.press("Escape")
    assert is_closed(page)
    assert "Chỉ tiêu mẫu" in page.evaluate("document.activeElement.textContent")


def test_tap_shows_origin(open_report: OpenReport) -> None:
    """A tap on a phone opens the box, a tap elsewhere closes it."""
    page = open_report(360, has_touch=True, is_mobile=True)
    page.locator("button.figure data").first.tap()
    assert_shown_inside(page)
    page.locator("h1").tap()
    assert is_closed(page)


def test_boxes_of_a_real_report_are_small(open_page: OpenReport, real: Path) -> None:
    """No box takes more than 300 of a phone's 740 pixels; number and comparisons come first."""
    page = open_page(real / REPORT, 360)
    heights = page.evaluate(
        "() => [...document.querySelectorAll('[popover]')].map(box => { box.showPopover();"
        " const height = box.offsetHeight, more = box.scrollHeight > box.clientHeight + 1;"
        " box.hidePopover(); return [height, box.id, more]; })"
    )
    assert len(heights) > 50
    assert [box for box in heights if box[0] > HIGHEST] == []
    assert sum(box[2] for box in heights) <= 5  # the others are read without scrolling
    terms = page.locator("#so-thu_ngan_sach i").all_text_contents()
    assert terms[:4] == ["Số liệu:", "Kế hoạch năm 2023:", "Cùng kỳ năm 2022:", "Thay đổi:"]
    assert terms[-1] == "Tệp:"


def test_contents_are_folded_on_a_phone(open_report: OpenReport) -> None:
    """The contents take one line of a phone; at a desk they stand open and mark the section."""
    first = "nav a[href='#muc-1']"
    assert not open_report(360).locator(first).is_visible()
    desk = open_report(1280)
    assert desk.locator(first).is_visible()
    desk.locator("nav a[href='#phu-luc-1']").click()
    desk.wait_for_timeout(300)
    assert desk.locator("nav a:target-current").count() == 1


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_accessibility_rules(
    open_report: OpenReport, open_page: OpenReport, real: Path, width: int, colours: str
) -> None:
    """Axe finds no violation of WCAG 2.2 A or AA or good practice, with a box closed and open."""
    for page in (
        open_report(width, color_scheme=colours),
        open_page(real / REPORT, width, color_scheme=colours),
    ):
        for state in ("closed", "open"):
            if state == "open":
                page.locator("button.figure data").first.click()
            result = Axe().run(page, options=WCAG)
            assert result.response["passes"]
            assert result.violations_count == 0, result.generate_report()


def test_dark_theme(open_report: OpenReport) -> None:
    """A dark screen gets light letters; a drawing keeps the light ground that it was made for."""
    page = open_report(360, color_scheme="dark")
    colour = "one => getComputedStyle(one).backgroundColor.match(/[0-9]+/g).map(Number)"
    assert max(page.locator(".paper").evaluate(colour)) < 60
    assert min(page.locator(".drawing").first.evaluate(colour)) > 230


def test_nothing_is_fetched_or_refused(open_report: OpenReport) -> None:
    """The page asks for nothing but itself,
    and its own policy stops none of its fonts and styles."""
    page = open_report(1280)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url[:30]))
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.evaluate("document.fonts.ready")
    assert asked and [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []
    assert page.evaluate("[...document.fonts].filter(font => font.status == 'loaded').length") >= 3


def test_paper(open_report: OpenReport) -> None:
    """On paper there is A4, the draft mark on every page, the wide table across the page,
    and no details or contents list."""
    page = open_report(1280)
    pdf = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    sheets = [
        (round(sheet.get_width()), round(sheet.get_height()), sheet.get_textpage().get_text_range())
        for sheet in pdf
    ]
    assert sheets[0][0] in (595, 596) and sheets[0][1] in (841, 842)
    assert any(width > height and "Cột số 14" in text for width, height, text in sheets)
    assert all(nodes.DRAFT in text for _, _, text in sheets)
    whole = "".join(text for _, _, text in sheets)
    assert "Mục lục" not in whole and "dòng 12" not in whole and nodes.LEADERS not in whole


def test_paper_is_no_longer_than_the_pdf(open_page: OpenReport, real: Path) -> None:
    """The real report printed from the browser takes at most one page more than its PDF."""
    page = open_page(real / REPORT, 1280)
    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    made = pypdfium2.PdfDocument((real / REPORT).with_suffix(".pdf"))
    assert len(printed) <= len(made) + 1


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_index_is_accessible(
    open_page: OpenReport, real: Path, tmp_path: Path, width: int, colours: str
) -> None:
    """The page of all reports and that of indicators fit the window and pass the same rules."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    path = write_index(Project(root))
    for each in (path, path.with_name("chi-tieu.html")):
        page = open_page(each, width, color_scheme=colours)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []
        result = Axe().run(page, options=WCAG)
        assert result.violations_count == 0, result.generate_report()


def test_index_of_a_province_is_filtered(open_page: OpenReport, real: Path, tmp_path: Path) -> None:
    """Among 150 offices one is found by two lists, without script."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    made = root / "outputs/sa-dec/2023-H1"
    for number in range(150):
        for period in ("2023-H1", "2022-H2"):
            folder = root / f"outputs/xa-{number}/{period}"
            folder.mkdir(parents=True)
            shutil.copy(made / "manifest.json", folder)
    page = open_page(write_index(Project(root)), 360)
    rows = page.locator("tbody tr:visible")
    assert rows.count() == 151
    page.select_option("#don-vi", "xa-77")
    assert rows.count() == 1 and page.locator("tbody td:visible").count() == 2
    page.select_option("#ky", "2022-H2")
    assert page.locator("tbody td:visible").count() == 1
    page.select_option("#don-vi", "")
    assert rows.count() == 150  # Sa Đéc has no report of that period
