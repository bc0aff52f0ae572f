"""Reading the made files back: each must say exactly what the tree says, figure by figure."""

import re
from dataclasses import replace
from itertools import zip_longest

from danvan_nb import nodes
from danvan_nb.document import READERS
from danvan_nb.errors import Issue, RenderError

SHOWN = 20
"""Characters that a message shows on each side of the first difference."""


def reconcile(document: nodes.Document, name: str, data: bytes) -> int:
    """Compare a made file with the tree it was made from.

    The text of the file, in reading order and without white space, must equal the tree's: then
    every figure stands where it should, and every other number is one that the prose states.

    Parameters
    ----------
    document : Document
        What the file must say.
    name : str
        The file's name; its suffix chooses the reader.
    data : bytes
        The file.

    Returns
    -------
    int
        How many figures were matched: all of them.

    Raises
    ------
    RenderError
        At the first difference, with what stands there and how many figures matched before it.
    """
    found = _squeeze(READERS[name.rsplit(".", 1)[-1]](data))
    shown = shown_in(document, name)
    wanted = _squeeze("".join(_block_lines(shown) if isinstance(shown, tuple) else lines(shown)))
    figures = [_squeeze(value.text) for value in nodes.values(shown)]
    if found == wanted:
        return len(figures)
    pairs = enumerate(zip_longest(found, wanted))
    at = next(place for place, (left, right) in pairs if left != right)
    around = slice(max(0, at - SHOWN), at + SHOWN)
    matched = _count_before(at, figures, wanted)
    told = {"file": name, "found": found[around], "expected": wanted[around]}
    raise RenderError(Issue.of("doi_soat", **told, matched=matched, all=len(figures)))


def shown_in(document: nodes.Document, name: str) -> nodes.Document | tuple[nodes.Block, ...]:
    """Give what a file shows of a document: a page all of it, a workbook its tables and figures."""
    if name.endswith(".html"):
        return document
    if name.endswith(".xlsx"):
        from danvan_nb.document.xlsx import spoken  # openpyxl is loaded for a workbook alone

        return spoken(document)
    return replace(document, leaders=None)  # what leaders read is no part of the form


def lines(document: nodes.Document) -> list[str]:
    """Give what a reader of any of the files must find: paragraphs, cell lines, parts of the form.

    List dashes, page numbers, marks of notes and drafts are drawn by the format.
    """
    head = document.head
    out = _leader_lines(document.leaders) if document.leaders else []
    out += [line for line in (head.superior, *head.issuer) if line]
    out += [nodes.STATE, nodes.MOTTO, head.number, head.place_date]
    out += [head.kind, nodes.plain(document.subject)]
    if head.to:
        out += [nodes.TO, *head.to]
    out += _block_lines(document.blocks)
    out += [nodes.RECIPIENTS, *head.recipients, *head.authority, head.signatory]
    for appendix in document.appendices:
        out += [appendix.label, appendix.title, appendix.reference, *_block_lines(appendix.blocks)]
    return out


def _leader_lines(leaders: nodes.Leaders) -> list[str]:
    out = [nodes.LEADERS, leaders.note]
    for card in leaders.cards:
        figures = (card.value, card.plan, card.change)
        trend = card.trend.alt if card.trend else ""
        out += [card.label.text, *(each.text for each in figures if each), trend, card.verdict]
    points = map(nodes.plain, leaders.points)
    return [*out, *([nodes.POINTS, *points] if leaders.points else [])]


def _block_lines(blocks: tuple[nodes.Block, ...]) -> list[str]:
    out: list[str] = []
    for block in blocks:
        match block:
            case nodes.Heading(number=number, content=content):
                out.append(nodes.section_title(number, content))
            case nodes.Paragraph(content=content):
                out.append(nodes.plain(content))
            case nodes.BulletList(items=items):
                out += map(nodes.plain, items)
            case nodes.Table(caption=caption, head=head, body=body):
                cells = [cell for row in (*head, *body) for cell in row]
                out += [caption, *(nodes.plain(line) for cell in cells for line in cell.lines)]
            case nodes.Chart(caption=caption, alt=alt):
                out += [alt, nodes.plain(caption)]
            case nodes.Box(text=text):
                out.append(text)
    return [line for line in out if line]


def _count_before(at: int, figures: list[str], text: str) -> int:
    """Count the figures that end before a place of the text."""
    matched = 0
    position = 0
    for figure in figures:
        position = text.find(figure, position)
        if position < 0 or position + len(figure) > at:
            break
        matched += 1
        position += len(figure)
    return matched


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)
