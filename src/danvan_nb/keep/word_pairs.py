"""Which paragraph of the report each paragraph of a Word file was: unchanged, edited, moved.

Owns how much two must have in common, and what a paragraph shows. It writes no prose.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from danvan_nb.keep.printed import Paragraphs, PrintedParagraph, PrintedPiece, emphasis
from danvan_nb.keep.word_file import WordLine, WordRun
from danvan_nb.nodes import Break, Text
from danvan_nb.notebook.prose import Piece

ALIKE = 0.3
"""How much two paragraphs must have in common (0 to 1) for one to be the other after an edit."""
MOVED = 0.6
"""The same for paragraphs of different slots."""
PART = 20
"""How many letters a paragraph that was split or joined has together with what became of it."""


@dataclass
class Pair:
    """A paragraph of the file, and the one of the report that it was, if any."""

    slot: str
    line: WordLine
    old: PrintedParagraph | None = None
    same: bool = False


def paired(printed: Mapping[str, Paragraphs], lines: Sequence[WordLine]) -> list[Pair]:
    """Find for each paragraph of the file the one that it was: unchanged, edited or moved."""
    pairs: list[Pair] = []
    left: list[tuple[str, PrintedParagraph]] = []
    for slot, paragraphs in printed.items():
        here = [Pair(slot, line) for line in lines if line.slot == slot]
        changed = _pair_unchanged(here, [one for one in paragraphs if one.text])
        left += [(slot, paragraph) for paragraph in changed]
        pairs += here
    for least_here, least in ((1.0, 1.0), (ALIKE, 2.0), (ALIKE, MOVED)):
        for pair in pairs:
            if pair.old is None and (at := _closest(pair, left, least_here, least)) is not None:
                pair.old = left.pop(at)[1]
    _share_parts(pairs, left)
    return pairs


def _pair_unchanged(pairs: Sequence[Pair], paragraphs: Paragraphs) -> list[PrintedParagraph]:
    """Pair what stands as it was; returns the paragraphs that don't."""
    was = [str((one_line(one.text), one.kind, emphasis(one.look))) for one in paragraphs]
    now = [str(shown(pair.line)) for pair in pairs]
    left: list[PrintedParagraph] = []
    matcher = difflib.SequenceMatcher(None, was, now, autojunk=False)
    for op, first, last, start, end in matcher.get_opcodes():
        if op != "equal":
            left += paragraphs[first:last]
            continue
        for pair, old in zip(pairs[start:end], paragraphs[first:last], strict=True):
            pair.old, pair.same = old, True
    return left


def _closest(
    pair: Pair, left: Sequence[tuple[str, PrintedParagraph]], here: float, elsewhere: float
) -> int | None:
    """Find the paragraph that a line is an edit of, if one is like it enough."""
    best, most = None, 0.0
    for at, (slot, paragraph) in enumerate(left):
        matcher = difflib.SequenceMatcher(None, paragraph.text, pair.line.text, autojunk=False)
        least = max(most, here if slot == pair.slot else elsewhere)
        if matcher.quick_ratio() >= least and most < (likeness := matcher.ratio()) >= least:
            best, most = at, likeness
    return best


def _share_parts(pairs: Sequence[Pair], left: Sequence[tuple[str, PrintedParagraph]]) -> None:
    """Lend the expressions of a paragraph that was split, or joined to another one."""
    edited = [(pair.slot, pair.old) for pair in pairs if pair.old and not pair.same]
    for pair in pairs:
        if pair.old is None:
            parts = [old for slot, old in edited if slot == pair.slot and _overlap(old, pair.line)]
            if parts:
                pair.old = replace(parts[0], kind=pair.line.kind)
        elif not pair.same:
            for _, old in left:
                if _overlap(old, pair.line):
                    between = PrintedPiece(Text(" "), " ")
                    pair.old = replace(pair.old, parts=(*pair.old.parts, between, *old.parts))


def _overlap(old: PrintedParagraph, line: WordLine) -> bool:
    match = difflib.SequenceMatcher(None, old.text, line.text, autojunk=False).find_longest_match()
    return match.size >= PART


def one_line(text: str) -> str:
    """Give words with single spaces."""
    return " ".join(text.split())


def shown(line: WordLine) -> tuple[str, str, list[tuple[str, bool, bool]]]:
    """Say what a paragraph shows: its words, its kind, and its emphasis letter by letter."""
    pieces = [piece for run in line.runs for piece in letters(run.text, own_look(run, line))]
    return one_line(line.text), line.kind, emphasis(pieces)


def own_look(run: WordRun, line: WordLine) -> tuple[bool, bool]:
    """Say whether words are bold and italic, beyond what their style makes of them."""
    own = run.look - line.look
    return "đậm" in own, "nghiêng" in own


def letters(text: str, look: tuple[bool, bool]) -> Iterator[Piece]:
    """Give words as prose, with a break where a line ends."""
    for part in re.split(r"(\n)", text):
        if part:
            yield Break() if part == "\n" else Text(part, *look)
