"""The command `diff`: what a reader of an earlier version must look at again: figures and sentences, old, new and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from danvan_nb.document.build import build_document, printed_cells
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.nodes import Document, Text, Value, plain, values
from danvan_nb.notebook.compose import MASTER, slot_of
from danvan_nb.notebook.stamp import KEY
from danvan_nb.outputs.folder import NOTEBOOK


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
    before, after = _read(old), _read(new)
    return [*_figures(build_document(before), build_document(after)), *_sentences(before, after)]


def _read(path: Path) -> NotebookNode:
    file = path / NOTEBOOK if path.is_dir() else path
    try:
        return nbformat.read(file, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as err:
        todo = "Chỉ ra hai thư mục kết quả, hoặc hai tệp report.ipynb"
        raise NotebookError(
            Issue("diff", f"Không đọc được bản này: {err}", file=path.as_posix(), todo=todo)
        ) from err


def _figures(before: Document, after: Document) -> Iterator[Difference]:
    old, new = (
        {value.id: value for value in reversed(values(document))} for document in (before, after)
    )
    for name in dict.fromkeys([*new, *old]):
        left, right = old.get(name), new.get(name)
        if left is None or right is None or left.text != right.text:
            shown = right or left
            label = f"{shown.label} ({name})" if shown and shown.label else name
            yield Difference(
                "số liệu",
                label,
                left.text if left else "",
                right.text if right else "",
                _cause(left, right),
            )


def _cause(left: Value | None, right: Value | None) -> str:
    if left is None or right is None:
        return "thêm vào văn bản" if left is None else "bỏ khỏi văn bản"
    place = f"{right.file}, dòng {right.row}" if right.row else right.file
    return "; ".join(
        part for part in (place, f"phép tính {right.formula}" if right.formula else "") if part
    )


def _sentences(before: NotebookNode, after: NotebookNode) -> Iterator[Difference]:
    """Yield sentences whose words changed; one that only shows another number is told by its figure."""
    old, new = list(_split(before)), list(_split(after))
    said, says = ([words for words, *_ in side] for side in (old, new))
    for op, left, left_end, right, right_end in difflib.SequenceMatcher(
        None, said, says, autojunk=False
    ).get_opcodes():
        if op != "equal":
            for one, two in zip_longest(
                old[left:left_end], new[right:right_end], fillvalue=("", "", "", "")
            ):
                yield Difference(
                    "câu", two[2] or one[2], one[1], two[1], f"lời văn: {two[3] or one[3]}"
                )


def _split(nb: NotebookNode) -> Iterator[tuple[str, str, str, str]]:
    """Yield sentences as (words with figures by id, text as printed, section, where they were written)."""
    section = ""
    for printed in printed_cells(nb):
        own, slot = printed.cell.metadata.get(KEY, {}), slot_of(printed.cell)
        written = f"{MASTER}, đoạn {slot}" if slot else MASTER
        if "file" in own:
            written = f"{own['file']}, dòng {own['row']}"
        for passage in printed.passages:
            text = plain(passage.content)
            if passage.number:
                section = f"{passage.number} {text}"
            words = plain(
                tuple(
                    Text(f"⟦{node.id}⟧") if isinstance(node, Value) else node
                    for node in passage.content
                )
            )
            parts = [re.split(r"(?<=[.;:!?])\s+(?=\S)", each) for each in (words, text)]
            if len(parts[0]) != len(parts[1]):  # a figure that ends like a sentence
                parts = [[words], [text]]
            yield from ((one, two, section, written) for one, two in zip(*parts, strict=True))
