"""The HTML file: one page with its fonts, charts and figure details inside, and no script.

Owns how the document tree looks on a screen, and the reader that takes the text back out of a
finished file. The words come from the tree, the look from `templates/report.css`; neither is
decided here.
"""

import base64
import re
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from itertools import chain, count

import lxml.etree
import lxml.html
from markupsafe import Markup

from danvan_nb import nodes
from danvan_nb.document import layout, page_templates
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Chart, Document, Heading, Note, Value, plain
from danvan_nb.project.formats import ROWS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
SCRIPT_POLICY = "; script-src 'unsafe-inline'; connect-src 'self'"
FONTS = {"Regular": 400, "Italic": 400, "Bold": 700, "BoldItalic": 700}
"""The faces of Tinos, and how heavy they are."""

Details = tuple[tuple[str, str], ...]

# What a drawing may hold. HTML inside an SVG (foreignObject, title, desc) goes with the scripts.
SHAPES = {
    *("svg", "g", "defs", "symbol", "use", "image", "clipPath", "mask", "pattern", "marker"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    *("text", "tspan", "textPath", "style", "linearGradient", "radialGradient", "stop"),
}
SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
INNER_LINK = re.compile(r"#[^\s]+|data:image/[a-z+]+;base64,[\w+/=\s]+")
OUTSIDE = re.compile(
    r"url\(\s*['\"]?(?!\s*['\"]?#)|@import|image-set|\w+script:|https?:", re.IGNORECASE
)
REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)\s*['\"]?\)")

BLOCKS = {
    *("h1", "h2", "h3", "h4", "p", "div", "section", "li"),
    *("figure", "figcaption", "caption", "th", "td"),
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


def write_html(document: Document, script: str = "") -> bytes:
    """Write a document as one HTML file.

    Parameters
    ----------
    document
        The whole report.
    script
        A script for a copy that is served here and now; the page is then allowed to run it, and to
        ask where it came from. The report's own page has none and allows none.

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
    document = layout.bound(document)
    headings = [node for node in nodes.walk(document) if isinstance(node, Heading)]
    notes = [node for node in nodes.walk(document) if isinstance(node, Note)]
    fixed = [heading.anchor for heading in headings]
    fixed += [name for note in notes for name in (f"chu-thich-{note.number}", f"dan-{note.number}")]
    fixed += [f"phu-luc-{number}" for number, _ in enumerate(document.appendices, 1)]
    fixed += ["noi-dung", "lanh-dao"]
    repeated = sorted({name for name in fixed if fixed.count(name) > 1})
    if repeated:
        raise ValueError(f"two parts of the page share one link: {', '.join(repeated)}")

    fresh_id = partial(_fresh_id, set(fixed))
    numbers = {"chart": count(1), "table": count(1)}
    template = page_templates().get_template("report.html.j2")
    page = template.render(
        document=document,
        cut=layout,
        places=layout.places(document),
        origins=Origins(fresh_id),
        tree=nodes,
        file_names={row.file: f"Bản {row.label}" for row in ROWS},
        policy=POLICY + SCRIPT_POLICY if script else POLICY,
        script=Markup(script),  # noqa: S704 - our own
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
    """Read the text of a file made by `write_html`, as `reconcile.lines` gives it, by lines.

    A note is read at its reference and a chart by its text alternative; lists of links, the draft
    mark, the origins of figures and the marks of notes are not text of the report.

    Raises
    ------
    RenderError
        If the file has no report in it, or a note reference leads nowhere.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    page = lxml.html.document_fromstring(data, parser=parser)
    report = page.find(".//main")
    if report is None:
        raise RenderError(Issue.of("tep_html"))
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
            raise RenderError(Issue.of("chu_thich_html", found=target))
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
    for name, weight in FONTS.items():
        slant = "italic" if name.endswith("Italic") else "normal"
        data = (package / "fonts" / f"Tinos-{name}.woff2").read_bytes()
        font = base64.b64encode(data).decode("ascii")
        source = f"url(data:font/woff2;base64,{font})format('woff2')"
        face = f"font-family:Tinos;font-style:{slant};font-weight:{weight};src:{source}"
        faces.append(f"@font-face{{{face}}}\n")
    sheet = (package / "document" / "templates" / "report.css").read_text(encoding="utf-8")
    return Markup("".join(faces) + sheet)  # noqa: S704 - the package's own files


def _fresh_id(used: set[str], wanted: str) -> str:
    """Give an element id that the page does not have yet: a figure may stand there twice."""
    wanted = SPACES.sub("-", wanted)
    numbered = (f"{wanted}-{number}" for number in count(2))
    fresh = next(name for name in chain([wanted], numbered) if name not in used)
    used.add(fresh)
    return fresh


def _unknown(node: object) -> None:
    raise TypeError(f"the HTML writer does not know {type(node).__name__}")


def _drawing(chart: Chart, name: str, fresh_id: Callable[[str], str]) -> Markup:
    """Give a chart as inline SVG: its text alternative, only shapes, and ids of its own."""
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        source = lxml.etree.fromstring(chart.svg.encode("utf-8"), parser)
    except lxml.etree.XMLSyntaxError as err:
        issue = Issue.of("bieu_do.khong_doc_duoc", chart=plain(chart.caption), cause=err)
        raise RenderError(issue) from err
    names = {old: fresh_id(f"{name}.{old}") for old in source.xpath("//@id")}
    own = fresh_id(name)
    drawing = _copy(source, names, own)
    if drawing is None or drawing.tag != "svg":
        raise RenderError(Issue.of("bieu_do", chart=plain(chart.caption)))
    drawing.attrib.update({"id": own, "role": "img", "aria-label": chart.alt})
    text = lxml.etree.tostring(drawing, encoding="unicode")
    return Markup(text)  # noqa: S704 - only known shapes are left in it


def _copy(
    source: lxml.etree._Element, names: dict[str, str], own: str
) -> lxml.etree._Element | None:
    """Copy a shape without its namespace, which an HTML page gives; None for what is no shape."""
    tag = source.tag.removeprefix(SVG) if isinstance(source.tag, str) else ""
    tag = "g" if tag == "a" else tag
    text = source.text or ""
    if tag not in SHAPES or (tag == "style" and OUTSIDE.search(text)):
        return None
    copy = lxml.etree.Element(tag)
    for key, value in source.attrib.items():
        name = "href" if key == XLINK_HREF else key
        kept = _attribute(name, value, names)
        if kept is not None:
            copy.set(name, kept)
    # A style sheet inside an SVG would hold for the whole page: `*` would restyle the report.
    copy.text = f"#{own}{{{_renamed(text, names)}}}" if tag == "style" else text
    for child in source:
        inner = _copy(child, names, own)
        if inner is not None:
            copy.append(inner)
            inner.tail = child.tail
    return copy


def _attribute(name: str, value: str, names: dict[str, str]) -> str | None:
    """Give an attribute as it may stand in the page; None for one that acts or leads outside."""
    if name.startswith(("{", "on", "aria-")) or name == "role":
        return None
    if name == "href":
        if not INNER_LINK.fullmatch(value):
            return None
        return f"#{names.get(value[1:], value[1:])}" if value.startswith("#") else value
    if OUTSIDE.search(value):
        return None
    return names[value] if name == "id" else _renamed(value, names)


def _renamed(value: str, names: dict[str, str]) -> str:
    return REFERENCE.sub(lambda match: f"url(#{names.get(match[1], match[1])})", value)
