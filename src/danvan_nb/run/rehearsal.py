"""What `check` does of a run: the notebook composed, every inline value evaluated, the prose built.

Owns what is refused before anything is rendered. No kernel runs, so tables and charts stay out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from danvan_nb.document.build import build_document
from danvan_nb.document.layout import strange_letters
from danvan_nb.document.reconcile import lines
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Document
from danvan_nb.notebook.cells import prose_cells, read_master
from danvan_nb.notebook.prose import expressions
from danvan_nb.notebook.values import answer, check_expressions, prepare, store_values
from danvan_nb.report.report import Report

TEXTS = (".md", ".yml", ".yaml", ".csv", ".ipynb")


def rehearse(report: Report, params_file: str) -> Document:
    """Go through what a run evaluates; gives the document without its tables and charts.

    Raises
    ------
    DanvanError
        For what would stop the run.
    """
    nb = prepare(read_master(report.project), report, draft=False, params_file=params_file)
    check_expressions(nb, report)
    wanted = {source for _, cell in prose_cells(nb) for source in expressions(cell.source)}
    store_values(nb, {source: answer(source, report) for source in wanted}, report, draft=False)
    labels = (f"{one.title}{one.label}{one.unit}" for one in report.catalogue.values())
    document = build_document(nb)
    refuse_strange_letters(document, report, *labels)
    return document


def refuse_strange_letters(document: Document, report: Report, *texts: str) -> None:
    """Refuse what the fonts of the report can't draw.

    Raises
    ------
    RenderError
        With each such letter and where it first stands.
    """
    issues = []
    for letter in strange_letters([*lines(document), *texts]):
        place = next(_places(letter, report), {})
        issues.append(Issue.of("ky_tu_la", sign=letter, code=f"U+{ord(letter):04X}", **place))
    if issues:
        raise RenderError(issues)


def _places(letter: str, report: Report) -> Iterator[dict[str, Any]]:
    """Yield where a letter stands: in what people wrote, in the tables, in the master."""
    project = report.project
    master = project.relative(project.master_file)
    for name in (*project.reads, master):
        path = project.root / name
        if not name.endswith(TEXTS) or not path.is_file():
            continue
        rows = path.read_text(encoding="utf-8").split("\n")
        for row, text in enumerate(rows, 1):
            if letter in text:
                yield {"file": name, "row": row if name != master else None}
    inputs = report.inputs
    for one in (*inputs.documents, *inputs.events, *inputs.models):
        if any(letter in str(getattr(one, field.name)) for field in fields(one)):
            yield {"file": one.file, "sheet": one.sheet, "row": one.row}
