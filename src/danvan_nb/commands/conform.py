"""The command `conform`: the rules of the official form, measured on finished documents."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.conform.measure import measure_form
from danvan_nb.conform.results import RuleResult, tally
from danvan_nb.errors import CheckError, DanvanError, InputError, Issue
from danvan_nb.project.files import read_given, unreadable

OUTCOMES = {True: "[green]đạt[/]", False: "[red]không đạt[/]", None: "[dim]không đo được[/]"}


def conform(
    files: Annotated[list[str], console.argument("conform.files")],
    every: Annotated[bool, console.option("conform.every", "--all")] = False,
    as_json: console.AsJson = False,
) -> None:
    """Measure documents one after the other; end with the worst exit code."""
    told, codes = [], [0]
    for file in console.expand_files(files):
        try:
            results = _check(file)
        except DanvanError as error:
            console.show_error(error.kind, error.issues)
            told.append({"file": file, "exit_code": error.exit_code, "issues": error.issues})
            codes.append(error.exit_code)
            continue
        failed = any(each.passed is False for each in results)
        codes.append(CheckError.exit_code if failed else 0)
        told.append({"file": file, "exit_code": codes[-1], "rules": results})
        _show(file, results, every)
    if as_json:
        console.print_json(told)
    raise typer.Exit(max(codes))


def _check(file: str) -> list[RuleResult]:
    try:
        data = read_given(Path(file))
    except (FileNotFoundError, IsADirectoryError):
        key = "the_thuc.thu_muc" if Path(file).is_dir() else "the_thuc.khong_co"
        raise InputError(Issue.of(key, file=file)) from None
    except OSError as err:
        raise InputError(unreadable(file, err)) from err
    return measure_form(data, Path(file).suffix, file)


def _show(file: str, results: list[RuleResult], every: bool) -> None:
    table = console.table("Quy tắc", "Căn cứ", "Yêu cầu", "Đo được", "")
    for each in results:
        if every or each.passed is False:
            cells = map(escape, (each.id, each.article, each.required, each.measured))
            table.add_row(*cells, OUTCOMES[each.passed])
    if table.row_count:
        console.out.print(table)
    sums = tally(results)
    counts = f"{sums.passed} quy tắc đạt, {len(sums.failed)} không đạt"
    told = f"{escape(file)}: {counts}, {sums.unmeasured} không đo được"
    console.out.print(told, soft_wrap=True)
