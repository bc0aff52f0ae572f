"""The command `diff`: what a reader of an earlier version must look at again.

Owns the comparison of two outputs: figures and sentences, old, new and why.
"""

import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

from nbformat import NotebookNode
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.document.build import build_document, printed_cells
from danvan_nb.errors import ParamsError
from danvan_nb.nodes import Document, Text, Value, plain, section_title, values
from danvan_nb.notebook.cells import CellMemory, read_made_notebook, slot_of
from danvan_nb.outputs.manifest import NOTEBOOK
from danvan_nb.outputs.sealing import STAGES, state_of
from danvan_nb.project.project import MASTER, Project


@dataclass(frozen=True)
class Difference:
    """One thing that changed; `old` or `new` is empty where it is not there at all."""

    kind: str
    what: str
    old: str
    new: str
    cause: str


def compare_outputs(old: Path, new: Path) -> list[Difference]:
    """Compare two outputs (folders, or their `report.ipynb`).

    Raises
    ------
    NotebookError
        If one of them is not an output of ours.
    """
    paths = (path / NOTEBOOK if path.is_dir() else path for path in (old, new))
    before, after = (read_made_notebook(path, "diff") for path in paths)
    return [*_figures(build_document(before), build_document(after)), *_sentences(before, after)]


def _figures(before: Document, after: Document) -> Iterator[Difference]:
    old, new = _first_shown(before), _first_shown(after)
    for name in dict.fromkeys([*new, *old]):
        left, right = old.get(name), new.get(name)
        was, now = left.text if left else "", right.text if right else ""
        if was != now or not (left and right):
            shown = right or left
            label = f"{shown.label} ({name})" if shown and shown.label else name
            yield Difference("số liệu", label, was, now, _cause(left, right))


def _first_shown(document: Document) -> dict[str, Value]:
    signed = replace(document, leaders=None)
    return {value.id: value for value in reversed(values(signed))}


def _cause(left: Value | None, right: Value | None) -> str:
    if left is None or right is None:
        return "thêm vào văn bản" if left is None else "bỏ khỏi văn bản"
    place = f"{right.file}, dòng {right.row}" if right.row else right.file
    formula = right.formula and f"phép tính {right.formula}"
    return "; ".join(filter(None, (place, formula)))


@dataclass(frozen=True)
class _Sentence:
    """A sentence: its words with figures by id, its text as printed, its section and origin."""

    words: str = ""
    text: str = ""
    section: str = ""
    written: str = ""


def _sentences(before: NotebookNode, after: NotebookNode) -> Iterator[Difference]:
    """Yield sentences whose words changed; one with only another number is told by its figure."""
    old, new = list(_split(before)), list(_split(after))
    said, says = ([sentence.words for sentence in side] for side in (old, new))
    matcher = difflib.SequenceMatcher(None, said, says, autojunk=False)
    for op, left, left_end, right, right_end in matcher.get_opcodes():
        if op == "equal":
            continue
        pairs = zip_longest(old[left:left_end], new[right:right_end], fillvalue=_Sentence())
        for one, two in pairs:
            section, cause = two.section or one.section, f"lời văn: {two.written or one.written}"
            yield Difference("câu", section, one.text, two.text, cause)


def _split(nb: NotebookNode) -> Iterator[_Sentence]:
    section = ""
    for printed in printed_cells(nb):
        written = _written(printed.cell)
        for passage in printed.passages:
            text = plain(passage.content)
            if passage.number:
                section = section_title(passage.number, passage.content)
            nodes = passage.content
            by_id = (Text(f"⟦{one.id}⟧") if isinstance(one, Value) else one for one in nodes)
            words = plain(tuple(by_id))
            parts = [re.split(r"(?<=[.;:!?])\s+(?=\S)", each) for each in (words, text)]
            if len(parts[0]) != len(parts[1]):  # a figure that ends like a sentence
                parts = [[words], [text]]
            for one, two in zip(*parts, strict=True):
                yield _Sentence(one, two, section, written)


def _written(cell: NotebookNode) -> str:
    """Say where a cell's prose was written."""
    memory, slot = CellMemory.read(cell), slot_of(cell)
    if memory.file:
        return f"{memory.file}, dòng {memory.row}"
    return f"{MASTER}, đoạn {slot}" if slot else MASTER


def diff(
    old: Annotated[Path, console.argument("diff.old")],
    new: Annotated[Path, console.argument("diff.new")],
    as_json: console.AsJson = False,
) -> None:
    """Show what changed between two outputs."""
    found = compare_outputs(old, new)
    if as_json:
        console.print_json(found)
    for path in (old, new):
        folder = (path if path.is_dir() else path.parent).resolve()
        with suppress(ParamsError):  # of no project: what it says can be compared all the same
            if state := state_of(Project.find(folder), folder):
                console.out.print(f"{escape(str(path))}: {STAGES[state]}", soft_wrap=True)
    if not found:
        console.out.print("Hai bản nói giống nhau.")
        return
    table = console.table("Loại", "Ở đâu", "Cũ", "Mới", "Vì")
    for one in found:
        cells = (one.kind, one.what, one.old or "-", one.new or "-", one.cause)
        table.add_row(*map(escape, cells))
    console.out.print(table)
