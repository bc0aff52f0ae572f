"""Citing official documents as Nghị định 30/2020/NĐ-CP asks.

A citation carries its full and its short form; which of them is printed, and a note's number, is
decided in document order when the document tree is built. What can be wrong with numbers and dates
of documents is found here too.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from danvan_nb.data.records import OfficialDocument
from danvan_nb.errors import Issue, NotebookError, nearest
from danvan_nb.figures.inline import InlineValue
from danvan_nb.nodes import Cite
from danvan_nb.wording import long_date, short_date

Documents: TypeAlias = Sequence[OfficialDocument]
BY_NAME = ("Luật", "Bộ luật", "Pháp lệnh", "Hiến pháp")
"""Types cited by type and name alone, without number (Nghị định 30/2020, Phụ lục I)."""


@dataclass(frozen=True)
class Citation(InlineValue):
    """A reference to a document, in the text or as a footnote; live it shows the full form.

    `shared` says that another document has the same number.
    """

    document: OfficialDocument
    note: bool
    shared: bool

    @property
    def key(self) -> str:
        """What identifies the document: a number is unique only within an issuer and a year."""
        return f"{self.document.number} | {self.document.issuer} | {self.document.date or ''}"

    @property
    def short(self) -> str:
        """The form of later mentions: type and number, the issuer where these are not enough."""
        document = self.document
        if document.type in BY_NAME:
            return self.full
        issuer = f" của {document.issuer}" if self.shared else ""
        return f"{document.type} số {document.number}{issuer}"

    @property
    def full(self) -> str:
        """The form of the first mention."""
        return full_form(self.document)

    def node(self) -> Cite:
        """Give both forms; the document tree chooses."""
        return Cite(self.key, self.full, self.short, note=self.note)

    def hover(self) -> str:
        """Name the row the document stands in."""
        return f"{self.full}\nNguồn: {self.document.file}, dòng {self.document.row}"


def full_form(document: OfficialDocument) -> str:
    """Write a document's type, number, date, issuer and subject, as far as they are known."""
    if document.type in BY_NAME:
        return f"{document.type} {document.subject}"
    parts = (
        f"{document.type} số {document.number}",
        long_date(document.date) if document.date else "",
        f"của {document.issuer}",
        f"về {document.subject}" if document.subject else "",
    )
    return " ".join(part for part in parts if part)


class Library:
    """The documents that a report may cite, found by number."""

    def __init__(self, documents: Sequence[OfficialDocument]) -> None:
        self._documents = documents
        self._times = Counter(document.number for document in documents)

    def cite(self, number: str, issuer: str = "", year: int | None = None) -> Citation:
        """Cite a document in the text."""
        found = self._find(number, issuer, year)
        text, shared = full_form(found), self._times[number] > 1
        return Citation(f'cite("{number}")', text, found, note=False, shared=shared)

    def footnote(self, number: str, issuer: str = "", year: int | None = None) -> Citation:
        """Cite a document in a footnote."""
        found = self._find(number, issuer, year)
        text, shared = f" [{full_form(found)}]", self._times[number] > 1
        return Citation(f'note("{number}")', text, found, note=True, shared=shared)

    def _find(self, number: str, issuer: str, year: int | None) -> OfficialDocument:
        same = [document for document in self._documents if document.number == number]
        if not same:
            todo = nearest(number, self._times, "Thêm văn bản vào bảng documents")
            raise NotebookError(Issue.of("van_ban.la", found=number, todo=todo))
        fits = [
            document
            for document in same
            if issuer in ("", document.issuer)
            and (year is None or (document.date and document.date.year == year))
        ]
        if len(fits) == 1:
            return fits[0]
        choices = "; ".join(
            f"{one.issuer}, {one.date.year}" if one.date else one.issuer for one in fits or same
        )
        raise NotebookError(Issue.of("van_ban.trung", found=number, choices=choices))


def find_late(documents: Documents, limit: date) -> Iterator[Issue]:
    """No cited document is dated after the report."""
    last = short_date(limit)
    for document, day in _dated(documents):
        if day > limit:
            told = {"number": document.number, "found": str(day)}
            yield Issue.of("van_ban_sau_ky", document, limit=last, **told)


def find_disorder(documents: Documents) -> Iterator[Issue]:
    """In one register a larger number has no earlier date.

    Notes
    -----
    Nghị định 30/2020/NĐ-CP: numbers run from 1 January of each year.
    """
    registers: dict[tuple[str, str, int], list[tuple[int, date, OfficialDocument]]]
    registers = defaultdict(list)
    for document, day in _dated(documents):
        if match := re.match(r"(\d+)/(.+)", document.number):
            entry = (int(match[1]), day, document)
            registers[document.issuer, match[2], day.year].append(entry)
    for entries in registers.values():
        entries.sort(key=lambda entry: entry[:2])
        latest = entries[0]
        for entry in entries[1:]:
            number, day, document = entry
            if number > latest[0] and day < latest[1]:
                other = f"{latest[2].number} ({short_date(latest[1])})"
                told = {"number": document.number, "found": str(day), "other": other}
                yield Issue.of("thu_tu_van_ban", document, other_row=latest[2].row, **told)
            latest = max(latest, entry, key=lambda item: item[1])


def find_weekends(documents: Documents) -> Iterator[Issue]:
    """A document dated on a Saturday or Sunday is worth a look."""
    for document, day in _dated(documents):
        if day.weekday() >= 5:
            told = {"number": document.number, "found": str(day)}
            weekday = "thứ Bảy" if day.weekday() == 5 else "Chủ nhật"
            yield Issue.of("ngay_nghi", document, weekday=weekday, **told)


def _dated(documents: Documents) -> Iterator[tuple[OfficialDocument, date]]:
    for document in documents:
        if document.date:
            yield document, document.date
