"""The rules of the official form: a right document passes them, and each rule finds its fault."""

from __future__ import annotations

import io
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import docx
import letter
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.conform.measure import measure_form
from danvan_nb.conform.parts import Form
from danvan_nb.conform.pdf_file import pdf_specimen
from danvan_nb.conform.results import notices, tally
from danvan_nb.conform.rules import OWN, rules
from danvan_nb.conform.word_file import word_specimen
from danvan_nb.errors import InputError

SAMPLE = Path(__file__).parents[2] / "docs/sample"
KNOWN = {"first-citation"}
DECOMPOSED = unicodedata.normalize("NFD", "Tuyên truyền")

PDF_FAULTS = [
    ("paper", 'paper: "a4"', 'paper: "us-letter"'),
    ("portrait", 'paper: "a4"', 'paper: "a4", flipped: true'),
    ("margin-top", "top: 20mm", "top: 15mm"),
    ("margin-left", "left: 30mm", "left: 25mm"),
    ("margin-right", "right: 15mm", "right: 10mm"),
    ("face", 'font: "Tinos"', 'font: "DejaVu Sans Mono"'),
    ("black", "flat[*BÁO CÁO*]", "flat(text(fill: red)[*BÁO CÁO*])"),
    ("precomposed", "Tuyên truyền", DECOMPOSED),
    ("pageno-shown", "if n > 1 { str(n) }", "[]"),
    ("pageno-first", "if n > 1 { str(n) }", "str(n)"),
    ("pageno-arabic", "{ str(n) }", '{ "Trang " + str(n) }'),
    ("pageno-face", "{ str(n) }", "{ text(size: 10pt, str(n)) }"),
    ("pageno-place", "center + top", "right + top"),
    ("state-words", "CHỦ NGHĨA VIỆT NAM", "CHỦ NGHĨA"),
    ("state-face", "size: 12pt)[*CỘNG", "size: 10pt)[*CỘNG"),
    (
        "state-face",
        "[*CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM*]",
        "[CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM]",
    ),
    (
        "state-place",
        "  {\n    flat(text(size: 12pt)[*CỘNG",
        "  {\n    v(40pt)\n    flat(text(size: 12pt)[*CỘNG",
    ),
    ("motto-words", "Độc lập - Tự do - Hạnh phúc", "Độc lập-Tự do-Hạnh phúc"),
    ("motto-words", "*Độc lập - Tự do - Hạnh phúc*", "*...*"),
    ("motto-face", "size: 13pt)[*Độc", "size: 11pt)[*Độc"),
    ("motto-rule", "rule(158pt)", "rule(60pt)"),
    ("motto-centred", "flat(text(size: 13pt)[*Độc", "flat(h(30pt) + text(size: 13pt)[*Độc"),
    (
        "motto-single",
        "    flat(text(size: 13pt)[*Độc",
        "    v(14pt)\n    flat(text(size: 13pt)[*Độc",
    ),
    ("superior-face", "HUYỆN MẪU", "Huyện Mẫu"),
    ("issuer-face", "size: 12pt)[*ỦY", "size: 14pt)[*ỦY"),
    ("issuer-rule", "rule(7cm * 0.33)", "rule(7cm * 0.9)"),
    ("issuer-rule", "rule(7cm * 0.33)", ""),
    ("number-face", "size: 13pt)[Số", "size: 10pt)[Số"),
    ("number-form", "[Số: 05/BC-UBND]", "[Số: 05 / BC - UBND]"),
    ("number-form", "[Số: 05/BC-UBND]", "[Số 05/BC-UBND]"),
    ("number-padded", "[Số: 05/BC-UBND]", "[Số: 5/BC-UBND]"),
    ("number-kind", "[Số: 05/BC-UBND]", "[Số: 05/KH-UBND]"),
    ("place-face", "[_Mẫu, ngày 09 tháng 6 năm 2023_]", "[Mẫu, ngày 09 tháng 6 năm 2023]"),
    ("place-form", "[_Mẫu, ngày", "[_Mẫu ngày"),
    ("place-padded", "[_Mẫu, ngày 09", "[_Mẫu, ngày 9"),
    ("place-padded", "[_Mẫu, ngày 09 tháng 6", "[_Mẫu, ngày 09 tháng 06"),
    ("kind-known", "*BÁO CÁO*", "*BÁO*"),
    ("kind-face", "flat[*BÁO CÁO*]", "flat[BÁO CÁO]"),
    ("subject-face", "flat[*Kết quả công", "flat[#set text(size: 16pt)\n*Kết quả công"),
    ("subject-rule", "rule(110pt)", "rule(10pt)"),
    ("subject-next", "#align(center, flat[*Kết", "#v(40pt)\n#align(center, flat[*Kết"),
    ("addressee-lines", "huyện Mẫu;]; flat", "huyện Mẫu]; flat"),
    ("addressee-face", "flat[Kính gửi:]", "flat[_Kính gửi:_]"),
    ("recipients-first", "- Như trên;", "- Huyện ủy;"),
    ("basis-face", "#par[_Căn cứ Quyết định", "#par[#set text(size: 12pt)\n_Căn cứ Quyết định"),
    ("basis-marks", "2015;_", "2015,_"),
    ("basis-full", " ngày 02 tháng 02 năm 2023 của Ủy", " của Ủy"),
    ("body-size", "size: 14pt, lang", "size: 12pt, lang"),
    ("body-indent", "amount: 1.27cm", "amount: 2cm"),
    ("body-justified", "par(justify: true", "par(justify: false"),
    ("body-pitch", "leading: 0.2em, spacing: 0.2em", "leading: 1.2em, spacing: 1.2em"),
    ("body-gap", "+ 6pt", "+ 2pt"),
    ("muc-order", "I: II. NHIỆM", "I: III. NHIỆM"),
    ("muc-face", "KẾT QUẢ THỰC HIỆN", "Kết quả thực hiện"),
    ("khoan-order", "1: 2. Vận", "1: 3. Vận"),
    ("khoan-face", "1: 1. Tuyên", "a: 1. Tuyên"),
    ("diem-order", "a: b) Vận", "a: c) Vận"),
    ("diem-face", "a: a) Vận", "1: a) Vận"),
    ("first-citation", " ngày 05 tháng 01 năm 2023", ""),
    ("laws-by-name", "Luật Thực hiện dân chủ ở cơ sở", "Luật số 10/2022/QH15"),
    ("symbols", "12/KH-UBND, có", "12/KH - UBND, có"),
    ("dates-padded", "09 tháng 6 năm 2023 tại", "9 tháng 6 năm 2023 tại"),
    ("closing", "./.", "."),
    ("authority-face", "*KT. CHỦ TỊCH*", "KT. CHỦ TỊCH"),
    ("authority-form", "*KT. CHỦ", "*KT CHỦ"),
    ("signer-face", "*Nguyễn Văn A*", "Nguyễn Văn A"),
    ("signer-plain", "*Nguyễn Văn A*", "*TS. Nguyễn Văn A*"),
    ("signed-with-text", "#v(8pt)\n#block(breakable", "#pagebreak()\n#block(breakable"),
    ("signer-centred", "flat[*Nguyễn", "flat[#h(40pt)*Nguyễn"),
    ("recipients-face", "[*_Nơi nhận:_*]", "[*Nơi nhận:*]"),
    ("recipients-list", "size: 11pt, line", "size: 13pt, line"),
    (
        "recipients-level",
        "    flat(text(size: 12pt)[*_Nơi",
        "    v(30pt)\n    flat(text(size: 12pt)[*_Nơi",
    ),
    ("recipients-flush", "size: 11pt, line", "size: 11pt, h(20pt) + line"),
    ("recipients-marks", "- Đảng ủy xã;", "- Đảng ủy xã"),
    ("recipients-archive", "- Lưu: VT, VP.", "- Lưu VP."),
    ("appendix-pointer", "; kết quả cụ thể ở Phụ lục kèm theo", ""),
    ("appendix-number", "flat[*Phụ lục*]", "flat[*Phụ lục I*]"),
    ("appendix-label", "flat[*Phụ lục*]", "flat[Phụ lục]"),
    ("appendix-title", "*KẾT QUẢ TUYÊN TRUYỀN*", "KẾT QUẢ TUYÊN TRUYỀN"),
    ("appendix-ref", "Kèm theo Báo cáo số 05/BC-UBND ngày", "Kèm theo Báo cáo ngày"),
    ("appendix-ref-face", "[_(Kèm", "[#set text(size: 11pt)\n_(Kèm"),
    ("appendix-pages", "#counter(page).update(0)", ""),
    ("capital-sentence", "12/KH-UBND, có sự", "12/KH-UBND của huyện. có sự"),
    ("capital-units", " xã Mẫu đã", " Xã Tân Mẫu đã"),
    ("capital-bodies", "Ủy ban nhân dân xã Mẫu báo", "Ủy Ban nhân dân xã Mẫu báo"),
    ("capital-people", "tầng lớp Nhân dân", "tầng lớp nhân dân"),
    ("capital-tet", "tết Nguyên đán Quý Mão", "Tết nguyên đán Quý Mão"),
    ("capital-tet", "Quý Mão", "Quý mão"),
    ("capital-articles", "đúng Luật", "đúng điều 5 Luật"),
    ("decimal-comma", "62,30%", "62.30%"),
    ("decimal-comma", "62,30%", "62,30 %"),
]
WORD_FAULTS = [
    ("face", "mid: 14 bold center | BÁO", "mid: 14 bold center arial | BÁO"),
    ("black", "mid: 14 bold center | BÁO", "mid: 14 bold center red | BÁO"),
    ("unicode", "1. Tuyên truyền", "1. Tuyên truyền \ue000"),
    ("precomposed", "Tuyên truyền", DECOMPOSED),
    ("state-place", "right: 12 bold | CỘNG", "left: 12 bold | CỘNG"),
    ("state-face", "right: 12 bold | CỘNG", "right: 14 bold | CỘNG"),
    ("motto-words", "Độc lập - Tự do - Hạnh phúc", "Tự do - Hạnh phúc"),
    ("motto-rule", "right: rule 35", "right: rule 90"),
    ("issuer-face", "left: 12 bold | ỦY", "left: 12 | ỦY"),
    ("issuer-rule", "left: rule 85", "left: rule 5"),
    ("number-form", "Số: 05/BC-UBND", "Số: 05/BC–UBND"),
    ("place-level", "right2: 13 italic | Mẫu", "right: 13 italic | Mẫu"),
    ("kind-centred", "mid: 14 bold center | BÁO", "mid: 14 bold | BÁO"),
    ("subject-rule", "mid: rule 170", "mid: rule 20"),
    ("addressee-lines", "huyện Mẫu\n", "huyện Mẫu;\n"),
    ("body-size", "mid: 14 both |", "mid: 12 both |"),
    ("body-justified", "mid: 14 both |", "mid: 14 |"),
    ("muc-face", "mid: 14 bold both keep | I.", "mid: 14 both keep | I."),
    ("heads-kept", "mid: 14 bold both keep |", "mid: 14 bold both |"),
    ("diem-order", "b) Vận động bảo", "a) Vận động bảo"),
    ("phan-order", "I. KẾT QUẢ THỰC HIỆN", "Phần II"),
    ("phan-centred", "I. KẾT QUẢ THỰC HIỆN", "Phần I"),
    ("phan-face", "mid: 14 bold both keep | I. KẾT", "mid: 14 both keep | Phần I KẾT"),
    ("dieu-order", "1. Tuyên truyền", "Điều 2. Tuyên truyền"),
    ("dieu-face", "mid: 14 bold both keep | 1. Tuyên", "mid: 12 bold both keep | Điều 1. Tuyên"),
    ("matter-face", "left2: 13 | Số: 05/BC-UBND", "left2: 14 bold | V/v báo cáo"),
    ("closing", "./.", "."),
    ("recipients-face", "from: 12 bold italic", "from: 12 bold"),
    ("recipients-list", "from: 11 |", "from: 12 |"),
    ("signer-face", "| Nguyễn Văn A", "| NGUYỄN VĂN A"),
]


