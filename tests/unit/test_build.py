"""From an executed notebook to the document tree."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from pypdf import PdfReader
from sample_project import OBSERVATIONS, change, code, executed, load, markdown, shown

from danvan_nb.document import WRITERS
from danvan_nb.document.build import build_document
from danvan_nb.document.docx import read_docx, write_docx
from danvan_nb.document.html import read_html, write_html
from danvan_nb.document.reconcile import lines, reconcile
from danvan_nb.errors import NotebookError, RenderError
from danvan_nb.figures.charts import bar_chart
from danvan_nb.figures.tables import assessment_table, group, summary_table
from danvan_nb.keep.word_edits import read_edits
from danvan_nb.nodes import (
    BLOCK_MIME,
    FIGURE_MIME,
    Box,
    BulletList,
    Chart,
    Heading,
    Note,
    Paragraph,
    Table,
    Text,
    Value,
    from_json,
    plain,
    walk,
)
from danvan_nb.report.report import Report

TITLE = "# Kết quả {eval}`period.label`"
FIRST, LATER = (
    "Kế hoạch số 01/KH-MAU ngày 05 tháng 01 năm 2023 của Ủy ban mẫu về công tác mẫu",
    "Kế hoạch số 01/KH-MAU",
)


def built(report: Report, *cells: NotebookNode, draft: bool = False) -> object:
    return build_document(executed(report, markdown(TITLE, "title"), *cells, draft=draft))


def test_title_and_letterhead(report: Report) -> None:
    """The title cell is the subject; the frame of the form comes from the notebook's metadata."""
    document = built(report, markdown("Một."))
    assert plain(document.subject) == "Kết quả 6 tháng đầu năm 2023"
    assert document.title == "Báo cáo: Kết quả 6 tháng đầu năm 2023"
    assert document.head.issuer == ("ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU")
    assert [plain(block.content) for block in document.blocks] == ["Một."]


def test_headings_are_numbered(report: Report) -> None:
    """I. 1. a) as Nghị định 30 counts, each level starting again below the one above,
    and in the appendix."""
    source = "## A\n\n### B\n\n#### C\n\n#### D\n\n### E\n\n#### F\n\n## G\n\n### H"
    document = built(report, markdown(source), markdown("# PHỤ LỤC", "appendix"), markdown("### I"))
    numbers = [
        (node.number, plain(node.content))
        for node in walk(document.blocks)
        if isinstance(node, Heading)
    ]
    assert numbers == [
        ("I.", "A"),
        ("1.", "B"),
        ("a)", "C"),
        ("b)", "D"),
        ("2.", "E"),
        ("a)", "F"),
        ("II.", "G"),
        ("1.", "H"),
    ]
    (appendix,) = document.appendices
    assert (appendix.label, appendix.title, appendix.blocks[0].number) == (
        "Phụ lục",
        "PHỤ LỤC",
        "1.",
    )
    anchors = [
        node.anchor
        for node in walk((document.blocks, document.appendices))
        if isinstance(node, Heading)
    ]
    assert len(set(anchors)) == len(anchors)


def test_letters_follow_the_vietnamese_alphabet(report: Report) -> None:
    """đ) comes after d), and e) after đ)."""
    document = built(
        report, markdown("## A\n\n### B\n\n" + "\n\n".join(f"#### {n}" for n in range(7)))
    )
    assert [node.number for node in document.blocks[2:]] == [
        "a)",
        "b)",
        "c)",
        "d)",
        "đ)",
        "e)",
        "g)",
    ]


def test_several_appendices_have_roman_numbers(report: Report) -> None:
    """One appendix is Phụ lục, two are Phụ lục I and II."""
    document = built(
        report, markdown("# A", "appendix"), markdown("x"), markdown("# B", "appendix")
    )
    assert [appendix.label for appendix in document.appendices] == ["Phụ lục I", "Phụ lục II"]


