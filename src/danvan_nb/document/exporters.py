"""The nbconvert exporters `danvan_<format>`, for the command line and JupyterLab's export menu."""

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from danvan_nb.document import WRITERS, build, reconcile
from danvan_nb.errors import Issue, ParamsError, RenderError
from danvan_nb.notebook import cells, stamp
from danvan_nb.project.formats import ROWS, Format
from danvan_nb.project.project import Project


class _DanvanExporter(Exporter):
    """Export a notebook through the document tree; one without a valid stamp is executed first."""

    row: Format

    def __init_subclass__(cls, format: str) -> None:
        (cls.row,) = (row for row in ROWS if row.name == format)
        cls.file_extension = f".{format}"  # type: ignore[assignment]  # a trait takes it
        cls.output_mimetype = cls.row.mimetype
        cls.export_from_notebook = f"Báo cáo ({cls.row.label})"

    def from_notebook_node(  # type: ignore[override]  # other exporters give text or bytes too
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Convert a notebook; returns the file and nbconvert's resources.

        Raises
        ------
        DanvanError
            If the notebook can't be executed, or the file does not say what it says.
        """
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        folder = Path(resources.get("metadata", {}).get("path") or ".")
        document = build.build_document(_fresh(nb, folder))
        data = WRITERS[self.row.name](document)
        reconcile.reconcile(document, self.row.file, data)
        return data, resources


def _fresh(nb: NotebookNode, folder: Path) -> NotebookNode:
    """Give the notebook with values that can be exported: its own, or those of a new execution."""
    try:
        project = Project.find(folder)
    except ParamsError:
        project = None  # a notebook sent on its own: its stamp must do
    if stamp.is_fresh(nb, project):
        return nb
    if project is None:
        raise RenderError(Issue.of("so_tay_cu"))
    from danvan_nb.notebook.execute import execute

    return execute(nb, None, None, draft=cells.NotebookMemory.read(nb).draft, cwd=folder)


class DanvanHTMLExporter(_DanvanExporter, format="html"):
    """Export as one HTML file without script."""


class DanvanPDFExporter(_DanvanExporter, format="pdf"):
    """Export as PDF in the form of Nghị định 30/2020/NĐ-CP."""


class DanvanDOCXExporter(_DanvanExporter, format="docx"):
    """Export as Word in the form of Nghị định 30/2020/NĐ-CP."""


class DanvanXLSXExporter(_DanvanExporter, format="xlsx"):
    """Export the tables and all figures as a workbook."""
