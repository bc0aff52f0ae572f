"""A program other than ours opens the Word file and shows all of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest
from sample_document import sample_document

from danvan_nb import nodes
from danvan_nb.document.docx import write_docx


def convert(data: bytes, folder: Path) -> list[str]:
    """Convert a Word file to PDF and give the text of its pages without spaces."""
    office = shutil.which("soffice")
    if not office and os.environ.get("CI") != "true":
        pytest.skip("LibreOffice is not installed")
    assert office, "CI must have LibreOffice"
    (folder / "report.docx").write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(folder / "report.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return [
        "".join(page.extract_text().split())
        for page in pypdf.PdfReader(folder / "report.pdf").pages
    ]


def test_libreoffice_shows_body_notes_and_numbers(tmp_path: Path) -> None:
    """Body, tables and notes are in the PDF; the first page of report and appendix has no number;
    each page says DỰ THẢO."""
    document = sample_document(draft=True)
    pages = convert(write_docx(document), tmp_path)
    text = "".join(pages)
    notes = [node for node in nodes.walk(document) if isinstance(node, nodes.Note)]
    figures = [value.text for value in nodes.values(document)]
    wanted = [
        nodes.STATE,
        nodes.MOTTO,
        document.head.signatory,
        "KẾT QUẢ TIẾP CÔNG DÂN",
        "-Môhình“NgàythứNăm",
        *figures,
    ]
    for line in [*wanted, *(nodes.plain(note.content) for note in notes)]:
        assert "".join(line.split()) in text
    assert [page.count("DỰTHẢO") for page in pages] == [1] * len(pages)
    assert [page.replace("DỰTHẢO", "")[0] for page in pages] == ["Ủ", "2", "P"]
