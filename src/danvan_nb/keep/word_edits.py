"""What somebody changed in the Word file of a report: carried into its prose, or named.

Owns the comparison of each slot's paragraphs with those of the file. A figure, a date or a citation
that stands as it was stays an expression; what was typed is text for ever. What stands outside the
slots is compared in `word_differences`.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from nbformat import NotebookNode

from danvan_nb.document.build import build_document
from danvan_nb.document.docx import write_docx
from danvan_nb.document.word import figure_tag
from danvan_nb.errors import DanvanError, Issue
from danvan_nb.keep.notebook_edits import LEFT_OUT
from danvan_nb.keep.printed import PrintedParagraph, PrintedPiece, printed_paragraphs, reads_as
from danvan_nb.keep.word_differences import check_ours, compare_files
from danvan_nb.keep.word_file import WordLine, WordRun, read_word_file
from danvan_nb.keep.word_pairs import Pair, letters, one_line, own_look, paired
from danvan_nb.nodes import Break, Text
from danvan_nb.notebook.cells import read_made_notebook
from danvan_nb.notebook.prose import Piece

CONTROLS = 0x10F000
"""The first of the characters that stand for figures while words are compared."""


@dataclass(frozen=True)
class WordEdits:
    """New source by cell, and what was refused or should be looked at."""

    passages: tuple[tuple[str, str], ...]
    issues: tuple[Issue, ...]


def read_edits(data: bytes, nb: NotebookNode, file: str) -> WordEdits:
    """Compare a Word file with the notebook it was made from.

    Raises
    ------
    NotebookError
        If the file is not Word, or holds none of this report's bookmarks.
    """
    found = read_word_file(data, file)
    made = read_word_file(write_docx(build_document(nb)), file)
    printed = {name: one for name, one in printed_paragraphs(nb).items() if name in made.slots}
    check_ours(made, found, printed.keys(), file)
    compared = compare_files(made, found, printed, file)
    issues = [*compared.issues]
    pairs = paired({slot: printed[slot] for slot in compared.slots}, compared.lines)
    merge = _Merge(printed, file, issues)
    passages: list[tuple[str, str]] = []
    for slot in compared.slots:
        passages += merge.passages(printed[slot], [pair for pair in pairs if pair.slot == slot])
    return WordEdits(tuple(passages), tuple(issues))


def says_the_same(word: Path, notebook: Path) -> bool:
    """Say whether a Word file holds nothing that `keep` would carry or name."""
    with suppress(DanvanError, OSError):
        nb = read_made_notebook(notebook, "keep")
        edits = read_edits(word.read_bytes(), nb, word.name)
        return not edits.passages and not edits.issues
    return False


@dataclass
class _Merge:
    """What was printed in all slots, and where to name what can't be carried."""

    printed: Mapping[str, Sequence[PrintedParagraph]]
    file: str
    issues: list[Issue]
    figures: dict[tuple[str, str], PrintedPiece] = field(default_factory=dict)
    notes: dict[str, Piece] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in (p for many in self.printed.values() for one in many for p in one.parts):
            if part.figure:
                tag = figure_tag(part.figure)
                self.figures.setdefault((tag, part.shown), part)
                self.figures.setdefault((tag, ""), part)
            elif part.is_note:
                self.notes[part.shown] = part.piece

    def passages(
        self, paragraphs: Sequence[PrintedParagraph], pairs: Sequence[Pair]
    ) -> Iterator[tuple[str, str]]:
        """Yield the cells of a slot that say something else now, and what they say."""
        key = paragraphs[0].key
        keys = {paragraph.key for paragraph in paragraphs}
        after: list[tuple[str, str]] = []
        for pair in pairs:
            key = pair.old.key if pair.old and pair.old.key in keys else key
            after.append((key, self.source(pair, key)))
        for key in dict.fromkeys(paragraph.key for paragraph in paragraphs):
            own = [paragraph for paragraph in paragraphs if paragraph.key == key]
            new = [source for owner, source in after if owner == key]
            if new != [paragraph.source for paragraph in own if paragraph.text]:
                yield key, _join(_with_fallen(own, new))

    def source(self, pair: Pair, key: str) -> str:
        """Write a paragraph as Markdown, and name what its edit can't change."""
        if pair.old and pair.same:
            return pair.old.source
        old = pair.old or PrintedParagraph(key)
        kind = old.kind if "heading" in (old.kind, pair.line.kind) else pair.line.kind
        old = replace(old, kind=kind)
        pieces = _NewText(old, pair.line, self).pieces()
        source = old.written(pieces)
        if not reads_as(source, kind, pieces):
            self.name("dinh_dang", key, at=f"đoạn {key}", found=one_line(pair.line.text)[:60])
        return source

    def name(self, rule: str, slot: str, **facts: str) -> None:
        """Note what is not carried."""
        self.issues.append(Issue.of(rule, file=self.file, slot=slot, **facts))


def _with_fallen(paragraphs: Sequence[PrintedParagraph], sources: list[str]) -> list[str]:
    """Put back what was not printed for want of data: nobody deleted it."""
    for at, paragraph in enumerate(paragraphs):
        if not paragraph.text:
            sources.insert(at, paragraph.source)
    return sources


