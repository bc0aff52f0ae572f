"""The trace of a report: `figures.csv`, every figure shown with its origin, and `manifest.json`, what made the report."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

from danvan_nb.nodes import Appendix, Document, Heading, Value, plain, walk
from danvan_nb.outputs.versions import fingerprint
from danvan_nb.report.report import Report

COLUMNS = (
    "text",
    "value",
    "indicator",
    "formula",
    "file",
    "row",
    "as_of",
    "status",
    "section",
    "parts",
)


def figures_csv(document: Document) -> bytes:
    """Write the trace of every figure, in reading order.

    Returns
    -------
    bytes
        CSV in UTF-8 with a BOM, so that Excel opens it right; columns: text, value (decimal point), indicator, formula, file,
        row, as_of (ISO), status, section, parts (the cells of the sub-offices that a collected figure adds up).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    section = ""
    for node in walk(document):
        match node:
            case Heading(number=number, content=content):
                section = f"{number} {plain(content)}"
            case Appendix(label=label):
                section = label
            case Value():
                parts = "; ".join(f"{office}: {text}" for office, text in node.parts)
                where = (node.file, node.row, node.as_of, node.status, section, parts)
                writer.writerow((node.text, node.value, node.id, node.formula, *where))
    return out.getvalue().encode("utf-8-sig")


def manifest(
    report: Report, stamp: dict[str, Any], outputs: dict[str, bytes], notebook: Path, **facts: Any
) -> dict[str, Any]:
    """Describe what a report was made from and what came out.

    Parameters
    ----------
    report : Report
        The report.
    stamp : dict
        The notebook's stamp, which holds the hashes of the inputs.
    outputs : dict of str to bytes
        The made files but the notebook, whose times differ from run to run.
    notebook : Path
        The master.
    **facts
        Further entries.

    Returns
    -------
    dict
        Everything but the `run` block is the same for the same inputs.
    """
    return {
        "params": report.params.model_dump(mode="json", by_alias=True),
        "notebook": {
            report.project.relative(notebook): hashlib.sha256(notebook.read_bytes()).hexdigest()
        },
        "inputs": stamp["inputs"],
        "outputs": {
            name: hashlib.sha256(data).hexdigest() for name, data in sorted(outputs.items())
        },
        **fingerprint(),
        "checks": [issue.as_dict() for issue in report.issues],
        **facts,
    }
