"""What comes from elsewhere is text and nothing else: printed as it is, or refused where it stands.

`hostile.toml` holds the texts; the files that claim too much are made here.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lxml.html
import openpyxl
import pytest
from lxml import etree
from sample_project import (
    NARRATIVE,
    OBSERVATIONS,
    OUTPUT,
    PARAMS,
    TABLES,
    TEXT,
    change,
    make_project,
    rows,
    squeeze,
    write,
)

from danvan_nb.commands.form import write_form
from danvan_nb.commands.index import write_index
from danvan_nb.commands.returns import mark_up
from danvan_nb.commands.streams import Screen
from danvan_nb.conform.measure import measure_form
from danvan_nb.data.cells import clean, inert, is_executed
from danvan_nb.data.workbooks import read_workbook
from danvan_nb.document import READERS
from danvan_nb.errors import DanvanError, InputError, Issue, ParamsError
from danvan_nb.keep.word_file import read_word_file
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.pipeline import run_report
from danvan_nb.run.rehearsal import rehearse

HOSTILE = tomllib.loads((Path(__file__).parents[1] / "hostile.toml").read_text("utf-8"))
TEXTS: list[str] = HOSTILE["texts"]


@dataclass(frozen=True)
class Refused:
    """A change of the sample project, and the rule that refuses it."""

    kind: str
    rule: str
    file: str = PARAMS
    old: str = ""
    new: str = ""
    text: str = ""
    more: str = ""
    repeat: tuple[str, int] = ("", 0)

    def make(self, root: Path) -> None:
        path = root / self.file
        if self.old:
            change(path, self.old, self.new)
        if self.text:
            write(path, self.text)
        unit, count = self.repeat
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(self.more.replace("@", unit * count) if count else self.more)


CASES = [Refused(**case) for case in HOSTILE["refused"]]


def table(path: Path, head: str, lines: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(), *lines])


def yaml_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def obeyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with all the texts in all its fields, and its report; they were only text."""
    root = make_project(tmp_path_factory.mktemp("hostile") / "du-an")
    data = root / "data/mau/2023-H1"
    many = list(enumerate(TEXTS))
    table(
        data / "models.csv",
        "id name owner summary",
        [[f"m{at}", f"Mô hình {at}", text, text] for at, text in many],
    )
    table(
        data / "events.csv",
        "id name date_from date_to visitors note",
        [[f"e{at}", text, "2023-02-05", "2023-02-07", "", text] for at, text in many],
    )
    table(
        data / "documents.csv",
        "number type date issuer subject",
        [[f"{at + 1}/KH-MAU", "Kế hoạch", "2023-01-05", "Ủy ban mẫu", text] for at, text in many],
    )
    said = [
        f'Đây {{eval}}`model("m{at}").summary` và {{eval}}`event("e{at}").name` hết.'
        for at, _ in many
    ]
    header = TEXT.partition("\n+++")[0]
    write(
        root / NARRATIVE,
        header + '\n+++ {"tags": ["narrative:tinh_hinh"]}\n\n' + "\n\n".join(said) + "\n",
    )
    change(root / PARAMS, "Nguyễn Văn Mẫu", yaml_text(TEXTS[1]))
    change(root / PARAMS, "drafting_unit: PNV", "drafting_unit: " + yaml_text(TEXTS[12]))
    change(
        root / "params/indicators.yml", "label: Thu ngân sách mẫu", "label: " + yaml_text("=1+1")
    )
    change(root / "params/offices.yml", "place: Mẫu\n  symbol: PNV", "place: =1+1\n  symbol: PNV")
    run_report(PARAMS, start=root, formats=tuple(READERS))
    return root


@pytest.mark.parametrize("name", [name for name in READERS if name != "xlsx"])  # it has no prose
def test_texts_are_printed_as_they_are(obeyed: Path, name: str) -> None:
    """Each file says each text, letter by letter, as often as the report does."""
    printed = squeeze(READERS[name]((obeyed / OUTPUT / f"report.{name}").read_bytes()))
    lost = [text for text in TEXTS if squeeze(f"Đây {text} và {text} hết.") not in printed]
    assert lost == []


