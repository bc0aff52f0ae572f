"""A form that went through LibreOffice is read as the one that was filled in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from breaking import BOOK, SHEET, filled_form, use_book
from sample_project import load


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
