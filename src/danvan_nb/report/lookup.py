"""What `tra_cuu` shows of what it found: a list, and of few indicators all that is to be known.

Owns how that looks in JupyterLab and as text; what is found is the vocabulary's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import NamedTuple, TypeAlias

INDICATOR = "Chỉ tiêu"
Explained: TypeAlias = tuple[tuple[str, dict[str, str]], ...]
"""Indicators by what they are called, each with what is told of it, term by term."""
UNFOLDED = 30
"""Entries that `tra_cuu` shows unfolded; more are seen as a list of groups."""
EXPLAINED = 3
"""Indicators that `tra_cuu` tells all of; of more it says only what they are called."""


def html_table(
    title: str, headings: Iterable[str], rows: Iterable[Iterable[str]], is_open: bool
) -> str:
    """Write a table for JupyterLab that folds under its title and stands at the left."""
    cell = '<td style="text-align:left;vertical-align:top;white-space:pre-line">{}</td>'.format
    lines = ([f"<b>{heading}</b>" for heading in headings], *(map(escape, row) for row in rows))
    body = "".join(f"<tr>{''.join(map(cell, line))}</tr>" for line in lines)
    table = f'<table style="margin-left:0">{body}</table>'
    summary = f"<summary>{escape(title)}</summary>"
    return f"<details{' open' if is_open else ''}>{summary}{table}</details>"


class Saying(NamedTuple):
    """Something to say inline: what it is, how it reads now, and its expression."""

    group: str
    label: str
    text: str
    code: str

    @property
    def pasted(self) -> str:
        """What to paste into the narrative."""
        return f"{{eval}}`{self.code}`"


@dataclass(frozen=True)
class Lookup:
    """What `tra_cuu` found, with the expressions to paste; or what is nearest to words unknown.

    Of few indicators `explained` tells all that is to be known.
    """

    unknown: str
    entries: tuple[Saying, ...]
    explained: Explained = ()

    @property
    def _note(self) -> str:
        if self.unknown:
            near = "Gần giống nhất:" if self.entries else "Gõ tra_cuu() để xem tất cả."
            return f"Không tìm thấy “{self.unknown}”. {near}"
        if self.explained or not any(one.group == INDICATOR for one in self.entries):
            return ""
        return f"Gõ thêm chữ: còn {EXPLAINED} chỉ tiêu trở xuống thì hiện mọi điều cần biết."

    def _repr_html_(self) -> str:
        heads = ("Nội dung", "Hiện là", "Chép vào thuyết minh")
        is_short = len(self.entries) <= UNFOLDED
        tables = (
            html_table(f"{group} ({len(rows)})", heads, rows, is_short)
            for group, alike in groupby(self.entries, lambda one: one.group)
            if (rows := [(one.label, one.text, one.pasted) for one in alike])
        )
        facts = (
            html_table(label, ("Điều cần biết", "Nội dung"), told.items(), True)
            for label, told in self.explained
        )
        return f"<p>{escape(self._note)}</p>{''.join((*tables, *facts))}"

    def __repr__(self) -> str:
        lines = (f"{one.pasted}  {one.label}: {one.text}" for one in self.entries)
        told = (
            "\n  ".join((f"\n{label}", *(f"{term}: {text}" for term, text in facts.items())))
            for label, facts in self.explained
        )
        return "\n".join(filter(None, (self._note, *lines, *told)))