def test_citations_in_document_order(report: Report) -> None:
    """Full at the first mention, short later, over cells; notes are numbered through,
    their text is the same choice."""
    document = built(
        report,
        markdown('A {eval}`cite("01/KH-MAU")`.'),
        markdown('B{eval}`footnote("02/KH-MAU")` và {eval}`footnote("01/KH-MAU")`.'),
        markdown(
            'C {eval}`cite("13/L-MAU")`, {eval}`cite("02/KH-MAU")`{eval}`footnote("09/KH-MAU",'
            " year=2022)`."
        ),
    )
    notes = [node for node in walk(document.blocks) if isinstance(node, Note)]
    assert plain(document.blocks[0].content) == f"A {FIRST}."
    assert [note.number for note in notes] == [1, 2, 3]
    assert plain(notes[0].content) == "Kế hoạch số 02/KH-MAU của Ủy ban mẫu về việc chưa rõ ngày."
    assert plain(notes[1].content) == f"{LATER}."
    assert "Luật Tiếp công dân, Kế hoạch số 02/KH-MAU " in plain(document.blocks[2].content)


def test_same_number_of_two_issuers_is_two_documents(report: Report) -> None:
    """Citing one does not shorten the other."""
    document = built(
        report,
        markdown('{eval}`cite("09/KH-MAU", year=2023)` {eval}`cite("09/KH-MAU", year=2022)`'),
    )
    assert "việc của Ủy ban" in plain(document.blocks[0].content)
    assert "việc của Ban" in plain(document.blocks[0].content)


def test_values_carry_their_trace(report: Report) -> None:
    """A figure enters as a node with its exact value, origin, status and emphasis;
    a word as text."""
    document = built(report, markdown("**{eval}`thu_mau.vs_plan`** tại {eval}`office.place`"))
    value, *rest = document.blocks[0].content
    assert isinstance(value, Value)
    assert (value.text, value.bold, value.id) == ("đạt 62,30% kế hoạch", True, "thu_mau.vs_plan")
    assert (value.file, value.row, value.as_of, value.status) == (
        OBSERVATIONS,
        "3",
        "2023-06-30",
        "estimate",
    )
    assert value.formula == "301,149 / 483,375 × 100"
    assert rest == [Text(" tại "), Text("Mẫu")]


def test_lists_paragraphs_and_slots(report: Report) -> None:
    """Items of one list are one block; căn cứ cells are the basis; the slot goes along."""
    document = built(
        report,
        markdown("Nêu:\n\n- A;\n- B.\n\nHết.", "narrative:thu+"),
        markdown("Căn cứ X.", "basis"),
    )
    first, items, last, basis = document.blocks
    assert isinstance(items, BulletList)
    assert ([plain(item) for item in items.items], items.slot) == (["A;", "B."], "thu")
    assert (first.role, first.slot, plain(last.content), basis.role) == (
        "body",
        "thu",
        "Hết.",
        "basis",
    )


def test_tables_and_charts(report: Report) -> None:
    """Outputs become tables and drawings with values; hidden cells,
    empty tables and empty drawings do not."""
    figures = report.figures
    hidden = shown(summary_table("Ẩn", [figures["thu_mau"]]))
    hidden.metadata["tags"] = ["hide"]
    document = built(
        report,
        shown(summary_table("Bảng", [figures["thu_mau"]])),
        hidden,
        shown(summary_table("Trống", [figures["don_mau"]])),
        shown(assessment_table("", [group([figures["vu_nhan"]])], [figures["vu_nhan"]])),
        shown(bar_chart("Hình", [figures["vu_nhan"]])),
        shown(bar_chart("Không hình", [figures["don_mau"]])),
        code("x = 1"),
    )
    assert [type(block) for block in document.blocks] == [Table, Table, Chart]
    assert [node.text for node in walk(document.blocks[0]) if isinstance(node, Value)][:2] == [
        "483,375",
        "301,149",
    ]


def test_table_left_out_does_not_split_its_slot(report: Report) -> None:
    """Where an empty table is left out, the prose around it is one passage for the Word file and
    for its edits alike."""
    empty = shown(summary_table("Trống", [report.figures["don_mau"]]))
    cells = (
        markdown(TITLE, "title"),
        markdown("Một.", "narrative:thu"),
        empty,
        markdown("Hai.", "narrative:thu+"),
    )
    nb = executed(report, *cells)
    edits = read_edits(write_docx(build_document(nb)), nb, "report.docx")
    assert (edits.passages, edits.issues) == ((), ())


