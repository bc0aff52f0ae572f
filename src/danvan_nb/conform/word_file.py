"""A Word file as a specimen: paragraphs with the type and spacing that styles and settings give.

Owns the reading of WordprocessingML; what Word would decide while it lays out pages is left open.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml

from danvan_nb.conform.specimen import POINTS_PER_MM, SINGLE, Imprint, Leaf, Run, Specimen
from danvan_nb.document.layout import text_width
from danvan_nb.document.word import DRAWN, UNSEEN
from danvan_nb.document.word import word_name as qn
from danvan_nb.project.files import unpacked

TWIPS, EMUS = 20, 12700
LETTERHEAD = r"(?is)độc lập.*tự do|xã hội chủ nghĩa|nơi nhận|\b(kt|tm|tl|tuq)\. "
SIGNS = {
    "upperRoman": ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"],
    "lowerLetter": ["", *"abcdefghijklmnopqrstuvwxyz"],
}
PAGE_FIELD = re.compile(r"""[ ">]PAGE[ "<\\]""")
OFF = dict.fromkeys(("0", "false", "off"), "")
THEME = "phông của chủ đề"
SIDES = ("left", "right", "top", "bottom")

Settings = dict[str, str]


def word_specimen(data: bytes) -> Specimen:
    """Read a Word file of any office.

    Raises
    ------
    docx.opc.exceptions.PackageNotFoundError, KeyError, ValueError
        If it is none.
    """
    return _Reader(docx.Document(unpacked(data).fp)).specimen()


class _Reader:
    """One file while it is read: its styles, and how far rows, sections and lists have come."""

    def __init__(self, document: Any) -> None:
        self.document = document
        styles = document.styles.element
        self.styles = {each.get(qn("w:styleId")): each for each in styles.iter(qn("w:style"))}
        defaults = styles.iter(qn("w:rPrDefault"), qn("w:pPrDefault"))
        self.base = _settings(*(each for default in defaults for each in default))
        normal = document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
        self.normal = normal.style_id if normal else ""
        self.known: dict[str, Settings] = {}
        self.counts: Counter[tuple[str, int]] = Counter()
        self.footnotes, numbering = self.part("footnotes"), self.part("numbering")
        nums = numbering.iter(qn("w:num"))
        self.lists = {each.get(qn("w:numId")): _value(each, "abstractNumId") for each in nums}
        self.levels = {
            (each.getparent().get(qn("w:abstractNumId")), int(each.get(qn("w:ilvl")))): each
            for each in numbering.iter(qn("w:lvl"))
        }
        leaf = _leaf(document.sections[0])
        self.width = (leaf.width - leaf.margins["left"] - leaf.margins["right"]) * POINTS_PER_MM
        self.row = self.section = 1
        self.after = self.line = 0.0

    def part(self, name: str) -> Any:
        rels = self.document.part.rels.values()
        found = [each.target_part.blob for each in rels if each.reltype.endswith(f"/{name}")]
        return parse_xml(found[0] if found else b"<none/>")

    def specimen(self) -> Specimen:
        body = self.document.element.body
        notes = [each for each in self.footnotes if not each.get(qn("w:type"))]
        below = (paragraph for note in notes for paragraph in note.iter(qn("w:p")))
        lines = [replace(x, side="note") for one in below for x in self.paragraph(one, self.width)]
        return Specimen(
            (*_with_rules(list(self.blocks(body))), *lines),
            tuple(map(_leaf, self.document.sections)),
            tuple(self.page_numbers()),
            tuple((each.get(qn("w:id")), 1) for each in body.iter(qn("w:footnoteReference"))),
            tuple((note.get(qn("w:id")), 1) for note in notes),
            True,
        )

    def blocks(self, parent: Any) -> Iterator[Imprint]:
        """Yield the paragraphs of a body in order, those of a letterhead with their column."""
        for child in parent:
            if child.tag == qn("w:p"):
                self.row += 100
                yield from self.paragraph(child, self.width)
                self.section += child.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
            elif child.tag == qn("w:tbl"):
                yield from self.table(child)
            elif child.tag == qn("w:sdt"):
                yield from self.blocks(child.find(qn("w:sdtContent")))

    def table(self, table: Any) -> Iterator[Imprint]:
        layout = re.search(LETTERHEAD, "\n".join(map(_letters, table.iter(qn("w:p")))))
        widths = [float(each.get(qn("w:w"), 0)) / TWIPS for each in table.iter(qn("w:gridCol"))]
        for row in table.iter(qn("w:tr")):
            self.row += 100
            cells = row.findall(qn("w:tc"))
            for index, cell in enumerate(cells):
                side = ("right" if index else "left") if cells[1:] and layout else "middle"
                width = (*widths, *[self.width] * len(cells))[index]
                for paragraph in cell.iter(qn("w:p")):
                    for each in self.paragraph(paragraph, width):
                        yield replace(each, side=side, cell=not layout)

    def paragraph(self, paragraph: Any, width: float) -> Iterator[Imprint]:
        """Yield a paragraph; one that holds line breaks is several."""
        direct = _settings(paragraph.find(qn("w:pPr")))
        style = self.styled(direct.get("pStyle", self.normal))
        number, level = self.number(style | direct)
        settings = self.base | level | style | direct
        runs = [Run(number), *(self.run(run, settings) for run in _own_runs(paragraph))]
        drawn = _drawn(paragraph, settings, width)
        for piece in _split(runs):
            imprint = self.imprint(piece, settings)
            if imprint.text.strip("_ "):
                self.line = _last_line(imprint.text, max(imprint.sizes, default=14), width)
            yield replace(imprint, rule=drawn / self.line if drawn and self.line else None)

    def imprint(self, runs: list[Run], settings: Settings) -> Imprint:
        def points(name: str) -> float:
            return float(settings.get(name) or 0) / TWIPS

        jc, pitch = settings.get("jc", "left"), points("line") / 12
        if settings.get("lineRule", "auto") != "auto":
            pitch = points("line") / (float(settings.get("sz", 20)) / 2 * SINGLE)
        lead = next((run.text for run in runs if run.text), "")
        if lead.startswith("\t") and settings.get("tabs", "").startswith("center"):
            jc = "center"
        imprint = Imprint(
            tuple(runs),
            self.section,
            self.row,
            align={"start": "left", "distribute": "both"}.get(jc, jc),
            indent=(points("left") + points("firstLine") - points("hanging")) / POINTS_PER_MM / 10,
            pitch=pitch or 1,
            gap=self.after + points("before"),
            kept=bool(settings.get("keepNext")),
        )
        self.after = points("after") + (0 if imprint.text else self.after + 14)
        return imprint

    def run(self, run: Any, below: Settings) -> Run:
        direct = _settings(run.find(qn("w:rPr")))
        settings = below | self.styled(direct.get("rStyle", "")) | direct
        text = "" if settings.get("vanish") else _letters(run)
        return Run(
            text.upper() if settings.get("caps") else text,
            settings.get("face", ""),
            float(settings.get("sz", 20)) / 2,
            bool(settings.get("b")),
            bool(settings.get("i")),
            settings.get("color", "auto").replace("auto", "000000"),
        )

    def styled(self, name: str) -> Settings:
        """Give what a style says, on top of the styles that it is based on."""
        if name not in self.known and name in self.styles:
            style = self.styles[name]
            own = _settings(style.find(qn("w:pPr")), style.find(qn("w:rPr")))
            self.known[name] = self.styled(_value(style, "basedOn")) | own
        return self.known.get(name, {})

    def number(self, settings: Settings) -> tuple[str, Settings]:
        """Give the number or dash that Word puts before a list paragraph, and the list's indent."""
        key, depth = settings.get("numId", ""), int(settings.get("ilvl") or 0)
        places = [(self.lists.get(key, ""), place) for place in range(depth + 1)]
        if not self.levels.keys() >= {*places}:
            return "", {}
        levels = [self.levels[place] for place in places]
        self.counts[key, depth] += 1
        for deeper in range(depth + 1, 9):
            self.counts[key, deeper] = 0
        text, kinds = _value(levels[-1], "lvlText"), [_value(each, "numFmt") for each in levels]
        for place, kind in enumerate(kinds):
            count = self.counts[key, place]
            text = text.replace(f"%{place + 1}", (SIGNS.get(kind, [])[count:] or [str(count)])[0])
        lead = "- " if kinds[-1] == "bullet" else f"{text} "
        return lead, _settings(levels[-1].find(qn("w:pPr")))

    def page_numbers(self) -> Iterator[Imprint]:
        """Yield the page numbers: `1` where the first page shows one, `2` for all that follow."""
        for index, section in enumerate(self.document.sections, 1):
            titled = section.different_first_page_header_footer
            for place, side, texts in (
                (section.first_page_header, "top", ["1"] * titled),
                (section.first_page_footer, "bottom", ["1"] * titled),
                (section.header, "top", ["1", "2"][titled:]),
                (section.footer, "bottom", ["1", "2"][titled:]),
            ):
                own = [] if place.is_linked_to_previous else place._element.iter(qn("w:p"))
                for each in (each for each in own if PAGE_FIELD.search(each.xml)):
                    found = next(self.paragraph(each, self.width))
                    run = (*found.lettered, *found.runs)[0]
                    words = re.sub(r"\d+", "", found.text)
                    runs = [(run._replace(text=words + text),) for text in texts]
                    yield from (replace(found, runs=one, page=index, side=side) for one in runs)


