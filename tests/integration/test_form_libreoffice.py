"""A form that went through LibreOffice is read as the one that was filled in;
a workbook of a report reads there as printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import openpyxl
import pypdf
import pytest
from breaking import BOOK, SHEET, filled_form, use_book
from sample_document import cell, figure, sample_document
from sample_project import load

from danvan_nb.commands.form import write_form
from danvan_nb.data.schema import DICTIONARY_SHEET
from danvan_nb.document.xlsx import FIGURE_SHEET, write_xlsx
from danvan_nb.nodes import Paragraph, Table, Text
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project


def saved_by_libreoffice(path: Path, folder: Path, ending: str = "xlsx") -> Path:
    """Let LibreOffice open a workbook, calculate it and save it."""
    office = shutil.which("soffice")
    calc = office and any(
        Path(office).resolve().parent.glob("*sclo*")
    )  # Calc's own library; Writer alone opens no workbook
    if not calc and os.environ.get("CI") != "true":
        pytest.skip("LibreOffice Calc is not installed")
    assert office and calc, "CI must have LibreOffice Calc"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        ending,
        "--outdir",
        str(folder),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{ending}"


def test_form_saved_by_libreoffice(project: Path, tmp_path: Path) -> None:
    """Numbers, dates and formulas filled in, then saved as .ods and back: the same observations,
    with the formula's result."""
    book = filled_form()
    use_book(project, book)
    before = load(project).inputs.observations
    book[SHEET]["G7"] = "=G8+G9"
    book[SHEET]["I7"] = "số liệu mẫu"
    book["Sự kiện"]["A6"], book["Sự kiện"]["B6"], book["Sự kiện"]["C6"] = (
        "hoi_mau",
        "Hội mẫu",
        "05/02/2023",
    )
    book.save(project / BOOK)
    folder = tmp_path / "qua-libreoffice"
    folder.mkdir()
    through = saved_by_libreoffice(saved_by_libreoffice(project / BOOK, folder, "ods"), folder)
    shutil.copy(through, project / BOOK)
    report = load(project)
    columns = ("indicator", "status", "as_of", "value", "period", "cell")
    read, sent = (
        [[getattr(row, name) for name in columns] for row in rows]
        for rows in (report.inputs.observations, before)
    )
    assert read == sent
    assert [event.id for event in report.inputs.events] == ["hoi_mau"]
    assert report.inputs.notices == ()
    page = openpyxl.load_workbook(through)[SHEET]
    assert page.protection.sheet
    assert not page["G7"].protection.locked


def test_libreoffice_shows_the_numbers_of_a_report_as_printed(tmp_path: Path) -> None:
    """The numbers of `report.xlsx` read in another program as on paper, with their words, none as
    ####; and each line of the list is on a page."""
    texts = {"ước 301,149 tỷ đồng": "301.1494", "tăng 12,71 điểm %": "12.7083", "0,00": "-0.001"}
    texts |= {"giảm 12 đơn": "-12", "đạt 95,83% kế hoạch": "95.8333", "-1.234.567,5": "-1234567.5"}
    row = tuple(cell(figure("thu", text, value)) for text, value in texts.items())
    heads = (tuple(cell(Text("Cột"), header=True) for _ in row),)
    table = Table("Bảng 9. Thử", len(row), heads, (row,))
    document = sample_document()
    data = write_xlsx(replace(document, blocks=(*document.blocks, table)))
    (tmp_path / "report.xlsx").write_bytes(data)
    pages = pypdf.PdfReader(saved_by_libreoffice(tmp_path / "report.xlsx", tmp_path, "pdf")).pages
    shown = ["".join(page.extract_text().split()) for page in pages]
    assert "##" not in "".join(shown)
    (sheet,) = (page for page in shown if "Bảng9.Thử" in page)
    assert all("".join(text.split()) in sheet for text in texts)


def test_libreoffice_keeps_what_looks_like_a_code(real: Path, tmp_path: Path) -> None:
    """`_xa_` in an id is no code of a line break: saved by LibreOffice, form and report hold the
    ids of the catalogue."""
    project = Project(real)
    (tmp_path / "form.xlsx").write_bytes(write_form(project, "sa-dec", Period.parse("2023-H2"), {}))
    document = replace(sample_document(), blocks=(Paragraph((figure("so_xa_phuong", "9", "9"),)),))
    (tmp_path / "report.xlsx").write_bytes(write_xlsx(document))
    folder = tmp_path / "qua-libreoffice"
    folder.mkdir()
    form = openpyxl.load_workbook(saved_by_libreoffice(tmp_path / "form.xlsx", folder))
    ids = {str(cell.value) for page in (SHEET, DICTIONARY_SHEET) for cell in form[page]["A"]}
    assert {name for name in project.catalogue if "_xa_" in name} - ids == set()
    made = openpyxl.load_workbook(saved_by_libreoffice(tmp_path / "report.xlsx", folder))
    assert "so_xa_phuong" in [cell.value for cell in made[FIGURE_SHEET]["J"]]
