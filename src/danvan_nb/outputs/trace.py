"""The trace of a report, `figures.csv`: every figure shown, with its origin."""

import csv
import io
from pathlib import Path

from danvan_nb import nodes
from danvan_nb.data.cells import clean, inert
from danvan_nb.document.layout import placed
from danvan_nb.nodes import LEADERS

COLUMNS: tuple[str, ...] = ("text", "value", "indicator", "formula", "file", "row")
COLUMNS += ("as_of", "status", "section", "parts")


def figures_csv(document: nodes.Document) -> bytes:
    """Write the trace of every figure, in reading order.

    Returns
    -------
    bytes
        CSV in UTF-8 with a BOM, so that Excel opens it right; columns: text, value (decimal point),
        indicator, formula, file, row, as_of (ISO), status, section, parts (the cells of the
        sub-offices that a collected figure adds up).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for section, node in placed(document):
        if isinstance(node, nodes.Value):
            parts = "; ".join(f"{office}: {text}" for office, text in node.parts)
            where = (node.file, node.row, node.as_of, node.status, section, parts)
            row = (node.text, node.value, node.id, node.formula, *where)
            writer.writerow(map(inert, row))
    return out.getvalue().encode("utf-8-sig")


def shown_figures(trace: Path) -> list[tuple[str, str, str]]:
    """Read which figures a report shows: their ids, with what text and in which section."""
    if not trace.is_file():
        return []
    with trace.open(encoding="utf-8-sig", newline="") as file:
        rows = [*csv.DictReader(file)]
    return [(row["indicator"], clean(row["text"]), row["section"]) for row in rows]


def card_figures(trace: Path) -> list[tuple[str, str]]:
    """Read which indicators a report's cards for leaders show, and with what text."""
    shown = shown_figures(trace)
    return [(name, text) for name, text, where in shown if where == LEADERS and "." not in name]
