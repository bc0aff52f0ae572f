"""The language of Word files, as the writer, the reader and `keep` speak it.

Owns the names of elements, of tags and of bookmarks, and the reading of a file or a part of it as
text. It writes nothing.
"""

import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any

from docx.oxml.parser import parse_xml

from danvan_nb.errors import Issue, RenderError

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
}


@cache
def word_name(name: str) -> str:
    """Give the full name of an element or attribute; without a prefix it is WordprocessingML's."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix or 'w']}}}{local}"


NOTE = "\ufffc"  # stands for a footnote's mark: object replacement character
PROPERTIES = ("pPr", "rPr", "tblPr", "tcPr", "trPr", "sdtPr", "sectPr")
UNSEEN = set(map(word_name, ("del", "moveFrom", "mc:Fallback", *PROPERTIES)))
BREAK_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
DRAWN = {word_name(tag): sign for tag, sign in BREAK_SIGNS.items()}


def figure_tag(figure_id: str) -> str:
    """Give the tag of a figure's content control: its id, cut with `~` and a hash where too long.

    Word takes 64 characters.
    """
    return figure_id if len(figure_id) <= 64 else f"{figure_id[:55]}~{_short_hash(figure_id)}"


def bookmark_name(slot: str) -> str:
    """Give the bookmark of a slot: `slot_<id>`; an id that Word would refuse is cleaned and hashed.

    Word takes letters, digits and `_`, at most 40 in all.
    """
    if re.fullmatch(r"\w{1,32}", slot, re.ASCII):
        return f"slot_{slot}"
    return f"slot_{re.sub(r'[^A-Za-z0-9_]', '_', slot)[:23]}_{_short_hash(slot)}"


def next_bookmark(slot: str, used: Counter[str]) -> str:
    """Give the bookmark of a passage and count it: a slot that comes back gets `_2`, `_3`."""
    name = bookmark_name(slot)
    used[name] += 1
    return name if used[name] == 1 else f"{name}_{used[name]}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def open_word(data: bytes) -> tuple[Any, list[Any]]:
    """Open a Word file; returns the element of its text, and those of its footnotes.

    Raises
    ------
    RenderError
        If `data` is not a Word file.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            text = parse_xml(archive.read("word/document.xml"))
            # Word drops the part with the last note.
            has_notes = "word/footnotes.xml" in archive.namelist()
            notes = list(parse_xml(archive.read("word/footnotes.xml"))) if has_notes else []
    except (zipfile.BadZipFile, KeyError, SyntaxError) as err:  # lxml's is a SyntaxError
        raise RenderError(Issue.of("tep_word", found=str(err))) from err
    return text, notes


def read_docx(data: bytes) -> str:
    """Read the text of a Word file in reading order, as `reconcile.lines` gives it.

    A note is read at its reference, a picture by its alternative text. Insertions under tracked
    changes are read, deletions are not; headers and page numbers are left out.

    Raises
    ------
    RenderError
        If `data` is not a Word file.
    """
    text, notes = open_word(data)
    return read_words(text, {note.get(word_name("id")): read_words(note, {}) for note in notes})


def read_words(node: Any, notes: Mapping[str, str] | None = None) -> str:
    """Give the text below an element, with each note at its reference and each picture by its alt.

    Without `notes`, a mark stands for each note and nothing for a picture.
    """
    if node.tag in UNSEEN or is_gone(node):
        return ""
    if node.tag == word_name("t"):
        return node.text or ""
    if node.tag == word_name("footnoteReference"):
        return NOTE if notes is None else f" {notes.get(node.get(word_name('id')), '')} "
    if node.tag == word_name("wp:docPr"):
        return "" if notes is None else f"{node.get('descr', '')}\n"
    text = DRAWN.get(node.tag, "") + "".join(read_words(child, notes) for child in node)
    return f"{text}\n" if node.tag == word_name("p") else text


def is_gone(node: Any) -> bool:
    """Tell a cell that only continues one above it, and a row deleted under tracked changes."""
    if node.tag == word_name("tc"):
        merge = node.find(f"{word_name('tcPr')}/{word_name('vMerge')}")
        return merge is not None and merge.get(word_name("val"), "continue") == "continue"
    deleted = f"{word_name('trPr')}/{word_name('del')}"
    return node.tag == word_name("tr") and node.find(deleted) is not None
