"""The tables of a report, described once and rendered by each writer.

Owns which cells a table has and what stands in them; fonts, borders and widths belong to the writers.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, TypeAlias

from danvan_nb import wording
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.figure import Figure, IndicatorFigure, hover_text, live_html
from danvan_nb.nodes import Cell, Inlines, Table, Text, Value, as_json, plain

MIME = "application/vnd.danvan.block+json"
"""The type under which a notebook stores the node of a table or chart."""

Assessed: TypeAlias = "IndicatorFigure | tuple[IndicatorFigure, IndicatorFigure]"
Group: TypeAlias = tuple["str | None", Sequence[IndicatorFigure], Sequence[IndicatorFigure]]


class ReportTable(Table):
    """A table that JupyterLab shows too."""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        head, body = (
            "".join(f"<tr>{''.join(map(_cell_html, row))}</tr>" for row in rows)
            for rows in (self.head, self.body)
        )
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        html = f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>"
        return {
            "text/plain": self.caption or "Bảng",
            "text/html": html,
            MIME: as_json(self) | {"t": "Table"},
        }


def _cell_html(cell: Cell) -> str:
    lines = (
        "".join(
            live_html(node.text, hover_text(node.details))
            if isinstance(node, Value)
            else escape(plain((node,)))
            for node in line
        )
        for line in cell.lines
    )
    tag = "th" if cell.header else "td"
    style = f"text-align:{cell.align}"
    return f'<{tag} rowspan="{cell.rowspan}" colspan="{cell.colspan}" style="{style}">{"<br>".join(lines)}</{tag}>'


def _line(*parts: str | Figure) -> Inlines:
    """Make a line of text and figures; a dash stands for a missing one."""
    texts = (wording.DASH if isinstance(part, Figure) and part.missing else part for part in parts)
    return tuple(Text(part) if isinstance(part, str) else part.node() for part in texts)


def _text(*parts: str | Figure, **rest: Any) -> Cell:
    return Cell((_line(*parts),), **rest)


def _number(figure: Figure) -> Cell:
    """Right-align a number so that its digits stand under one another."""
    return _text(figure, align="right")


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
            _plain(
                figure.same_period,
                figure.indicator.decimals,
                " (ước)" if figure.same_period.status == "estimate" else "",
            ),
            figure.change if rate else _plain(figure.vs_same_period, 2),
        )
        rows.append((_text(label, align="left"), _text(figure.unit), *map(_number, numbers)))
    return ReportTable(
        caption, len(headings), (tuple(_text(name, header=True) for name in headings),), tuple(rows)
    )


def _plain(figure: Figure, decimals: int, mark: str = "") -> Figure:
    """Give a figure as a bare number, for a column whose heading names the unit."""
    return figure.derive(text=wording.number_text(figure.value, decimals) + mark)


def assessment_table(
    caption: str, groups: Sequence[Group], assess: Sequence[Assessed], head: str = ""
) -> ReportTable:
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
    top = (
        ((_text(head, header=True, colspan=columns), last), tuple(titles))
        if head
        else ((*titles, last),)
    )
    body: list[tuple[Cell, ...]] = []
    for title, lead, figures in groups:
        if title:
            body.append((_text(title, colspan=columns, align="left"),))
        body += [
            (_text(f"{figure.indicator.title}: ", figure, colspan=columns, align="left"),)
            for figure in lead
        ]
        body.append(tuple(_text(_bare(figure)) for figure in figures))
    verdict = Cell(tuple(_assess(item) for item in assess), rowspan=len(body), align="left")
    body[0] = (*body[0], verdict)
    return ReportTable(caption, columns + 1, top, tuple(body))


def _bare(figure: IndicatorFigure) -> Figure:
    """Drop the unit, which the heading names; a rate keeps its %."""
    return figure if figure.unit == "%" else figure.number


def _assess(item: Assessed) -> Inlines:
    if isinstance(item, IndicatorFigure):
        return _line("- ", item.indicator.title, ": ", item.change)
    part, whole = item
    before = part.as_same_period().part_of(whole.as_same_period())
    same_period = () if before.missing else (" (cùng kỳ ", before, ")")
    return _line("- ", part.indicator.title, ": ", part.part_of(whole), *same_period)


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
    offices = {
        part.office: part.name
        for figure in figures
        for origin in figure.reading.origins
        for part in origin.parts
    }
    head = (
        _text("Đơn vị", header=True),
        *(_text(f"{one.indicator.title} ({one.unit})", header=True) for one in figures),
    )
    rows = [
        (
            _text(name, align="left"),
            *(_number(_plain(one.part(office), one.indicator.decimals)) for one in figures),
        )
        for office, name in offices.items()
    ]
    rows.append((_text("Toàn địa bàn", align="left"), *(_number(one.number) for one in figures)))
    return ReportTable(caption, len(figures) + 1, (head,), tuple(rows) if offices else ())


def note_table(
    caption: str, note: str, title: str, rows: Sequence[tuple[str, str, Figure, Figure, str]]
) -> ReportTable:
    """Make the table of what is to be known of compared numbers: a sentence, then revised numbers as they were and are.

    An empty table, which a report leaves out, says that there is nothing to know.
    """
    headings = ("Chỉ tiêu", "Kỳ", "Số đã báo cáo", "Số điều chỉnh", "Nguồn")
    wide = len(headings) if rows else 1
    body: list[tuple[Cell, ...]] = [(_text(note, colspan=wide, align="left"),)] if note else []
    if rows:
        body.append((_text(title, colspan=wide, header=True),))
    for label, period, old, new, source in rows:
        body.append(
            (
                _text(label, align="left"),
                _text(period),
                _text(old),
                _text(new),
                _text(source, align="left"),
            )
        )
    head = (
        tuple(_text(name, header=True) for name in headings)
        if rows
        else (_text("Ghi chú", header=True),)
    )
    return ReportTable(caption, wide, (head,), tuple(body))


def check_figures(figures: Sequence[Any]) -> None:
    """Refuse anything but indicators, before a table or chart is made of it."""
    for figure in figures:
        if not isinstance(figure, IndicatorFigure):
            raise NotebookError(
                Issue(
                    "bang",
                    "Bảng và biểu đồ nhận tên chỉ tiêu",
                    found=str(figure),
                    todo="Viết mã chỉ tiêu, không có .vs_plan …",
                )
            )
