"""The HTML file in a real browser: wide and narrow windows, mouse, keyboard and touch, paper,
accessibility rules."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page
from sample_document import cell, figure, sample_document

from danvan_nb import nodes
from danvan_nb.document.html import write_html
from danvan_nb.nodes import Table, Text

WIDTHS = [1280, 360]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
OpenReport = Callable[..., Page]


@pytest.fixture
def open_report(chromium: Browser, tmp_path: Path) -> Iterator[OpenReport]:
    """Open the sample report, with a table too wide for any phone,
    in a window of the wanted width."""
    document = sample_document(draft=True)
    wide = Table(
        "Bảng rộng",
        15,
        (tuple(cell(Text(f"Cột số {i}"), header=True) for i in range(15)),),
        (tuple(cell(figure(f"rong_{i}", f"{i}.000", str(i))) for i in range(15)),),
    )
    document = replace(document, blocks=(*document.blocks, wide))
    path = tmp_path / "report.html"
    path.write_bytes(write_html(document))
    contexts = []

    def open_it(width: int, **options: Any) -> Page:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 740}, **options))
        page = contexts[-1].new_page()
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()


def assert_shown_inside(page: Page, shown: Locator) -> None:
    """Check that one tooltip is seen, whole, inside the window."""
    # The browser places a tooltip beside its figure in the frame after the scroll that brought the
    # figure into view.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.locator("[role=tooltip]:visible").count() == 1
    box, window = shown.bounding_box(), page.viewport_size
    assert box and window
    assert box["width"] > 100 and box["height"] > 20
    assert box["x"] >= 0 and box["x"] + box["width"] <= window["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"]


@pytest.mark.parametrize("width", WIDTHS)
def test_page_does_not_scroll_sideways(open_report: OpenReport, width: int) -> None:
    """The page fits the window; only a wide table scrolls, in its own frame."""
    page = open_report(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frame = page.locator(".scroll.wide")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_hover_shows_details(open_report: OpenReport, width: int) -> None:
    """The pointer on any figure, in text, table or note, opens its details inside the window."""
    page = open_report(width)
    assert page.locator("[role=tooltip]:visible").count() == 0
    figures = page.locator("data.figure")
    assert figures.count() > 20
    for shown in figures.all():
        page.mouse.move(0, 0)
        shown.hover()
        assert_shown_inside(page, shown.locator("[role=tooltip]"))


@pytest.mark.parametrize("width", WIDTHS)
def test_keyboard_shows_details(open_report: OpenReport, width: int) -> None:
    """The Tab key reaches every figure, in reading order,
    and opens its details inside the window."""
    page = open_report(width)
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.locator("data.figure:focus")
        if focused.count():
            reached.append(focused.get_attribute("id"))
            assert_shown_inside(page, focused.locator("[role=tooltip]"))
    assert reached[: len(set(reached))] == page.locator("data.figure").evaluate_all(
        "all => all.map(one => one.id)"
    )


def test_tap_shows_details(open_report: OpenReport) -> None:
    """A tap on a phone opens the details, a tap elsewhere closes them."""
    page = open_report(360, has_touch=True, is_mobile=True)
    shown = page.locator("data.figure").first
    shown.tap()
    assert_shown_inside(page, shown.locator("[role=tooltip]"))
    page.locator("h1").tap()
    assert page.locator("[role=tooltip]:visible").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_accessibility_rules(open_report: OpenReport, width: int) -> None:
    """Axe finds no violation of WCAG 2.1 A or AA, with the details of a figure closed and open."""
    page = open_report(width)
    for state in ("closed", "open"):
        if state == "open":
            page.locator("data.figure").first.focus()
        result = Axe().run(page, options=WCAG)
        assert result.response["passes"]
        assert result.violations_count == 0, result.generate_report()


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
    assert "Mục lục" not in whole and "dòng 12" not in whole
