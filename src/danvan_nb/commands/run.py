"""The command `run`: which reports are made, where, and what is shown of each."""

import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

import typer
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.lab import trust
from danvan_nb.outputs import record
from danvan_nb.outputs.manifest import NOTEBOOK, Manifest, read_manifest
from danvan_nb.outputs.sealing import open_revisions
from danvan_nb.project.formats import FORMATS
from danvan_nb.project.models import Limits
from danvan_nb.project.project import Project
from danvan_nb.project.yaml_files import read_yaml
from danvan_nb.run.job import Job, choose_jobs, run_job, skip_slow_import

LEFT_OUT_NAMED = 5
"""How many of the indicators that were left out are named."""


class Command(console.Command):
    """After it the user's own (`--then`) runs, one that sends a mail say, however it ended."""

    def invoke(self, ctx: Any) -> Any:
        """Run both."""
        try:
            return super().invoke(ctx)
        except typer.Exit as end:
            if then := ctx.params["then"]:
                _run_then(then, end.exit_code, ctx.params["params"] or [])
            raise


def run(
    params: Annotated[list[str] | None, console.argument("any.params")] = None,
    to: Annotated[str, console.option("run.to")] = "",
    draft: Annotated[bool, console.option("run.draft", "--draft")] = False,
    force: Annotated[bool, console.option("run.force", "--force")] = False,
    due: Annotated[bool, console.option("run.due", "--due")] = False,
    on: console.OnDay = "",
    only: Annotated[str, console.option("run.only")] = "",
    revise: Annotated[str, console.option("run.revise")] = "",
    jobs: Annotated[int, console.option("run.jobs", "--jobs", "-j", min=1)] = 1,
    executor: Annotated[str, console.option("run.executor")] = "",
    limit: Annotated[list[str] | None, console.option("run.limit", "--limit")] = None,
    then: Annotated[str, console.option("run.then")] = "",
    as_json: console.AsJson = False,
    every: console.Every = False,
) -> None:
    """Make the reports that are named, due or failed; end with the worst exit code."""
    skip_slow_import()
    project = console.find_project(params or [])
    files = _choose(project, params or [], due, on, only)
    if revise:
        open_revisions(project, files, revise)
    todo, results = choose_jobs(
        project, files, _read_formats(to), draft, force, _read_limits(limit)
    )
    one = len(files) == 1
    made = read_manifest(project.root / todo[0].folder) if one and todo else Manifest()
    earlier = made.checks if made.exists else None
    for result in results:
        _show(project, result, one)
    with console.progress(len(todo)) as (say, advance):
        try:
            for result in _make(project, todo, jobs, executor, say):
                results.append(result)
                advance()
                _show(project, result, one, earlier, every)
                if one and not result.exit_code:
                    trust(project.root / result.folder / NOTEBOOK)
        finally:  # also what was done before an interruption
            record.write_record(project, results)
    if as_json:
        console.print_json([result.as_dict(every) for result in results])
    if not one:
        _show_summary(results)
    raise typer.Exit(record.worst(results))


def _choose(project: Project, params: list[str], due: bool, on: str, only: str) -> list[str]:
    """Choose the params files: those named, those due, or those that failed."""
    if only not in ("", "failed"):
        raise ParamsError(Issue.of("tuy_chon.only", found=only))
    tried = record.read_record(project)
    failed = [file for file, result in tried.items() if result.exit_code]
    if due:
        from danvan_nb.commands.due import find_due

        found = find_due(project, console.read_day(on))
        files = [item.params_file for item in found if item.is_open]
    elif params:
        files = console.expand(project, params)
    elif only:
        files = failed
    else:
        raise ParamsError(Issue.of("tep_tham_so.chua_neu"))
    return [file for file in files if not only or file in failed]


def _read_limits(given: Sequence[str] | None) -> Limits:
    limits: Limits = read_yaml(Limits, "\n".join(given or ["{}"]).replace("=", ": "), "--limit")
    return limits


def _read_formats(to: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in to.split(",") if name.strip())
    for name in names:
        if name not in FORMATS:
            raise ParamsError(Issue.of("dinh_dang.lenh", found=name, known=", ".join(FORMATS)))
    return names


