"""What a report can be exported as: one row per format.

The module of `danvan_nb.document` that has the row's name writes it and reads it back.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """An export format: its name in params and suffix, and how people and mail call it."""

    name: str
    label: str
    mimetype: str
    usual: bool = True
    """Whether a report is made so unless its params say otherwise."""

    @property
    def file(self) -> str:
        """Give the name of a report's file."""
        return f"report.{self.name}"


ROWS = (
    Format("html", "HTML", "text/html"),
    Format("pdf", "PDF", "application/pdf"),
    Format(
        "docx", "Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    Format(
        "xlsx",
        "Excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        usual=False,
    ),
)
FORMATS = tuple(row.name for row in ROWS)
USUAL = tuple(row.name for row in ROWS if row.usual)
