"""The index: every output with its state and links that lead somewhere, and no script."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import lxml.html
import openpyxl
import pytest
from sample_project import PARAMS, change

from danvan_nb.commands.form import write_form
from danvan_nb.commands.index import write_index
from danvan_nb.data.schema import DICTIONARY_SHEET
from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.outputs.record import failure, write_record
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.dictionary import LATEST
from danvan_nb.report.report import load_report
from danvan_nb.run.pipeline import run_report


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_links_lead_to_files(copy: Path) -> None:
    """Each of the three files is linked, and the page needs nothing from outside."""
    path = write_index(Project(copy))
    page = lxml.html.parse(str(path))
    links = page.xpath("//a/@href")
    assert len(links) == 4  # three files and the dictionary
    assert all((path.parent / link).is_file() for link in links)
    assert not page.xpath("//script | //link | //img")
    assert page.xpath("//html/@lang") == ["vi"]
    assert path.read_bytes() == write_index(Project(copy)).read_bytes()


def test_failures_are_shown(copy: Path) -> None:
    """A report that failed, before or after it had outputs, is marked with the kind of error."""
    project = Project(copy)
    failed = failure(PARAMS, InputError(Issue("x", "sai <b>")))
    write_record(project, [failed, replace(failed, params="params/la/2020-H1.yml")])
    page = lxml.html.parse(str(write_index(project)))
    assert [
        cell.getparent().get("data-period") for cell in page.xpath("//td/p[@class='failed']")
    ].count("2020-H1") == 1
    assert len(page.xpath("//td/p[@class='failed']")) == 2
    assert all(failed.kind in cell.text_content() for cell in page.xpath("//td/p[@class='failed']"))


def test_page_speaks_in_words(copy: Path) -> None:
    """Periods, states, dates and the figures of the cards are read without knowing the project."""
    change(copy / "params/indicators.yml", "  better: up\n", "  better: up\n  highlight: true\n")
    run_report(PARAMS, start=copy, formats=("html",))
    page = lxml.html.parse(str(write_index(Project(copy))))
    said = " ".join(page.find(".//tbody").text_content().split())
    assert "Bản chính thức" in said and "Làm ngày" in said
    assert "Thu ngân sách mẫu: ước 301,149 tỷ đồng" in said
    assert page.xpath("//thead//th/text()")[1:] == ["6 tháng đầu năm 2023"]


def test_dictionary_of_indicators(copy: Path) -> None:
    """Each indicator has its facts, the sections that use it, and its number by office and period;
    the index leads there, and every link stays inside."""
    path = write_index(Project(copy))
    assert "chi-tieu.html" in lxml.html.parse(str(path)).xpath("//a/@href")
    page = lxml.html.parse(str(path.with_name("chi-tieu.html")))
    told = {
        part.xpath("h2/@id")[0]: " ".join(part.text_content().split())
        for part in page.xpath("//section")
    }
    assert list(told) == list(Project(copy).catalogue)
    assert "Cách tính: cộng dồn từ 01/01" in told["thu_mau"] and "tỷ đồng" in told["thu_mau"]
    where = "Ủy ban nhân dân thành phố Mẫu, 6 tháng đầu năm 2023"
    assert f"{where}: ước 301,149 tỷ đồng" in told["thu_mau"]
    assert "TÌNH HÌNH (lời văn)" in told["thu_mau"] and "bảng" in told["thu_mau"]
    assert "Công thức: “Vụ việc hòa giải thành” / “Vụ việc đã nhận” × 100" in told["ty_le_thanh"]
    assert "Dùng để tính: Tỷ lệ hòa giải thành" in told["vu_thanh"]
    assert "Định nghĩa: chưa ghi trong danh mục" in told["vu_thanh"]
    assert not page.xpath("//script | //link | //img")
    anchors = {f"#{name}" for name in told}
    assert {link for link in page.xpath("//main//a/@href") if link[0] == "#"} == anchors


def test_page_form_and_search_tell_the_same(copy: Path) -> None:
    """What an indicator is reads the same on the page, in the form and in `tra_cuu`;
    only whose last numbers they are differs."""
    project = Project(copy)
    page = lxml.html.parse(str(write_index(project).with_name("chi-tieu.html")))
    form = write_form(project, "mau", Period.parse("2023-H1"), {})
    heads, *rows = openpyxl.load_workbook(BytesIO(form))[DICTIONARY_SHEET].iter_rows(
        min_row=5, values_only=True
    )
    search = load_report(PARAMS, copy).vocabulary.tra_cuu
    for row in rows:
        told = dict(zip(heads, row, strict=True))
        name = told.pop("Mã chỉ tiêu")
        (shown,) = page.xpath(f"//section[@aria-labelledby='{name}']")
        said = squeezed(shown.text_content())
        live = squeezed(repr(search(name)))
        assert squeezed(told.pop("Chỉ tiêu")) in said
        told.pop(LATEST)
        facts = [squeezed(f"{term}: {text}") for term, text in told.items() if text]
        assert [fact for fact in facts if fact not in said or fact not in live] == []


def test_numbers_of_a_draft_are_named_so(copy: Path) -> None:
    """A last number that stands in a draft alone is not told as if it were reported."""
    run_report(PARAMS, start=copy, draft=True, formats=("html",))
    page = lxml.html.parse(str(write_index(Project(copy)).with_name("chi-tieu.html")))
    said = page.xpath("//section[@aria-labelledby='thu_mau']")[0].text_content()
    assert "6 tháng đầu năm 2023 (dự thảo): ước 301,149 tỷ đồng" in said


def test_a_wrong_formula_is_told(copy: Path) -> None:
    """A catalogue whose formula names what is not there stops the page in words."""
    change(copy / "params/indicators.yml", "vu_thanh / vu_nhan", "vu_thanh / vu_la")
    with pytest.raises(ParamsError, match="vu_la"):
        write_index(Project(copy))


def test_last_numbers_of_a_province(copy: Path) -> None:
    """Of many offices each has its latest number, not all of them; of few all periods are there."""
    offices = copy / "params/offices.yml"
    trace = next((copy / "outputs/mau/2023-H1").glob("figures.csv")).read_bytes()
    more = "".join(
        f"xa-{at}:\n  name: Xã {at}\n  short: x\n  locality: x\n  place: x\n  symbol: x\n"
        "  level: xa\n"
        for at in range(70)
    )
    offices.write_text(offices.read_text(encoding="utf-8") + more, encoding="utf-8")
    for at in range(70):
        for period in ("2022-H2", "2023-H1")[: 2 - at % 2]:
            folder = copy / f"outputs/xa-{at}/{period}"
            folder.mkdir(parents=True)
            (folder / "figures.csv").write_bytes(trace)
    page = lxml.html.parse(str(write_index(Project(copy)).with_name("chi-tieu.html")))
    said = page.xpath("//section[@aria-labelledby='thu_mau']")[0].text_content()
    assert "Xã 2, 6 tháng đầu năm 2023" in said and "Xã 2, 6 tháng cuối năm 2022" not in said
    assert "Xã 1, 6 tháng cuối năm 2022" in said
    assert len(page.xpath("//section[@aria-labelledby='thu_mau']//details")) == 1
