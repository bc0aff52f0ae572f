"""The command `index`: a static page of all outputs with state and links, and one of indicators."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.document import page_templates
from danvan_nb.outputs.folder import has_failed
from danvan_nb.outputs.manifest import FIGURES, Manifest, read_manifest
from danvan_nb.outputs.record import read_record
from danvan_nb.outputs.sealing import STAGES, state_of, words_of
from danvan_nb.outputs.trace import card_figures, shown_figures
from danvan_nb.project.formats import ROWS
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.project.saving.former import FORMER
from danvan_nb.project.seals import edition_folder
from danvan_nb.report.dictionary import LATEST, dictionary
from danvan_nb.wording import short_date

DICTIONARY = "chi-tieu.html"
MOST_LATEST = 60
"""Numbers that the dictionary shows of an indicator, unless there are more offices than that."""


@dataclass(frozen=True)
class Entry:
    """What the page says of a report: `files` as (label, link), `figures` as (id, label, text).

    `state` is a key of `sealing.STAGES`, `approved` names the approved editions with their files.
    """

    files: tuple[tuple[str, str], ...] = ()
    state: str = ""
    approved: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    matched: int = 0
    dates: str = ""
    figures: tuple[tuple[str, str, str], ...] = ()
    warnings: int = 0
    failed: str = ""


def write_index(project: Project) -> Path:
    """Write `outputs/index.html` and the dictionary beside it; the same outputs, the same pages.

    Raises
    ------
    ParamsError
        If the offices or the catalogue can't be read.
    """
    entries = _entries(project)
    page = page_templates().get_template("index.html.j2")
    shown = [entry for row in entries.values() for entry in row.values()]
    written = {period for row in entries.values() for period in row}
    periods = sorted(map(Period.parse, filter(Period.is_one, written)), reverse=True)
    others = sorted(name for name in written if not Period.is_one(name))  # folders of any name
    offices = project.offices
    text = page.render(
        rows=dict(sorted(entries.items())),
        periods={str(one): one.label for one in periods} | dict(zip(others, others, strict=True)),
        names={name: offices[name].name if name in offices else name for name in entries},
        states=STAGES,
        counts={"all": len(shown), "failed": sum(bool(entry.failed) for entry in shown)},
    )
    pages = {
        project.index_file: text,
        project.index_file.with_name(DICTIONARY): _words(project, entries),
    }
    write_all(project.root, pages, "index")
    return project.index_file


def _words(project: Project, entries: Mapping[str, Mapping[str, Entry]]) -> str:
    """Write the page of all indicators: what each is, where reports use it, its last numbers."""
    latest: dict[str, dict[str, str]] = defaultdict(dict)
    known = sorted(entries.keys() & project.offices.keys())
    most = max(1, MOST_LATEST // max(1, len(known)))
    for office in known:
        told: Counter[str] = Counter()
        for period in sorted(
            filter(Period.is_one, entries[office]), key=Period.parse, reverse=True
        ):
            where = f"{project.offices[office].name}, {Period.parse(period).label}"
            if entries[office][period].state == "draft":
                where += f" ({STAGES['draft']})"
            shown = shown_figures(project.output_folder(office, period) / FIGURES)
            numbers = {name: text for name, text, _ in shown if told[name] < most}
            told.update(numbers.keys())
            for name, text in numbers.items():
                latest[name][where] = text
    page = page_templates().get_template("dictionary.html.j2")
    labels = {name: one.label for name, one in project.catalogue.items()}
    return page.render(labels=labels, told=dictionary(project, latest), latest=LATEST)


def _entries(project: Project) -> dict[str, dict[str, Entry]]:
    """Find every report that was made or failed, by office and period."""
    entries: dict[str, dict[str, Entry]] = {}
    for folder in sorted((project.root / "outputs").glob("[!.]*/[!.]*")):
        office, period = project.office_and_period(folder)
        if folder.is_dir() and period and folder.parent != project.root / FORMER:
            entries.setdefault(office, {})[period] = _entry(folder, project, office, period)
    for file, result in read_record(project).items():  # a report that failed before it had a folder
        office, period = project.office_and_period(file)
        earlier = entries.get(office, {}).get(period, Entry())
        if result.exit_code and file.count("/") == 2 and earlier.state != "sealed":
            entries.setdefault(office, {})[period] = replace(earlier, failed=result.kind)
    return entries


def _entry(home: Path, project: Project, office: str, period: str) -> Entry:
    folder = project.output_folder(office, period)
    made, approved = read_manifest(folder), project.seal(office, period).approved()
    known, cards = project.catalogue, card_figures(folder / FIGURES)
    return Entry(
        files=_files(folder, home.parents[1]),
        state=state_of(project, folder),
        approved=tuple(
            (words_of(at, one), _files(edition_folder(home, at), home.parents[1]))
            for at, one in approved
        ),
        matched=max(made.reconciled.values(), default=0),
        dates=_dates(made),
        figures=tuple((name, known[name].title, text) for name, text in cards if name in known),
        warnings=sum(issue.severity == "warning" for issue in made.checks),
        failed="lần chạy cuối không thành công" if has_failed(folder) else "",
    )


def _files(folder: Path, page: Path) -> tuple[tuple[str, str], ...]:
    there = (row for row in ROWS if (folder / row.file).is_file())
    place = folder.relative_to(page).as_posix()
    return tuple((row.name.upper(), f"{place}/{row.file}") for row in there)


def _dates(made: Manifest) -> str:
    """Say which day the report bears and on which it was made."""
    bears, was_made = made.params.get("date"), made.run.started[:10]
    parts = {"ngày báo cáo": bears, "làm ngày": was_made}
    said = [f"{name} {short_date(date.fromisoformat(day))}" for name, day in parts.items() if day]
    return ", ".join(said).capitalize()


def index() -> None:
    """Write the page and say where."""
    project = Project.find()
    console.out.print(f"Đã ghi {escape(project.relative(write_index(project)))}")
