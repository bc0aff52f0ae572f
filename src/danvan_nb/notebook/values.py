"""A report's notebook before and after its cells run: composed, its values checked and stored.

Owns the rules of inline expressions and of missing data. It starts no kernel.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError, nearest
from danvan_nb.figures.inline import Term
from danvan_nb.nodes import FIGURE_MIME, as_json
from danvan_nb.notebook import cells
from danvan_nb.notebook.cells import CellMemory, NotebookMemory
from danvan_nb.notebook.compose import compose
from danvan_nb.notebook.narrative import read_narrative
from danvan_nb.notebook.proofread import refuse_unfinished
from danvan_nb.notebook.prose import ProseError, assigned_names, expressions, parse_prose, root_name
from danvan_nb.report.leaders import leaders
from danvan_nb.report.letterhead import letterhead
from danvan_nb.report.report import Report
from danvan_nb.wording import GAPS, gap_note


def prepare(nb: NotebookNode, report: Report, draft: bool, params_file: str = "") -> NotebookNode:
    """Compose a report's notebook, unless it is, and note in it what its documents need besides.

    The notebook itself says which params file is its own, unless that is given.

    Raises
    ------
    DanvanError
        If the narrative is wrong, or is not gone through and this is no draft.
    """
    project = report.project
    if not NotebookMemory.read(nb).composed:
        passages = read_narrative(report).passages
        if not draft:
            refuse_unfinished(passages, report)
        nb = compose(nb, passages)
    about = {
        "params_file": project.relative(
            project.params_path(params_file or cells.params_file_of(nb))
        ),
        "letterhead": as_json(letterhead(project, report.params)),
        "draft": draft,
    }
    NotebookMemory.read(nb).model_copy(update=about).write(nb)
    return nb


def ask_values(client: Any) -> dict[str, Any]:
    """Ask for every inline value in one request, by nbclient's client of a notebook that ran."""
    prose = cells.prose_cells(client.nb)
    wanted = dict.fromkeys(source for _, cell in prose for source in expressions(cell.source))
    keys = {str(number): source for number, source in enumerate(wanted)}
    message = client.kc.execute(
        "", silent=True, store_history=False, allow_stdin=False, user_expressions=keys
    )
    reply = client.wait_for_reply(message)["content"]["user_expressions"]
    return {source: reply[key] for key, source in keys.items()}


def check_expressions(nb: NotebookNode, report: Report) -> None:
    """Check every inline expression before anything runs: pure, known, and bound once.

    Raises
    ------
    NotebookError
        With every wrong expression.
    """
    code = (cell.source for cell in nb.cells if cell.cell_type == "code")
    bound = Counter(name for source in code for name in assigned_names(source))
    bound.update(report.names().keys())
    issues: list[Issue] = []
    for index, cell in cells.prose_cells(nb):
        place = cells.place_of(nb, index)
        unknown = [name for name in cells.needs_of(cell) if name not in report.figures]
        issues += [Issue.of("so_tay.needs", at=place, found=name) for name in unknown]
        try:
            parse_prose(cell.source)
        except ProseError as err:
            facts = {"cause": err.message, "todo": err.issues[0].todo}
            issues.append(Issue.of("so_tay.loi", at=place, **_where(cell, err.line), **facts))
            continue
        for source in expressions(cell.source):
            issues += _wrong(source, cell, place, bound)
    if issues:
        raise NotebookError(issues)


def _where(cell: NotebookNode, found: str | int) -> dict[str, Any]:
    """Give the file and the row of what stands in a cell of the narrative, or on a line of it."""
    memory = CellMemory.read(cell)
    line = found if isinstance(found, int) else cell.source.partition(found)[0].count("\n")
    return {"file": memory.file, "row": memory.row + line} if memory.file else {}


def _wrong(source: str, cell: NotebookNode, place: str, bound: Counter[str]) -> Iterator[Issue]:
    """Yield what is wrong with an expression, given how often each name is bound."""
    facts = {"at": place, "found": source, **_where(cell, source)}
    try:
        name = root_name(source)
    except ProseError as err:
        yield Issue.of("so_tay.loi", cause=err.message, todo=err.issues[0].todo, **facts)
        return
    if bound[name] > 1:
        yield Issue.of("so_tay.hai_lan", name=name, **facts)
    elif not bound[name]:
        yield unknown_name(name, bound, facts)


def unknown_name(name: str, known: Iterable[str], facts: Mapping[str, Any]) -> Issue:
    """Say that there is no such name, and which may be meant; the facts say where."""
    todo = nearest(name, known, "Tìm tên bằng tra_cuu(“…”)")
    return Issue.of("so_tay.ten_la", todo=todo, **facts)


