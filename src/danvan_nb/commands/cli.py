"""The command `danvan-nb`: thin, it only reads arguments, shows progress and results, and turns errors into exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import partial
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperCommand

from danvan_nb import __version__
from danvan_nb.errors import (
    SEVERITIES,
    CheckError,
    DanvanError,
    InputError,
    Issue,
    ParamsError,
    errors_among,
)
from danvan_nb.project.formats import FORMATS
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

if TYPE_CHECKING:
    from danvan_nb.outputs.record import Result

app = typer.Typer(
    name="danvan-nb",
    help="Báo cáo định kỳ tái lập được: từ số liệu đến HTML, PDF và Word.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

PARAMS_HELP = "Tệp tham số, ví dụ params/sa-dec/2023-H1.yml; dùng được * và **."
ParamsFiles = Annotated[list[str], typer.Argument(help=PARAMS_HELP)]
OnDay = Annotated[
    str,
    typer.Option(
        "--on", metavar="DATE", help="Tính theo ngày này (năm-tháng-ngày) thay cho hôm nay."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON cho máy đọc.")]

_COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


class _Command(TyperCommand):
    """A command that tells a user's error in words, and ends with the exit code of its kind; with `--json` it says no words."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        out.quiet = err.quiet = bool(ctx.params.get("as_json"))
        try:
            return super().invoke(ctx)
        except DanvanError as error:
            if out.quiet:
                _print_json(
                    [{"exit_code": error.exit_code, "kind": error.kind, "issues": error.issues}]
                )
            _show_error(error.kind, error.issues)
            raise typer.Exit(error.exit_code) from None
        finally:
            out.quiet = err.quiet = False


class _Run(_Command):
    """The command after which the user's own (`--then`) runs, for instance one that sends a mail, however it ended."""

    def invoke(self, ctx: Any) -> Any:
        """Run both."""
        try:
            return super().invoke(ctx)
        except typer.Exit as end:
            if then := ctx.params["then"]:
                _run_then(then, end.exit_code)
            raise


command = partial(app.command, cls=_Command)


@app.callback()
def main() -> None:
    """Hold the commands together."""


