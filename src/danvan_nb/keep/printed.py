"""The paragraphs of a report as its Word file shows them, and as Markdown again.

Owns what each paragraph was made of: the pieces of its source, what they became, and its cell.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeAlias

from nbformat import NotebookNode

from danvan_nb.document.build import Printed, printed_cells
from danvan_nb.document.word import next_bookmark
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.keep.notebook_edits import cell_keys
from danvan_nb.keep.word_file import NOTES
from danvan_nb.nodes import Break, Inline, Mention, Note, Text, Value
from danvan_nb.notebook.cells import slot_of
from danvan_nb.notebook.prose import Expression, Piece, parse_prose

MARKS = re.compile(r"[\\`*_\[\]<>{}&$~^|#]|=(?==)|:(?=:)")
"""What Markdown, or another program that reads it, could take for markup."""


@dataclass(frozen=True)
class PrintedPiece:
    """A piece of source, the text it became, and the figure that this is (empty for words).

    `fallen` says that it is not printed, as a comparison without its base.
    """

    piece: Piece
    shown: str
    figure: str = ""
    fallen: bool = False

    @property
    def is_note(self) -> bool:
        """Say whether it is a note, of which one character stands in the words."""
        return self.shown[:1] >= chr(NOTES)

    @property
    def look(self) -> Piece:
        """What a reader sees of it, with its emphasis."""
        if isinstance(self.piece, Break) or self.is_note:
            return Break() if isinstance(self.piece, Break) else Text(self.shown)
        return Text(self.shown, self.piece.bold, self.piece.italic)


@dataclass(frozen=True)
class PrintedParagraph:
    """A paragraph as printed: its cell by key, its kind, the number of a heading, its pieces."""

    key: str
    kind: str = "paragraph"
    level: int = 0
    number: str = ""
    parts: tuple[PrintedPiece, ...] = ()

    @property
    def text(self) -> str:
        """What a reader sees."""
        return self.number + "".join(part.shown for part in self.parts)

    @property
    def look(self) -> list[Piece]:
        """What a reader sees, with its emphasis."""
        return [Text(self.number), *(part.look for part in self.parts)]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What its source says."""
        return tuple(part.piece for part in self.parts)

    @property
    def source(self) -> str:
        """The paragraph as Markdown."""
        return self.written(self.pieces)

    def written(self, pieces: Sequence[Piece]) -> str:
        """Write the paragraph as Markdown, with other pieces.

        What is written reads as those pieces and as nothing else, whatever their words look like;
        where Markdown can't say the emphasis, it is left out.

        Raises
        ------
        NotebookError
            If it can't be written so.
        """
        start = {"heading": f"{'#' * self.level} ", "item": "- "}.get(self.kind, "")
        pieces = _trimmed(pieces)
        for said in (pieces, [_without_emphasis(piece) for piece in pieces]):
            source = start + _markdown(said)
            if not said or reads_as(source, self.kind, said):
                return source
        raise NotebookError(Issue.of("khong_giu_duoc", at=f"đoạn {self.key}", found=source[:60]))


Paragraphs: TypeAlias = Sequence[PrintedParagraph]


def printed_paragraphs(nb: NotebookNode) -> dict[str, list[PrintedParagraph]]:
    """Give the paragraphs of each bookmark.

    Cells of one slot that stand together share it, as `docx.write_docx` made it.
    """
    keys, used = cell_keys(nb), Counter[str]()
    out: dict[str, list[PrintedParagraph]] = {}
    for base, group in groupby(printed_cells(nb), _bookmarked_slot):
        if base:
            paragraphs = [one for printed in group for one in _paragraphs(printed, keys)]
            out[next_bookmark(base, used)] = paragraphs
    return out


def _bookmarked_slot(printed: Printed) -> str:
    return slot_of(printed.cell).removesuffix("+") if printed.passages else ""


def _paragraphs(printed: Printed, keys: dict[str, str]) -> Iterator[PrintedParagraph]:
    for passage in printed.passages:
        prose = passage.prose
        number = passage.number and f"{passage.number} "
        parts = tuple(_printed_piece(piece, node) for piece, node in passage.parts)
        yield PrintedParagraph(keys[printed.cell.id], prose.kind, prose.level, number, parts)


def _printed_piece(piece: Piece, node: Inline | None) -> PrintedPiece:
    match node:
        case None:
            return PrintedPiece(piece, "", fallen=True)
        case Value():
            return PrintedPiece(piece, node.text, node.id)
        case Text() | Mention():
            return PrintedPiece(piece, node.text)
        case Note(number=number):
            return PrintedPiece(piece, chr(NOTES + number - 1))
    return PrintedPiece(piece, "\n")


def reads_as(source: str, kind: str, pieces: Sequence[Piece]) -> bool:
    """Say whether Markdown reads as one block of these pieces, white space aside."""
    with suppress(NotebookError):
        read = [(block.kind, emphasis(block.pieces)) for block in parse_prose(source)]
        return read == [(kind, emphasis(_trimmed(pieces)))]
    return False


def emphasis(pieces: Iterable[Piece]) -> list[tuple[str, bool, bool]]:
    """List what pieces say with its emphasis: letters but for white space, expressions, breaks."""
    shown: list[tuple[str, bool, bool]] = []
    for piece in pieces:
        match piece:
            case Text(text=text, bold=bold, italic=italic):
                shown += [(letter, bold, italic) for letter in text if not letter.isspace()]
            case Expression(source=source, bold=bold, italic=italic):
                shown.append((f"{{eval}}{source}", bold, italic))
            case _:
                shown.append(("\n", False, False))
    return shown


def _without_emphasis(piece: Piece) -> Piece:
    return piece if isinstance(piece, Break) else replace(piece, bold=False, italic=False)


def _mark(piece: Piece) -> str:
    return "" if isinstance(piece, Break) else "*" * (2 * piece.bold + piece.italic)


def _markdown(pieces: Iterable[Piece]) -> str:
    """Write pieces as Markdown; those of the same emphasis that stand together share its marks."""
    source = ""
    for mark, group in groupby(pieces, key=_mark):
        text = ""
        for piece in group:
            fresh = not mark and not (source + text).rpartition("\n")[2].strip()
            text += _plain_markdown(piece, fresh)
        inner = text.strip()
        source += text.replace(inner, f"{mark}{inner}{mark}", 1) if inner else text
    return source.strip()


def _plain_markdown(piece: Piece, fresh: bool) -> str:
    """Write a piece without emphasis; on a fresh line no mark may begin a block."""
    match piece:
        case Expression(source=source):
            return f"{{eval}}`{source}`"
        case Text(text=text):
            text = MARKS.sub(r"\\\g<0>", text)
            opening = r"^\s*(\d{1,9}(?=[.)])|[-+#=%:(!])"
            return re.sub(opening, _escaped_opening, text) if fresh else text
    return "\\\n"


def _escaped_opening(found: re.Match[str]) -> str:
    mark = found[1]
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def _trimmed(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Join words of one look; line breaks before the first and behind the last words go."""
    said: list[Piece] = []
    for piece in pieces:
        last = said[-1] if said else None
        if isinstance(piece, Text) and isinstance(last, Text) and _mark(piece) == _mark(last):
            said.pop()
            piece = replace(piece, text=last.text + piece.text)
        if isinstance(piece, Text):
            piece = replace(piece, text=unicodedata.normalize("NFC", piece.text))
        said.append(piece)
    places = [at for at, piece in enumerate(said) if emphasis([piece]) and piece != Break()]
    return said[places[0] : places[-1] + 1] if places else ()
