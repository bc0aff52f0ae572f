"""The command `danvan-nb`: thin, it only reads arguments, shows progress and results, and turns errors into exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from danvan_nb import __version__
from danvan_nb.errors import SEVERITIES, DanvanError, Issue, ParamsError
from danvan_nb.params import FORMATS, Project
from danvan_nb.period import Period

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

ParamsFiles = Annotated[list[str], typer.Argument(help="Tệp tham số, ví dụ params/sa-dec/2023-H1.yml; dùng được * và **.")]
AsJson = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON cho máy đọc.")]

_COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


@app.callback()
def main() -> None:
    """Hold the commands together."""


@app.command()
def run(
    params: ParamsFiles,
    to: Annotated[str, typer.Option(help="Các bản cần xuất, cách nhau dấu phẩy: html,pdf,docx. Mặc định theo tham số.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Làm bản DỰ THẢO, kể cả khi chưa đủ số liệu.")] = False,
    as_json: AsJson = False,
) -> None:
    """Làm báo cáo: kiểm tra, chạy sổ tay, xuất và đối soát HTML, PDF, Word."""
    with _errors_shown(as_json):
        formats = _formats(to)
        project, files = _expand(params)
    results: list[dict[str, Any]] = []
    for file in files:
        results.append(_run_one(project, file, formats, draft, as_json))
    if as_json:
        sys.stdout.write(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    elif len(results) > 1:
        _summary(results)
    raise typer.Exit(max(result["exit_code"] for result in results))


def _run_one(project: Project, file: str, formats: tuple[str, ...], draft: bool, quiet: bool) -> dict[str, Any]:
    from danvan_nb.pipeline import describe, run_report

    try:
        if quiet:
            outcome = run_report(file, start=project.root, formats=formats, draft=draft)
        else:
            with err.status(escape(file)) as status:

                def say(step: str) -> None:
                    status.update(f"{escape(file)}: {escape(step)}")

                outcome = run_report(file, start=project.root, formats=formats, draft=draft, say=say)
    except DanvanError as error:
        if not quiet:
            _show_error(error, file)
        return {"params": file, **_error_data(error)}
    if not quiet:
        _show_issues(outcome.issues)
        for label in outcome.omitted:
            out.print(f"Đã lược đoạn dùng số liệu chưa có: {escape(label)}")
        counts = ", ".join(f"{name.upper()} {count}/{count}" for name, count in outcome.matched.items())
        out.print(f"Đối soát số liệu khớp: {counts}")
        kind = "[yellow]DỰ THẢO[/]" if draft else "[green]Báo cáo[/]"
        place = escape(project.relative(outcome.folder))
        out.print(f"{kind} {place}/ ({', '.join(outcome.files)}) trong {outcome.seconds:.1f} giây")
    return {"params": file, "exit_code": 0, **describe(outcome), "folder": project.relative(outcome.folder)}


@app.command()
def check(params: ParamsFiles, as_json: AsJson = False) -> None:
    """Chỉ kiểm tra tham số và số liệu, không làm báo cáo."""
    from danvan_nb.notebook.proofread import check_narrative
    from danvan_nb.report import load_report

    with _errors_shown(as_json):
        project, files = _expand(params)
    results = []
    for file in files:
        try:
            report = load_report(file, project.root)
            issues = [*report.issues, *check_narrative(report)]
        except DanvanError as error:
            results.append({"params": file, **_error_data(error)})
            if not as_json:
                _show_error(error, file)
            continue
        code = 6 if any(issue.severity == "error" for issue in issues) else 0
        results.append({"params": file, "exit_code": code, "issues": [issue.as_dict() for issue in issues]})
        if not as_json:
            _show_issues(tuple(issues))
            out.print(f"{escape(file)}: {'[red]chưa đạt[/]' if code else '[green]đạt[/]'}")
    if as_json:
        sys.stdout.write(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    raise typer.Exit(max(result["exit_code"] for result in results))


@app.command()
def lab(options: Annotated[list[str] | None, typer.Argument(help="Tùy chọn chuyển cho JupyterLab, sau dấu --.")] = None) -> None:
    """Mở JupyterLab với giá trị sống và thiết lập của dự án."""
    from danvan_nb.lab import open_lab

    with _errors_shown(False):
        raise typer.Exit(open_lab(Project.find().root, options or []))


@app.command()
def keep(
    file: Annotated[Path, typer.Argument(help="report.ipynb hoặc report.docx đã sửa, trong outputs/<đơn vị>/<kỳ>/.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ghi luôn, không hỏi.")] = False,
    to_master: Annotated[bool, typer.Option("--master", help="Ghi cả phần sửa ở văn bản chung vào sổ tay mẫu.")] = False,
) -> None:
    """Giữ phần đã sửa: đưa về tệp thuyết minh của kỳ (hoặc sổ tay mẫu)."""
    from danvan_nb.keeping import plan_keep, write_kept

    with _errors_shown(False):
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


@app.command()
def new(
    period: Annotated[str, typer.Argument(help="Kỳ mới, ví dụ 2024-H1.")],
    office: Annotated[str, typer.Option(help="Mã đơn vị trong params/offices.yml.")],
) -> None:
    """Mở kỳ mới từ báo cáo cùng mùa gần nhất: tham số, thuyết minh đã đánh dấu, bảng Excel để nhập."""
    from danvan_nb.season import start_season

    with _errors_shown(False):
        season = start_season(Project.find(), office, Period.parse(period))
        out.print(f"[green]Đã tạo[/] {escape(', '.join(season.files))} (theo {escape(season.source)})")
        for mark, count in season.marks.most_common():
            out.print(f"  {count} đoạn: {mark}")
        out.print("Xem lại từng đoạn trong tệp thuyết minh rồi xóa nhãn của nó; còn nhãn thì chỉ làm được bản --draft.")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Bản trước: thư mục kết quả hoặc report.ipynb.")],
    new: Annotated[Path, typer.Argument(help="Bản sau.")],
    as_json: AsJson = False,
) -> None:
    """So hai bản báo cáo: số liệu và câu nào đã đổi, cũ, mới, vì đâu."""
    from danvan_nb.differences import compare_outputs

    with _errors_shown(as_json):
        found = compare_outputs(old, new)
    if as_json:
        sys.stdout.write(json.dumps([vars(one) for one in found], ensure_ascii=False, indent=1) + "\n")
    elif found:
        table = Table("Loại", "Ở đâu", "Cũ", "Mới", "Vì")
        for one in found:
            table.add_row(*map(escape, (one.kind, one.what, one.old or "-", one.new or "-", one.cause)))
        out.print(table)
    else:
        out.print("Hai bản nói giống nhau.")


@app.command()
def preview(
    params: Annotated[str, typer.Argument(help="Tệp tham số của báo cáo.")],
    port: Annotated[int, typer.Option(help="Cổng; 0: tự chọn.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Mở trình duyệt.")] = True,
) -> None:
    """Xem báo cáo trong trình duyệt, tự cập nhật mỗi khi lưu tệp; dừng bằng Ctrl+C."""
    from danvan_nb.preview import Preview, serve

    def ready(address: str) -> None:
        out.print(f"Mở {address} (chỉ trên máy này)")
        if browser:
            typer.launch(address)

    def said(page: Preview) -> None:
        out.print(f"Đã cập nhật trong {page.seconds:.2f} giây ({'lời văn' if page.kind == 'words' else 'chạy lại các ô'})")

    with _errors_shown(False):
        project, files = _expand([params])
        try:
            serve(Preview(project, files[0]), ready, said, port)
        except KeyboardInterrupt:
            out.print("Đã dừng.")


@app.command()
def version() -> None:
    """In phiên bản."""
    out.print(__version__)


def _formats(to: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in to.split(",") if name.strip())
    for name in names:
        if name not in FORMATS:
            raise ParamsError(
                Issue("dinh_dang", "Không xuất được dạng này", column="--to", found=name, expected=", ".join(FORMATS))
            )
    return names


def _expand(patterns: list[str]) -> tuple[Project, list[str]]:
    """Expand `*` and `**` ourselves (Windows shells don't), and name files relative to the project.

    Raises
    ------
    ParamsError
        If there is no project, or a pattern matches nothing.
    """
    project = Project.find(*(Path(pattern).parent for pattern in patterns if "*" not in pattern))
    files: list[str] = []
    for pattern in patterns:
        if "*" in pattern:
            base = Path.cwd() if not Path(pattern).is_absolute() else Path(Path(pattern).anchor)
            parts = Path(pattern).relative_to(base if Path(pattern).is_absolute() else Path()).as_posix()
            found = sorted(path for path in base.glob(parts) if path.is_file())
            if not found:
                raise ParamsError(Issue("tep_tham_so", "Không tệp nào khớp mẫu này", found=pattern))
        else:
            found = [path for path in (Path(pattern), project.root / pattern) if path.is_file()][:1]
            if not found:
                project.params_path(pattern)  # raises, and lists what there is
        files += [project.relative(path) for path in found]
    return project, list(dict.fromkeys(files))


@contextmanager
def _errors_shown(as_json: bool) -> Iterator[None]:
    try:
        yield
    except DanvanError as error:
        if as_json:
            sys.stdout.write(json.dumps([_error_data(error)], ensure_ascii=False, indent=1) + "\n")
        else:
            _show_error(error, "")
        raise typer.Exit(error.exit_code) from None


def _error_data(error: DanvanError) -> dict[str, Any]:
    return {"exit_code": error.exit_code, "kind": error.kind, "issues": [issue.as_dict() for issue in error.issues]}


def _show_error(error: DanvanError, file: str) -> None:
    err.print(f"[bold red]{error.kind}[/]{f' ({escape(file)})' if file else ''}:")
    for issue in error.issues:
        err.print(f"  - {escape(str(issue))} [dim]\\[{issue.rule}][/]", soft_wrap=True)


def _show_issues(issues: tuple[Issue, ...]) -> None:
    for issue in issues:
        colour = _COLOURS[issue.severity]
        out.print(f"[{colour}]{SEVERITIES[issue.severity]}[/]: {escape(str(issue))} [dim]\\[{issue.rule}][/]", soft_wrap=True)


def _summary(results: list[dict[str, Any]]) -> None:
    table = Table("Báo cáo", "Kết quả", "Đối soát", "Giây")
    for result in results:
        state = "[green]xong[/]" if not result["exit_code"] else f"[red]{escape(result['kind'])}[/]"
        matched = ", ".join(f"{name} {count}" for name, count in result.get("matched", {}).items())
        table.add_row(escape(result["params"]), state, matched, f"{result.get('seconds', '')}")
    out.print(table)
