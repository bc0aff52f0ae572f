"""The tables of a report, described once and rendered by each writer.

Owns which cells a table has and what stands in them; fonts, borders and widths belong to the writers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

from danvan_nb import wording
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures import Figure, IndicatorFigure, Inline

MIME = "application/vnd.danvan.table+json"

Line: TypeAlias = tuple["str | Inline", ...]
Assessed: TypeAlias = "IndicatorFigure | tuple[IndicatorFigure, IndicatorFigure]"
Group: TypeAlias = tuple["str | None", Sequence[IndicatorFigure], Sequence[IndicatorFigure]]


@dataclass(frozen=True)
class Cell:
    """A cell of one or more lines of text and figures."""

    lines: tuple[Line, ...]
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    align: str = "center"

    def payload(self) -> dict[str, Any]:
        """Give the cell as data."""
        lines = [[part if isinstance(part, str) else part.payload() for part in line] for line in self.lines]
        spans = {"rowspan": self.rowspan, "colspan": self.colspan}
        return {"lines": lines, "header": self.header, "align": self.align, **spans}

    def html(self) -> str:
        """Give the cell for JupyterLab."""
        parts = (
            "".join(escape(part) if isinstance(part, str) else part._repr_mimebundle_()["text/html"] for part in line)
            for line in self.lines
        )
        tag = "th" if self.header else "td"
        style = f"text-align:{self.align}"
        return f'<{tag} rowspan="{self.rowspan}" colspan="{self.colspan}" style="{style}">{"<br>".join(parts)}</{tag}>'


@dataclass(frozen=True)
class ReportTable:
    """A table with its caption; rows hold only the cells that start in them."""

    caption: str
    columns: int
    head: tuple[tuple[Cell, ...], ...]
    body: tuple[tuple[Cell, ...], ...]

    def payload(self) -> dict[str, Any]:
        """Give the table as data, for the document tree."""
        rows = {name: [[cell.payload() for cell in row] for row in getattr(self, name)] for name in ("head", "body")}
        return {"caption": self.caption, "columns": self.columns, **rows}

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        rows = {
            name: "".join(f"<tr>{''.join(cell.html() for cell in row)}</tr>" for row in getattr(self, name))
            for name in ("head", "body")
        }
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        html = f"<table>{caption}<thead>{rows['head']}</thead><tbody>{rows['body']}</tbody></table>"
        return {"text/plain": self.caption or "Bảng", "text/html": html, MIME: self.payload()}


def _text(*parts: str | Inline, **rest: Any) -> Cell:
    return Cell((parts,), **rest)


def _number(figure: Figure) -> Cell:
    """Right-align a number so that its digits stand under one another; a dash stands for a missing one."""
    return Cell(((figure if not figure.missing else wording.DASH,),), align="right")


def summary_table(caption: str, figures: Sequence[IndicatorFigure]) -> ReportTable:
    """Make the table of indicators against plan and same period.

    Parameters
    ----------
    caption : str
        The table's name.
    figures : sequence of IndicatorFigure
        One row each; those without a number in this period are left out.

    Returns
    -------
    ReportTable
        Columns: chỉ tiêu, đơn vị tính, kế hoạch năm, thực hiện, % kế hoạch, cùng kỳ, so với cùng kỳ.
    """
    check_figures(figures)
    kept = [figure for figure in figures if not figure.missing]
    year = kept[0].period.year if kept else 0
    headings = (
        "Chỉ tiêu",
        "Đơn vị tính",
        "Kế hoạch năm",
        "Thực hiện",
        "So kế hoạch (%)",
        f"Cùng kỳ năm {year - 1}",
        "So cùng kỳ (%)",
    )
    rows = []
    for figure in kept:
        label = f"{figure.label} (ước)" if figure.status == "estimate" else figure.label
        rate = figure.indicator.unit == "%"
        numbers = (
            _plain(figure.plan, figure.indicator.decimals),
            figure.number,
            _plain(figure.vs_plan, 2),
            _plain(figure.same_period, figure.indicator.decimals, " (ước)" if figure.same_period.status == "estimate" else ""),
            figure.change if rate else _plain(figure.vs_same_period, 2),
        )
        rows.append((_text(label, align="left"), _text(figure.unit), *map(_number, numbers)))
    return ReportTable(caption, len(headings), (tuple(_text(name, header=True) for name in headings),), tuple(rows))


def _plain(figure: Figure, decimals: int, mark: str = "") -> Figure:
    """Give a figure as a bare number, for a column whose heading names the unit."""
    return Figure(**{**figure.__dict__, "text": wording.number_text(figure.value, decimals) + mark})


def assessment_table(caption: str, groups: Sequence[Group], assess: Sequence[Assessed], head: str = "") -> ReportTable:
    """Make a table of the Phụ lục: numbers in columns, and beside them the generated “Đánh giá chung”.

    Parameters
    ----------
    caption : str
        The table's name; may be empty.
    groups : sequence of (title or None, lead figures, figures)
        A title and each lead figure span the number columns; the figures make one row. Headings are the first group's.
    assess : sequence of IndicatorFigure or (part, whole)
        One line each in the last column: the change from the same period, or `23/24 vụ (cùng kỳ 27/32 vụ)`.
    head : str
        A heading that spans the number columns.
    """
    check_figures([figure for _, lead, figures in groups for figure in (*lead, *figures)])
    columns = len(groups[0][2])
    titles = [_text(figure.indicator.title, header=True) for figure in groups[0][2]]
    last = _text("Đánh giá chung (so với cùng kỳ)", header=True, rowspan=2 if head else 1)
    top = ((_text(head, header=True, colspan=columns), last), tuple(titles)) if head else ((*titles, last),)
    body: list[tuple[Cell, ...]] = []
    for title, lead, figures in groups:
        if title:
            body.append((_text(title, colspan=columns, align="left"),))
        body += [(_text(f"{figure.indicator.title}: ", figure, colspan=columns, align="left"),) for figure in lead]
        body.append(tuple(_text(_bare(figure)) for figure in figures))
    verdict = Cell(tuple(_assess(item) for item in assess), rowspan=len(body), align="left")
    body[0] = (*body[0], verdict)
    return ReportTable(caption, columns + 1, top, tuple(body))


def _bare(figure: IndicatorFigure) -> str | Figure:
    """Drop the unit, which the heading names; a rate keeps its %."""
    if figure.missing:
        return wording.DASH
    return figure if figure.unit == "%" else figure.number


def _assess(item: Assessed) -> Line:
    if isinstance(item, IndicatorFigure):
        return ("- ", item.indicator.title, ": ", wording.DASH if item.change.missing else item.change)
    part, whole = item
    line: Line = ("- ", part.indicator.title, ": ", part.part_of(whole))
    before = part.as_same_period().part_of(whole.as_same_period())
    return line if before.missing else (*line, " (cùng kỳ ", before, ")")


def breakdown_table(caption: str, figures: Sequence[IndicatorFigure]) -> ReportTable:
    """Make the table of collected figures by sub-office.

    Parameters
    ----------
    caption : str
        The table's name.
    figures : sequence of IndicatorFigure
        One column each; rates are each sub-office's own.

    Returns
    -------
    ReportTable
        One row per sub-office in the order of collecting, then the whole; where nothing was collected it is empty, and a report
        leaves it out.
    """
    check_figures(figures)
    offices = {part.office: part.name for figure in figures for origin in figure.reading.origins for part in origin.parts}
    head = (_text("Đơn vị", header=True), *(_text(f"{one.indicator.title} ({one.unit})", header=True) for one in figures))
    rows = [
        (_text(name, align="left"), *(_number(_plain(one.part(office), one.indicator.decimals)) for one in figures))
        for office, name in offices.items()
    ]
    rows.append((_text("Toàn địa bàn", align="left"), *(_number(one.number) for one in figures)))
    return ReportTable(caption, len(figures) + 1, (head,), tuple(rows) if offices else ())


def note_table(caption: str, note: str, title: str, rows: Sequence[tuple[str, str, Figure, Figure, str]]) -> ReportTable:
    """Make the table of what is to be known of compared numbers: a sentence, then revised numbers as they were and are.

    An empty table, which a report leaves out, says that there is nothing to know.
    """
    headings = ("Chỉ tiêu", "Kỳ", "Số đã báo cáo", "Số điều chỉnh", "Nguồn")
    wide = len(headings) if rows else 1
    body: list[tuple[Cell, ...]] = [(_text(note, colspan=wide, align="left"),)] if note else []
    if rows:
        body.append((_text(title, colspan=wide, header=True),))
    for label, period, old, new, source in rows:
        body.append((_text(label, align="left"), _text(period), _text(old), _text(new), _text(source, align="left")))
    head = tuple(_text(name, header=True) for name in headings) if rows else (_text("Ghi chú", header=True),)
    return ReportTable(caption, wide, (head,), tuple(body))


def check_figures(figures: Sequence[Any]) -> None:
    """Refuse anything but indicators, before a table or chart is made of it."""
    for figure in figures:
        if not isinstance(figure, IndicatorFigure):
            raise NotebookError(
                Issue(
                    "bang", "Bảng và biểu đồ nhận tên chỉ tiêu", found=str(figure), todo="Viết mã chỉ tiêu, không có .vs_plan …"
                )
            )
