"""A Word file as somebody left it: its lines in reading order, and how their words look.

Owns what Word, LibreOffice and others make of bookmarks, controls, styles and tracked changes.
Deleted text is not read, inserted text is; what is no text is named. It knows no report.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from docx.oxml.parser import parse_xml

from danvan_nb.document.word import DRAWN, UNSEEN, is_gone, read_words, word_name
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.keep.word_looks import HIDDEN, Styles, child, foreign_thing, local_name, value
from danvan_nb.project.files import unpacked

NOTES = 0x10E000
"""The first of the characters that stand for notes, which nobody types."""
UNTYPED = re.compile("[\ufffc\U000f0000-\U0010ffff]")
UNPRINTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029]")
SAID = set(map(word_name, ("t", "footnoteReference", "drawing")))
"""What makes a paragraph begin: before it stand only marks."""
STRICT = "purl.oclc.org/ooxml"


@dataclass(frozen=True)
class WordRun:
    """Words of one look; `tag` is that of the content control that they stand in, if any."""

    text: str
    look: frozenset[str] = frozenset()
    tag: str = ""


@dataclass(frozen=True)
class WordLine:
    """A paragraph, of the text or of a cell.

    Attributes
    ----------
    style : str
        The name of its style; `look` is how words look in it by themselves.
    slot : str
        The bookmark that it stands in.
    section : str
        The heading above it.
    cell : tuple of int
        Its table, row and column, if it stands in one.
    foreign : tuple of str
        What stands in it and is no text, or is hidden.
    """

    runs: tuple[WordRun, ...]
    style: str = ""
    look: frozenset[str] = frozenset()
    slot: str = ""
    section: str = ""
    cell: tuple[int, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its words; a note's character stands at its mark."""
        return "".join(run.text for run in self.runs)

    @property
    def kind(self) -> str:
        """What it is in prose: `heading`, `item` or `paragraph`."""
        if self.style.startswith("heading"):
            return "heading"
        return "item" if self.style.startswith("list") else "paragraph"


@dataclass(frozen=True)
class Comment:
    """A comment: who wrote it, what it says, the words of the paragraph that it is about."""

    author: str
    text: str
    about: str


@dataclass(frozen=True)
class WordFile:
    """All that a file says: text, notes in the order of their marks, comments, page margins."""

    lines: tuple[WordLine, ...]
    notes: tuple[WordLine, ...]
    comments: tuple[Comment, ...]
    margins: tuple[str, ...]
    slots: frozenset[str]


def read_word_file(data: bytes, file: str) -> WordFile:
    """Read a Word file.

    Raises
    ------
    NotebookError
        If it is none, is larger than any report, or is written in the strict form of the format.
    """
    try:
        with unpacked(data) as archive:
            names = [one for one in archive.infolist() if re.match(r"word/\w+\.xml$", one.filename)]
            parts = {one.filename[5:-4]: parse_xml(archive.read(one)) for one in names}
        body = parts["document"]
    except OverflowError as err:
        raise NotebookError(Issue.of("tep_word.qua_lon", file=file)) from err
    except (zipfile.BadZipFile, KeyError, SyntaxError) as err:  # lxml's is a SyntaxError
        raise NotebookError(Issue.of("tep_word", file=file, found=str(err))) from err
    if STRICT in body.tag:
        raise NotebookError(Issue.of("khong_phai_ban_word.strict", file=file))
    return _Reader(parts).file()


