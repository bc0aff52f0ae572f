"""The nbconvert exporters `danvan_html`, `danvan_pdf` and `danvan_docx`, for the command line and JupyterLab's export menu."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from danvan_nb.document.build import build_document
from danvan_nb.document.reconcile import WRITERS, reconcile
from danvan_nb.errors import Issue, ParamsError, RenderError
from danvan_nb.notebook.cells import NotebookMemory
from danvan_nb.notebook.stamp import is_fresh
from danvan_nb.project.project import Project


class _DanvanExporter(Exporter):
    """Export a notebook through the document tree; one without a valid stamp is executed first."""

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
        try:
            project = Project.find(folder)
        except ParamsError:
            project = None  # a notebook sent on its own: its stamp must do
        if not is_fresh(nb, project):
            if project is None:
                raise RenderError(
                    Issue(
                        "so_tay_cu",
                        "Sổ tay đã sửa hoặc chưa chạy, và không ở trong dự án",
                        todo="Mở sổ tay trong thư mục dự án",
                    )
                )
            from danvan_nb.notebook.execute import execute

            nb = execute(nb, None, None, draft=NotebookMemory.read(nb).draft, cwd=folder)
        document = build_document(nb)
        data = WRITERS[self.file_extension.removeprefix(".")](document)
        reconcile(document, f"report{self.file_extension}", data)
        return data, resources


class DanvanHTMLExporter(_DanvanExporter):
    """Export as one HTML file without script."""

    file_extension = ".html"
    output_mimetype = "text/html"
    export_from_notebook = "Báo cáo (HTML)"


class DanvanPDFExporter(_DanvanExporter):
    """Export as PDF in the form of Nghị định 30/2020/NĐ-CP."""

    file_extension = ".pdf"
    output_mimetype = "application/pdf"
    export_from_notebook = "Báo cáo (PDF)"


class DanvanDOCXExporter(_DanvanExporter):
    """Export as Word in the form of Nghị định 30/2020/NĐ-CP."""

    file_extension = ".docx"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    export_from_notebook = "Báo cáo (Word)"
