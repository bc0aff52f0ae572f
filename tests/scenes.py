"""Every command that writes, each on a project in which it has something to write.

For the tests that end a command at any of its file operations, and for `benchmarks/faults.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from sample_project import MASTER, OUTPUT, change, write

FORM = "outputs/bieu-nhap/mau-2023-H1.xlsx"
COLLECTED = "data/mau/2023-H1/collected.csv"


def nothing(root: Path) -> None:
    """Take the project as it is."""


def edit_notebook(root: Path) -> None:
    """Change a passage of the report's narrative and one that is the master's own."""
    nb = nbformat.read(root / OUTPUT / "report.ipynb", 4)
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (
            "Thực hiện" in cell.source or "Thu ngân" in cell.source
        ):
            cell.source += "\n\nThêm một câu."
    nbformat.write(nb, root / OUTPUT / "report.ipynb")


def send_numbers(root: Path) -> None:
    """Let an office under `mau` send its numbers, of which one was collected before."""
    catalogue = root / "params/indicators.yml"
    text = catalogue.read_text("utf-8").replace("  unit: hộ\n", "  unit: hộ\n  aggregate: sum\n")
    write(catalogue, text)
    head = "indicator,status,as_of,value,period,source,note\n"
    write(root / "data/phong-mau/2023-H1/observations.csv", f"{head}ho_mau,actual,,50,,,\n")
    write(root / COLLECTED, f"{head}ho_mau,actual,,49,,sửa tay,\n")


def fill_in_form(root: Path) -> None:
    """Let somebody fill in the form that is made again."""
    write(root / FORM, "đã nhập")


def edit_index(root: Path) -> None:
    """Let there be a page that somebody changed."""
    write(root / "outputs/index.html", "của tôi")


def touch_outputs(root: Path) -> None:
    """Sign the PDF file, and change what a report is made of."""
    (root / OUTPUT / "report.pdf").write_bytes(b"%PDF ban da ky")
    change(root / MASTER, "Thu ngân sách", "Thu ngân sách địa phương")


def break_report(root: Path) -> None:
    """Let an inline value fail, after an earlier failure whose notebook was worked on."""
    write(root / OUTPUT / "failed/report.ipynb", "đang chữa")
    change(root / MASTER, "{eval}`thu_mau.vs_plan`", "{eval}`thu_mau.vs_pla`")


def lose_word_file(root: Path) -> None:
    """Let there be a former version of the Word file."""
    kept = root / f"outputs/ban-cu/{OUTPUT}/report.docx/2023-06-01_080000-000001_run.docx"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"ban cu")


def empty(root: Path) -> None:
    """Begin with an empty folder."""
    shutil.rmtree(root)
    root.mkdir()


@dataclass(frozen=True)
class Scene:
    """A command, and what is done to a project that holds one report before it is called.

    `touched` are the files whose content is a person's: after the command it is there, or a former
    version.
    """

    words: tuple[str, ...]
    prepare: Callable[[Path], None] = nothing
    touched: tuple[str, ...] = ()


INIT = ("init", "--name", "xã Mẫu", "--parent", "tỉnh Mẫu", "--period", "2024-H1")
SCENES = {
    "new": Scene(("new", "2024-H1", "--office", "mau")),
    "first-new": Scene(("new", "2023-H1", "--office", "phong-mau")),
    "keep": Scene(
        ("keep", f"{OUTPUT}/report.ipynb", "--yes", "--master"),
        edit_notebook,
        (MASTER, "params/mau/2023-H1.md", f"{OUTPUT}/report.ipynb"),
    ),
    "collect": Scene(
        ("collect", "2023-H1", "--office", "mau", "--force"), send_numbers, (COLLECTED,)
    ),
    "form": Scene(("form", "mau", "2023-H1", "--force"), fill_in_form, (FORM,)),
    "index": Scene(("index",), edit_index, ("outputs/index.html",)),
    "init": Scene((*INIT, "--folder", "."), empty),
    "former": Scene(
        ("former", f"{OUTPUT}/report.docx", "--restore", "1"),
        lose_word_file,
        (f"{OUTPUT}/report.docx",),
    ),
    "seal": Scene(("seal", "mau", "2023-H1", "--by", "Nguyễn Văn Mẫu")),
    "run": Scene(("run", "mau", "2023-H1"), touch_outputs, (f"{OUTPUT}/report.pdf",)),
    "failing-run": Scene(
        ("run", "mau", "2023-H1", "--to", "html"), break_report, (f"{OUTPUT}/failed/report.ipynb",)
    ),
}
