"""Edits of the open notebook survive: kept in the narrative or the master,
whoever else edited in between."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_project import NARRATIVE, TEXT, markdown, master

from danvan_nb.errors import NotebookError
from danvan_nb.keep.notebook_edits import LEFT_OUT, keep_notebook, with_passages
from danvan_nb.notebook.cells import slot_of
from danvan_nb.notebook.compose import compose
from danvan_nb.notebook.narrative import parse_narrative


def composed(narrative: str = TEXT, of: Any = None) -> Any:
    return compose(of or master(), parse_narrative(narrative, NARRATIVE).passages)


def prose(nb: Any) -> list[Any]:
    return [cell for cell in nb.cells if slot_of(cell)]


def keep(nb: Any, narrative: str = TEXT, of: Any = None) -> Any:
    return keep_notebook(nb, of or master(), parse_narrative(narrative, NARRATIVE))


def without_memory(nb: Any) -> Any:
    """Give a notebook without what it remembers of its composing."""
    nb = nbformat.from_dict(nb)
    for cell in nb.cells:
        cell.metadata.pop("danvan", None)
    return nb


words = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
    .map(lambda text: text.replace("`", "").replace("+++", "").replace("---", "").replace("{", ""))
    .filter(bool)
    .map(lambda text: f"x{text}"),
    min_size=1,
    max_size=8,
).map(" ".join)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.integers(0, 5), st.lists(words, min_size=1, max_size=3).map("\n\n".join), max_size=4
    )
)
def test_random_edits_survive(edits: dict[int, str]) -> None:
    """Whatever prose cells are edited, keep and compose give the very same notebook,
    and the master stays as it is."""
    nb = composed()
    for number, text in edits.items():
        prose(nb)[number % len(prose(nb))].source = f"{text} {{eval}}`thu_mau`."
    kept = keep(nb)
    assert kept.master == master()
    assert without_memory(composed(kept.narrative)) == without_memory(nb)


def test_nothing_edited_changes_no_byte() -> None:
    """Keeping an unedited notebook gives the narrative as it was."""
    assert keep(composed()).narrative == TEXT


def test_other_blocks_keep_their_bytes() -> None:
    """An edit of one passage leaves every other block, comments and spacing included,
    as it was typed."""
    odd = TEXT.replace(
        '+++ {"tags": ["narrative:tinh_hinh+"]}\n\n',
        '+++ {"tags":["narrative:tinh_hinh+"],  "x": 1}\n% ghi chú\n\n\n',
    )
    nb = composed(odd)
    prose(nb)[0].source = "Sửa."
    changed = keep(nb, odd).narrative
    assert changed == odd.replace(odd.split("+++")[1].split("\n\n", 1)[1].rstrip("\n"), "Sửa.", 1)


def test_standard_cells_are_offered_to_the_master() -> None:
    """A heading is the master's: the narrative stays,
    the change is offered as one of the master."""
    nb = composed()
    heading = next(cell for cell in nb.cells if cell.source == "## KẾT QUẢ")
    heading.source = "## KẾT QUẢ THỰC HIỆN"
    kept = keep(nb)
    assert kept.narrative == TEXT
    assert len(kept.master_changes) == 1
    assert [cell.source for cell in kept.master.cells if cell.id == heading.id] == [
        "## KẾT QUẢ THỰC HIỆN"
    ]


def test_cells_added_split_and_deleted() -> None:
    """A new paragraph follows the slot above it; a deleted one is left out of this report,
    the master keeps it."""
    nb = composed()
    at = next(n for n, cell in enumerate(nb.cells) if slot_of(cell) == "thu")
    nb.cells.insert(at + 1, markdown("Đoạn thêm."))
    nb.cells = [cell for cell in nb.cells if slot_of(cell) not in ("don", "tinh_hinh+")]
    again = composed(keep(nb).narrative)
    assert [cell.source for cell in prose(again)] == [
        *[cell.source for cell in prose(nb)][:2],
        "Đoạn thêm.",
        prose(nb)[2].source,
        LEFT_OUT,
    ]


def test_two_people_edit_different_passages() -> None:
    """What a colleague changed meanwhile in the narrative or the master stays,
    beside this notebook's own edits."""
    nb = composed()
    prose(nb)[2].source = "Của tôi."
    theirs, newer = TEXT.replace("Hội {eval}", "Ngày hội {eval}"), master()
    newer.cells[8].source = "Tỷ lệ mới {eval}`ty_le_thanh`."
    sources = [cell.source for cell in prose(composed(keep(nb, theirs, newer).narrative, newer))]
    assert "Của tôi." in sources and "Tỷ lệ mới {eval}`ty_le_thanh`." in sources
    assert any(source.startswith("Ngày hội") for source in sources)


def test_two_people_edit_the_same_passage() -> None:
    """A passage changed on both sides is refused, and named; equal changes are no conflict."""
    nb = composed()
    prose(nb)[1].source = "Của tôi."
    theirs = TEXT.replace("Hội {eval}", "Ngày hội {eval}")
    with pytest.raises(NotebookError) as raised:
        keep(nb, theirs)
    assert raised.value.issues[0].rule == "hai_nguoi_sua"
    assert "tinh_hinh+" in str(raised.value)
    prose(nb)[1].source = next(
        cell.source for cell in prose(composed(theirs)) if cell.source.startswith("Ngày hội")
    )
    assert keep(nb, theirs).narrative == theirs


def test_refused_with_what_to_do() -> None:
    """Moved cells, a new code cell, and a line that would cut the file in two are refused,
    not lost."""
    nb = composed()
    nb.cells[5], nb.cells[7] = nb.cells[7], nb.cells[5]
    with pytest.raises(NotebookError, match="Thứ tự"):
        keep(nb)
    nb = composed()
    nb.cells.append(nbformat.v4.new_code_cell("1"))
    with pytest.raises(NotebookError, match="Ô mới"):
        keep(nb)
    nb = composed()
    prose(nb)[0].source = 'Một.\n\n+++ {"tags": ["narrative:don"]}\n\nHai.'
    with pytest.raises(NotebookError):
        keep(nb)


def test_comments_outlive_new_prose() -> None:
    """A comment of the narrative, which no Word file shows, stays when its passage is edited."""
    text = TEXT.replace("Hội {eval}", "% hỏi lại Phòng Văn hóa\nHội {eval}")
    nb = composed(text)
    changed = keep(with_passages(nb, [("tinh_hinh+1", "Câu mới.")]), text).narrative
    assert "% hỏi lại Phòng Văn hóa\n\nCâu mới." in changed
    assert parse_narrative(changed, NARRATIVE).passages[1].follows
