"""Reading the made files back: each must say exactly what the document tree says, figure by figure."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest

from danvan_nb.document.docx import read_docx, write_docx
from danvan_nb.document.html import read_html, write_html
from danvan_nb.document.pdf import read_pdf, write_pdf
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Document, lines, values

WRITERS: dict[str, Callable[[Document], bytes]] = {
    "html": write_html,
    "pdf": write_pdf,
    "docx": write_docx,
}
READERS: dict[str, Callable[[bytes], str]] = {"html": read_html, "pdf": read_pdf, "docx": read_docx}


def reconcile(document: Document, name: str, data: bytes) -> int:
    """Compare a made file with the tree it was made from.

    The text of the file, in reading order and without white space, must equal the tree's: then every figure stands where it
    should, and every other number is one that the prose states.

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
    document = document if name.endswith(".html") else document.signed
    wanted = _squeeze("".join(lines(document)))
    figures = [_squeeze(value.text) for value in values(document)]
    if found == wanted:
        return len(figures)
    at = next(
        place for place, (left, right) in enumerate(zip_longest(found, wanted)) if left != right
    )
    matched, position = 0, 0
    for figure in figures:
        position = wanted.find(figure, position)
        if position < 0 or position + len(figure) > at:
            break
        matched, position = matched + 1, position + len(figure)
    raise RenderError(
        Issue(
            "doi_soat",
            f"Đối soát {matched}/{len(figures)} số liệu khớp, tệp không giống sổ tay",
            file=name,
            found=found[max(0, at - 20) : at + 20],
            expected=wanted[max(0, at - 20) : at + 20],
        )
    )


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)