@dataclass
class _Reader:
    """What is known on the way through a file."""

    parts: dict[str, Any]
    lines: list[WordLine] = field(default_factory=list)
    notes: list[WordLine] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    open_slots: list[str] = field(default_factory=list)
    joined: list[WordRun] = field(default_factory=list)
    section: str = ""
    tables: int = 0

    def __post_init__(self) -> None:
        self.styles = Styles(self.parts.get("styles"))
        self.starts, self.ends = _bookmarks(self.parts["document"])

    def file(self) -> WordFile:
        """Read everything."""
        self.read(self.parts["document"])
        listed = self.parts.get("comments", self.parts["document"])
        margins = [read_words(self.parts[name]) for name in sorted(self.parts) if "er" in name[:6]]
        margins = [" ".join(re.sub(r"\d", "", words).split()) for words in margins]
        return WordFile(
            tuple(self.lines),
            tuple(self.notes),
            tuple(map(self.comment, listed.iterchildren(word_name("comment")))),
            tuple(sorted(set(filter(None, margins)))),
            frozenset(self.starts.values()),
        )

    def comment(self, node: Any) -> Comment:
        """Read a comment; one that hangs on nothing any more is about nothing."""
        words = " ".join(read_words(node).split())
        return Comment(value(node, "author"), words, self.about.get(value(node, "id"), ""))

    def read(self, node: Any, cell: tuple[int, ...] = ()) -> None:
        """Read the paragraphs below an element, in order."""
        rows = columns = 0
        for inner in node:
            name = local_name(inner)
            if name == "p":
                self.paragraph(inner, cell)
            elif inner.tag in UNSEEN or is_gone(inner):
                columns += name == "tc"
            elif name == "tbl" and not cell:
                self.tables += 1
                self.read(inner, (self.tables,))
            elif name == "tr" and len(cell) == 1:
                rows += 1
                self.read(inner, (*cell, rows))
            elif name == "tc" and len(cell) == 2:
                columns += 1
                self.read(inner, (*cell, columns))
            else:
                self.mark(inner)
                self.read(inner, cell)

    def mark(self, node: Any) -> None:
        """Note where a slot begins or ends."""
        if node in self.starts:
            self.open_slots.append(self.starts[node])
        elif node in self.ends and self.ends[node] in self.open_slots:
            self.open_slots.remove(self.ends[node])

    def paragraph(self, node: Any, cell: tuple[int, ...]) -> None:
        """Read a paragraph."""
        place = WordLine((), slot=self.slot(node), section=self.section, cell=cell)
        line = self.line(node, place)
        if node.find("/".join(map(word_name, ("pPr", "rPr", "del")))) is not None:
            self.joined += line.runs  # its mark is deleted: it goes on in the next paragraph
            return
        line = replace(line, runs=(*self.joined, *line.runs))
        self.joined.clear()
        for anchor in node.iter(word_name("commentRangeStart"), word_name("commentReference")):
            self.about.setdefault(value(anchor, "id"), UNTYPED.sub("", line.text))
        if line.kind == "heading" and line.text.strip():
            self.section = " ".join(line.text.split())
            line = replace(line, section=self.section)
        if line.text.strip() or line.foreign:
            self.lines.append(line)

    def slot(self, node: Any) -> str:
        """Give the innermost slot that a paragraph starts in, or else that begins in it."""
        inner = list(node.iter())
        first = next((at for at, one in enumerate(inner) if one.tag in SAID), len(inner))
        for one in inner[:first]:
            self.mark(one)
        begins = [self.starts[one] for one in inner[first:] if one in self.starts]
        slot = (self.open_slots or begins[:1] or [""])[-1]
        for one in inner[first:]:
            self.mark(one)
        return slot

    def line(self, node: Any, line: WordLine) -> WordLine:
        """Read the words of a paragraph into a line."""
        style = child(node, "pPr", "pStyle")
        look, name = self.styles.look(style), self.styles.name(style)
        foreign: list[str] = []
        runs = tuple(self.runs(node, look, foreign))
        is_list = node.find(f"{word_name('pPr')}/{word_name('numPr')}") is not None
        if is_list and not name.startswith(("heading", "list")):
            name = f"list {name}"
        return replace(line, runs=runs, style=name, look=look, foreign=tuple(foreign))

    def runs(self, node: Any, look: frozenset[str], foreign: list[str]) -> Iterator[WordRun]:
        """Yield the words below an element; those of one control are one run."""
        for inner in node:
            if inner.tag in UNSEEN:
                continue
            if thing := foreign_thing(inner):
                foreign.append(thing)
            elif inner.tag == word_name("r"):
                yield from self.run(inner, look, foreign)
            elif inner.tag == word_name("sdt") and (tag := child(inner, "sdtPr", "tag")):
                runs = list(self.runs(inner, look, foreign))
                shown = next((one.look for one in runs if one.text.strip()), look)
                yield WordRun("".join(one.text for one in runs), shown, tag)
            else:
                yield from self.runs(inner, look, foreign)

    def run(self, node: Any, paragraph: frozenset[str], foreign: list[str]) -> Iterator[WordRun]:
        """Yield the words of a run, unless they are hidden."""
        look = self.styles.run_look(node, paragraph)
        words = "".join(map(self.words, node))
        if HIDDEN in look:
            foreign += [f"chữ ẩn: {words}"] if words.strip() else []
        elif words:
            yield WordRun(words, look)
        other = [one for one in node if foreign_thing(one) or local_name(one) == "AlternateContent"]
        yield from self.runs(other, paragraph, foreign)

    def words(self, node: Any) -> str:
        """Give the text of a part of a run."""
        if node.tag == word_name("t"):
            return UNTYPED.sub("", UNPRINTED.sub(" ", (node.text or "").replace("\n", " ")))
        if node.tag in map(word_name, ("footnoteReference", "endnoteReference")):
            self.notes.append(self.note(node))
            return chr(NOTES + len(self.notes) - 1)
        if node.get(word_name("type")) in ("page", "column"):
            return ""
        return DRAWN.get(node.tag, "").replace("\t", " ")

    def note(self, reference: Any) -> WordLine:
        """Read the note of a mark."""
        part = self.parts.get("footnotes" if "foot" in reference.tag else "endnotes", ())
        number = value(reference, "id")
        found = [node for node in part if value(node, "id") == number]
        inner = (
            self.line(one, WordLine(())) for node in found for one in node.iter(word_name("p"))
        )
        runs = [run for line in inner for run in line.runs]
        return WordLine(tuple(runs), style="footnote text", section=self.section)


def _bookmarks(body: Any) -> tuple[dict[Any, str], dict[Any, str]]:
    """Find where each slot begins and ends; one without an end is lost.

    LibreOffice begins a bookmark anew in each paragraph, by other ids of which only the last ends:
    it reaches from the first beginning to the last end.
    """
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    ends = {value(node, "id"): node for node in body.iter(word_name("bookmarkEnd"))}
    for node in body.iter(word_name("bookmarkStart")):
        name, end = value(node, "name"), ends.get(value(node, "id"))
        if name.startswith("slot_"):
            first.setdefault(name, node)
            last |= {} if end is None else {name: end}
    starts = {first[name]: name for name in last}
    return starts, {node: name for name, node in last.items()}
