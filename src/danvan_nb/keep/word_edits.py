"""What a leader changed in the Word file, as new prose for the slots: edits of words come back, edits of figures are refused.

Owns the comparison of a slot's paragraphs with those between its bookmarks. A figure, a date or a citation that stands as
it was stays an expression. Tracked insertions are read, tracked deletions are not, as `word.read_docx` does.
"""

from __future__ import annotations

import difflib
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby, takewhile
from typing import Any, TypeAlias

from docx.oxml.parser import parse_xml
from nbformat import NotebookNode

from danvan_nb.document.build import printed_cells
from danvan_nb.document.word import NOTE, next_bookmark, read_words, word_name
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.keep.notebook_edits import LEFT_OUT, cell_keys
from danvan_nb.nodes import Break, Inline, Note, Text, Value
from danvan_nb.notebook.compose import slot_of
from danvan_nb.notebook.prose import Expression, Piece

ALIKE = 0.3
"""How much two paragraphs must have in common (0 to 1) to be one that was edited; below it is a new paragraph."""
BREAK = "\n"


@dataclass(frozen=True)
class Edits:
    """New source by slot, and what was refused or should be looked at."""

    passages: tuple[tuple[str, str], ...]
    issues: tuple[Issue, ...]


Part: TypeAlias = tuple[Piece, str, str]
"""A piece of source, the text it became, and the figure that this is (empty for words)."""


@dataclass(frozen=True)
class _Block:
    """A paragraph as printed: the cell it belongs to, its kind, the number of a heading, and its parts."""

    key: str
    kind: str
    level: int
    number: str
    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        return "".join(shown for _, shown, _ in self.parts)

    @property
    def text(self) -> str:
        return self.number + self.words


