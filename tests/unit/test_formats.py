"""A format is one row, and everything that speaks of formats has what the row says."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from sample_document import sample_document

from danvan_nb.document import WRITERS
from danvan_nb.document.reconcile import reconcile
from danvan_nb.nodes import values
from danvan_nb.project.formats import FORMATS, ROWS, Format
from danvan_nb.project.project import ReportParams


def test_params_know_every_format() -> None:
    """A report is made in the usual formats unless its params say otherwise; an unknown one is
    refused."""
    about = {"office": "mau", "period": "2023-H1", "signatory": {}}
    assert ReportParams.model_validate(about).formats == ("html", "pdf", "docx")
    for name in FORMATS:
        assert ReportParams.model_validate(about | {"formats": [name]}).formats == (name,)
    with pytest.raises(ValueError, match="formats"):
        ReportParams.model_validate(about | {"formats": ["odt"]})


@pytest.mark.parametrize("row", ROWS, ids=FORMATS)
def test_a_row_has_writer_reader_and_exporter(row: Format) -> None:
    """What the row's writer makes, its reader reads; nbconvert finds its exporter by name."""
    document = sample_document()
    assert reconcile(document, row.file, WRITERS[row.name](document)) >= len(values(document))
    (entry,) = entry_points(group="nbconvert.exporters", name=f"danvan_{row.name}")
    exporter = entry.load()
    assert (exporter.row, exporter.output_mimetype) == (row, row.mimetype)
    assert exporter().file_extension == f".{row.name}"
    assert row.label in exporter.export_from_notebook
