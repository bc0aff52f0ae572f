"""The index: every output with its state and links that lead somewhere, and no script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import lxml.html
from sample_project import PARAMS

from danvan_nb.commands.index import write_index
from danvan_nb.errors import InputError, Issue
from danvan_nb.outputs.record import failure, write_record
from danvan_nb.project.project import Project


def test_links_lead_to_files(copy: Path) -> None:
    """Each of the three files is linked, and the page needs nothing from outside."""
    path = write_index(Project(copy))
    page = lxml.html.parse(str(path))
    links = page.xpath("//a/@href")
    assert len(links) == 3
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