@app.command(cls=_Run)
def run(
    params: Annotated[list[str] | None, typer.Argument(help=PARAMS_HELP)] = None,
    to: Annotated[
        str,
        typer.Option(
            help="Các bản cần xuất, cách nhau dấu phẩy: html,pdf,docx. Mặc định theo tham số."
        ),
    ] = "",
    draft: Annotated[
        bool, typer.Option("--draft", help="Làm bản DỰ THẢO, kể cả khi chưa đủ số liệu.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Làm lại cả khi không có gì thay đổi.")
    ] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Làm mọi báo cáo đã đến hạn, kể cả kỳ trước còn thiếu.")
    ] = False,
    on: OnDay = "",
    only: Annotated[
        str, typer.Option(help="failed: chỉ làm lại những báo cáo lần trước chưa thành công.")
    ] = "",
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Số báo cáo làm cùng lúc.")] = 1,
    executor: Annotated[
        str, typer.Option(help="Nơi làm: dask://MÁY:CỔNG; mặc định là máy này.")
    ] = "",
    then: Annotated[
        str,
        typer.Option(help="Lệnh chạy sau cùng; đọc DANVAN_RESULT (tệp kết quả) và DANVAN_EXIT."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Làm báo cáo: kiểm tra, chạy sổ tay, xuất và đối soát HTML, PDF, Word; bỏ qua báo cáo không có gì thay đổi."""
    from danvan_nb.lab import trust
    from danvan_nb.outputs.folder import NOTEBOOK
    from danvan_nb.outputs.record import worst, write_record
    from danvan_nb.run.job import choose_jobs, skip_slow_import

    skip_slow_import()
    project = _project(params or [])
    files = _chosen(project, params or [], due, on, only)
    todo, results = choose_jobs(project, files, _formats(to), draft, force)
    one = len(files) == 1
    for result in results:
        _show_result(result, one)
    with _progress(len(todo)) as (say, advance):
        try:
            for result in _make(project, todo, jobs, executor, say):
                results.append(result)
                advance()
                _show_result(result, one)
                if one and not result.exit_code:
                    trust(project.root / result.folder / NOTEBOOK)
        finally:  # also what was done before an interruption
            write_record(project, results)
    if as_json:
        _print_json(results)
    if not one:
        _summary(results)
    raise typer.Exit(worst(results))


def _chosen(project: Project, params: list[str], due: bool, on: str, only: str) -> list[str]:
    """Choose the params files: those named, those due, or those that failed."""
    from danvan_nb.outputs.record import read_record

    if only not in ("", "failed"):
        raise ParamsError(
            Issue(
                "tuy_chon", "Không có lựa chọn này", column="--only", found=only, expected="failed"
            )
        )
    failed = [file for file, result in read_record(project).items() if result.exit_code]
    if due:
        from danvan_nb.commands.due import find_due

        files = [
            item.params_file
            for item in find_due(project, _day(on))
            if item.state not in ("done", "coming")
        ]
    elif params:
        files = _expand(project, params)
    elif only:
        files = failed
    else:
        raise ParamsError(
            Issue(
                "tep_tham_so",
                "Chưa nêu tệp tham số nào",
                todo="Ví dụ: danvan-nb run params/sa-dec/2023-H1.yml",
            )
        )
    return [file for file in files if not only or file in failed]


def _make(
    project: Project, todo: list[Any], jobs: int, executor: str, say: Callable[[str, str], None]
) -> Iterable[Result]:
    """Run the jobs where the user wants them."""
    from danvan_nb.run import batch
    from danvan_nb.run.job import run_job

    if executor and not executor.startswith("dask://"):
        raise ParamsError(
            Issue(
                "tuy_chon",
                "Không biết nơi làm này",
                column="--executor",
                found=executor,
                expected="dask://MÁY:CỔNG",
            )
        )
    if executor and todo:
        from danvan_nb.run.cluster import dask

        return batch.run_all(todo, lambda: dask(executor, project))
    if min(jobs, len(todo)) > 1:
        return batch.run_all(todo, lambda: batch.processes(min(jobs, len(todo))))
    from danvan_nb.notebook.kernels import forkserver

    if todo and forkserver.can_fork():
        forkserver.start(
            once=len(todo) == 1
        )  # it imports pandas and matplotlib while we import papermill
    return (run_job(job, partial(say, job.params_file)) for job in todo)


def _run_then(command: str, code: int) -> None:
    with suppress(ParamsError):
        os.environ["DANVAN_RESULT"] = str(Project.find().results_file)
    env = {**os.environ, "DANVAN_EXIT": str(code)}
    ended = subprocess.run(command, shell=True, env=env, check=False)  # noqa: S602 - the user's own command
    if ended.returncode:
        err.print(f"[yellow]Lệnh sau cùng kết thúc với mã {ended.returncode}[/]: {escape(command)}")


@contextmanager
def _progress(count: int) -> Iterator[tuple[Callable[[str, str], None], Callable[[], None]]]:
    """Show how far all the reports are, on one line."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=err, transient=True, disable=err.quiet or not count) as bar:
        task = bar.add_task("", total=count)
        yield (
            lambda file, step: bar.update(task, description=escape(f"{file}: {step}")),
            lambda: bar.advance(task),
        )


def _show_result(result: Result, one: bool) -> None:
    """Show what became of a report: an error always, the rest if it is the only one."""
    if result.exit_code:
        _show_error(result.kind, result.issues, result.params)
        if result.traceback:
            err.print(escape(result.traceback), soft_wrap=True)
    elif one and result.skipped:
        out.print(
            f"{escape(result.folder)}/: không có gì thay đổi, không làm lại (--force để làm lại)"
        )
    elif one:
        out.print(f"Làm vì: {escape(result.reason)}")
        _show_issues(result.issues)
        for label in result.omitted:
            out.print(f"Đã lược đoạn dùng số liệu chưa có: {escape(label)}")
        counts = ", ".join(
            f"{name.upper()} {count}/{count}" for name, count in result.matched.items()
        )
        out.print(f"Đối soát số liệu khớp: {counts}")
        kind = "[yellow]DỰ THẢO[/]" if result.draft else "[green]Báo cáo[/]"
        out.print(
            f"{kind} {escape(result.folder)}/ ({', '.join(result.files)}) trong {result.seconds:.1f} giây"
        )


@command()
def due(on: OnDay = "", as_json: AsJson = False) -> None:
    """Liệt kê báo cáo đến hạn theo ngày chốt số liệu (Nghị định 09/2019/NĐ-CP) và tệp tham số."""
    from danvan_nb.commands.due import STATES, find_due

    found = find_due(Project.find(), _day(on))
    if as_json:
        _print_json([item.as_dict() for item in found])
    table = Table("Báo cáo", "Chốt số liệu", "Hạn gửi", "Tình trạng", "Việc cần làm")
    for item in found:
        days = (f"{day:%d/%m/%Y}" for day in (item.closing, item.deadline))
        table.add_row(escape(item.params_file), *days, STATES[item.state], escape(item.reason))
    out.print(table)


@command()
def schedule(
    kind: Annotated[str, typer.Argument(help="cron, systemd hoặc windows; để trống: cả ba.")] = "",
    then: Annotated[str, typer.Option(help="Lệnh chạy sau cùng, như ở run.")] = "",
) -> None:
    """In sẵn lịch chạy tự động cho cron, systemd và Windows Task Scheduler."""
    from danvan_nb.commands.schedule import KINDS, schedule

    if kind and kind not in KINDS:
        raise ParamsError(
            Issue("tuy_chon", "Không có loại lịch này", found=kind, expected=", ".join(KINDS))
        )
    root = Project.find().root
    for name in [kind] if kind else KINDS:
        sys.stdout.write(schedule(name, root, str(Path(sys.argv[0]).absolute()), then))


@command()
def index() -> None:
    """Làm trang outputs/index.html dẫn tới mọi báo cáo."""
    from danvan_nb.commands.index import write_index

    project = Project.find()
    out.print(f"Đã ghi {escape(project.relative(write_index(project)))}")


@command()
def check(params: ParamsFiles, as_json: AsJson = False) -> None:
    """Chỉ kiểm tra tham số và số liệu, không làm báo cáo."""
    from danvan_nb.notebook.proofread import check_narrative
    from danvan_nb.outputs.record import Result, failure, worst
    from danvan_nb.report.report import load_report

    project = _project(params)
    results: list[Result] = []
    for file in _expand(project, params):
        try:
            report = load_report(file, project.root)
            issues = (*report.issues, *check_narrative(report))
        except DanvanError as error:
            results.append(failure(file, error))
            _show_result(results[-1], False)
            continue
        code = CheckError.exit_code if errors_among(issues) else 0
        results.append(Result(file, code, issues=issues))
        _show_issues(issues)
        _return_workbooks(issues)
        out.print(f"{escape(file)}: {'[red]chưa đạt[/]' if code else '[green]đạt[/]'}")
    if as_json:
        _print_json(results)
    raise typer.Exit(worst(results))


@command()
def form(
    office: Annotated[
        str, typer.Argument(help="Mã đơn vị trong params/offices.yml, ví dụ mau-xa-1.")
    ],
    period: Annotated[str, typer.Argument(help="Kỳ báo cáo, ví dụ 2023-H1.")],
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", help="Tệp .xlsx; mặc định outputs/bieu-nhap/ĐƠN_VỊ-KỲ.xlsx."
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Ghi đè tệp đã có.")] = False,
) -> None:
    """Làm biểu nhập số liệu Excel cho một đơn vị."""
    from danvan_nb.commands.form import write_form

    project, half = Project.find(), Period.parse(period)
    path = Path(output) if output else project.root / "outputs/bieu-nhap" / f"{office}-{half}.xlsx"
    if path.exists() and not force:
        raise InputError(
            Issue(
                "da_co",
                "Tệp đã có, không ghi đè",
                file=str(path),
                todo="Đổi tên bằng -o, hoặc thêm --force",
            )
        )
    data = write_form(project, office, half, project.interim_days(office, half))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    out.print(
        f"Đã ghi {escape(project.relative(path))}; khi đơn vị gửi lại, đặt vào data/{escape(office)}/{half}.xlsx"
    )


@command()
def collect(
    period: Annotated[str, typer.Argument(help="Kỳ báo cáo, ví dụ 2023-H1.")],
    office: Annotated[str, typer.Option(help="Mã đơn vị tổng hợp (đơn vị cấp trên).")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Cộng cả khi còn đơn vị chưa gửi hoặc thiếu số.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Ghi đè tệp tổng hợp đã sửa tay.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tổng hợp số liệu của các đơn vị cấp dưới: ai chưa gửi, kiểm tra, cộng, ghi nguồn gốc từng số."""
    from danvan_nb.commands import collect as collecting

    project, half = Project.find(), Period.parse(period)
    found = collecting.collect(project, office, half, partial)
    table = Table("Đơn vị", "Tình trạng")
    for name, state in found.states.items():
        table.add_row(escape(project.offices[name].name), state)
    out.print(table)
    _show_issues(issue for issue in found.issues if issue.severity != "error")
    folder = collecting.write_collection(found, force)
    if as_json:
        _print_json(
            {
                "exit_code": 0,
                "states": found.states,
                "totals": len(found.totals),
                "issues": found.issues,
            }
        )
    out.print(f"Đã tổng hợp {len(found.totals)} số liệu vào {escape(project.relative(folder))}/")


@command()
def lab(
    options: Annotated[
        list[str] | None, typer.Argument(help="Tùy chọn chuyển cho JupyterLab, sau dấu --.")
    ] = None,
) -> None:
    """Mở JupyterLab với giá trị sống và thiết lập của dự án."""
    from danvan_nb.lab import open_lab

    raise typer.Exit(open_lab(Project.find().root, options or []))


@command()
def keep(
    file: Annotated[
        Path,
        typer.Argument(help="report.ipynb hoặc report.docx đã sửa, trong outputs/<đơn vị>/<kỳ>/."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ghi luôn, không hỏi.")] = False,
    to_master: Annotated[
        bool, typer.Option("--master", help="Ghi cả phần sửa ở văn bản chung vào sổ tay mẫu.")
    ] = False,
) -> None:
    """Giữ phần đã sửa: đưa về tệp thuyết minh của kỳ (hoặc sổ tay mẫu)."""
    from danvan_nb.keep.plan import plan_keep, write_kept

    plan = plan_keep(file, to_master=to_master)
    for line in plan.diff:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        out.print(line, style=style or None, markup=False, soft_wrap=True)
    _show_issues(plan.issues)
    if not plan.writes:
        out.print("Không có gì để ghi." if not plan.left else "Chưa ghi gì.")
    elif yes or (sys.stdin.isatty() and typer.confirm("Ghi các thay đổi trên?")):
        write_kept(plan)
        out.print(f"[green]Đã ghi[/] {escape(', '.join(plan.writes))}")
    else:
        out.print("Chưa ghi gì; thêm --yes để ghi.")
        raise typer.Exit(1)
    if plan.left:
        raise typer.Exit(1)


@command()
def new(
    period: Annotated[str, typer.Argument(help="Kỳ mới, ví dụ 2024-H1.")],
    office: Annotated[str, typer.Option(help="Mã đơn vị trong params/offices.yml.")],
) -> None:
    """Mở kỳ mới từ báo cáo cùng mùa gần nhất: tham số, thuyết minh đã đánh dấu, bảng Excel để nhập."""
    from danvan_nb.commands.new import start_season

    season = start_season(Project.find(), office, Period.parse(period))
    out.print(f"[green]Đã tạo[/] {escape(', '.join(season.files))} (theo {escape(season.source)})")
    for mark, count in season.marks.most_common():
        out.print(f"  {count} đoạn: {mark}")
    out.print(
        "Xem lại từng đoạn trong tệp thuyết minh rồi xóa nhãn của nó; còn nhãn thì chỉ làm được bản --draft."
    )


@command()
def diff(
    old: Annotated[Path, typer.Argument(help="Bản trước: thư mục kết quả hoặc report.ipynb.")],
    new: Annotated[Path, typer.Argument(help="Bản sau.")],
    as_json: AsJson = False,
) -> None:
    """So hai bản báo cáo: số liệu và câu nào đã đổi, cũ, mới, vì đâu."""
    from danvan_nb.commands.diff import compare_outputs

    found = compare_outputs(old, new)
    if as_json:
        _print_json([vars(one) for one in found])
    if found:
        table = Table("Loại", "Ở đâu", "Cũ", "Mới", "Vì")
        for one in found:
            table.add_row(
                *map(escape, (one.kind, one.what, one.old or "-", one.new or "-", one.cause))
            )
        out.print(table)
    else:
        out.print("Hai bản nói giống nhau.")


@command()
def preview(
    params: Annotated[str, typer.Argument(help="Tệp tham số của báo cáo.")],
    port: Annotated[int, typer.Option(help="Cổng; 0: tự chọn.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Mở trình duyệt.")] = True,
) -> None:
    """Xem báo cáo trong trình duyệt, tự cập nhật mỗi khi lưu tệp; dừng bằng Ctrl+C."""
    from danvan_nb.commands.preview import Preview, serve

    def ready(address: str) -> None:
        out.print(f"Mở {address} (chỉ trên máy này)")
        if browser:
            typer.launch(address)

    def said(page: Preview) -> None:
        out.print(
            f"Đã cập nhật trong {page.seconds:.2f} giây ({'lời văn' if page.kind == 'words' else 'chạy lại các ô'})"
        )

    project = _project([params])
    try:
        serve(Preview(project, _expand(project, [params])[0]), ready, said, port)
    except KeyboardInterrupt:
        out.print("Đã dừng.")


@command()
def version() -> None:
    """In phiên bản."""
    out.print(__version__)


def _formats(to: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in to.split(",") if name.strip())
    for name in names:
        if name not in FORMATS:
            raise ParamsError(
                Issue(
                    "dinh_dang",
                    "Không xuất được dạng này",
                    column="--to",
                    found=name,
                    expected=", ".join(FORMATS),
                )
            )
    return names


def _project(patterns: list[str]) -> Project:
    """Find the project of the files named, else that of the working directory."""
    return Project.find(*(Path(pattern).parent for pattern in patterns if "*" not in pattern))


def _expand(project: Project, patterns: list[str]) -> list[str]:
    """Expand `*` and `**` ourselves (Windows shells don't), and name files relative to the project.

    Raises
    ------
    ParamsError
        If a pattern matches nothing, or a file is not there.
    """
    files: list[Path] = []
    for pattern in patterns:
        if "*" in pattern:
            found = sorted(
                path for path in map(Path, glob(pattern, recursive=True)) if path.is_file()
            )
            if not found:
                raise ParamsError(Issue("tep_tham_so", "Không tệp nào khớp mẫu này", found=pattern))
            files += found
        else:
            files.append(Path(pattern) if Path(pattern).is_file() else project.params_path(pattern))
    return list(dict.fromkeys(map(project.relative, files)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise ParamsError(
            Issue("ngay", "Ngày không đúng", column="--on", found=text, expected="dạng 2023-06-15")
        ) from None


def _print_json(data: Any) -> None:
    from danvan_nb.outputs.record import as_json

    sys.stdout.write(as_json(data) + "\n")


def _show_error(kind: str, issues: Sequence[Issue], file: str = "") -> None:
    err.print(f"[bold red]{kind}[/]{f' ({escape(file)})' if file else ''}:")
    for issue in issues:
        err.print(f"  - {escape(str(issue))} [dim]\\[{issue.rule}][/]", soft_wrap=True)
    _return_workbooks(issues)


def _return_workbooks(issues: Sequence[Issue]) -> None:
    """Write the marked copies of workbooks with errors, and say where they are; a machine (`--json`) has the issues."""
    if not err.quiet and any(issue.sheet for issue in issues):
        from danvan_nb.data.returns import return_workbooks

        project = Project.find()
        for path in return_workbooks(project, issues):
            err.print(
                f"Bản đánh dấu chỗ sai để trả lại đơn vị: {escape(project.relative(path))}",
                soft_wrap=True,
            )


def _show_issues(issues: Iterable[Issue]) -> None:
    for issue in issues:
        colour = _COLOURS[issue.severity]
        out.print(
            f"[{colour}]{SEVERITIES[issue.severity]}[/]: {escape(str(issue))} [dim]\\[{issue.rule}][/]",
            soft_wrap=True,
        )


def _summary(results: list[Result]) -> None:
    """Show every report that was made or failed, and count those that needed nothing."""
    table = Table("Báo cáo", "Kết quả", "Vì sao làm", "Đối soát", "Giây")
    for result in results:
        if not result.skipped:
            state = f"[red]{escape(result.kind)}[/]" if result.exit_code else "[green]xong[/]"
            matched = ", ".join(f"{name} {count}" for name, count in result.matched.items())
            table.add_row(
                escape(result.params),
                state,
                escape(result.reason),
                matched,
                f"{result.seconds or ''}",
            )
    if table.row_count:
        out.print(table)
    skipped = sum(result.skipped for result in results)
    failed = sum(bool(result.exit_code) for result in results)
    out.print(
        f"{len(results)} báo cáo: {len(results) - skipped - failed} làm xong, {skipped} không đổi, {failed} chưa thành công"
    )
