"""The run of one report, step by step: this file reads like its table of contents."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode

from danvan_nb.conform.measure import SPECIMENS, measure_form
from danvan_nb.conform.results import RuleResult, notices, tally
from danvan_nb.document import WRITERS, build, reconcile
from danvan_nb.errors import DanvanError
from danvan_nb.keep.word_edits import says_the_same
from danvan_nb.nodes import Document
from danvan_nb.notebook.cells import CellMemory, NotebookMemory, heading_of, read_master
from danvan_nb.notebook.execute import execute
from danvan_nb.notebook.proofread import check_narrative
from danvan_nb.outputs import freshness, record, trace
from danvan_nb.outputs.folder import claim, leave_failure, publish
from danvan_nb.outputs.manifest import FIGURES, MANIFEST, NOTEBOOK, RunBlock, describe
from danvan_nb.outputs.sealing import refuse_sealed
from danvan_nb.project.files import digest, in_words, sha256
from danvan_nb.project.models import STANDARD, Limits
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.rehearsal import refuse_strange_letters


def run_report(
    params_file: str,
    start: Path | None = None,
    formats: tuple[str, ...] = (),
    *,
    draft: bool = False,
    limits: Limits = STANDARD,
    say: Callable[[str], None] = lambda step: None,
) -> record.Result:
    """Make one report: check, execute, render, read back, put in place.

    Parameters
    ----------
    params_file : str
        Relative to the project's root.
    start : Path, optional
        Where to look for the project.
    formats : tuple of str
        Of `html`, `pdf`, `docx`, `xlsx`; empty takes the params'.
    draft : bool
        Make a draft even if data are missing.
    limits : Limits
        What is set of them applies in place of the params'.
    say : callable
        Told each step by name.

    Raises
    ------
    DanvanError
        For everything that a user can cause; earlier outputs stay as they were, and what was
        reached lies in `failed/`.
    """
    began = datetime.now(UTC).isoformat(timespec="seconds")
    clock = time.monotonic()
    say("Đọc và kiểm tra số liệu")
    report = load_report(params_file, *([start] if start else []))
    report = replace(report, params=report.params.within(limits))
    if not draft:
        report.refuse_errors()
    formats = formats or report.params.formats
    wanted = report.params.model_copy(update={"formats": formats})  # the page leads to what is made
    project = report.project
    master = digest(project.master_file)  # it may be saved again under way
    read_master(project)  # here, where what is wrong with it can be told better than papermill does
    folder = project.output_folder(report.params.office, report.period)
    place = project.relative(folder)
    with claim(
        project, folder, lambda who: say(f"Chờ lượt khác của báo cáo này ({who})")
    ) as staging:
        refuse_sealed(project, folder)
        freshness.guard(folder, place, says_the_same)
        with _leaving_traces(project, folder, staging, began):
            nb = execute(
                str(project.master_file),
                staging / NOTEBOOK,
                params_file,
                draft=draft,
                report=replace(report, params=wanted),
                places={
                    "input_path": project.relative(project.master_file),
                    "output_path": f"{place}/{NOTEBOOK}",
                },
                on_cell=lambda cell: _say_section(cell, say),
            )
            document = build.build_document(nb)
            refuse_strange_letters(document, report)
            files, matched = _export(document, formats, say)
            files[FIGURES] = trace.figures_csv(document)
            form = {} if draft else _measure(files, say)
            lapses = (each for file in form for each in notices(form[file], file))
            result = record.Result(
                params_file,
                issues=(*report.issues, *check_narrative(report), *lapses),
                folder=place,
                matched=matched,
                omitted=tuple(
                    label for cell in nb.cells for label in CellMemory.read(cell).omitted
                ),
                form={file: tally(results) for file, results in form.items()},
                draft=draft,
            )
            notebook = (staging / NOTEBOOK).read_bytes()  # writing it again would take 0.2 s
            run = RunBlock(started=began, seconds=_since(clock), notebook=sha256(notebook))
            inputs = NotebookMemory.read(nb).inputs
            manifest = describe(project, report.params, inputs, files, result, run, master)
            files |= {NOTEBOOK: notebook, MANIFEST: manifest.as_bytes()}
            say("Đưa kết quả vào thư mục")
            issues = (*result.issues, *publish(project, folder, files))
    return replace(result, files=tuple(files), issues=issues, seconds=_since(clock))


@contextmanager
def _leaving_traces(project: Project, folder: Path, staging: Path, began: str) -> Iterator[None]:
    """Leave what was reached where a step fails."""
    try:
        with in_words():
            yield
    except DanvanError as err:
        with suppress(OSError, DanvanError):  # what went wrong matters more than its traces
            leave_failure(project, folder, staging, f"{began}\n{err.kind}\n{err}\n")
        raise


def _export(
    document: Document, formats: tuple[str, ...], say: Callable[[str], None]
) -> tuple[dict[str, bytes], dict[str, int]]:
    """Make each file and read it back; returns the files, and how many figures matched in each."""
    files: dict[str, bytes] = {}
    matched: dict[str, int] = {}

    def make(name: str) -> tuple[bytes, int]:
        data = WRITERS[name](document)
        return data, reconcile.reconcile(document, f"report.{name}", data)

    # Typst, which takes most of the time, leaves the interpreter to the other formats.
    with ThreadPoolExecutor() as threads:
        made = {name: threads.submit(make, name) for name in formats}
        for name in formats:
            say(f"Xuất {name.upper()} và đọc lại")
            files[f"report.{name}"], matched[name] = made[name].result()
    return files, matched


def _measure(files: dict[str, bytes], say: Callable[[str], None]) -> dict[str, list[RuleResult]]:
    """Hold the files on paper to the rules of the official form."""
    say("Đo thể thức theo Nghị định 30/2020/NĐ-CP")
    on_paper = [file for file in files if Path(file).suffix in SPECIMENS]
    return {file: measure_form(files[file], Path(file).suffix, file) for file in on_paper}


def _since(clock: float) -> float:
    return round(time.monotonic() - clock, 2)


def _say_section(cell: NotebookNode, say: Callable[[str], None]) -> None:
    if cell.source.startswith("##") and (heading := heading_of(cell)):
        say(heading)
