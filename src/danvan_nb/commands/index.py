"""The index of all outputs: one static page, office by period, with state, checks and links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from danvan_nb.document import page_templates
from danvan_nb.outputs.folder import FAILED, read_manifest
from danvan_nb.project.project import Project
from danvan_nb.run.batch import read_record

INDEX = "outputs/index.html"


def write_index(project: Project) -> Path:
    """Write `outputs/index.html`; the same outputs give the same page.

    Raises
    ------
    ParamsError
        If the offices can't be read.
    """
    root = project.root / "outputs"
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for folder in sorted(
        path for path in root.glob("*/*") if path.is_dir() and not path.name.startswith(".")
    ):
        rows.setdefault(folder.parent.name, {})[folder.name] = _cell(folder, root)
    for file, result in read_record(project).items():  # a report that failed before it had a folder
        office, _, period = file.removeprefix("params/").removesuffix(".yml").partition("/")
        if result["exit_code"] and period:
            entry = {"files": [], "draft": False, "matched": "", "warnings": 0} | rows.get(
                office, {}
            ).get(period, {})
            rows.setdefault(office, {})[period] = entry | {"failed": result.get("kind", "")}
    periods = sorted({period for cells in rows.values() for period in cells}, reverse=True)
    names = {
        office: project.offices[office].name if office in project.offices else office
        for office in rows
    }
    cells = [cell for row in rows.values() for cell in row.values()]
    counts = {"all": len(cells), "failed": sum(bool(cell["failed"]) for cell in cells)}
    page = (
        page_templates()
        .get_template("index.html.j2")
        .render(rows=dict(sorted(rows.items())), periods=periods, names=names, counts=counts)
    )
    path = project.root / INDEX
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def _cell(folder: Path, root: Path) -> dict[str, Any]:
    made = read_manifest(folder)
    names = [
        name for name in ("report.html", "report.pdf", "report.docx") if (folder / name).is_file()
    ]
    matched = set(made.get("reconciled", {}).values())
    return {
        "files": [
            (name.removeprefix("report.").upper(), (folder / name).relative_to(root).as_posix())
            for name in names
        ],
        "draft": bool(made.get("draft")),
        "matched": f"{min(matched)}/{max(matched)}" if matched else "",
        "warnings": sum(issue["severity"] == "warning" for issue in made.get("checks", [])),
        "failed": "lần chạy cuối không thành công" if (folder / FAILED).is_dir() else "",
    }