def _value(parent: Any, tag: str) -> str:
    child = parent.find(qn(f"w:{tag}"))
    return "" if child is None else str(child.get(qn("w:val"), ""))


def _settings(*properties: Any) -> Settings:
    """Read paragraph and run properties as plain settings; what is switched off is empty."""
    out: Settings = {}
    for child in (child for each in properties if each is not None for child in each):
        tag = child.tag.rpartition("}")[2]
        out |= READ[tag](child) if tag in READ else {tag: child.get(qn("w:val"), "1")}
    return {name: OFF.get(value, value) for name, value in out.items()}


def _lengths(child: Any) -> Settings:
    own = {key.rpartition("}")[2]: text for key, text in child.attrib.items()}
    first = {"firstLine": "", "hanging": ""}
    return (first if first.keys() & own.keys() else {}) | own


READ: dict[str, Callable[[Any], Settings]] = {
    "spacing": _lengths,
    "ind": _lengths,
    "numPr": _settings,
    "rFonts": lambda each: {"face": each.get(qn("w:hAnsi")) or each.get(qn("w:ascii")) or THEME},
    "tabs": lambda each: {"tabs": " ".join(stop.get(qn("w:val"), "") for stop in each)},
    "pBdr": lambda each: {"border": "1" * len(each.findall(qn("w:bottom")))},
}