def test_the_page_holds_nothing_that_acts(obeyed: Path) -> None:
    """No script, picture from elsewhere, handler, frame or address that runs; in the index too."""
    for path in (obeyed / OUTPUT / "report.html", write_index(Project(obeyed))):
        page = lxml.html.parse(str(path)).getroot()
        assert not page.xpath("//script | //iframe | //object | //form | //base | //img[@onerror]")
        assert not page.xpath("//@*[starts-with(name(), 'on')]")
        links = page.xpath("//@href | //@src")
        assert not [one for one in links if ":" in one.partition("/")[0] and "data:" not in one]
        assert page.xpath("//meta[@http-equiv='Content-Security-Policy']")


def test_the_word_file_has_no_field_and_no_link(obeyed: Path) -> None:
    with zipfile.ZipFile(obeyed / OUTPUT / "report.docx") as parts:
        body = etree.fromstring(parts.read("word/document.xml"))
        links = "".join(parts.read(one).decode() for one in parts.namelist() if ".rels" in one)
    fields = body.xpath("//*[local-name() = 'instrText' or local-name() = 'fldSimple']")
    assert not [one for one in fields if "DDE" in etree.tostring(one, encoding="unicode")]
    assert 'TargetMode="External"' not in links


def test_no_cell_of_a_table_is_a_formula(obeyed: Path) -> None:
    """CSV files, forms and marked copies: nothing in them is executed, and it is read as typed."""
    project = Project(obeyed)
    with (obeyed / OUTPUT / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if is_executed(cell)]
    form = write_form(project, "mau", Period.parse("2023-H2"), {})
    issues = [Issue("x", "=1+1", sheet="Số liệu", cell="D9", found="=1+1")]
    report = (obeyed / OUTPUT / "report.xlsx").read_bytes()
    for data in (form, mark_up(form, issues), report):
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [cell for page in book for row in page.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        grids = read_workbook(data, "x")
        shown = [clean(cell) for grid in grids for row in grid.rows for cell in row]
        assert any("=1+1" in str(cell) for cell in shown)


@pytest.mark.parametrize("text", [*TEXTS, "＝1+1", "－1", "-5", "+7,25", "-11,46%"])
def test_an_inert_cell_reads_as_it_was(text: str) -> None:
    """What goes out to a spreadsheet comes back the same, and a number stays a number."""
    assert clean(inert(text)) == clean(text)
    assert not is_executed(inert(text))
    assert inert("-5") == "-5"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_refused_where_it_stands(case: Refused, project: Path) -> None:
    """Each is one kind of error that names its rule; nothing else happens."""
    case.make(project)
    with pytest.raises(DanvanError) as refused:
        report = load_report(PARAMS, project)
        report.refuse_errors()
        rehearse(report, PARAMS)
    assert case.rule in {issue.rule for issue in refused.value.issues}
    assert not (project / "outputs").exists()


def book(*changes: tuple[bytes, bytes], before: bytes = b"") -> bytes:
    """Make a workbook of the sample's numbers, and change the bytes of its sheet."""
    made = openpyxl.Workbook()
    for row in rows(TABLES[OBSERVATIONS]):
        made.active.append([cell or None for cell in row])
    out, changed = io.BytesIO(), io.BytesIO()
    made.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                for one, other in changes:
                    assert one in data, one
                    data = data.replace(one, other, 1)
                data = before + data
            new.writestr(name, data)
    return changed.getvalue()


END = b"</sheetData>"
LAUGHS = b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 12)
)
MERGED = END + b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 900 + b"</mergeCells>"
SPARSE = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (at, at) for at in range(9, 900))
BOOKS: dict[str, Callable[[], bytes]] = {
    "dòng chín trăm triệu": lambda: book((b'<row r="3"', b'<row r="900000000"')),
    "dòng âm": lambda: book((b'<row r="3"', b'<row r="-3"')),
    "cột ZZZZZZ": lambda: book((b'<c r="A3"', b'<c r="ZZZZZZ3"')),
    "hai tỷ cột ẩn": lambda: book(
        (b"<sheetData>", b'<cols><col min="1" max="2000000000" hidden="1"/></cols><sheetData>')
    ),
    "ô gộp chồng nhau": lambda: book((END, MERGED)),
    "ô gộp không cùng": lambda: book(
        (END, END + b'<mergeCells><mergeCell ref="A1:ZZZZZZZZ9999999999"/></mergeCells>')
    ),
    "dòng thưa": lambda: book((END, SPARSE + END)),
    "thực thể nhân lên": lambda: book((b"<sheetData>", b"&a11;<sheetData>"), before=LAUGHS + b"]>"),
    "thực thể ở tệp khác": lambda: book(
        (b"<sheetData>", b"&a;<sheetData>"),
        before=b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ),
    "nén một nghìn lần": lambda: book((END, END + b"<!--" + b" " * 60_000_000 + b"-->")),
    "kiểu ô không có": lambda: book((b'<c r="A3"', b'<c s="99999" r="A3"')),
    "số năm mươi nghìn chữ số": lambda: book(
        (b'<c r="A3"', b"<c><v>" + b"9" * 50_000 + b'</v></c><c r="A3"')
    ),
    "không phải tệp nén": lambda: b"PK\x03\x04" + b"\0" * 500,
}