def failing(data: bytes, suffix: str) -> set[str]:
    return {result.id for result in measure_form(data, suffix) if result.passed is False}


def test_a_right_document_passes() -> None:
    """A short report in the form fails no rule, and few can't be measured on it."""
    for data, suffix, most in ((letter.pdf(), ".pdf", 9), (letter.word(), ".docx", 17)):
        results = measure_form(data, suffix)
        assert [each for each in results if each.passed is False] == []
        assert sum(each.passed is None for each in results) <= most


def test_a_body_high_on_the_first_page_is_no_letterhead() -> None:
    """Without addressee and bases the first heading stands near the head, and is one."""
    lines = letter.PDF.splitlines(keepends=True)
    opening = "".join(line for line in lines if "Căn cứ" in line or "Kính gửi" in line)
    alone = {"signed-with-text"}  # the shorter text leaves no room but for the signature
    assert failing(letter.pdf(opening, ""), ".pdf") == alone


@pytest.mark.parametrize(("rule", "old", "new"), PDF_FAULTS)
def test_a_pdf_with_a_fault_fails_its_rule(rule: str, old: str, new: str) -> None:
    """One thing made wrong in the PDF is found by the rule that asks for it."""
    assert rule in failing(letter.pdf(old, new), ".pdf")


@pytest.mark.parametrize(("rule", "old", "new"), WORD_FAULTS)
def test_a_word_file_with_a_fault_fails_its_rule(rule: str, old: str, new: str) -> None:
    """One thing made wrong in the Word file is found by the rule that asks for it."""
    assert rule in failing(letter.word(old, new), ".docx")