def _letters(element: Any) -> str:
    runs = [element] if element.tag == qn("w:r") else element.iter(qn("w:r"))
    nodes = (node for run in runs for node in run.iterchildren(qn("w:t"), *DRAWN))
    return "".join(DRAWN.get(x.tag) or x.text or "" for x in nodes if not x.get(qn("w:type")))


def _own_runs(paragraph: Any) -> Iterator[Any]:
    """Yield the runs of a paragraph, but for text boxes in it and what was moved elsewhere."""
    for run in paragraph.iter(qn("w:r")):
        above = takewhile(lambda each: each is not paragraph, run.iterancestors())
        if not UNSEEN.union([qn("w:p")]).intersection(each.tag for each in above):
            yield run


def _split(runs: list[Run]) -> list[list[Run]]:
    """Split a paragraph at its line breaks."""
    pieces: list[list[Run]] = [[]]
    for run in runs:
        if "\n" not in run.text:
            pieces[-1].append(run)
            continue
        first, *more = run.text.split("\n")
        pieces[-1].append(run._replace(text=first))
        pieces += [[run._replace(text=text)] for text in more]
    return [piece for piece in pieces if any(run.text.strip() for run in piece)] or pieces[:1]


def _with_rules(imprints: list[Imprint]) -> Iterator[Imprint]:
    """Yield what has words, with the line that an empty paragraph below it draws."""
    for imprint, below in pairwise([*imprints, Imprint((), 0, 0)]):
        if imprint.text.strip("_ "):
            drawn = None if below.text.strip("_ ") else below.rule
            yield replace(imprint, rule=drawn or imprint.rule)


def _drawn(paragraph: Any, settings: Settings, width: float) -> float:
    """Measure the line that a paragraph draws: a border, a drawing, or a row of underscores."""
    if settings.get("border"):
        return width - sum(float(settings.get(side) or 0) for side in SIDES[:2]) / TWIPS
    flat = [each for each in paragraph.iter("{*}extent") if int(each.get("cy", 0)) < 3 * EMUS]
    text = _letters(paragraph).strip()
    return int(flat[0].get("cx")) / EMUS if flat else 7.0 * len(text) * (set(text) == {"_"})


def _last_line(text: str, size: float, width: float) -> float:
    """Estimate how long the last line of a text is when it is broken to a width."""
    line = 0.0
    for word in text.split():
        long = text_width(word + " ") * size
        line = line + long if line + long <= width else long
    return line - text_width(" ") * size


def _leaf(section: Any) -> Leaf:
    names = ("page_width", "page_height", *(f"{side}_margin" for side in SIDES))
    width, height, *ends = ((getattr(section, name) or 0) / EMUS / POINTS_PER_MM for name in names)
    start = section._sectPr.find(qn("w:pgNumType"))
    restarts = start is not None and start.get(qn("w:start")) == "1"
    return Leaf(width, height, dict(zip(SIDES, ends, strict=True)), restarts)
