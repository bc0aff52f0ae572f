"""`init`: the project of an office that starts from nothing, in an empty folder.

Owns what such a project holds. Master notebook and catalogue are those of this package, wherever
it is installed; no office is ever guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.commands.console import option
from danvan_nb.commands.form import write_form
from danvan_nb.commands.new import first_params, yaml_text
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.project.files import write_file
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.wording import plain_ascii

LOCALITIES = {"tinh": ("tỉnh", "thành phố"), "huyen": ("thành phố", "huyện", "quận", "thị xã")}
LOCALITIES["xa"] = ("xã", "phường", "thị trấn", "đặc khu")
"""What the name of a locality begins with, by the level of its office."""
SHARED = ("notebooks/bao_cao_dan_van.ipynb", "params/indicators.yml")
"""What every project has of the package, by its place in the project."""
DEFAULT = re.compile(r"params/[\w-]+/[\w-]+\.yml")
COMMITTEE = "Ủy ban nhân dân "


def make_project(
    root: Path, names: list[str], level: str, parent: str, period: Period, signatory: str
) -> Project:
    """Write the files of a project for offices of one level under one parent.

    Raises
    ------
    ParamsError
        If the folder holds files, a name does not fit its level, or two offices would share an id.
    """
    if root.exists() and any(root.iterdir()):
        raise ParamsError(Issue.of("init.co_tep", found=root.name))
    above = {"xa": ("tinh", "huyen"), "huyen": ("tinh",), "tinh": ()}[level]
    offices = [_office(parent, _level_of(parent, above))] if parent else []
    superior = offices[0][0] if offices else ""
    own = [_office(name, level, superior) for name in names]
    ids = Counter(name for name, _ in (*offices, *own))
    for name, times in ids.items():
        if times > 1:
            raise ParamsError(Issue.of("init.trung", found=name))
    head = "# Cơ quan báo cáo. Tệp này cũng đánh dấu thư mục gốc của dự án.\n"
    write_file(root / "params/offices.yml", "\n".join([head, *(text for _, text in offices + own)]))
    first = f"params/{own[0][0]}/{period}.yml"
    for name in SHARED:
        text = _shared(name).read_text(encoding="utf-8")
        write_file(root / name, DEFAULT.sub(first, text) if name.endswith(".ipynb") else text)
    project = Project(root)
    for name, _ in own:
        write_file(
            project.params_file(name, period), first_params(project, name, period, signatory)
        )
        book = project.data_home(name) / f"{period}.xlsx"
        write_file(book, write_form(project, name, period, {}))
    return project


def _shared(name: str) -> Path:
    """Find a file that comes with the package: where it is installed, else in its repository."""
    for file in metadata.files("danvan_nb") or ():
        if file.as_posix().endswith(f"share/danvan_nb/{Path(name).name}"):
            return Path(str(file.locate()))
    return Path(__file__).parents[3] / name


def _level_of(name: str, levels: tuple[str, ...]) -> str:
    """Tell the level of a parent by its name.

    Raises
    ------
    ParamsError
        If it is none that may stand above.
    """
    for level in levels:
        if _locality(name).startswith(LOCALITIES[level]):
            return level
    raise ParamsError(Issue.of("init.cap_tren", found=name))


def _read_list(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise ParamsError(Issue.of("init.danh_sach", file=path.name)) from err
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _locality(name: str) -> str:
    return name.removeprefix(COMMITTEE).strip()


def _office(name: str, level: str, parent: str = "") -> tuple[str, str]:
    """Give the id of an office and its lines in `offices.yml`."""
    locality = _locality(name)
    kind = next((kind for kind in LOCALITIES[level] if locality.startswith(f"{kind} ")), "")
    place = locality.removeprefix(kind).strip()
    if not kind or not place:
        expected = ", ".join(f"“{COMMITTEE}{kind} …”" for kind in LOCALITIES[level])
        raise ParamsError(Issue.of("init.ten", found=name, expected=expected))
    facts = {
        "name": COMMITTEE + locality,
        "short": kind.capitalize(),
        "locality": locality,
        "place": place,
        "symbol": "UBND",
        "level": level,
    } | ({"parent": parent} if parent else {})
    own = re.sub(r"[^a-z0-9]+", "-", plain_ascii(locality)).strip("-")
    lines = (f"  {key}: {yaml_text(value)}" for key, value in facts.items())
    return own, "\n".join([f"{own}:", *lines, ""])


def init(
    name: Annotated[str, option("init.name")] = "",
    level: Annotated[str, option("init.level")] = "xa",
    parent: Annotated[str, option("init.parent")] = "",
    period: Annotated[str, option("init.period")] = "",
    signatory: Annotated[str, option("init.signatory")] = "",
    listed: Annotated[str, option("init.listed", "--list")] = "",
    folder: Annotated[str, option("init.folder")] = ".",
) -> None:
    """Make the project, asking for what was not given, and say what comes next."""
    if level not in LOCALITIES:
        raise ParamsError(Issue.of("init.cap", found=level, expected=", ".join(LOCALITIES)))
    names = [name] if name else []
    if listed:
        names += _read_list(Path(listed))
    names = names or [typer.prompt("Tên cơ quan (ví dụ Ủy ban nhân dân xã Mẫu)")]
    if not parent and level != "tinh":
        parent = typer.prompt("Cơ quan cấp trên (ví dụ Ủy ban nhân dân tỉnh Mẫu)")
    period = period or typer.prompt("Kỳ báo cáo đầu tiên (ví dụ 2024-H1)")
    root = Path(folder).resolve()
    project = make_project(root, names, level, parent, Period.parse(period), signatory)
    made = project.params_files()
    say = console.out.print
    say(f"[green]Đã tạo[/] dự án của {len(made)} đơn vị: {escape(', '.join(made))}")
    say("Nhập số liệu vào tệp Excel trong data/, rồi làm bản thảo đầu tiên:")
    say(f"  danvan-nb run {escape(made[0])} --draft")
