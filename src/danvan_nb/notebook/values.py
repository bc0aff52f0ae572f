"""A report's notebook before and after its cells run: composed, its inline expressions checked, asked for and stored.

Owns the rules of inline expressions and of missing data. It starts no kernel.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError, nearest
from danvan_nb.figures.figure import MIME
from danvan_nb.nodes import as_json
from danvan_nb.notebook.compose import (
    compose,
    needs_of,
    params_file_of,
    read_narrative,
    section_of,
    slot_of,
)
from danvan_nb.notebook.proofread import refuse_unfinished
from danvan_nb.notebook.prose import ProseError, assigned_names, expressions, root_name
from danvan_nb.notebook.stamp import KEY
from danvan_nb.report.leaders import leaders
from danvan_nb.report.letterhead import letterhead
from danvan_nb.report.report import Report


def prepare(nb: NotebookNode, report: Report, draft: bool) -> NotebookNode:
    """Compose the notebook of a report, unless it is composed already, and note in it what its documents need besides.

    Raises
    ------
    DanvanError
        If the narrative is wrong, or is not gone through and this is no draft.
    """
    if not nb.metadata.get(KEY, {}).get("composed"):
        passages = read_narrative(report)
        if not draft:
            refuse_unfinished(passages, report)
        nb = compose(nb, passages)
    nb.metadata[KEY].update(
        params_file=report.project.relative(report.project.params_path(params_file_of(nb))),
        letterhead=letterhead(report.project, report.params),
        draft=draft,
    )
    return nb


def ask_values(client: Any) -> dict[str, Any]:
    """Ask for every inline value in one request, by the client (nbclient's) of a notebook whose cells have run."""
    wanted = dict.fromkeys(
        source for _, cell in _prose(client.nb) for source in expressions(cell.source)
    )
    keys = {str(number): source for number, source in enumerate(wanted)}
    message = client.kc.execute(
        "", silent=True, store_history=False, allow_stdin=False, user_expressions=keys
    )
    reply = client.wait_for_reply(message)["content"]["user_expressions"]
    return {source: reply[key] for key, source in keys.items()}


def _prose(nb: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """Number the Markdown cells of a notebook among all its cells."""
    return [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "markdown"]


def _issue(nb: NotebookNode, index: int, message: str, **rest: Any) -> Issue:
    """Name the section and cell that an issue of the notebook stands in."""
    section, slot = section_of(nb, index), slot_of(nb.cells[index])
    place = f"mục “{section}”, " if section else ""
    return Issue(
        "so_tay", f"{message} ({place}ô {index + 1}{f', đoạn {slot}' if slot else ''})", **rest
    )


def check_expressions(nb: NotebookNode, report: Report) -> None:
    """Check every inline expression before anything runs: pure, known, and bound once.

    Raises
    ------
    NotebookError
        With every wrong expression.
    """
    names = report.names()
    assigned = Counter(
        name
        for cell in nb.cells
        if cell.cell_type == "code"
        for name in assigned_names(cell.source)
    )
    issues = []
    for index, cell in _prose(nb):
        unknown = [name for name in needs_of(cell) if name not in report.figures]
        issues += [
            _issue(nb, index, "Nhãn needs: nêu chỉ tiêu không có", found=name) for name in unknown
        ]
        try:
            found = expressions(cell.source)
        except ProseError as err:
            issues.append(_issue(nb, index, str(err)))
            continue
        for source in found:
            try:
                name = root_name(source)
            except ProseError as err:
                issues.append(_issue(nb, index, str(err), found=source))
                continue
            times = assigned[name] + (name in names)
            if times > 1:
                issues.append(
                    _issue(
                        nb,
                        index,
                        f"Tên “{name}” được gán nhiều lần nên giá trị không xác định",
                        found=source,
                    )
                )
            elif not times:
                todo = nearest(name, [*names, *assigned], "Tìm tên bằng tra_cuu(“…”)")
                issues.append(_issue(nb, index, "Không có tên này", found=source, todo=todo))
    if issues:
        raise NotebookError(issues)


def store_values(nb: NotebookNode, values: Mapping[str, Any], report: Report, draft: bool) -> None:
    """Store the inline values as jupyterlab-myst does, and decide which cells are left out for want of data."""
    issues = []
    for index, cell in _prose(nb):
        found = expressions(cell.source)
        cell.metadata.pop("user_expressions", None)
        own = cell.metadata.setdefault(KEY, {})
        for outcome in ("omitted", "boxed"):  # what an earlier run lacked may be there now
            own.pop(outcome, None)
        if found:
            cell.metadata["user_expressions"] = [
                {"expression": source, "result": values[source]} for source in found
            ]
        failed = [source for source in found if values[source]["status"] != "ok"]
        # A row that is not there yet (document, event, model, interim date) is missing data like any other.
        absent = [
            source
            for source in failed
            if draft and values[source]["ename"] == NotebookError.__name__
        ]
        wrong = [source for source in failed if source not in absent]
        issues += [
            _issue(nb, index, values[source]["evalue"] or values[source]["ename"], found=source)
            for source in wrong
        ]
        payloads = (
            values[source]["data"].get(MIME, {}) for source in found if source not in failed
        )
        lacking = [payload["missing"] for payload in payloads if payload.get("missing")]
        lacking += [values[source]["evalue"].split(". ")[0].rstrip(".") for source in absent]
        lacking += [name for name in needs_of(cell) if report.figures[name].missing]
        labels = [_label(name, report) for name in dict.fromkeys(lacking)]
        outcome = _outcome(lacking, needs_of(cell), report, draft)
        if outcome == "error":
            todo = "Bổ sung số liệu, hoặc gắn nhãn needs:… để lược đoạn này khi thiếu"
            issues.append(_issue(nb, index, f"Thiếu số liệu: {', '.join(labels)}", todo=todo))
        elif outcome:
            own[outcome] = labels
    if issues:
        raise NotebookError(issues)
    nb.metadata[KEY]["leaders"] = as_json(leaders(report, *_spoken(nb, report)))


def _spoken(nb: NotebookNode, report: Report) -> tuple[set[str], list[str]]:
    """Give the indicators that a notebook speaks of, and the names of those for want of which it leaves something out."""
    shown, lacking = set(), []
    for cell in nb.cells:
        own = cell.metadata.get(KEY, {})
        lacking += own.get("omitted", []) + own.get("boxed", [])
        if cell.cell_type == "markdown" and not own.get("omitted"):
            shown |= {root_name(source) for source in expressions(cell.source)}
        elif cell.cell_type == "code":
            shown |= set(re.findall(r"\w+", cell.source))
    return shown & set(report.figures), list(dict.fromkeys(lacking))


def _outcome(lacking: list[str], needs: tuple[str, ...], report: Report, draft: bool) -> str:
    """Decide on a cell that lacks data: `omitted`, `boxed` (draft), `error`, or nothing."""
    if not lacking:
        return ""
    required = (
        name for name in needs if report.figures[name].missing and report.catalogue[name].required
    )
    if set(lacking) <= set(needs) and not any(required):
        return "omitted"
    return "boxed" if draft else "error"


def _label(name: str, report: Report) -> str:
    return f"{report.catalogue[name].label} ({name})" if name in report.catalogue else name