def test_an_edit_finds_its_cell_behind_one_that_is_left_out(report: Report) -> None:
    """Of several cells that follow a slot, the one that was edited in Word is named,
    however many before it print nothing."""
    left_out = markdown("Đơn {eval}`don_mau`.", "narrative:thu+", "needs:don_mau")
    title, first = markdown(TITLE, "title"), markdown("Một.", "narrative:thu")
    nb, changed = (
        executed(report, title, first, left_out, markdown(text, "narrative:thu+"))
        for text in ("Hai.", "Hai ba.")
    )
    edits = read_edits(write_docx(build_document(changed)), nb, "report.docx")
    assert edits.passages == (("thu+2", "Hai ba."),)


def test_nodes_travel_as_plain_data(report: Report) -> None:
    """A node read back from a notebook is the node that was stored;
    data that are no node are refused."""
    table = assessment_table(
        "Bảng", [group([report.figures["vu_nhan"]])], [report.figures["vu_nhan"]]
    )
    stored = table._repr_mimebundle_()[BLOCK_MIME]
    assert from_json(stored) == Table(**vars(table))
    for wrong in ({"kind": "figure"}, {"t": "Document"}, {"t": "Text", "markup": "x"}):
        with pytest.raises(RenderError, match="chạy lại danvan-nb run"):
            from_json(wrong)


def test_a_table_is_no_inline_value(report: Report) -> None:
    """A stored value that is a block, in a notebook that somebody made up,
    is told by its expression."""
    nb = executed(report, markdown("Thu {eval}`thu_mau`."))
    stored = next(cell for cell in nb.cells if "user_expressions" in cell.metadata).metadata[
        "user_expressions"
    ][0]["result"]["data"]
    stored[FIGURE_MIME] = {"t": "Chart", "caption": "", "alt": "", "svg": ""}
    with pytest.raises(RenderError, match="thu_mau"):
        build_document(nb)


def test_omitted_and_boxed(report: Report) -> None:
    """What lacks optional numbers is left out if it says what it needs;
    otherwise it stops the report, and boxes a draft."""
    needing, plainly = markdown("Đơn {eval}`don_mau`.", "needs:don_mau"), "Đơn {eval}`don_mau`."
    assert built(report, needing).blocks == ()
    with pytest.raises(NotebookError, match="Đơn mẫu \\(don_mau\\)"):
        built(report, markdown(plainly))
    document = built(report, markdown(plainly), draft=True)
    assert document.blocks == (Box("Chưa đủ số liệu: Đơn mẫu (don_mau)."),)
    assert document.draft


def test_required_number_is_never_left_out(project: Path) -> None:
    """needs: does not excuse a required indicator."""
    change(project / OBSERVATIONS, "vu_nhan,actual,,24,", "vu_nhan,actual,,,")
    cell = markdown("Vụ {eval}`vu_nhan`.", "needs:vu_nhan")
    with pytest.raises(NotebookError, match="vu_nhan"):
        built(load(project), cell)
    assert isinstance(built(load(project), cell, draft=True).blocks[0], Box)


def test_missing_plan_falls_away_alone(report: Report) -> None:
    """A comparison without a base takes neither the number nor the report with it."""
    assert built(report, markdown("{eval}`vu_thanh.vs_plan`", "needs:vu_thanh")).blocks == ()
    cell = markdown(
        "Thành {eval}`vu_thanh`, **{eval}`vu_thanh.vs_plan`**, {eval}`vu_thanh.change`."
    )
    assert plain(built(report, cell).blocks[0].content) == "Thành 23 vụ, giảm 4 vụ."
    with pytest.raises(NotebookError, match="don_mau"):
        built(report, markdown("{eval}`don_mau.vs_plan`"))


def test_first_year_drops_the_comparisons_alone(project: Path) -> None:
    """Without last year's folder every number stands;
    the comparisons are said once, in the notes."""
    shutil.rmtree(project / "data/mau/2022-H1")
    report = load(project)
    document = built(
        report,
        markdown(
            "Thu {eval}`thu_mau`, {eval}`thu_mau.vs_plan`, {eval}`thu_mau.vs_same_period`. "
            "So với cùng kỳ năm {eval}`period.previous_year`, nhận {eval}`vu_nhan.change`."
        ),
        markdown("- Nhận {eval}`vu_nhan`;\n- So cùng kỳ {eval}`vu_nhan.growth`."),
        code("report.comparison_notes()", "notes"),
    )
    thu, items, note = document.blocks
    assert plain(thu.content) == "Thu ước 301,149 tỷ đồng, đạt 62,30% kế hoạch."
    assert [plain(item) for item in items.items] == ["Nhận 24 vụ."]
    assert plain(note.content) == (
        "Chưa có số liệu cùng kỳ năm 2022 để so sánh: thu ngân sách mẫu, vụ việc đã nhận."
    )