@pytest.mark.parametrize(
    ("rule", "setting", "value"),
    [
        ("margin-top", "top", 15),
        ("margin-bottom", "bottom", 30),
        ("margin-left", "left", 29.9),
        ("margin-right", "right", 14.99),
        ("body-indent", "indent", 2),
        ("body-gap", "after", 3),
        ("body-pitch", "line", 2),
        ("body-pitch", "line", 0.9),
    ],
)
def test_a_word_setting_that_is_wrong_fails_its_rule(rule: str, setting: str, value: float) -> None:
    """Settings of a Word file are held to the decree without slack."""
    assert rule in failing(letter.word(**{setting: value}), ".docx")


def test_a_note_that_leaves_its_page_is_found() -> None:
    """A footnote stands on the page of its mark, and every mark has its footnote."""
    specimen = pdf_specimen(letter.pdf())
    for marks, notes in (((("1", 1),), (("1", 2),)), ((("1", 1), ("2", 1)), (("1", 1),))):
        form = Form(replace(specimen, marks=marks, notes=notes))
        assert OWN["notes-on-page"](form).passed is False


def test_a_sentence_cut_by_a_picture_is_found() -> None:
    """A paragraph that begins in the middle of a sentence at the left edge goes on another."""
    data = letter.pdf("Các ấp ra quân", 'các ấp ra quân"]#par(first-line-indent: 0pt)[#"ra quân')
    assert "body-whole" in failing(data, ".pdf")