def read_edits(data: bytes, nb: NotebookNode, file: str) -> Edits:
    """Compare a Word file with the notebook it was made from.

    Raises
    ------
    NotebookError
        If the file is not Word, or holds none of this report's bookmarks.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            body = parse_xml(archive.read("word/document.xml"))
    except (zipfile.BadZipFile, KeyError, SyntaxError) as err:
        raise NotebookError(Issue("keep", f"Không đọc được tệp Word: {err}", file=file)) from err
    found = _slots(body)
    mine = _printed(nb)
    if not set(mine) & set(found):
        todo = "Dùng tệp report.docx do danvan-nb run làm ra, sửa trên chính tệp đó"
        raise NotebookError(
            Issue(
                "khong_phai_ban_word",
                "Tệp Word này không phải bản của báo cáo",
                file=file,
                todo=todo,
            )
        )
    passages: list[tuple[str, str]] = []
    issues: list[Issue] = []
    for name, blocks in mine.items():
        if name not in found:
            issues.append(
                _issue(
                    "mat_danh_dau",
                    "Tệp Word mất dấu của đoạn này, giữ nguyên văn cũ",
                    blocks[0].key,
                    file,
                )
            )
            continue
        before = [(block.key, _source(block, block.parts)) for block in blocks]
        after = list(_merge(blocks, found[name], file, issues))
        for key in dict.fromkeys(key for key, _ in before):
            old, new = (
                [source for owner, source in side if owner == key] for side in (before, after)
            )
            if old != new:
                passages.append((key, _join(new)))
    return Edits(tuple(passages), tuple(issues))


def _join(paragraphs: list[str]) -> str:
    """Put paragraphs together; items of a list stand on lines that follow one another."""
    text = "\n\n".join(paragraphs) or LEFT_OUT
    while (closer := re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text)) != text:
        text = closer
    return text


def _issue(
    rule: str, message: str, slot: str, file: str, found: str = "", expected: str = ""
) -> Issue:
    todo = "Sửa số trong bảng số liệu; văn bản giữ số cũ" if rule == "sua_so" else ""
    return Issue(
        rule,
        f"{message} (đoạn {slot})",
        file=file,
        found=found,
        expected=expected,
        todo=todo,
        severity="warning",
    )


def _printed(nb: NotebookNode) -> dict[str, list[_Block]]:
    """Give the paragraphs of each bookmark; cells of one slot that stand together share it, as `docx.write_docx` made it."""
    keys, used = cell_keys(nb), Counter[str]()
    out: dict[str, list[_Block]] = {}
    for base, group in groupby(
        printed_cells(nb),
        lambda each: slot_of(each.cell).removesuffix("+") if each.passages else "",
    ):
        name = next_bookmark(base, used) if base else ""
        for printed in group:
            for passage in printed.passages if base else ():
                prose, number = passage.prose, f"{passage.number} " if passage.number else ""
                parts = tuple(
                    (piece, *_shown(node))
                    for piece, node in zip(prose.pieces, passage.content, strict=True)
                )
                out.setdefault(name, []).append(
                    _Block(keys[printed.cell.id], prose.kind, prose.level, number, parts)
                )
    return out


def _shown(node: Inline) -> tuple[str, str]:
    match node:
        case Value():
            return node.text, node.id
        case Text():
            return node.text, ""
        case Note():
            return NOTE, ""
    return BREAK, ""


def _slots(body: Any) -> dict[str, list[str]]:
    """Read the paragraphs between the bookmarks of each slot.

    Word may move the end of a bookmark to the start of the next paragraph: a paragraph belongs if it starts inside.
    """
    slots: dict[str, list[str]] = {}
    open_names: dict[str, str] = {}
    start, end, paragraph, properties = map(word_name, ("bookmarkStart", "bookmarkEnd", "p", "pPr"))
    for node in body.xpath(".//w:bookmarkStart | .//w:bookmarkEnd | .//w:p[not(ancestor::w:p)]"):
        inner = (child for child in node if child.tag != properties)
        for mark in (
            takewhile(lambda child: child.tag in (start, end), inner)
            if node.tag == paragraph
            else (node,)
        ):
            name = str(mark.get(word_name("name")))
            if mark.tag == end:
                open_names.pop(mark.get(word_name("id")), None)
            elif name.startswith("slot_"):
                open_names[mark.get(word_name("id"))] = name
                slots.setdefault(name, [])
        text = read_words(node) if node.tag == paragraph else ""
        for name in open_names.values() if text.strip() else ():
            slots[name].append(text.removesuffix("\n"))
    return slots


def _merge(
    blocks: list[_Block], texts: list[str], file: str, issues: list[Issue]
) -> Iterator[tuple[str, str]]:
    """Yield cell and new source of each paragraph; the closest old paragraph lends its expressions."""
    key = blocks[0].key
    matcher = difflib.SequenceMatcher(None, [block.text for block in blocks], texts, autojunk=False)
    for op, left, left_end, right, right_end in matcher.get_opcodes():
        free = blocks[left:left_end]
        if op == "equal":
            yield from ((block.key, _source(block, block.parts)) for block in free)
            key = free[-1].key
            continue
        for text in texts[right:right_end]:
            likeness = [
                difflib.SequenceMatcher(None, block.text, text, autojunk=False).ratio()
                for block in free
            ]
            best = likeness.index(max(likeness)) if max(likeness, default=0) > ALIKE else None
            old = (
                free[best]
                if best is not None
                else _Block(free[0].key if free else key, "paragraph", 0, "", ())
            )
            free = free[best + 1 :] if best is not None else free
            key = old.key
            yield key, _edited(old, text.removeprefix(old.number), file, issues)


def _edited(old: _Block, text: str, file: str, issues: list[Issue]) -> str:
    """Carry an edit of one paragraph into its pieces; a figure that was touched stays, and is named."""
    parts: list[Part] = []
    opcodes = difflib.SequenceMatcher(None, old.words, text, autojunk=False).get_opcodes()
    where: dict[int, int] = {}  # old position -> new position, where letters are the same
    for op, left, left_end, right, _ in opcodes:
        if op == "equal":
            where |= {left + step: right + step for step in range(left_end - left)}
    start, done = 0, 0
    for piece, shown, figure in old.parts:
        span = range(start, start + len(shown))
        start += len(shown)
        places = [where[at] for at in span if at in where]
        whole = (
            len(places) == len(shown) and bool(shown) and places[-1] - places[0] == len(shown) - 1
        )
        if isinstance(piece, Text):
            end = max(
                [done, *(place + 1 for place in places)]
            )  # up to the last letter that the run still has
            parts.append((replace(piece, text=text[done:end]), "", ""))
            done = end
        elif whole:
            parts += [(Text(text[done : places[0]]), "", ""), (piece, shown, figure)]
            done = places[-1] + 1
        elif places and figure:
            first, last = places[0], places[-1] + 1
            while first > done and text[first - 1].isdigit():
                first -= 1
            while last < len(text) and (text[last].isdigit() or text[last] in ",."):
                last += 1
            touched = text[first:last].rstrip(",.")
            if re.search(
                r"\d", touched
            ):  # else the figure was taken out, and a letter of it happens to stand elsewhere
                issues.append(
                    _issue(
                        "sua_so",
                        f"Số liệu {figure} không sửa trong Word được",
                        old.key,
                        file,
                        touched,
                        f"“{shown}”",
                    )
                )
                parts += [(Text(text[done:first]), "", ""), (piece, shown, figure)]
                done = first + len(touched)
    parts.append((Text(text[done:]), "", ""))
    return _source(old, parts)


def _source(block: _Block, parts: Iterable[Part]) -> str:
    """Write a paragraph as Markdown."""
    out: list[str] = []
    for piece, _, _ in parts:
        match piece:
            case Text(text=text) if text:
                out.append(_marked(_escape(text.replace(NOTE, "")), piece))
            case Expression(source=source):
                out.append(_marked(f"{{eval}}`{source}`", piece))
            case Break():
                out.append("\\\n")
    source = re.sub(r"(\*+)(\s*)\1(?=\S)", r"\2", "".join(out)).replace("****", "").strip()
    if block.kind == "heading":
        return f"{'#' * block.level} {source}"
    return f"- {source}" if block.kind == "item" else re.sub(r"^([-+#>])", r"\\\1", source)


def _marked(text: str, piece: Text | Expression) -> str:
    mark = "*" * (2 * piece.bold + piece.italic)
    inner = text.strip()
    return text.replace(inner, f"{mark}{inner}{mark}", 1) if mark and inner else text


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>{}])", r"\\\1", text)
