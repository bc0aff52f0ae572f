"""The tables of a report, described once and rendered by each writer.

Owns which cells a table has and what stands in them; fonts, borders and widths are the writers'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from danvan_nb import wording
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure, hover_text, live_html, remark
from danvan_nb.nodes import BLOCK_MIME, Cell, Chart, Inlines, Table, Text, Value, as_json, plain

if TYPE_CHECKING:
    import pandas as pd

NOTHING_COMPARED = "Chưa có số liệu cùng kỳ"
CellRow: TypeAlias = tuple[Cell, ...]
Figures: TypeAlias = "Iterable[IndicatorFigure] | pd.DataFrame"
"""Indicators one by one, or rows of `Report.frame()`."""
Assessed: TypeAlias = IndicatorFigure | tuple[IndicatorFigure, IndicatorFigure]


class ReportTable(Table):
    """A table that JupyterLab shows too."""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        head, body = _rows_html(self.head), _rows_html(self.body)
        return {
            "text/plain": self.caption or "Bảng",
            "text/html": f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>",
            BLOCK_MIME: as_json(self) | {"t": "Table"},
        }


def _rows_html(rows: Iterable[CellRow]) -> str:
    return "".join(f"<tr>{''.join(map(_cell_html, row))}</tr>" for row in rows)


def _cell_html(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    spans = f'rowspan="{cell.rowspan}" colspan="{cell.colspan}"'
    lines = "<br>".join("".join(map(_node_html, line)) for line in cell.lines)
    return f'<{tag} {spans} style="text-align:{cell.align}">{lines}</{tag}>'


def _node_html(node: Any) -> str:
    if isinstance(node, Value):
        return live_html(node.text, hover_text(node.details))
    return node.svg if isinstance(node, Chart) else escape(plain((node,)))


def chosen(figures: Figures) -> list[IndicatorFigure]:
    """List the indicators that a table or chart is to show.

    Raises
    ------
    NotebookError
        If there is anything else among them.
    """
    listed = _listed(figures)
    for figure in listed:
        if not isinstance(figure, IndicatorFigure):
            raise NotebookError(Issue.of("bang.chi_tieu", found=str(figure)))
    return listed


def _listed(figures: Any) -> list[Any]:
    return list(figures["figure"] if hasattr(figures, "columns") else figures)


def _line(*parts: str | Figure) -> Inlines:
    """Make a line of text and figures; a dash stands for one without a number."""
    texts = (
        part.text if isinstance(part, Figure) and (part.missing or part.gap) else part
        for part in parts
    )
    return tuple(Text(part) if isinstance(part, str) else part.node() for part in texts)


def _text(*parts: str | Figure, **rest: Any) -> Cell:
    return Cell((_line(*parts),), **rest)


def _words(text: str) -> Cell:
    return _text(text, align="left")


def _number(figure: Figure) -> Cell:
    """Right-align a number so that its digits stand under one another."""
    return _text(figure, align="right")


def _headings(*names: str) -> CellRow:
    return tuple(_text(name, header=True) for name in names)


def shared_basis(figures: Iterable[IndicatorFigure]) -> str:
    """Give from when all figures count, to be said once for all; nothing where they differ."""
    bases = {figure.basis for figure in figures if figure.basis}
    return bases.pop() if len(bases) == 1 else ""


def summary_table(caption: str, figures: Figures) -> ReportTable:
    """Make the table of indicators against plan and same period.

    Parameters
    ----------
    caption : str
        The table's name.
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        One row each; those without a number in this period are left out.

    Returns
    -------
    ReportTable
        Columns: chỉ tiêu, đơn vị tính, kế hoạch năm, thực hiện, so kế hoạch, cùng kỳ, so cùng kỳ.
    """
    kept = [figure for figure in chosen(figures) if not figure.missing]
    year, shared = kept[0].period.year if kept else 0, shared_basis(kept)
    headings = _headings(
        "Chỉ tiêu",
        "Đơn vị tính",
        "Kế hoạch năm",
        f"Thực hiện{wording.in_brackets(shared)}",
        "So kế hoạch (%)",
        f"Cùng kỳ năm {year - 1}",
        "So cùng kỳ (%)",
    )
    rows = tuple(_summary_row(one, "" if shared else one.basis) for one in kept)
    return ReportTable(caption, len(headings), (headings,), rows)


def _summary_row(figure: IndicatorFigure, basis: str) -> CellRow:
    decimals, estimate = figure.indicator.decimals, {"estimate": " (ước)"}
    cumulated = figure.year_to_date
    done = f" (lũy kế {cumulated.number})" if cumulated.reading is not figure.reading else ""
    numbers = (
        _plain(figure.plan, decimals),
        figure.number,
        _plain(figure.vs_plan, 2, "" if figure.vs_plan.missing else done),
        _plain(figure.same_period, decimals, estimate.get(figure.same_period.status, "")),
        figure.change if figure.unit == "%" else _plain(figure.vs_same_period, 2),
    )
    label = figure.label + estimate.get(figure.status, "") + wording.in_brackets(basis)
    return _words(label), _text(figure.unit), *map(_number, numbers)


def _plain(figure: Figure, decimals: int, mark: str = "") -> Figure:
    """Give a figure as a bare number, for a column whose heading names the unit."""
    return figure.derive(text=wording.number_text(figure.value, decimals) + mark)


@dataclass(frozen=True)
class Group:
    """Figures that make one row of an assessment table, under a title and a line for each lead."""

    figures: tuple[IndicatorFigure, ...]
    title: str
    lead: tuple[IndicatorFigure, ...]


def group(figures: Figures, title: str = "", lead: Figures = ()) -> Group:
    """Put figures into one row of an assessment table.

    Parameters
    ----------
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        The numbers of the row.
    title : str
        A line above the row, over all number columns.
    lead : iterable of IndicatorFigure
        Indicators that stand in lines of their own between title and row.
    """
    return Group(tuple(chosen(figures)), title, tuple(chosen(lead)))


def assessment_table(
    caption: str, groups: Sequence[Group], assess: Iterable[Assessed] | Figures, head: str = ""
) -> ReportTable:
    """Make a table of the Phụ lục: numbers in columns, beside them the generated “Đánh giá chung”.

    Parameters
    ----------
    caption : str
        The table's name; may be empty.
    groups : sequence of Group
        One row of numbers each, made by `group`; the headings are those of the first.
    assess : iterable of IndicatorFigure or (part, whole), or rows of `Report.frame()`
        One line each in the last column: the change, or `23/24 vụ (cùng kỳ 27/32 vụ)`.
    head : str
        A heading that spans the number columns.
    """
    if not groups or not all(isinstance(each, Group) for each in groups):
        raise NotebookError(Issue.of("bang.nhom"))
    shared = shared_basis(figure for each in groups for figure in (*each.figures, *each.lead))
    first, own = groups[0].figures, lambda one: wording.in_brackets("" if shared else one.basis)
    columns, titles = len(first), _headings(*(one.indicator.title + own(one) for one in first))
    verdict = f"Đánh giá chung{wording.in_brackets(shared, 'so với cùng kỳ')}"
    last = _text(verdict, header=True, rowspan=2 if head else 1)
    top: tuple[CellRow, ...] = ((*titles, last),)
    if head:
        top = ((_text(head, header=True, colspan=columns), last), titles)
    body = [row for each in groups for row in _group_rows(each, columns)]
    lines = tuple(filter(None, map(_assess, _listed(assess)))) or (_line(NOTHING_COMPARED),)
    body[0] = (*body[0], Cell(lines, rowspan=len(body), align="left"))
    return ReportTable(caption, columns + 1, top, tuple(body))


def _group_rows(one: Group, columns: int) -> list[CellRow]:
    wide = {"colspan": columns, "align": "left"}
    rows: list[CellRow] = [(_text(one.title, **wide),)] if one.title else []
    rows += [(_text(f"{figure.indicator.title}: ", figure, **wide),) for figure in one.lead]
    rows.append(tuple(_text(_bare(figure)) for figure in one.figures))
    return rows


def _bare(figure: IndicatorFigure) -> Figure:
    """Drop the unit, which the heading names; a rate keeps its %."""
    return figure if figure.unit == "%" else figure.number


def _assess(item: Assessed) -> Inlines:
    if isinstance(item, IndicatorFigure):
        gap = item.change.gap
        return () if gap else _line("- ", item.indicator.title, ": ", item.change)
    part, whole = item
    compared = part.as_same_period(), whole.as_same_period()
    before = compared[0].part_of(compared[1])
    remarks = ", ".join(dict.fromkeys(filter(None, (remark(one.reading) for one in compared))))
    closing = f", {remarks})" if remarks else ")"
    same_period = () if before.missing else (" (cùng kỳ ", before, closing)
    return _line("- ", part.indicator.title, ": ", part.part_of(whole), *same_period)


def breakdown_table(caption: str, figures: Figures) -> ReportTable:
    """Make the table of collected figures by sub-office.

    Parameters
    ----------
    caption : str
        The table's name.
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        One column each; rates are each sub-office's own.

    Returns
    -------
    ReportTable
        One row per sub-office in the order of collecting, then the whole; empty where nothing was
        collected, so that a report leaves it out.
    """
    shown = chosen(figures)
    offices = {
        share.office: share.office_name for figure in shown for share in figure.reading.shares
    }
    names = (
        f"{each.indicator.title}{wording.in_brackets(each.unit, each.basis)}" for each in shown
    )
    titles = _headings("Đơn vị", *names)
    rows: list[CellRow] = []
    for office, name in offices.items():
        shares = (_plain(each.part(office), each.indicator.decimals) for each in shown)
        rows.append((_words(name), *map(_number, shares)))
    if rows:
        rows.append((_words("Toàn địa bàn"), *(_number(each.number) for each in shown)))
    return ReportTable(caption, len(titles), (titles,), tuple(rows))


@dataclass(frozen=True)
class Revision:
    """A number of an earlier period that a later folder changed."""

    old: IndicatorFigure
    new: IndicatorFigure


def note_table(note: str, revisions: Sequence[Revision]) -> ReportTable:
    """Make the table of what is to be known of compared numbers: a sentence, then what changed.

    An empty table, which a report leaves out, says that there is nothing to know.
    """
    caption = "Số liệu so sánh"
    titles = _headings("Chỉ tiêu", "Kỳ", "Số đã báo cáo", "Số điều chỉnh", "Nguồn")
    if not revisions:
        return ReportTable(caption, 1, (_headings("Ghi chú"),), ((_words(note),),) if note else ())
    wide = len(titles)
    body: list[CellRow] = [(_text(note, colspan=wide, align="left"),)] if note else []
    body.append((_text("Số liệu điều chỉnh", colspan=wide, header=True),))
    for each in revisions:
        label, period = _words(each.new.label), _text(each.new.period.label)
        source = _words(each.new.reading.origins[0].source)
        body.append((label, period, _text(each.old), _text(each.new), source))
    return ReportTable(caption, wide, (titles,), tuple(body))