def _join(paragraphs: list[str]) -> str:
    """Put paragraphs together; items of a list stand on lines that follow one another."""
    said = [source for source in paragraphs if source]
    text = "\n\n".join(said) or LEFT_OUT
    while (closer := re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text)) != text:
        text = closer
    return text


class _NewText:
    """The edited words of a paragraph, handed out from left to right as pieces.

    A figure whose control is still there is one character here, and so can't be mixed up with words
    that are like it; one that lost its control is found by its text.
    """

    def __init__(self, old: PrintedParagraph, line: WordLine, merge: _Merge) -> None:
        self.old, self.merge, self.done = old, merge, 0
        self.runs: list[tuple[str, WordRun]] = []
        marks: dict[str, str] = {}
        for run in line.runs:
            known = (run.tag, "") in merge.figures
            mark = marks.setdefault(run.tag, chr(CONTROLS + len(marks))) if known else ""
            self.runs += [(letter, run) for letter in mark or run.text]
        text = "".join(letter for letter, _ in self.runs)
        if old.number and text.startswith(old.number):
            self.done = len(old.number)
        self.text, self.line = text, line
        shown = [
            marks.get(figure_tag(p.figure), p.shown) if p.figure else p.shown for p in old.parts
        ]
        self.shown = shown
        words = old.number + "".join(shown)
        matcher = difflib.SequenceMatcher(None, words, text, autojunk=False)
        self.kept = {
            block.a + step: block.b + step
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
        }
        """Where each old letter that is still there stands now."""

    def pieces(self) -> list[Piece]:
        """Hand out everything, with the expressions that are still there."""
        pieces: list[Piece] = []
        start = len(self.old.number)
        for part, shown in zip(self.old.parts, self.shown, strict=True):
            span = range(start, start + len(shown))
            start = span.stop
            places = [self.kept[at] for at in span if at in self.kept]
            if part.fallen:  # it stands behind the words that stood before it
                before = [now for was, now in self.kept.items() if was < start]
                pieces += [*self.take(max(before, default=-1) + 1), part.piece]
            elif places and places[0] >= self.done and self.is_found_by_text(part, shown):
                pieces += self.expression(part, places, span)
        return pieces + self.take(len(self.text))

    def is_found_by_text(self, part: PrintedPiece, shown: str) -> bool:
        """Say whether a piece is an expression that no single character stands for."""
        return not isinstance(part.piece, Text | Break) and not part.is_note and shown == part.shown

    def expression(self, part: PrintedPiece, places: Sequence[int], span: range) -> list[Piece]:
        """Hand out an expression with what comes before it; nothing if its text is gone."""
        first, last = places[0], places[-1] + 1
        if len(places) < len(span) or last - first > len(span):
            first, last = self.around(first, last, span)
            if not part.figure or not re.search(r"\d", self.text[first:last]):
                return []  # it was taken out, and a letter of it is elsewhere
            self.refuse(part, self.text[first:last])
        before = self.take(first)
        self.done = last
        return [*before, _with_look(part.piece, own_look(self.runs[first][1], self.line))]

    def take(self, end: int) -> list[Piece]:
        """Hand out what comes before a place and was not handed out yet."""
        taken = self.runs[self.done : end]
        self.done = max(self.done, end)
        pieces: list[Piece] = []
        for run, group in groupby(taken, key=lambda one: one[1]):
            text = "".join(letter for letter, _ in group)
            look = own_look(run, self.line)
            if ord(text[0]) >= CONTROLS:
                pieces += [piece for _ in text for piece in self.figure(run, look)]
                continue
            for part in re.split(
                f"([{''.join(self.merge.notes)}])" if self.merge.notes else "$^", text
            ):
                note = self.merge.notes.get(part)
                pieces += [note] if note else letters(part, look)
        return pieces

    def figure(self, run: WordRun, look: tuple[bool, bool]) -> list[Piece]:
        """Give the figure of a control, with words that were typed into its control beside it."""
        figures = self.merge.figures
        own = {(figure_tag(part.figure), part.shown): part for part in self.old.parts}
        same_tag = [part for (tag, _), part in own.items() if tag == run.tag and part.figure]
        part = own.get((run.tag, run.text)) or figures.get((run.tag, run.text))
        part = part or (same_tag or [figures[run.tag, ""]])[0]
        before, shown, after = run.text.partition(part.shown)
        number = re.search(r"\d[.,]?$", before) or re.match(r"[.,]?\d", after)
        if not shown or number:
            self.refuse(part, run.text)
            before = after = ""
        piece = _with_look(part.piece, look)
        return [*letters(before, look), piece, *letters(after, look)]

    def around(self, first: int, last: int, span: range) -> tuple[int, int]:
        """Widen a stretch of a changed figure to all that was typed in its place."""
        others = {now for was, now in self.kept.items() if was not in span}
        while first > self.done and first - 1 not in others:
            first -= 1
        while last < len(self.text) and last not in others:
            last += 1
        found = self.text[first:last]
        return last - len(found.lstrip()), first + len(found.rstrip(" ,.;"))

    def refuse(self, part: PrintedPiece, found: str) -> None:
        """Name a figure that was changed."""
        facts = {"figure": part.figure, "found": found.strip(), "shown": part.shown}
        self.merge.name("sua_so", self.old.key, **facts)


def _with_look(piece: Piece, look: tuple[bool, bool]) -> Piece:
    return piece if isinstance(piece, Break) else replace(piece, bold=look[0], italic=look[1])