def _make(
    project: Project, todo: Sequence[Job], jobs: int, executor: str, say: Callable[[str, str], None]
) -> Iterable[record.Result]:
    """Run the jobs where the user wants them."""
    if executor and not executor.startswith("dask://"):
        raise ParamsError(Issue.of("tuy_chon.executor", found=executor))
    from danvan_nb.run import batch

    if executor and todo:
        from danvan_nb.run.cluster import dask

        return batch.run_all(todo, lambda: dask(executor, project))
    width = min(jobs, len(todo))
    if width > 1:
        return batch.run_all(todo, lambda: batch.processes(width))
    from danvan_nb.notebook.kernels import forkserver

    if todo and forkserver.can_fork():  # it warms up while we import papermill
        forkserver.start(once=len(todo) == 1)
    return (run_job(job, partial(say, job.params_file)) for job in todo)


def _run_then(command: str, code: int, params: Sequence[str]) -> None:
    env = {**os.environ, "DANVAN_EXIT": str(code)}
    with suppress(ParamsError):
        env["DANVAN_RESULT"] = str(console.find_project(params).results_file)
    ended = subprocess.run(command, shell=True, env=env, check=False)  # noqa: S602 - the user's own command
    if ended.returncode:
        told = f"Lệnh sau cùng kết thúc với mã {ended.returncode}"
        console.err.print(f"[yellow]{told}[/]: {escape(command)}")


def _show(
    project: Project,
    result: record.Result,
    one: bool,
    earlier: Sequence[Issue] | None = None,
    every: bool = False,
) -> None:
    """Show what became of a report: an error always, the rest if it is the only one."""
    if result.exit_code:
        console.show_error(result.kind, result.issues, result.params)
        console.hand_back(project, result.issues)
        if result.traceback:
            console.err.print(escape(result.traceback), soft_wrap=True)
    elif result.skipped and result.issues:
        console.show_issues(each for each in result.issues if one or each.severity != "notice")
    elif one and result.skipped:
        why = "không có gì thay đổi, không làm lại (--force để làm lại)"
        console.out.print(f"{escape(result.folder)}/: {why}")
    elif one:
        _show_made(result, earlier, every)


def _show_made(result: record.Result, earlier: Sequence[Issue] | None, every: bool) -> None:
    say = console.out.print
    say(f"Làm vì: {escape(result.reason)}")
    console.show_findings(result.issues, earlier, every)
    if labels := list(dict.fromkeys(result.omitted)):
        shown = labels if every else labels[:LEFT_OUT_NAMED]
        more = f" và {len(labels) - LEFT_OUT_NAMED} chỉ tiêu khác" if labels[len(shown) :] else ""
        told = f"{escape(', '.join(shown))}{more}"
        say(f"Đã lược đoạn dùng số liệu chưa có: {told}", soft_wrap=True)
    counts = (f"{name.upper()} {count}/{count}" for name, count in result.matched.items())
    say(f"Đối soát số liệu khớp: {', '.join(counts)}")
    kind = "[yellow]DỰ THẢO[/]" if result.draft else "[green]Báo cáo[/]"
    files, seconds = ", ".join(result.files), f"{result.seconds:.1f} giây"
    say(f"{kind} {escape(result.folder)}/ ({files}) trong {seconds}")


def _show_summary(results: Sequence[record.Result]) -> None:
    """Show every report that was made or failed, and count those that needed nothing."""
    table = console.table("Báo cáo", "Kết quả", "Vì sao làm", "Đối soát", "Giây")
    tried = [result for result in results if not result.skipped]
    for result in tried:
        state = f"[red]{escape(result.kind)}[/]" if result.exit_code else "[green]xong[/]"
        matched = ", ".join(f"{name} {count}" for name, count in result.matched.items())
        file, reason = console.file_cell(result.params), escape(result.reason)
        table.add_row(file, state, reason, matched, f"{result.seconds or ''}")
    if tried:
        console.out.print(table)
    failed = sum(bool(result.exit_code) for result in results)
    console.out.print(
        f"{len(results)} báo cáo: {len(tried) - failed} làm xong, "
        f"{len(results) - len(tried)} không đổi, {failed} chưa thành công"
    )
