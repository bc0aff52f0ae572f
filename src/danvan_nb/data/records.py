"""The rows of the input tables as typed values: what the reader gives and everything above takes.

A number is the exact `Decimal` that was read; a blank text is empty, any other blank is None.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from danvan_nb.project.intervals import Interval
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Where a row, and of an observation its number, stands as a spreadsheet shows it."""

    file: str
    sheet: str = ""
    row: int = 0
    cell: str = ""

    @property
    def place(self) -> str:
        """Name the row, or in a workbook the cell, as a reader looks it up."""
        named = self.cell and (self.sheet or not self.row)
        sheet = f" [{self.sheet}]" if self.sheet else ""
        return f"{self.file}{sheet}, {f'ô {self.cell}' if named else f'dòng {self.row}'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation(Row):
    """A number of an indicator: of the period it speaks of, in the folder of another perhaps."""

    indicator: str
    status: str
    as_of: date
    value: Decimal | None
    period: Period
    folder: Period
    source: str = ""
    note: str = ""

    def days(self, indicator: Indicator) -> Interval:
        """Give the first and the last day that the number counts; what is no flow is of one day."""
        if self.status == "plan" or indicator.counted == "half":
            return self.period.first_day, self.as_of
        return self.period.new_year if indicator.counted else self.as_of, self.as_of


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialDocument(Row):
    """A document that can be cited (văn bản)."""

    number: str
    type: str
    date: date | None
    issuer: str
    subject: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Event(Row):
    """An event (sự kiện) with its days and visitors."""

    id: str
    name: str
    date_from: date | None
    date_to: date | None
    visitors: int | None
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Model(Row):
    """A model of good practice (mô hình, cách làm hay)."""

    id: str
    name: str
    owner: str
    summary: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Share(Row):
    """A sub-office's share of a collected number, or of one of its files, and the cell there."""

    indicator: str
    status: str
    as_of: date
    office: str
    office_name: str
    value: Decimal
    source_file: str
    source_sheet: str
    source_cell: str
    sha256: str

    @property
    def origin(self) -> Row:
        """Give the cell of the sub-office's own file."""
        return Row(file=self.source_file, sheet=self.source_sheet, cell=self.source_cell)

    def as_row(self, whole: Observation) -> Observation:
        """Give the sub-office's number as a row of its own file, of which the rest is the sum's."""
        place = self.origin
        there = replace(whole, file=place.file, sheet=place.sheet, row=0, cell=place.cell)
        return replace(there, value=self.value, source="", note="")