@pytest.mark.parametrize(("weight", "fails"), [("bold", False), ("regular", True)])
def test_a_long_caption_is_no_paragraph(weight: str, fails: bool) -> None:
    """A caption stands at the edge where it fills its line; a sentence that does has no indent."""
    caption = "Hình 1. Thu ngân sách: đạt 62,30% kế hoạch năm và tăng 12,51% so với"
    flat = f'"]#par(first-line-indent: 0pt, text(weight: "{weight}")[{caption}])#par[#"Các ấp'
    assert ("body-indent" in failing(letter.pdf("Các ấp", flat), ".pdf")) is fails


def test_who_decides_is_no_part_of_the_subject() -> None:
    """In a Quyết định the name of its authority stands below the subject, in capitals."""
    addressee = "mid: 14 center | Kính gửi: Ủy ban nhân dân huyện Mẫu"
    authority = "mid: 14 bold center | ỦY BAN NHÂN DÂN XÃ MẪU"
    found = measure_form(letter.word(addressee, authority), ".docx")
    told = {each.id: each.passed for each in found}
    assert told["subject-face"]
    assert told["basis-marks"]


def test_lengths_that_word_rounds_are_right() -> None:
    """Word keeps 20 mm as 1134 twips, which are a little more."""
    assert "margin-right" not in failing(letter.word(right=20), ".docx")


def test_a_flat_page_is_measured_by_its_own_middle() -> None:
    """The label of a Phụ lục that lies across is found, so its pages are numbered apart."""
    flat = "#set page(flipped: true)\n#align(center, flat[*Phụ lục*])"
    found = failing(letter.pdf("#align(center, flat[*Phụ lục*])", flat), ".pdf")
    assert not found & {"pageno-shown", "appendix-label", "appendix-ref-centred"}


def test_a_word_file_without_paper_fails() -> None:
    """A section that sets neither paper nor margins is measured, and is not A4."""
    document = docx.Document(io.BytesIO(letter.word()))
    for child in list(document.element.body.sectPr):
        document.element.body.sectPr.remove(child)
    stream = io.BytesIO()
    document.save(stream)
    assert "paper" in failing(stream.getvalue(), ".docx")


