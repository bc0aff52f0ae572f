"""The command `diff`: what a reader of an earlier version must look at again: figures and sentences, old, new and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from danvan_nb.document.build import build_document
from danvan_nb.document.tree import BulletList, Document, Heading, Inlines, Paragraph, Text, Value, plain, values, walk
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.publish import NOTEBOOK


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
    return [*_figures(before, after), *_sentences(before, after)]


def _read(path: Path) -> Document:
    file = path / NOTEBOOK if path.is_dir() else path
    try:
        return build_document(nbformat.read(file, as_version=4))
    except (OSError, ValueError, nbformat.ValidationError) as err:
        todo = "Chỉ ra hai thư mục kết quả, hoặc hai tệp report.ipynb"
        raise NotebookError(Issue("diff", f"Không đọc được bản này: {err}", file=path.as_posix(), todo=todo)) from err


def _figures(before: Document, after: Document) -> Iterator[Difference]:
    old, new = ({value.id: value for value in reversed(values(document))} for document in (before, after))
    for name in dict.fromkeys([*new, *old]):
        left, right = old.get(name), new.get(name)
        if left is None or right is None or left.text != right.text:
            shown = right or left
            label = f"{shown.label} ({name})" if shown and shown.label else name
            yield Difference("số liệu", label, left.text if left else "", right.text if right else "", _cause(left, right))


def _cause(left: Value | None, right: Value | None) -> str:
    if left is None or right is None:
        return "thêm vào văn bản" if left is None else "bỏ khỏi văn bản"
    place = f"{right.file}, dòng {right.row}" if right.row else right.file
    return "; ".join(part for part in (place, f"phép tính {right.formula}" if right.formula else "") if part)


def _sentences(before: Document, after: Document) -> Iterator[Difference]:
    """Yield sentences whose words changed; one that only shows another number is told by its figure."""
    old, new = _split(before), _split(after)
    matcher = difflib.SequenceMatcher(None, [words for words, _, _ in old], [words for words, _, _ in new], autojunk=False)
    for op, left, left_end, right, right_end in matcher.get_opcodes():
        if op == "equal":
            continue
        for number in range(max(left_end - left, right_end - right)):
            one = old[left + number] if left + number < left_end else ("", "", "")
            two = new[right + number] if right + number < right_end else ("", "", "")
            place = two[2] or one[2]
            yield Difference("câu", place, one[1], two[1], "lời văn" + (f" ({place})" if place else ""))


def _split(document: Document) -> list[tuple[str, str, str]]:
    """List sentences as (words with figures by id, text as printed, section)."""
    out: list[tuple[str, str, str]] = []
    section = ""
    contents: tuple[Inlines, ...]
    for node in walk((document.subject, document.blocks, document.appendices)):
        match node:
            case Heading(number=number, content=content):
                section = f"{number} {plain(content)}"
                contents = (content,)
            case Paragraph(content=content):
                contents = (content,)
            case BulletList(items=items):
                contents = items
            case _:
                continue
        for content in contents:
            words = plain(tuple(Text(f"⟦{part.id}⟧") if isinstance(part, Value) else part for part in content))
            parts = [re.split(r"(?<=[.;:!?])\s+(?=\S)", text) for text in (words, plain(content))]
            if len(parts[0]) != len(parts[1]):  # a figure that ends like a sentence
                parts = [[words], [plain(content)]]
            out += [(one, two, section) for one, two in zip(*parts, strict=True)]
    return out
