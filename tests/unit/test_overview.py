"""The index: every output with its state and links that lead somewhere, and no script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import lxml.html
from sample_project import PARAMS, change

from danvan_nb.commands.index import write_index
from danvan_nb.errors import InputError, Issue
from danvan_nb.outputs.record import failure, write_record
from danvan_nb.project.project import Project
from danvan_nb.run.pipeline import run_report


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
    assert "Dùng ở: I." in told["thu_mau"]
    assert "Công thức: vu_thanh / vu_nhan * 100" in told["ty_le_thanh"]
    assert not page.xpath("//script | //link | //img")