STRANGE = '<w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial"/>{}</w:rPr><w:t> 62.30%</w:t>'
UNREAD = {
    "moved": f'<w:moveFrom w:id="900" w:author="a"><w:r>{STRANGE.format("")}</w:r></w:moveFrom>',
    "hidden": f"<w:r>{STRANGE.format('<w:vanish/>')}</w:r>",
    "box": f"<w:r><w:pict><w:txbxContent><w:p><w:r>{STRANGE.format('')}</w:r></w:p></w:txbxContent>"
    "</w:pict></w:r>",
}


@pytest.mark.parametrize("kind", UNREAD)
def test_what_is_no_text_of_a_paragraph_is_not_measured(kind: str) -> None:
    """Words moved elsewhere, hidden, or in a text box do not stand in the line of the kind."""
    document = docx.Document(io.BytesIO(letter.word()))
    xml = UNREAD[kind].replace(">", f" {nsdecls('w')}>", 1)
    document.paragraphs[0]._p.append(parse_xml(xml))
    stream = io.BytesIO()
    document.save(stream)
    assert failing(stream.getvalue(), ".docx") == set()


def test_numbers_that_word_gives_are_read() -> None:
    """Numbers and dashes of Word's own lists count as written ones."""
    document = docx.Document(io.BytesIO(letter.word()))
    for style in ("List Number", "List Number", "List Bullet"):
        document.add_paragraph("Nội dung", style=style)
    stream = io.BytesIO()
    document.save(stream)
    texts = [each.text for each in word_specimen(stream.getvalue()).imprints]
    assert texts[-3:] == ["1. Nội dung", "2. Nội dung", "- Nội dung"]


def test_every_rule_has_a_measure() -> None:
    """There are at least 60 rules, each cites an article, and no function is without its rule."""
    assert len(rules()) >= 60
    assert all(each.article and each.required for each in rules())
    assert OWN.keys() <= {each.id for each in rules()}


def test_the_sample_passes_but_for_what_is_known() -> None:
    """The report of Sa Đéc fails no rule beyond those whose reason stands in docs/the-thuc.md."""
    assert failing((SAMPLE / "report.pdf").read_bytes(), ".pdf") <= KNOWN


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(b"", ".pdf"), (b"%PDF-1.7 broken", ".pdf"), (b"no zip", ".docx"), (b"", ".odt")],
)
def test_what_is_no_document_is_told(data: bytes, suffix: str) -> None:
    """A file that can't be read, or of another kind, is one error in words."""
    with pytest.raises(InputError) as caught:
        measure_form(data, suffix, "thu-muc/tep" + suffix)
    assert len(caught.value.issues) == 1
    assert caught.value.issues[0].file == "thu-muc/tep" + suffix


def told(*args: str) -> tuple[int, list[dict[str, object]]]:
    """Call the command for machines."""
    result = CliRunner().invoke(app, ["conform", *args, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_the_command_ends_with_six_if_a_rule_fails(tmp_path: Path) -> None:
    """A right document ends with 0, a wrong one with 6, and both are measured."""
    right, wrong = tmp_path / "dung.pdf", tmp_path / "sai.docx"
    right.write_bytes(letter.pdf())
    wrong.write_bytes(letter.word(right=10))
    assert told(str(right))[0] == 0
    code, documents = told(str(tmp_path / "*"))
    assert code == 6
    assert [document["exit_code"] for document in documents] == [0, 6]
    assert all(len(document["rules"]) == len(rules()) for document in documents)  # type: ignore[arg-type]
    shown = CliRunner().invoke(app, ["conform", str(wrong)])
    assert "margin-right" in shown.stdout
    assert "1 không đạt" in shown.stdout


def test_the_command_tells_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A broken file and one that is not there are told, and the others are measured."""
    right, broken = tmp_path / "dung.pdf", tmp_path / "hong.pdf"
    right.write_bytes(letter.pdf())
    broken.write_bytes(b"%PDF-1.7 hong")
    code, documents = told(str(broken), str(tmp_path / "khong.docx"), str(right))
    assert code == 3
    assert [len(document.get("issues", ())) for document in documents] == [1, 1, 0]  # type: ignore[arg-type]


def test_what_fails_is_told_and_counted() -> None:
    """A run tells each failing rule as a notice, and the manifest counts them."""
    results = measure_form(letter.word(right=10), ".docx")
    (notice,) = notices(results, "report.docx")
    assert (notice.rule, notice.severity, notice.file) == ("the_thuc", "notice", "report.docx")
    assert "margin-right" in notice.message
    sums = tally(results)
    assert sums.failed == ("margin-right",)
    assert sums.passed + 1 + sums.unmeasured == len(results)
