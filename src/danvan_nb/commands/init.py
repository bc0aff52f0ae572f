"""`init`: the project of an office that starts from nothing, in an empty folder.

Owns what such a project holds. Master notebook and catalogue are those of this package, wherever
it is installed; no office is ever guessed.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.commands.console import HELP, option
from danvan_nb.commands.form import write_form
from danvan_nb.commands.new import first_params
from danvan_nb.errors import Issue, ParamsError, program_file
from danvan_nb.project.files import read_table, write_file
from danvan_nb.project.period import Period
from danvan_nb.project.project import ROOT_MARK, Project
from danvan_nb.project.saving.changes import settle, write_all
from danvan_nb.project.saving.hold import HOLDER, hold
from danvan_nb.project.texts import read_text, tidy
from danvan_nb.wording import plain_ascii

HELD = read_table("commands", "init")
"""What a project holds of the package, and how localities are called."""
LOCALITIES: Mapping[str, Sequence[str]] = HELD["localities"]
DEFAULT = re.compile(r"params/[\w-]+/[\w-]+\.yml")
COMMITTEE = "Ủy ban nhân dân "
_COMMITTEE = re.compile(r"(?:(?:ủy|uỷ) ban nhân dân|ubnd) +", re.IGNORECASE)
_PLACE = re.compile(r"[^\W_](?:[\w .,'’()-]*[\w)])?")


def make_project(
    root: Path, names: Sequence[str], level: str, above: Sequence[str], period: Period, signer: str
) -> Project:
    """Write the files of a project for offices of one level under those above, the highest first.

    Raises
    ------
    ParamsError
        If a name does not fit its level, or two offices would share an id; nothing is written.
    """
    higher = _superiors(level, above)
    wanted = [*higher, *((name, level) for name in names)]
    every = [_office(name, each) for name, each in wanted]
    ids = [re.sub(r"[^a-z0-9]+", "-", plain_ascii(one["locality"])).strip("-") for one in every]
    issues = []
    for at, (name, each) in enumerate(wanted):
        if not every[at]["place"]:
            issues.append(_misnamed(name, each))
        elif (same := ids.index(ids[at])) < at:
            issues.append(Issue.of("init.trung", found=name, other=wanted[same][0]))
        if higher and at:
            every[at]["parent"] = ids[min(at, len(higher)) - 1]
    if issues:
        raise ParamsError(issues)
    offices = dict(zip(ids, every, strict=True))
    head = "# Cơ quan báo cáo. Tệp này cũng đánh dấu thư mục gốc của dự án.\n"
    written = yaml.safe_dump(offices, allow_unicode=True, sort_keys=False)
    with hold(root, "init") as aside:
        write_file(aside / ROOT_MARK, head + written)
        _fill(Project(aside), ids[len(higher) :], period, signer)
        made = sorted({path for path in aside.rglob("*") if path.is_file()} - {aside / HOLDER})
        put = {root / path.relative_to(aside): path.read_bytes() for path in made}
        write_all(root, put, "init", expected=dict.fromkeys(put))
    return Project(root)


def _fill(project: Project, offices: Sequence[str], period: Period, signer: str) -> None:
    """Write what a project has besides its list of offices."""
    root = project.root
    for shared in HELD["shared"]:
        text = _shared(shared).read_text(encoding="utf-8")
        write_file(root / shared, DEFAULT.sub(f"params/{offices[0]}/{period}.yml", text))
    for name, there in HELD["brought"].items():
        write_file(root / there, files(__package__).joinpath("templates", name).read_bytes())
    write_file(root / ".danvan", f"{program_file()}\n")
    for office in offices:
        params = first_params(project, office, period, signer)
        write_file(project.params_file(office, period), params)
        book = project.data_home(office) / f"{period}.xlsx"
        write_file(book, write_form(project, office, period, {}))


def _shared(name: str) -> Path:
    """Find a file that comes with the package: where it is installed, else in its repository."""
    for file in metadata.files("danvan_nb") or ():
        if file.as_posix().endswith(f"share/danvan_nb/{Path(name).name}"):
            return Path(str(file.locate()))
    return Path(__file__).parents[3] / name


def _superiors(level: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """Give the offices above, the highest first, with their levels; one alone tells its own.

    Raises
    ------
    ParamsError
        If it is none that may stand above.
    """
    ladder = list(LOCALITIES)[: list(LOCALITIES).index(level) : -1]
    if len(names) == 1:
        ladder = [each for each in ladder if each in _levels(names[0])]
    if len(names) > len(ladder):
        raise ParamsError(Issue.of("init.cap_tren", found=names[-1]))
    return list(zip(names, ladder, strict=False))


def _misnamed(name: str, *levels: str) -> Issue:
    kinds = dict.fromkeys(kind for level in levels for kind in LOCALITIES[level])
    expected = ", ".join(f"“{COMMITTEE}{kind} …”" for kind in kinds)
    return Issue.of("init.ten", found=name, expected=expected)


def _levels(name: str) -> list[str]:
    """List the levels that an office may have by its name."""
    return [level for level in LOCALITIES if _office(name, level)["place"]]


def _office(name: str, level: str) -> dict[str, str]:
    """Say of an office what `offices.yml` does; its place is empty if the name is of no such."""
    locality = _COMMITTEE.sub("", tidy(name).strip(), count=1)
    kind = next((one for one in LOCALITIES[level] if locality.lower().startswith(f"{one} ")), "")
    place = locality[len(kind) :].strip()
    return {
        "name": f"{COMMITTEE}{kind} {place}",
        "short": kind.capitalize(),
        "locality": f"{kind} {place}",
        "place": place if kind and _PLACE.fullmatch(place) else "",
        "symbol": "UBND",
        "level": level,
    }


def _refuse_what_is_there(root: Path, listed: str) -> None:
    """Only the list itself and a new repository of git may lie in the folder."""
    settle(root)
    there = sorted(root.iterdir()) if root.exists() else []
    there = [path for path in there if path.name != "outputs" or any(path.glob("[!.]*"))]
    mine = (root / ".git", Path(listed).resolve())
    if others := ", ".join(path.name for path in there if path not in mine):
        raise ParamsError(Issue.of("init.co_tep", found=others))


def _read_list(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
    except OSError as err:
        raise ParamsError(Issue.of("init.danh_sach", file=path.name)) from err
    lines = map(str.strip, read_text(data, path.name, ParamsError).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _known_levels(name: str) -> list[str]:
    if levels := _levels(name):
        return levels
    raise ParamsError(_misnamed(name, *LOCALITIES))


def _check_level(level: str, known: Iterable[str]) -> None:
    if level not in known:
        raise ParamsError(Issue.of("init.cap", found=level, expected=", ".join(known)))


def _ask(about: str, given: str, check: Callable[[str], object], default: str | None = None) -> str:
    """Take what was given as an option; else ask, again after a wrong answer."""
    while not given:
        question = HELP["init"][about]["help"].rstrip(".")
        answer = typer.prompt(question, default=default, show_default=bool(default))
        try:
            check(answer)
        except ParamsError as err:
            console.show_error(err.kind, err.issues)
        else:
            return answer
    return given


def _ask_level(level: str, fitting: list[str], talk: bool) -> str:
    if not level and (talk or len(fitting) > 1):
        level = _ask("level", "", lambda one: _check_level(one, fitting), fitting[0])
    level = level or fitting[0]
    _check_level(level, LOCALITIES)
    return level


def _ask_superiors(level: str, parent: str, province: str, talk: bool) -> list[str]:
    if level != "tinh" and not province:
        parent = _ask("parent", parent, lambda one: _superiors(level, [one]))
    if talk and level == "xa" and "huyen" in _levels(parent):
        province = _ask("province", province, lambda one: one and _superiors("huyen", [one]), "")
    return [each for each in (province, parent) if each]


def init(
    name: Annotated[list[str] | None, option("init.name")] = None,
    listed: Annotated[str, option("init.listed", "--list")] = "",
    level: Annotated[str, option("init.level")] = "",
    parent: Annotated[str, option("init.parent")] = "",
    province: Annotated[str, option("init.province")] = "",
    period: Annotated[str, option("init.period")] = "",
    signatory: Annotated[str, option("init.signatory")] = "",
    folder: Annotated[str, option("init.folder")] = ".",
) -> None:
    """Make the project, asking for what was not given, and say what comes next."""
    root = Path(folder).resolve()
    _refuse_what_is_there(root, listed)
    names = [*(name or ()), *(_read_list(Path(listed)) if listed else ())]
    talk = not names  # a list or options may come from a script: it is asked only for what it lacks
    names = names or [_ask("name", "", _known_levels)]
    level = _ask_level(level, _known_levels(names[0]), talk)
    above = _ask_superiors(level, parent, province, talk)
    today = date.today()
    half = Period(today.year, "H1" if today.month <= 6 else "H2")
    first = Period.parse(_ask("period", period, Period.parse, str(half)))
    signer = _ask("signatory", signatory, str, "") if talk else signatory
    made = make_project(root, names, level, above, first, signer).params_files()
    console.out.print(f"[green]Đã tạo[/] dự án của {len(made)} đơn vị: {escape(', '.join(made))}")
    console.out.print("Nhập số liệu vào tệp Excel trong data/. Làm ngay bản thảo đầu tiên:")
    console.out.print(f"  cd {escape(shlex.quote(folder))}\n  ./danvan run params --draft")