def store_values(nb: NotebookNode, values: Mapping[str, Any], report: Report, draft: bool) -> None:
    """Store the inline values as jupyterlab-myst does, and leave out what lacks data.

    Raises
    ------
    NotebookError
        With every expression that failed and every cell that lacks data it can't do without.
    """
    issues: list[Issue] = []
    for index, cell in cells.prose_cells(nb):
        place = cells.place_of(nb, index)
        found, needs = expressions(cell.source), cells.needs_of(cell)
        cell.metadata.pop("user_expressions", None)
        if found:
            cell.metadata["user_expressions"] = [
                {"expression": source, "result": values[source]} for source in found
            ]
        lacking: list[str] = []
        for source in found:
            reply = values[source]
            if reply["status"] == "ok":
                lacking += filter(None, [reply["data"].get(FIGURE_MIME, {}).get("missing")])
            elif draft and reply["ename"] == NotebookError.__name__:
                lacking.append(_absent(source, report))
            else:
                facts = {"at": place, "found": source, **_where(cell, source)}
                cause = reply["evalue"] or reply["ename"]
                issues.append(failed_expression(answer(source, report).get("error"), cause, facts))
        lacking += [name for name in needs if report.figures[name].missing]
        labels = tuple(_label(name, report) for name in dict.fromkeys(lacking))
        outcome = _outcome(lacking, needs, report, draft)
        if outcome == "error":
            facts = {"at": place, "labels": ", ".join(labels), **_where(cell, 0)}
            issues.append(Issue.of("so_tay.thieu_so_lieu", **facts))
            outcome = ""
        CellMemory.read(cell).after_run(outcome, labels).write(cell)
    if issues:
        raise NotebookError(issues)
    first = as_json(leaders(report, *_spoken_of(nb, report)))
    about = {"leaders": first, "notes": _fallen(values.values(), report.period.year)}
    NotebookMemory.read(nb).model_copy(update=about).write(nb)


def _fallen(replies: Iterable[Any], year: int) -> tuple[str, ...]:
    """Say once which comparisons fell away, and why."""
    gaps: dict[str, dict[str, None]] = {}
    for reply in replies:
        node = reply.get("data", {}).get(FIGURE_MIME, {})
        if node.get("gap") in GAPS:
            gaps.setdefault(node["gap"], {})[node["label"]] = None
    return tuple(gap_note(why, [*labels], year) for why, labels in gaps.items())


def _spoken_of(nb: NotebookNode, report: Report) -> tuple[set[str], list[str]]:
    """Give the indicators that a notebook shows, and those that it leaves out for want of data."""
    shown: set[str] = set()
    lacking: list[str] = []
    for cell in nb.cells:
        memory = CellMemory.read(cell)
        if cell.cell_type == "code":
            shown |= set(re.findall(r"\w+", cell.source))
            continue
        names = [*map(root_name, expressions(cell.source)), *cells.needs_of(cell)]
        if memory.omitted or memory.boxed:
            lacking += [name for name in names if name in report.figures]
        else:
            shown |= set(names)
    return shown, [name for name in dict.fromkeys(lacking) if report.figures[name].missing]


def answer(source: str, report: Report) -> dict[str, Any]:
    """Evaluate an expression without a kernel, and reply as one does.

    A name that a cell of the notebook binds is only known to the kernel; its place is held.
    """
    try:
        value = eval(source, {"__builtins__": {}}, report.names())  # noqa: S307 - checked to be pure
    except NameError:
        value = Term(source, "…")
    except Exception as err:  # noqa: BLE001 - whatever it is, the kernel would reply with it
        return {"status": "error", "ename": type(err).__name__, "evalue": str(err), "error": err}
    bundle = getattr(value, "_repr_mimebundle_", dict)
    return {"status": "ok", "data": bundle(), "metadata": {}}


def failed_expression(error: Exception | None, cause: str, facts: Mapping[str, Any]) -> Issue:
    """Word why an expression failed: the error itself, or else what is known of the cause."""
    match error:
        case AttributeError(name=str(name), obj=obj):
            known = [each for each in dir(obj) if not each.startswith("_")]
            todo = nearest(name, known, "Tìm cách viết bằng tra_cuu(“…”)")
            return Issue.of("so_tay.thuoc_tinh", name=name, todo=todo, **facts)
        case TypeError():
            return Issue.of("so_tay.goi_sai", **facts)
    return Issue.of("so_tay.loi", cause=cause, **facts)


def _absent(source: str, report: Report) -> str:
    """Say which row an expression asks for that is not there: missing data like any other.

    The kernel tells only in words why an expression failed, so it is asked for again here.
    """
    error = answer(source, report).get("error")
    if isinstance(error, NotebookError):
        return str(replace(error.issues[0], todo="")).rstrip(".")
    return source


def _outcome(lacking: Collection[str], needs: Collection[str], report: Report, draft: bool) -> str:
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
