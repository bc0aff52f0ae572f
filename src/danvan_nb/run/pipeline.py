"""The run of one report, step by step: this file reads like its table of contents."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from danvan_nb.document.build import build_document
from danvan_nb.document.reconcile import WRITERS, reconcile
from danvan_nb.errors import DanvanError
from danvan_nb.notebook.compose import MASTER, read_master
from danvan_nb.notebook.execute import execute
from danvan_nb.notebook.proofread import check_narrative
from danvan_nb.notebook.stamp import KEY
from danvan_nb.outputs.folder import MANIFEST, NOTEBOOK, claim, guard, keep_failure, publish
from danvan_nb.outputs.manifest import figures_csv, manifest
from danvan_nb.report.report import load_report


def run_report(
    params_file: str,
    *,
    start: Path | None = None,
    formats: tuple[str, ...] = (),
    draft: bool = False,
    say: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """Make one report: check, execute, render, read back, put in place.

    Parameters
    ----------
    params_file : str
        Relative to the project's root.
    start : Path, optional
        Where to look for the project.
    formats : tuple of str
        `html`, `pdf`, `docx`; empty takes the params'.
    draft : bool
        Make a draft even if data are missing.
    say : callable
        Told each step by name.

    Returns
    -------
    dict
        `folder` and `files` (names), `matched` (how many figures were read back and found right in each format), `omitted` (what
        was left out for want of data), `issues`, `seconds`.

    Raises
    ------
    DanvanError
        For everything that a user can cause; earlier outputs stay as they were, and what was reached lies in `failed/`.
    """
    began, clock = datetime.now(UTC), time.monotonic()
    say("Đọc và kiểm tra số liệu")
    report = load_report(params_file, *([start] if start else []))
    if not draft:
        report.refuse_errors()
    project = report.project
    read_master(project)  # here, where what is wrong with it can be told better than papermill does
    folder = project.output(report.params)
    with claim(folder, lambda: say("Chờ một lượt chạy khác của báo cáo này")) as staging:
        guard(folder, project.relative(folder))
        try:
            nb = execute(
                str(project.root / MASTER),
                staging / NOTEBOOK,
                params_file,
                draft=draft,
                report=report,
                places={"input_path": MASTER, "output_path": project.relative(folder / NOTEBOOK)},
                on_cell=lambda cell: _say_section(cell, say),
            )
            document = build_document(nb)
            files: dict[str, bytes] = {}
            matched: dict[str, int] = {}
            for name in formats or report.params.formats:
                say(f"Xuất {name.upper()} và đọc lại")
                files[f"report.{name}"] = WRITERS[name](document)
                matched[name] = reconcile(document, f"report.{name}", files[f"report.{name}"])
            files["figures.csv"] = figures_csv(document)
            omitted = [
                label
                for cell in nb.cells
                for label in cell.metadata.get(KEY, {}).get("omitted", ())
            ]
            went = {"reconciled": matched, "omitted": omitted, "draft": draft}
            facts = manifest(
                report, nb.metadata[KEY]["stamp"], files, project.root / MASTER, **went
            )
            files[NOTEBOOK] = (staging / NOTEBOOK).read_bytes()  # writing it again would take 0.2 s
            facts["run"] = {
                "started": began.isoformat(timespec="seconds"),
                "seconds": round(time.monotonic() - clock, 2),
                "notebook": hashlib.sha256(files[NOTEBOOK]).hexdigest(),
            }
            files[MANIFEST] = json.dumps(facts, ensure_ascii=False, indent=1).encode()
            say("Đưa kết quả vào thư mục")
            publish(folder, files)
        except DanvanError as err:
            with suppress(OSError):  # what went wrong matters more than its traces
                keep_failure(
                    folder, staging, f"{began.isoformat(timespec='seconds')}\n{err.kind}\n{err}\n"
                )
            raise
    return {
        "folder": project.relative(folder),
        "files": list(files),
        "matched": matched,
        "omitted": omitted,
        "issues": [*report.issues, *check_narrative(report)],
        "seconds": round(time.monotonic() - clock, 2),
    }


def _say_section(cell: NotebookNode, say: Callable[[str], None]) -> None:
    if cell.cell_type == "markdown" and cell.source.startswith("##"):
        say(cell.source.lstrip("# ").splitlines()[0])