@pytest.mark.parametrize("kind", BOOKS)
def test_workbooks_that_claim_too_much(kind: str) -> None:
    """A few bytes that stand for millions of cells are refused before they are made."""
    with pytest.raises(InputError) as refused:
        read_workbook(BOOKS[kind](), "x.xlsx")
    assert refused.value.issues[0].rule in ("xlsx", "bang_lon")


def test_a_word_file_that_claims_too_much() -> None:
    """Both readers of Word files from elsewhere refuse it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", b" " * 60_000_000)
    for read in (lambda data: read_word_file(data, "x"), lambda data: measure_form(data, ".docx")):
        with pytest.raises(DanvanError):
            read(out.getvalue())


def test_a_half_character_of_a_workbook_is_dropped() -> None:
    """A lone surrogate can be written as an escape in a cell, and in no file of ours."""
    lone = b'<c r="A3" t="inlineStr"><is><t>a_xD800_b</t></is></c><c r="B3"'
    (grid,) = read_workbook(book((b'<c r="B3"', lone)), "x")
    assert grid.at(3, 0) == "ab"


LINKS: dict[str, tuple[str, Any]] = {
    "số liệu dẫn ra ngoài": (OBSERVATIONS, "/etc/passwd"),
    "số liệu là thiết bị": (OBSERVATIONS, "/dev/zero"),
    "số liệu dẫn về chính nó": (OBSERVATIONS, "observations.csv"),
    "thư mục số liệu dẫn ra ngoài": ("data/mau", "/etc"),
    "thuyết minh dẫn ra ngoài": (NARRATIVE, "/etc/passwd"),
    "tham số dẫn ra ngoài": (PARAMS, "/etc/passwd"),
    "danh mục dẫn ra ngoài": ("params/indicators.yml", "/etc/passwd"),
    "số liệu là ống": (OBSERVATIONS, None),
    "kết quả dẫn ra ngoài": ("outputs", "/etc"),
    "thư mục của kỳ dẫn ra ngoài": (OUTPUT, "/etc"),
}


@pytest.mark.parametrize("kind", LINKS)
def test_links_lead_nowhere(kind: str, project: Path) -> None:
    """A link out of the project, a device and a pipe are refused; nothing is read or written."""
    name, target = LINKS[kind]
    path = project / name
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if target:
        path.symlink_to(target)
    else:
        os.mkfifo(path)
    with pytest.raises((ParamsError, InputError)):
        run_report(PARAMS, start=project)


def test_a_link_among_the_outputs_is_replaced(project: Path) -> None:
    """A file of the report that is a link becomes a file; what it led to stays as it was."""
    outside = project.parent / "ngoai.html"
    outside.write_text("giữ", "utf-8")
    (project / OUTPUT).mkdir(parents=True)
    (project / OUTPUT / "report.html").symlink_to(outside)
    run_report(PARAMS, start=project, formats=("html",))
    assert outside.read_text("utf-8") == "giữ"
    assert not (project / OUTPUT / "report.html").is_symlink()


def test_the_screen_shows_no_escape_sequence() -> None:
    """No text moves the cursor, rings, or turns the line round; marks of ours still colour."""
    out = io.StringIO()
    Screen(file=out, width=80).print("a\x1b[2J\x07b\u202ec\x9b31m [red]đ[/]")
    assert out.getvalue() == "a?[2J?b?c?31m đ\n"
