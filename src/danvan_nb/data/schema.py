"""The frozen column specification of the input tables.

Drives reading, checking, the entry form, messages and documentation. The tables themselves stand in
`columns.toml`; a heading or an allowed value changes there and nowhere else.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from danvan_nb.data.records import Event, Model, Observation, OfficialDocument, Row, Share
from danvan_nb.project.files import read_table

STATUSES = {"actual": "thực hiện", "estimate": "ước thực hiện", "plan": "kế hoạch"}

AnyRow = TypeVar("AnyRow", bound=Row)
Kind = Literal[
    "text", "id", "indicator", "status", "number", "count", "date", "period", "unit", "shown"
]
"""A `shown` column is for people: the form fills it in, and the reader passes over it."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column: canonical name, Vietnamese heading, kind of value, and what it means.

    `required`: each row fills it in; `optional`: a table may lack the whole column; `choices`: the
    form's drop-down, which allows other values; `width`: in the form, in characters.
    """

    name: str
    heading: str
    kind: Kind
    meaning: str
    required: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    width: int = 18


@dataclass(frozen=True)
class ColumnHeading:
    """What the heading of a column says: which column, and perhaps of which status and day.

    So `Giá trị` beside `Loại số liệu` (one row per number) and `Thực hiện`, `Ước thực hiện`,
    `Kế hoạch năm 2023`, `Thực hiện đến 30/4/2023` (one row per indicator) are read alike. `text` is
    the heading as it is written.
    """

    column: ColumnSpec
    status: str = ""
    as_of: date | None = None
    year: int | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class TableSpec(Generic[AnyRow]):
    """One input table.

    Attributes
    ----------
    name, sheet : str
        Canonical name, and the Vietnamese one of its sheet.
    row : type
        What a row becomes.
    key : tuple of str
        The columns that make a row unique.
    columns : tuple of ColumnSpec
        In the order of the form.
    entered : bool
        People fill it in, so the form has a sheet for it.
    required : bool
        The data of a period must hold it.
    history : bool
        It is read of earlier periods too.
    wide : bool
        It may have a column for each status and day, and its numbers are an indicator's.
    collected : str
        The file, beside its own and with the same columns, that `collect` writes.
    """

    name: str
    sheet: str
    row: type[AnyRow]
    key: tuple[str, ...]
    columns: tuple[ColumnSpec, ...]
    entered: bool = True
    required: bool = False
    history: bool = False
    wide: bool = False
    collected: str = ""

    @property
    def stored(self) -> tuple[ColumnSpec, ...]:
        """Give the columns that hold data, not what a form shows for people to read."""
        return tuple(column for column in self.columns if column.kind not in ("shown", "unit"))

    @property
    def files(self) -> tuple[str, ...]:
        """Name its files in a folder of CSV files."""
        return tuple(f"{name}.csv" for name in (self.name, self.collected) if name)

    def heading(self, text: str) -> ColumnHeading | None:
        """Understand a heading by canonical name or Vietnamese words.

        Case, line breaks and remarks in brackets make no difference.

        Examples
        --------
        >>> OBSERVATIONS.heading("Thực hiện đến 30/4/2023").as_of
        datetime.date(2023, 4, 30)
        >>> OBSERVATIONS.heading("Giá trị (*)").column.name
        'value'
        """
        words = re.sub(r" ?\([^)]*\)$", "", " ".join(text.split()).casefold())
        base, year, day = _HEADING.fullmatch(words).groups()  # type: ignore[union-attr]  # its first group takes any text
        status = _STATUS_WORDS.get(base, "")
        wanted = "giá trị" if status else base
        names = {name: col for col in self.columns for name in (col.name, col.heading.casefold())}
        column = names.get(wanted)
        if column is None or not (status or column.kind == "shown" or words == base):
            return None
        try:
            as_of = date(*(int(part) for part in reversed(day.split("/")))) if day else None
        except ValueError:
            return None
        return ColumnHeading(column, status, as_of, int(year) if status and year else None, text)


_STATUS_WORDS = {label: name for name, label in STATUSES.items()} | {"ước": "estimate"}
_HEADING = re.compile(r"(.*?)(?: năm (\d{4}))?(?: đến(?: ngày)? (\d{1,2}/\d{1,2}/\d{4}))?")
_TABLES = read_table("data", "columns")


def _table(name: str, row: type[AnyRow]) -> TableSpec[AnyRow]:
    """Read what `columns.toml` says of a table."""
    about = _TABLES[name]
    columns = about.pop("columns").items()
    for _, column in columns:
        column["choices"] = tuple(column.get("choices", ()))
    specs = tuple(ColumnSpec(one, **column) for one, column in columns)
    return TableSpec(name, row=row, columns=specs, key=tuple(about.pop("key")), **about)


OBSERVATIONS = _table("observations", Observation)
DOCUMENTS = _table("documents", OfficialDocument)
EVENTS = _table("events", Event)
MODELS = _table("models", Model)
PROVENANCE = _table("provenance", Share)
TABLES: tuple[TableSpec[Any], ...] = (OBSERVATIONS, DOCUMENTS, EVENTS, MODELS, PROVENANCE)
"""All tables, in the order of the form's sheets."""
COLLECTED = OBSERVATIONS.collected
"""Numbers that `collect` wrote beside those that people typed."""
STAMP_SHEET = "_danvan"
"""The hidden sheet of a form that says whose form it is."""
FINDINGS_SHEET = "Cần sửa"
"""The sheet that a returned workbook lists its errors on."""
DICTIONARY_SHEET = "Từ điển"
"""The sheet of a form that says what each indicator is."""
OWN_SHEETS = (STAMP_SHEET, FINDINGS_SHEET, DICTIONARY_SHEET)
"""What our forms and marked copies add; read past."""
