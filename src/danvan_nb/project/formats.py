"""What a report can be exported as: one table of `formats.toml` per format.

The module of `danvan_nb.document` that has the row's name writes it and reads it back.
"""

from dataclasses import dataclass

from danvan_nb.project.files import read_table


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


ROWS = tuple(Format(name, **about) for name, about in read_table("project", "formats").items())
FORMATS = tuple(row.name for row in ROWS)
USUAL = tuple(row.name for row in ROWS if row.usual)
