"""Citing official documents as Nghị định 30/2020/NĐ-CP asks.

A citation carries its full and its short form; which of them is printed, and a note's number, is decided in document order when
the document tree is built.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from danvan_nb.data import records
from danvan_nb.errors import Issue, NotebookError, nearest
from danvan_nb.figures.figure import Inline
from danvan_nb.nodes import Cite
from danvan_nb.wording import long_date

BY_NAME = ("Luật", "Bộ luật", "Pháp lệnh", "Hiến pháp")
"""Types that are cited by type and name alone, without number (Nghị định 30/2020, Phụ lục I)."""


@dataclass(frozen=True)
class OfficialDocument:
    """A cited document (văn bản) and the row of `documents` it stands in; `shared` says that another one has its number."""

    number: str
    type: str
    date: datetime.date | None
    issuer: str
    subject: str
    file: str
    sheet: str
    row: int
    cell: str
    shared: bool

    @property
    def key(self) -> str:
        """Give what identifies the document: a number is unique only within an issuer and a year."""
        return f"{self.number} | {self.issuer} | {self.date or ''}"

    @property
    def short(self) -> str:
        """Give the form of later mentions: type and number, with the issuer where the number alone is not enough."""
        if self.type in BY_NAME:
            return self.full
        return f"{self.type} số {self.number}" + (f" của {self.issuer}" if self.shared else "")

    @property
    def full(self) -> str:
        """Give the form of the first mention: type, number, date, issuer and subject."""
        if self.type in BY_NAME:
            return f"{self.type} {self.subject}"
        parts = (
            f"{self.type} số {self.number}",
            long_date(self.date) if self.date else "",
            f"của {self.issuer}",
            f"về {self.subject}" if self.subject else "",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Citation(Inline):
    """A reference to a document, in the text (`cite`) or as a footnote (`note`); live it shows the full form."""

    kind: str
    document: OfficialDocument

    def node(self) -> Cite:
        """Give both forms; the document tree chooses."""
        return Cite(
            self.document.key, self.document.full, self.document.short, note=self.kind == "note"
        )

    def hover(self) -> str:
        """Name the row the document stands in."""
        return f"{self.document.full}\nNguồn: {self.document.file}, dòng {self.document.row}"


class Library:
    """The documents that a report may cite (`Inputs.documents`), found by number."""

    def __init__(self, documents: Sequence[records.OfficialDocument]) -> None:
        times = Counter(row.number for row in documents)
        self.documents = tuple(
            OfficialDocument(**asdict(row), shared=times[row.number] > 1) for row in documents
        )

    def cite(self, number: str, issuer: str = "", year: int | None = None) -> Citation:
        """Cite a document in the text."""
        return self._citation("cite", number, issuer, year)

    def footnote(self, number: str, issuer: str = "", year: int | None = None) -> Citation:
        """Cite a document in a footnote."""
        return self._citation("note", number, issuer, year)

    def _citation(self, kind: str, number: str, issuer: str, year: int | None) -> Citation:
        found = self._find(number, issuer, year)
        text = found.full if kind == "cite" else f" [{found.full}]"
        return Citation(f'{kind}("{number}")', text, kind, found)

    def _find(self, number: str, issuer: str, year: int | None) -> OfficialDocument:
        same = [doc for doc in self.documents if doc.number == number]
        if not same:
            todo = nearest(
                number, [doc.number for doc in self.documents], "Thêm văn bản vào bảng documents"
            )
            raise NotebookError(
                Issue(
                    "van_ban", "Không có văn bản này trong bảng documents", found=number, todo=todo
                )
            )
        fits = [
            doc
            for doc in same
            if issuer in ("", doc.issuer) and (year is None or (doc.date and doc.date.year == year))
        ]
        if len(fits) == 1:
            return fits[0]
        choices = "; ".join(
            f"{doc.issuer}{f', {doc.date.year}' if doc.date else ''}" for doc in fits or same
        )
        todo = f"Ghi rõ issuer=… hoặc year=…: {choices}"
        raise NotebookError(
            Issue(
                "van_ban", "Số, ký hiệu này chưa chỉ ra đúng một văn bản", found=number, todo=todo
            )
        )