def test_zeros_and_unchanged_are_said_once(project: Path) -> None:
    """No cases: neither a missing rate nor a row of zeros; unchanged numbers share one wording."""
    for number, value in (("24", "0"), ("23", "0"), ("1", "0")):
        change(project / OBSERVATIONS, f"actual,,{number},", f"actual,,{value},")
    text = "Nhận {eval}`vu_nhan`, thành {eval}`vu_thanh`; tỷ lệ đạt {eval}`ty_le_thanh`."
    report = load(project)
    assert not any(issue.rule == "thieu_so_lieu" for issue in report.issues)
    (paragraph,) = built(report, markdown(text, "needs:ty_le_thanh")).blocks
    assert plain(paragraph.content) == "Nhận, thành đều không phát sinh."
    for number in ("32", "27", "5"):
        change(project / "data/mau/2022-H1/observations.csv", f"actual,,{number},", "actual,,0,")
    text = "Nhận {eval}`vu_nhan.change`, thành {eval}`vu_thanh.change`."
    (paragraph,) = built(load(project), markdown(text)).blocks
    assert plain(paragraph.content) == "Nhận, thành đều không đổi."


def test_number_that_came_later_is_printed_again(project: Path) -> None:
    """A cell left out by an earlier run comes back when its number is there."""
    nb = executed(
        load(project), markdown(TITLE, "title"), markdown("Đơn {eval}`don_mau`.", "needs:don_mau")
    )
    assert build_document(nb).blocks == ()
    change(
        project / OBSERVATIONS,
        "vu_khong,actual,,1,",
        "don_mau,actual,,5,,số liệu mẫu,\nvu_khong,actual,,1,",
    )
    again = build_document(executed(load(project), *nb.cells))
    assert plain(again.blocks[0].content) == "Đơn 5 đơn."


HOSTILE = "<b>*_`[1](x) {eval}`thu_mau` & $1$ #"


def test_markup_in_values_stays_text(project: Path) -> None:
    """Marks of Markdown, HTML, MyST and Typst in the data are printed as they stand,
    in tree and files."""
    change(project / "data/mau/2023-H1/models.csv", "Mô hình mẫu", HOSTILE)
    change(project / "params/indicators.yml", "label: Đơn mẫu", f"label: '{HOSTILE}'")
    change(
        project / OBSERVATIONS,
        "vu_khong,actual,,1,",
        "don_mau,actual,,5,,số liệu mẫu,\nvu_khong,actual,,1,",
    )
    report = load(project)
    document = built(
        report,
        markdown('Xem {eval}`model("hinh_mau").name`.'),
        shown(summary_table("T", [report.figures["don_mau"]])),
    )
    assert plain(document.blocks[0].content) == f"Xem {HOSTILE}."
    assert HOSTILE in lines(document)
    assert HOSTILE in read_html(write_html(document))
    assert HOSTILE in read_docx(write_docx(document))


def output(kind: str, **rest: object) -> NotebookNode:
    cell = code("hiện")
    cell.outputs = [nbformat.v4.new_output(kind, **rest)]
    return cell


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (output("stream", text="chữ in ra\n"), "in ra chữ"),
        (output("display_data", data={"image/png": "iVBO"}), "không phải bảng hay biểu đồ"),
        (
            output("execute_result", data={"text/plain": "5"}, execution_count=1),
            "không phải bảng hay biểu đồ",
        ),
        (output("error", ename="X", evalue="y", traceback=[]), "không phải bảng hay biểu đồ"),
        (markdown("`mã`"), "không dùng được"),
        (markdown("# Tiêu đề lớn"), "##"),
        (markdown("##### Quá nhỏ"), "##"),
        (nbformat.v4.new_raw_cell("chữ thô"), "thô"),
        (markdown("# Phụ lục\n\nChữ đứng dưới.", "appendix"), "một dòng"),
        (markdown("", "appendix"), "một dòng"),
    ],
)
def test_what_cannot_be_shown_names_its_cell(
    report: Report, cell: NotebookNode, words: str
) -> None:
    """Nothing is left out silently: the error names cell and section."""
    with pytest.raises(RenderError, match=words) as caught:
        built(report, markdown("## MỤC MỘT"), cell)
    assert "Ô 3" in str(caught.value)
    if not cell.source.startswith("#"):
        assert "MỤC MỘT" in str(caught.value)


