"""What JupyterLab's extension asks of the kernel of an open notebook: values, and what is old.

It runs in that kernel. Owns what a person who types there is told; how it is shown is the
extension's.
"""

import builtins
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from traceback import walk_tb
from types import TracebackType
from typing import Any

from IPython import get_ipython

from danvan_nb.errors import DanvanError, Issue, ParamsError
from danvan_nb.notebook.prose import root_name
from danvan_nb.notebook.values import failed_expression, unknown_name
from danvan_nb.project.project import Project, changed_files
from danvan_nb.report.parameters import parameters_in
from danvan_nb.report.report import Report
from danvan_nb.wording import number_heading

THIS_CELL = "ô này"
FEW = 3
"""Files that the band names; a longer list pushes the text down."""


@dataclass(frozen=True)
class Answer:
    """Plain data, as the kernel sends it."""

    facts: dict[str, Any]

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        return {"text/plain": "", "application/json": self.facts}


def look(request: str) -> Answer:
    """Look at the notebook whose kernel this is.

    Parameters
    ----------
    request : str
        JSON. `parameters`: the code that sets the parameters, which holds from here on; `inputs`:
        the SHA-256 of what the last run read; `load`: whether there is a load cell; `touched`:
        whether anything ran since the notebook was opened, or its kernel was started again; `old`:
        how many code cells show less than was loaded; `levels`: of every heading, 0 begins anew;
        `expressions`: what stands inline.

    Returns
    -------
    Answer
        `loaded`; `stale`: whether the values shown are old; `band`: what a person must know and do;
        `numbers`: of the headings; `values`: a reply for each expression, once loaded.
    """
    asked, shell = json.loads(request), get_ipython()
    shell.set_custom_exc((NameError, AttributeError, DanvanError), _tell)
    for code in asked["parameters"]:
        shell.user_ns.update(parameters_in(code))
    report = shell.user_ns.get("report")
    loaded = isinstance(report, Report)
    changed: list[str] = []
    with suppress(ParamsError):  # a notebook sent on its own has no project to compare with
        project = report.project if loaded else Project.find()
        changed = changed_files(project, asked["inputs"] | (project.reads if loaded else {}))
    band = _band(asked, loaded, changed)
    counts = [0, 0, 0]
    facts = {
        "loaded": loaded,
        "stale": band is not None and band.rule == "o_nap",
        "band": str(band or ""),
        "numbers": [number_heading(counts, level) for level in asked["levels"]],
        "values": {one: _value(shell, one) for one in asked["expressions"]} if loaded else {},
    }
    return Answer(facts)


def _band(asked: Mapping[str, Any], loaded: bool, changed: list[str]) -> Issue | None:
    """Say what is not up to date, the worst first."""
    prose = [name for name in changed if name.endswith(".md")]
    data = [name for name in changed if name not in prose]
    files = ", ".join((data or prose)[:FEW]) + ("…" if len(data or prose) > FEW else "")
    if not asked["load"]:
        return Issue.of("o_nap.mat")
    if data:
        return Issue.of("o_nap.doi", files=files)
    if asked["touched"] and not loaded:
        return Issue.of("o_nap")
    if asked["old"]:
        return Issue.of("o_cu", count=asked["old"])
    return Issue.of("loi_van_doi", files=files) if prose else None


def _value(shell: Any, source: str) -> dict[str, Any]:
    """Evaluate an expression as a run does, and word what is wrong with it."""
    facts = {"at": THIS_CELL, "found": source}
    try:
        name = root_name(source)
        data, metadata = shell.display_formatter.format(shell.ev(source))
        return {"status": "ok", "data": data, "metadata": metadata}
    except DanvanError as err:
        issue = err.issues[0]
    except NameError:
        issue = unknown_name(name, shell.user_ns, facts)
    except Exception as err:  # noqa: BLE001 - whatever it is, it is shown in its place
        issue = failed_expression(err, str(err), facts)
    return {"status": "error", "ename": "Lỗi", "evalue": str(issue), "traceback": []}


def _tell(
    shell: Any, kind: type, error: Any, trace: TracebackType, tb_offset: int | None = None
) -> None:
    """Show our own errors, and a mistyped name of a code cell, in words alone.

    IPython calls it for these errors instead of showing them; what failed further down keeps its
    traceback.
    """
    frames = [*walk_tb(trace)]
    while frames and frames[-1][0].f_code.co_name in ("__getattr__", "__getattribute__"):
        frames.pop()
    if isinstance(error, DanvanError):
        error._render_traceback_ = lambda: [f"{error.kind}:", *map(str, error.issues)]  # type: ignore[attr-defined]
    elif error.name and frames and frames[-1][0].f_globals is shell.user_ns:
        facts = {"at": f"dòng {frames[-1][1]}", "found": error.name}
        issue = failed_expression(error, "", facts)
        if isinstance(error, NameError):
            issue = unknown_name(error.name, {*shell.user_ns, *dir(builtins)}, facts)
        error._render_traceback_ = lambda: [str(issue)]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
