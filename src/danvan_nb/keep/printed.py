"""The paragraphs of a report as its Word file shows them, and as Markdown again.

Owns what each paragraph was made of: the pieces of its source, what they became, and its cell.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from nbformat import NotebookNode

from danvan_nb.document.build import Printed, printed_cells
from danvan_nb.document.word import NOTE, next_bookmark
from danvan_nb.keep.notebook_edits import cell_keys
from danvan_nb.nodes import Break, Inline, Note, Text, Value
from danvan_nb.notebook.cells import slot_of
from danvan_nb.notebook.prose import Expression, Piece


@dataclass(frozen=True)
class PrintedPiece:
    """A piece of source, the text it became, and the figure that this is (empty for words).

    `fallen` says that it is not printed, as a comparison without its base.
    """

    piece: Piece
    shown: str
    figure: str = ""
    fallen: bool = False


@dataclass(frozen=True)
class PrintedParagraph:
    """A paragraph as printed: its cell by key, its kind, the number of a heading, its pieces."""

    key: str
    kind: str = "paragraph"
    level: int = 0
    number: str = ""
    parts: tuple[PrintedPiece, ...] = ()

    @property
    def words(self) -> str:
        """What a reader sees, but for the number."""
        return "".join(part.shown for part in self.parts)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return self.number + self.words

    @property
    def source(self) -> str:
        """The paragraph as Markdown."""
        return self.written(part.piece for part in self.parts)

    def written(self, pieces: Iterable[Piece]) -> str:
        """Write the paragraph as Markdown, with other pieces."""
        source = "".join(map(_markdown, pieces))
        source = re.sub(r"(\*+)(\s*)\1(?=\S)", r"\2", source).replace("****", "").strip()
        if self.kind == "heading":
            return f"{'#' * self.level} {source}"
        return f"- {source}" if self.kind == "item" else re.sub(r"^([-+#>])", r"\\\1", source)


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
        case Text():
            return PrintedPiece(piece, node.text)
        case Note():
            return PrintedPiece(piece, NOTE)
    return PrintedPiece(piece, "\n")


def _markdown(piece: Piece) -> str:
    match piece:
        case Text(text=text) if text:
            return _marked(_escape(text.replace(NOTE, "")), piece)
        case Expression(source=source):
            return _marked(f"{{eval}}`{source}`", piece)
        case Break():
            return "\\\n"
    return ""


def _marked(text: str, piece: Text | Expression) -> str:
    mark = "*" * (2 * piece.bold + piece.italic)
    inner = text.strip()
    return text.replace(inner, f"{mark}{inner}{mark}", 1) if mark and inner else text


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>{}])", r"\\\1", text)
