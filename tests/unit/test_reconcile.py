"""Reading back: one altered digit in any of the files is found,
and the message says how many figures matched."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields, is_dataclass, replace
from typing import Any

import openpyxl
import pytest
from sample_document import printed, sample_document

from danvan_nb.document import WRITERS
from danvan_nb.document.reconcile import reconcile, shown_in
from danvan_nb.errors import RenderError
from danvan_nb.nodes import Document, Value, values
from danvan_nb.project.formats import FORMATS

DOCUMENT = sample_document()
TOTAL = len(values(DOCUMENT))


def total(name: str) -> int:
    """Count the figures that a file shows: a workbook shows those of tables twice."""
    return len(values(shown_in(DOCUMENT, f"report.{name}")))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {name: write(DOCUMENT) for name, write in WRITERS.items()}


def altered_html(data: bytes, old: str, new: str) -> bytes:
    """Alter the text of a figure, not its details."""
    old, new = printed(old), printed(new)
    text = data.decode()
    place = text.index(f">{old}<")
    return (text[:place] + f">{new}<" + text[place + len(old) + 2 :]).encode()


def altered_docx(data: bytes, old: str, new: str, part: str = "word/document.xml") -> bytes:
    """Alter a text in the XML inside the zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name == part:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode(), 1)
            after.writestr(name, text)
    return buffer.getvalue()


def altered_xlsx(data: bytes, old: str, new: str) -> bytes:
    """Alter the first cell that says this."""
    book, buffer = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    cells = (cell for page in book for row in page.iter_rows() for cell in row)
    next(cell for cell in cells if cell.value == old).value = new
    book.save(buffer)
    return buffer.getvalue()


def altered_tree(node: Any, old: str, new: str) -> Any:
    """Alter the text of the first figures that read so; for the PDF, whose bytes are compressed."""
    if isinstance(node, tuple):
        return tuple(altered_tree(item, old, new) for item in node)
    if isinstance(node, Value):
        return replace(node, text=new) if node.text == old else node
    if is_dataclass(node) and not isinstance(node, type):
        return replace(
            node,
            **{
                field.name: altered_tree(getattr(node, field.name), old, new)
                for field in fields(node)
            },
        )
    return node


def altered(name: str, data: bytes, old: str, new: str) -> bytes:
    if name == "html":
        return altered_html(data, old, new)
    if name == "docx":
        return altered_docx(data, printed(old), printed(new))
    if name == "xlsx":
        return altered_xlsx(data, old, new)
    return WRITERS["pdf"](altered_tree(DOCUMENT, old, new))


@pytest.mark.parametrize("name", FORMATS)
def test_untouched_file_matches(files: dict[str, bytes], name: str) -> None:
    """Every figure of the tree is found in the file."""
    assert reconcile(DOCUMENT, f"report.{name}", files[name]) == total(name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("old", "new", "matched"),
    [
        ("ước 301,149 tỷ đồng", "ước 301,148 tỷ đồng", 0),
        ("đạt 62,30% kế hoạch", "đạt 62,31% kế hoạch", 1),
        ("11.356 suất quà", "11.256 suất quà", 3),
        ("giảm 12 đơn", "giảm 13 đơn", 5),
        ("giảm 12 đơn", "tăng 12 đơn", 5),
    ],
)
def test_one_altered_digit_fails(
    files: dict[str, bytes], name: str, old: str, new: str, matched: int
) -> None:
    """The first difference is told with the file, the figures that matched before it,
    what stands there and what should."""
    with pytest.raises(RenderError) as caught:
        reconcile(DOCUMENT, f"report.{name}", altered(name, files[name], old, new))
    issue = caught.value.issues[0]
    assert (issue.rule, issue.file) == ("doi_soat", f"report.{name}")
    assert issue.message.startswith(f"Đối soát {matched}/{total(name)} số liệu khớp")
    assert issue.found != issue.expected


def test_altered_note_and_literal_fail(files: dict[str, bytes]) -> None:
    """A digit in a footnote of the Word file, or one that is no figure, is found too."""
    with pytest.raises(RenderError, match=f"/{TOTAL} số liệu"):
        reconcile(
            DOCUMENT,
            "report.docx",
            altered_docx(files["docx"], "95,83%", "95,84%", "word/footnotes.xml"),
        )
    with pytest.raises(RenderError, match=f"0/{TOTAL} số liệu"):
        reconcile(DOCUMENT, "report.html", files["html"].replace(b"154/KH", b"155/KH"))


def test_missing_end_fails(files: dict[str, bytes]) -> None:
    """A file that stops early, or goes on, does not match."""
    longer: Document = replace(DOCUMENT, blocks=(*DOCUMENT.blocks, DOCUMENT.blocks[0]))
    for name in ("html", "docx"):
        with pytest.raises(RenderError, match="Đối soát"):
            reconcile(longer, f"report.{name}", files[name])
        with pytest.raises(RenderError, match="Đối soát"):
            reconcile(DOCUMENT, f"report.{name}", WRITERS[name](longer))