def test_title_is_one_line(report: Report) -> None:
    """A title cell with more than a title, or without one, is an error."""
    for source in ("# A\n\nChữ.", "", "Không phải tiêu đề"):
        with pytest.raises(RenderError, match="một dòng"):
            build_document(executed(report, markdown(source, "title")))


def test_stale_or_foreign_values_are_refused(report: Report) -> None:
    """A value stored for another expression, none at all,
    or a value that is no word of the report."""
    for act in ("rename", "drop", "foreign"):
        nb = executed(report, markdown(TITLE, "title"), markdown("A {eval}`thu_mau`."))
        stored = nb.cells[1].metadata["user_expressions"]
        if act == "rename":
            stored[0]["expression"] = "vu_nhan"
        elif act == "drop":
            stored.clear()
        else:
            stored[0]["result"]["data"] = {"text/plain": "301"}
        with pytest.raises(RenderError, match="thu_mau"):
            build_document(nb)


def test_unexecuted_notebook_is_refused() -> None:
    """A notebook that the engine never saw has no letterhead."""
    with pytest.raises(RenderError, match="danvan-nb run"):
        build_document(nbformat.v4.new_notebook())


def test_tree_reads_back_from_html(report: Report) -> None:
    """A tree of everything together is what its file says."""
    table = shown(summary_table("Bảng", [report.figures["thu_mau"]]))
    document = built(
        report, markdown("## A"), markdown('B {eval}`thu_mau`{eval}`footnote("01/KH-MAU")`.'), table
    )
    for_leaders = 2
    assert reconcile(document, "report.html", write_html(document)) == 6 + for_leaders
    assert isinstance(document.blocks[1], Paragraph)


def test_text_points_to_figures_and_tables(report: Report) -> None:
    """A number is that of the document's order, also of what stands below; it falls away with a
    figure that is left out, and leads to the figure in every file."""
    figures = report.figures
    table = shown(summary_table("Bảng", [figures["thu_mau"]]))
    chart = shown(bar_chart("", [*figures.values()]))
    empty = shown(summary_table("Trống", [figures["don_mau"]]))
    table.id, chart.id, empty.id = "bang", "hinh", "trong"
    points = "Xem {eval}`xem('hinh')` và {eval}`xem('bang')`."
    prose = markdown(f"{points} Thu {{eval}}`thu_mau` ({{eval}}`xem('trong')`).")
    title = markdown("# Báo cáo", "title")
    document = build_document(executed(report, title, prose, empty, table, chart))
    paragraph = document.blocks[0]
    assert plain(paragraph.content) == "Xem Hình 1 và Bảng 1. Thu ước 301,149 tỷ đồng."
    page = WRITERS["html"](document).decode()
    assert '<a href="#hinh-1">Hình 1</a>' in page and 'id="hinh-1"' in page
    assert '<a href="#bang-1">Bảng 1</a>' in page and 'id="bang-1"' in page
    word = zipfile.ZipFile(io.BytesIO(WRITERS["docx"](document))).read("word/document.xml").decode()
    assert 'w:anchor="Hình_1"' in word and 'w:name="Hình_1"' in word and 'w:name="Bảng_1"' in word
    pages = PdfReader(io.BytesIO(WRITERS["pdf"](document))).pages
    assert sum(len(page.get("/Annots") or []) for page in pages) == 2
    for name, write in WRITERS.items():
        reconcile(document, f"report.{name}", write(document))


def test_pointing_nowhere_is_told(report: Report) -> None:
    """A cell id that no cell has is named."""
    with pytest.raises(RenderError, match="Không có ô nào mang mã “hinh-la”"):
        build_document(executed(report, markdown('Xem {eval}`xem("hinh-la")`.')))
