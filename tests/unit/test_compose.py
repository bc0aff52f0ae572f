"""Slots: the report's own narrative in the master's notebook."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode
from sample_project import NARRATIVE, markdown, master

from danvan_nb.errors import NotebookError
from danvan_nb.notebook.cells import CellMemory, needs_of, section_of, slot_of, tags
from danvan_nb.notebook.compose import compose
from danvan_nb.notebook.narrative import Passage, parse_narrative, read_narrative
from danvan_nb.notebook.stamp import cell_hash
from danvan_nb.report.report import Report

HEADER = (
    "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n---\n\n"
)


def passages(body: str) -> tuple[Passage, ...]:
    return parse_narrative(HEADER + body, NARRATIVE).passages


def block(tag: str, text: str) -> str:
    return f'+++ {{"tags": ["{tag}"]}}\n\n{text}\n\n'


def composed(body: str) -> NotebookNode:
    return compose(master(), passages(body))


def test_passage_replaces_its_slot() -> None:
    """The passage takes the slot's place with its own tags; the cell keeps its id,
    and remembers what was composed."""
    nb = composed(block("narrative:hoa_giai", "Riêng của kỳ này."))
    before = next(cell for cell in master().cells if slot_of(cell) == "hoa_giai")
    after = next(cell for cell in nb.cells if slot_of(cell) == "hoa_giai")
    assert (after.source, after.id) == ("Riêng của kỳ này.", before.id)
    assert needs_of(before) == ("ty_le_thanh",)
    assert needs_of(after) == ()  # what the standard prose needs is not what the new one needs
    assert CellMemory.read(after).base == cell_hash(after) != cell_hash(before)
    assert len(nb.cells) == len(master().cells)


def test_roles_stay_with_the_slot() -> None:
    """A căn cứ stays a căn cứ when its text is replaced."""
    base = master()
    base.cells[5].metadata["tags"].append("basis")
    nb = compose(base, passages(block("narrative:tinh_hinh", "Căn cứ mới.")))
    assert set(tags(nb.cells[5])) == {"narrative:tinh_hinh", "basis"}


def test_passages_follow_their_slot() -> None:
    """`+` passages come after the slot, in order,
    as cells of their own with ids that stay the same."""
    body = (
        block("narrative:thu+", "Thêm một.")
        + block("narrative:don", "Khác.")
        + block("narrative:thu+", "Thêm hai.")
    )
    first, second = composed(body), composed(body)
    sources = [cell.source for cell in first.cells]
    at = next(n for n, cell in enumerate(first.cells) if slot_of(cell) == "thu")
    assert sources[at] == master().cells[7].source
    assert sources[at + 1 : at + 3] == ["Thêm một.", "Thêm hai."]
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]
    assert len({cell.id for cell in first.cells}) == len(first.cells)


def test_replace_and_follow_the_same_slot() -> None:
    """Both may stand for one slot."""
    nb = composed(block("narrative:thu+", "Sau.") + block("narrative:thu", "Trước."))
    assert [cell.source for cell in nb.cells if slot_of(cell).removesuffix("+") == "thu"] == [
        "Trước.",
        "Sau.",
    ]


def test_master_is_not_changed() -> None:
    """Composing works on a copy."""
    base = master()
    compose(base, passages(block("narrative:thu", "Khác.")))
    assert base == master()


def test_unknown_slot() -> None:
    """A slot that the master does not have is named with its line and the nearest one."""
    with pytest.raises(NotebookError) as caught:
        composed(
            block("narrative:thu", "A.")
            + block("narrative:tinh_hinnh", "B.")
            + block("narrative:zzz", "C.")
        )
    near, far = caught.value.issues
    assert (near.rule, near.row, near.found, near.todo) == (
        "muc_la",
        12,
        "tinh_hinnh",
        "Có phải là “tinh_hinh”?",
    )
    assert far.todo == "Các mục: tinh_hinh, thu, hoa_giai, don"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (block("narrative:thu", "A.") + block("narrative:thu", "B."), "viết hai lần"),
        ("Chữ đứng ngoài.\n\n" + block("narrative:thu", "A."), "không thuộc mục nào"),
        (block("ghi_chu", "A."), "không thuộc mục nào"),
        ("+++\n\nKhông nhãn.\n", "không thuộc mục nào"),
        ("```{code-cell}\nx = 1\n```\n", "không thuộc mục nào"),
    ],
)
def test_wrong_narrative(body: str, words: str) -> None:
    """The same slot twice, text outside a slot, and code are errors with file and line."""
    with pytest.raises(NotebookError, match=words) as caught:
        passages(body)
    assert caught.value.issues[0].file == NARRATIVE
    assert caught.value.issues[0].row


def test_unreadable_narrative(report: Report) -> None:
    """Not UTF-8, or no readable header, is told so."""
    (report.project.root / NARRATIVE).write_bytes("Căn cứ".encode("utf-16"))
    with pytest.raises(NotebookError, match="UTF-8"):
        read_narrative(report)


def test_line_ends_of_windows(report: Report) -> None:
    """A narrative saved with other ends of lines says the same."""
    path = report.project.root / NARRATIVE
    unix = read_narrative(report)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_narrative(report) == unix
    assert unix.passages and unix.header.startswith("---\n")


def test_blocks_know_where_they_stand() -> None:
    """Each passage has the line of its `+++` and its block as typed,
    whatever blocks without text stand between."""
    text = (
        HEADER
        + "+++\n\n"
        + block("narrative:thu", "A.")
        + '+++ {"tags": ["narrative:don"]}\n\n'
        + block("narrative:hoa_giai", "B.")
    )
    first, second = parse_narrative(text, NARRATIVE).passages
    lines = text.split("\n")
    assert [lines[one.row - 1].split(":")[-1] for one in (first, second)] == [
        'thu"]}',
        'hoa_giai"]}',
    ]
    assert text.endswith(first.text + second.text)
    assert second.text == block("narrative:hoa_giai", "B.")


def test_section_of_a_cell() -> None:
    """A cell belongs to the nearest heading above it."""
    nb = master()
    assert [section_of(nb, n) for n in (1, 5, 8, 12)] == [
        "Kết quả công tác mẫu {eval}`period.label`",
        "TÌNH HÌNH",
        "KẾT QUẢ",
        "KẾT QUẢ HÒA GIẢI",
    ]
    nb.cells = [markdown("không tiêu đề")]
    assert section_of(nb, 0) == ""


def test_needs_of_several_tags() -> None:
    """needs:a,b and a tag each mean the same; the notebook format itself allows only the second."""
    cell = markdown("x", "needs:c")
    cell.metadata["tags"].insert(0, "needs:a, b")
    assert needs_of(cell) == ("a", "b", "c")


def test_broken_header_is_told() -> None:
    """A narrative whose tags can't be read is an error with its file,
    whatever the reader raises."""
    with pytest.raises(NotebookError) as caught:
        passages('+++ {"tags": ["narrative:thu"\n\nA.\n')
    assert caught.value.issues[0].file == NARRATIVE
