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
)
FORMATS = tuple(row.name for row in ROWS)
