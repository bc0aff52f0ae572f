"""A report's rows and numbers as pandas frames, for an analyst's own cells.

The only module that knows pandas, which is loaded when a frame is asked for. A frame is a copy:
what is changed in it changes nothing in the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from danvan_nb.data.office_data import Inputs
from danvan_nb.data.records import Row
from danvan_nb.data.schema import TABLES
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.project.files import read_table
from danvan_nb.project.period import Period

if TYPE_CHECKING:
    import pandas as pd

_ROW_KINDS = {spec.name: spec.row for spec in TABLES if spec.entered}
_DTYPES = read_table("report", "frames")


def table_frame(inputs: Inputs, name: str) -> pd.DataFrame:
    """Make a frame of an input table; see `Report.table`."""
    if name not in _ROW_KINDS:
        raise NotebookError(Issue.of("bang_du_lieu", found=name, expected=", ".join(_ROW_KINDS)))
    kind = _ROW_KINDS[name]
    place = {field.name for field in fields(Row)}
    columns = sorted(fields(kind), key=lambda field: field.name in place)
    dtypes = {field.name: _DTYPES["types"][str(field.type)] for field in columns}
    rows = getattr(inputs, name)
    return _frame(dtypes, [{column: getattr(row, column) for column in dtypes} for row in rows])


def indicator_frame(figures: Iterable[IndicatorFigure]) -> pd.DataFrame:
    """Make a frame of indicators, by their ids; see `Report.frame`."""
    return _frame(_DTYPES["indicators"], [_indicator(figure) for figure in figures]).set_index(
        "indicator"
    )


def history_frame(figures: Iterable[IndicatorFigure]) -> pd.DataFrame:
    """Make a frame of indicators over several periods; see `Report.history`."""
    return _frame(_DTYPES["history"], [_past(figure) for figure in figures])


def _past(figure: IndicatorFigure) -> dict[str, Any]:
    known = {"indicator": figure.name, "period": figure.period, "figure": figure}
    reading = figure.reading
    if reading.value is None:
        return known
    facts = ("start", "as_of", "status", "value", "revised", "former")
    return known | {name: getattr(reading, name) for name in facts}


def _indicator(figure: IndicatorFigure) -> dict[str, Any]:
    paths = _DTYPES["paths"].items()
    known: dict[str, Any] = {name: attrgetter(path)(figure) for name, path in paths}
    if figure.missing:
        del known["status"]
    if figure.unit == "%":  # a rate changes in điểm %
        del known["change_pct"]
    place = ("source", "file", "sheet", "row", "cell")
    for first in figure.reading.origins[:1]:
        known |= {name: getattr(first, name) for name in place}
    return known | {"figure": figure}


def _frame(dtypes: dict[str, str], records: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {
        name: pd.Series([_plain(record.get(name)) for record in records], dtype=dtype)
        for name, dtype in dtypes.items()
    }
    return pd.DataFrame(columns)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, Period) else value
