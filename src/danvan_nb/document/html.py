"""The HTML file: one page with its fonts, charts and figure details inside, and no script.

Owns how the document tree looks on a screen, and the reader that takes the text back out of a finished file. The words come from
the tree, the look from `templates/report.css`; neither is decided here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from itertools import count

import lxml.etree
import lxml.html
from markupsafe import Markup

from danvan_nb import nodes
from danvan_nb.document import page_templates, sections
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Chart, Document, Heading, Note, Value

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
FONTS = (
    ("Regular", "normal", 400),
    ("Italic", "italic", 400),
    ("Bold", "normal", 700),
    ("BoldItalic", "italic", 700),
)

Details = tuple[tuple[str, str], ...]

# What a drawing may hold. HTML inside an SVG (foreignObject, title, desc) goes with the scripts.
SHAPES = {
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "image",
}
SHAPES |= {"text", "tspan", "textPath", "style", "clipPath", "mask", "pattern", "marker"}
SHAPES |= {"linearGradient", "radialGradient", "stop"}
SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
INNER_LINK = re.compile(r"#[^\s]+|data:image/[a-z+]+;base64,[\w+/=\s]+")
OUTSIDE = re.compile(
    r"url\(\s*['\"]?(?!\s*['\"]?#)|@import|image-set|\w+script:|https?:", re.IGNORECASE
)
REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)\s*['\"]?\)")

BLOCKS = {
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "div",
    "section",
    "li",
    "figure",
    "figcaption",
    "caption",
    "th",
    "td",
}
SPACES = re.compile(r"[ \t\r\n\f]+")


class Origins:
    """The boxes that tell where figures come from; figures of one origin share a box."""

    def __init__(self, fresh_id: Callable[[str], str]) -> None:
        self._fresh_id = fresh_id
        self._boxes: dict[tuple[str, Details], str] = {}
        self._listed: dict[str, Value] = {}
        self._new: dict[str, Value] = {}

    def add(self, figure: Value) -> str:
        """Give the id of a figure's box."""
        origin = (figure.label, figure.details)
        if origin not in self._boxes:
            self._boxes[origin] = self._fresh_id(f"so-{figure.id}")
            self._new[self._boxes[origin]] = figure
        box = self._boxes[origin]
        self._listed.setdefault(box, figure)
        return box

    def take(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """Give a figure for each box used since the last time, and for each that is new."""
        taken = self._listed, self._new
        self._listed, self._new = {}, {}
        return taken


def write_html(document: Document) -> bytes:
    """Write a document as one HTML file.

    Parameters
    ----------
    document
        The whole report.

    Returns
    -------
    bytes
        UTF-8 text; the same document gives the same bytes.

    Raises
    ------
    RenderError
        If a chart is not a readable SVG.
    TypeError
        If the tree holds a node that this writer does not know.
    ValueError
        If two headings, or two notes, would answer to one link.
    """
    headings = [node for node in nodes.walk(document) if isinstance(node, Heading)]
    notes = [node for node in nodes.walk(document) if isinstance(node, Note)]
    fixed = [heading.anchor for heading in headings]
    fixed += [name for note in notes for name in (f"chu-thich-{note.number}", f"dan-{note.number}")]
    fixed += [f"phu-luc-{number}" for number in range(1, len(document.appendices) + 1)]
    fixed += ["noi-dung", "lanh-dao"]
    repeated = sorted({name for name in fixed if fixed.count(name) > 1})
    if repeated:
        raise ValueError(f"two parts of the page share one link: {', '.join(repeated)}")

    fresh_id = partial(_fresh_id, set(fixed))
    numbers = {"chart": count(1), "table": count(1)}
    template = page_templates().get_template("report.html.j2")
    page = template.render(
        document=document,
        cut=sections,
        places=sections.places(document),
        origins=Origins(fresh_id),
        tree=nodes,
        policy=POLICY,
        style=_style(),
        kind=lambda node: type(node).__name__,
        next_number=lambda what: next(numbers[what]),
        has_text=lambda cell: any(nodes.plain(line).strip() for line in cell.lines),
        drawing=lambda chart, number: _drawing(chart, f"bieu-do-{number}", fresh_id),
        fresh_id=fresh_id,
        unknown=_unknown,
    )
    return page.encode("utf-8")


def read_html(data: bytes) -> str:
    """Read the text of a file made by `write_html`, in reading order, one line per paragraph or cell line.

    A note is read at its reference and a chart by its text alternative; lists of links, the draft mark, the origins of figures
    and the marks of notes are not text of the report.

    Parameters
    ----------
    data
        The HTML file.

    Returns
    -------
    str
        The text, as `tree.lines` gives it but for white space.

    Raises
    ------
    RenderError
        If the file has no report in it, or a note reference leads nowhere.
    """
    page = lxml.html.document_fromstring(
        data, parser=lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    )
    report = page.find(".//main")
    if report is None:
        raise RenderError(Issue("html.no_report", "Tệp HTML không có phần báo cáo"))
    notes = {note.get("id"): note for note in page.iterfind(".//section[@role='doc-endnotes']//li")}
    lines = (SPACES.sub(" ", line).strip() for line in _text(report, notes).split("\n"))
    return "\n".join(line for line in lines if line)


def _text(element: lxml.html.HtmlElement, notes: dict[str, lxml.html.HtmlElement]) -> str:
    role = element.get("role", "")
    if not isinstance(element.tag, str) or role in ("doc-endnotes", "doc-backlink"):
        return ""
    if element.tag in ("nav", "details") or "popover" in element.attrib:
        return ""  # ways to files and origins, not text of the report
    if role == "doc-noteref":
        target = element.get("href", "").removeprefix("#")
        if target not in notes:
            raise RenderError(
                Issue(
                    "html.lost_note",
                    "Dấu chú thích trong tệp HTML không dẫn tới chú thích nào",
                    found=target,
                )
            )
        return f" {_text(notes[target], notes).strip()} "
    if element.tag == "svg":
        return f"\n{element.get('aria-label', '')}\n"
    if element.tag == "br":
        return "\n"
    parts = [SPACES.sub(" ", element.text or "")]
    for child in element:
        parts += [_text(child, notes), SPACES.sub(" ", child.tail or "")]
    inner = "".join(parts)
    return f"\n{inner}\n" if element.tag in BLOCKS else inner


@cache
def _style() -> Markup:
    package = files("danvan_nb")
    faces = []
    for name, slant, weight in FONTS:
        font = base64.b64encode((package / "fonts" / f"Tinos-{name}.woff2").read_bytes()).decode(
            "ascii"
        )
        source = f"url(data:font/woff2;base64,{font})format('woff2')"
        faces.append(
            f"@font-face{{font-family:Tinos;font-style:{slant};font-weight:{weight};src:{source}}}\n"
        )
    sheet = (package / "document" / "templates" / "report.css").read_text(encoding="utf-8")
    return Markup("".join(faces) + sheet)  # noqa: S704 - the package's own files


def _fresh_id(used: set[str], wanted: str) -> str:
    """Give an element id that nothing on the page has yet: one figure may stand in the text several times."""
    wanted = SPACES.sub("-", wanted)
    fresh = wanted
    for number in count(2):
        if fresh not in used:
            break
        fresh = f"{wanted}-{number}"
    used.add(fresh)
    return fresh


def _unknown(node: object) -> None:
    raise TypeError(f"the HTML writer does not know {type(node).__name__}")


def _drawing(chart: Chart, name: str, fresh_id: Callable[[str], str]) -> Markup:
    """Give a chart as inline SVG with its text alternative, cut down to shapes, and with ids of its own."""
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        source = lxml.etree.fromstring(chart.svg.encode("utf-8"), parser)
    except lxml.etree.XMLSyntaxError as err:
        raise RenderError(
            Issue("html.chart", f"Biểu đồ “{chart.caption}” không phải SVG đọc được: {err}")
        ) from err
    names = {old: fresh_id(f"{name}.{old}") for old in source.xpath("//@id")}
    own = fresh_id(name)
    drawing = _copy(source, names, own)
    if drawing is None or drawing.tag != "svg":
        raise RenderError(Issue("html.chart", f"Biểu đồ “{chart.caption}” không phải SVG"))
    drawing.attrib.update({"id": own, "role": "img", "aria-label": chart.alt})
    return Markup(lxml.etree.tostring(drawing, encoding="unicode"))  # noqa: S704 - only known shapes are left in it


def _copy(
    source: lxml.etree._Element, names: dict[str, str], own: str
) -> lxml.etree._Element | None:
    """Copy a shape without its namespace, which an HTML page gives by itself; None for what is no shape."""
    tag = source.tag.removeprefix(SVG) if isinstance(source.tag, str) else ""
    tag = "g" if tag == "a" else tag
    text = source.text or ""
    if tag not in SHAPES or (tag == "style" and OUTSIDE.search(text)):
        return None
    copy = lxml.etree.Element(tag)
    for key, value in source.attrib.items():
        key = "href" if key == XLINK_HREF else key
        if key.startswith(("{", "on", "aria-")) or key == "role":
            continue
        if key == "href":
            if INNER_LINK.fullmatch(value):
                copy.set(
                    key, f"#{names.get(value[1:], value[1:])}" if value.startswith("#") else value
                )
        elif not OUTSIDE.search(value):
            copy.set(key, names[value] if key == "id" else _renamed(value, names))
    # A style sheet inside an SVG would hold for the whole page: `*` of one chart would restyle the report.
    copy.text = f"#{own}{{{_renamed(text, names)}}}" if tag == "style" else text
    for child in source:
        inner = _copy(child, names, own)
        if inner is not None:
            copy.append(inner)
            inner.tail = child.tail
    return copy


def _renamed(value: str, names: dict[str, str]) -> str:
    return REFERENCE.sub(lambda match: f"url(#{names.get(match[1], match[1])})", value)
