"""What a leader changed in the Word file, as new prose for the slots.

Edits of words come back, edits of figures are refused. Owns the comparison of a slot's paragraphs
with those between its bookmarks. A figure, a date or a citation that stands as it was stays an
expression. Tracked insertions are read, tracked deletions are not, as `word.read_docx` does.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from nbformat import NotebookNode

from danvan_nb.document.word import open_word, read_words, word_name
from danvan_nb.errors import Issue, NotebookError, RenderError
from danvan_nb.keep.notebook_edits import LEFT_OUT
from danvan_nb.keep.printed import PrintedParagraph, PrintedPiece, printed_paragraphs
from danvan_nb.nodes import Text
from danvan_nb.notebook.prose import Piece

ALIKE = 0.3
"""How much two paragraphs must have in common (0 to 1) for one to be the other after an edit."""


@dataclass(frozen=True)
class WordEdits:
    """New source by slot, and what was refused or should be looked at."""

    passages: tuple[tuple[str, str], ...]
    issues: tuple[Issue, ...]


def read_edits(data: bytes, nb: NotebookNode, file: str) -> WordEdits:
    """Compare a Word file with the notebook it was made from.

    Raises
    ------
    NotebookError
        If the file is not Word, or holds none of this report's bookmarks.
    """
    try:
        body, _ = open_word(data)
    except RenderError as err:
        raise NotebookError(replace(issue, file=file) for issue in err.issues) from err
    found = _slots(body)
    mine = printed_paragraphs(nb)
    if not set(mine) & set(found):
        raise NotebookError(Issue.of("khong_phai_ban_word", file=file))
    passages: list[tuple[str, str]] = []
    issues: list[Issue] = []
    for name, paragraphs in mine.items():
        if name not in found:
            issues.append(Issue.of("mat_danh_dau", file=file, slot=paragraphs[0].key))
            continue
        before = [(paragraph.key, paragraph.source) for paragraph in paragraphs]
        after = list(_merge(paragraphs, found[name], file, issues))
        for key in dict.fromkeys(key for key, _ in before):
            old = [source for owner, source in before if owner == key]
            new = [source for owner, source in after if owner == key]
            if old != new:
                passages.append((key, _join(new)))
    return WordEdits(tuple(passages), tuple(issues))


def _join(paragraphs: list[str]) -> str:
    """Put paragraphs together; items of a list stand on lines that follow one another."""
    text = "\n\n".join(paragraphs) or LEFT_OUT
    while (closer := re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text)) != text:
        text = closer
    return text


def _slots(body: Any) -> dict[str, list[str]]:
    """Read the paragraphs between the bookmarks of each slot.

    Word may move the end of a bookmark to the start of the next paragraph: a paragraph belongs if
    it starts inside.
    """
    slots: dict[str, list[str]] = {}
    open_names: dict[str, str] = {}
    start, end, paragraph, properties = map(word_name, ("bookmarkStart", "bookmarkEnd", "p", "pPr"))
    for node in body.xpath(".//w:bookmarkStart | .//w:bookmarkEnd | .//w:p[not(ancestor::w:p)]"):
        inner = (child for child in node if child.tag != properties)
        leading = takewhile(lambda child: child.tag in (start, end), inner)
        for mark in leading if node.tag == paragraph else (node,):
            name, number = str(mark.get(word_name("name"))), mark.get(word_name("id"))
            if mark.tag == end:
                open_names.pop(number, None)
            elif name.startswith("slot_"):
                open_names[number] = name
                slots.setdefault(name, [])
        text = read_words(node) if node.tag == paragraph else ""
        if text.strip():
            for name in open_names.values():
                slots[name].append(text.removesuffix("\n"))
    return slots


def _merge(
    paragraphs: list[PrintedParagraph], texts: list[str], file: str, issues: list[Issue]
) -> Iterator[tuple[str, str]]:
    """Yield cell and new source of each paragraph; the closest old one lends its expressions."""
    key = paragraphs[0].key
    printed = [paragraph.text for paragraph in paragraphs]
    matcher = difflib.SequenceMatcher(None, printed, texts, autojunk=False)
    for op, left, left_end, right, right_end in matcher.get_opcodes():
        free = paragraphs[left:left_end]
        if op == "equal":
            yield from ((paragraph.key, paragraph.source) for paragraph in free)
            key = free[-1].key
            continue
        for text in texts[right:right_end]:
            at = _closest(free, text)
            if at is None:
                old = PrintedParagraph(free[0].key if free else key)
            else:
                old = free[at]
                free = free[at + 1 :]
            key = old.key
            yield key, _edited(old, text.removeprefix(old.number), file, issues)
        fallen = (one for one in paragraphs[left:left_end] if not one.words)
        yield from ((one.key, one.source) for one in fallen)


def _closest(paragraphs: Sequence[PrintedParagraph], text: str) -> int | None:
    """Find the paragraph that a text is an edit of; none if it is new."""
    likeness = [
        difflib.SequenceMatcher(None, paragraph.text, text, autojunk=False).ratio()
        for paragraph in paragraphs
    ]
    most = max(likeness, default=0)
    return likeness.index(most) if most > ALIKE else None


class _NewText:
    """The edited words of a paragraph, handed out from left to right to its old pieces."""

    def __init__(self, old: str, new: str) -> None:
        self.text, self.done = new, 0
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        self._kept = {
            block.a + step: block.b + step
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
        }
        """Where each old letter that is still there stands now."""

    def places(self, span: range) -> list[int]:
        """List where the letters of an old piece stand now, as far as they are there."""
        return [self._kept[at] for at in span if at in self._kept]

    def take(self, end: int) -> str:
        """Hand out what comes before a place and was not handed out yet."""
        words = self.text[self.done : end]
        self.done = max(self.done, end)
        return words

    def number_around(self, first: int, last: int) -> tuple[int, int]:
        """Widen a stretch to the whole number that it is part of."""
        while first > self.done and self.text[first - 1].isdigit():
            first -= 1
        while last < len(self.text) and (self.text[last].isdigit() or self.text[last] in ",."):
            last += 1
        return first, first + len(self.text[first:last].rstrip(",."))


def _edited(old: PrintedParagraph, text: str, file: str, issues: list[Issue]) -> str:
    """Carry an edit of one paragraph into its pieces; a touched figure stays, and is named.

    A run of words gets all up to the last letter that it still has; what stands before an
    expression that is still there whole becomes words of their own.
    """
    new = _NewText(old.words, text)
    pieces: list[Piece] = []
    start = 0
    for part in old.parts:
        places = new.places(range(start, start + len(part.shown)))
        start += len(part.shown)
        if part.fallen:
            pieces.append(part.piece)
        elif isinstance(part.piece, Text):
            words = new.take(places[-1] + 1 if places else 0)
            pieces.append(replace(part.piece, text=words))
        elif _is_whole(part, places):
            pieces += [Text(new.take(places[0])), part.piece]
            new.take(places[-1] + 1)
        elif places and part.figure:
            first, last = new.number_around(places[0], places[-1] + 1)
            touched = text[first:last]
            if re.search(r"\d", touched):  # else it was taken out, and a letter of it is elsewhere
                facts = {"figure": part.figure, "found": touched, "shown": part.shown}
                issues.append(Issue.of("sua_so", file=file, slot=old.key, **facts))
                pieces += [Text(new.take(first)), part.piece]
                new.take(last)
    pieces.append(Text(new.take(len(text))))
    return old.written(pieces)


def _is_whole(part: PrintedPiece, places: Sequence[int]) -> bool:
    """Say whether all letters of a piece are still there, and together."""
    size = len(part.shown)
    return size > 0 and len(places) == size and places[-1] - places[0] == size - 1
