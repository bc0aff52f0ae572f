"""Reading the made files back: each must say exactly what the tree says, figure by figure."""

from __future__ import annotations

import re
from itertools import zip_longest

from danvan_nb.document.formats import READERS
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Document, lines, values

SHOWN = 20
"""Characters that a message shows on each side of the first difference."""


def reconcile(document: Document, name: str, data: bytes) -> int:
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
    wanted = _squeeze("".join(lines(document)))
    figures = [_squeeze(value.text) for value in values(document)]
    if found == wanted:
        return len(figures)
    pairs = enumerate(zip_longest(found, wanted))
    at = next(place for place, (left, right) in pairs if left != right)
    around = slice(max(0, at - SHOWN), at + SHOWN)
    matched = _count_before(at, figures, wanted)
    issue = Issue.of(
        "doi_soat",
        file=name,
        found=found[around],
        expected=wanted[around],
        matched=matched,
        all=len(figures),
    )
    raise RenderError(issue)


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
