"""The command `check`: what `run` would say of parameters, data and prose, without a report."""

import typer
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.errors import CheckError, DanvanError, errors_among
from danvan_nb.notebook.proofread import check_narrative
from danvan_nb.outputs.record import Result, failure, worst
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.rehearsal import rehearse


def check(
    params: console.ParamsFiles, every: console.Every = False, as_json: console.AsJson = False
) -> None:
    """Check reports one after the other; end with the worst exit code."""
    project = console.find_project(params)
    results = []
    for file in console.expand(project, params):
        result = check_report(project, file)
        results.append(result)
        _show(result, every)
        console.hand_back(project, result.issues)
    if as_json:
        console.print_json(results)
    raise typer.Exit(worst(results))


def check_report(project: Project, file: str) -> Result:
    """Say what a run of a report would find, without a kernel."""
    try:
        report = load_report(file, project.root)
        issues = [*report.issues, *check_narrative(report)]
    except DanvanError as error:
        return failure(file, error)
    code = CheckError.exit_code if errors_among(issues) else 0
    try:
        rehearse(report, file)
    except DanvanError as error:
        issues += (issue for issue in error.issues if issue not in issues)
        code = code or error.exit_code
    return Result(file, code, issues=tuple(issues))


def _show(result: Result, every: bool) -> None:
    if result.kind:
        console.show_error(result.kind, result.issues, result.params)
        return
    console.show_findings(result.issues, None, every)
    state = "[red]chưa đạt[/]" if result.exit_code else "[green]đạt[/]"
    console.out.print(f"{escape(result.params)}: {state}")
