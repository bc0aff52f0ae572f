"""Whatever somebody does to the Word file of the real report is carried or named: none is lost,
none is mangled, and nothing else of the narrative changes."""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import word_changes as do
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from word_changes import Package

from danvan_nb.document.word import read_docx
from danvan_nb.errors import NotebookError
from danvan_nb.keep.notebook_edits import keep_notebook, with_passages
from danvan_nb.keep.plan import plan_keep, write_kept
from danvan_nb.keep.word_edits import read_edits
from danvan_nb.notebook.cells import read_made_notebook, read_notebook
from danvan_nb.notebook.compose import compose
from danvan_nb.notebook.narrative import parse_narrative
from danvan_nb.notebook.prose import expressions
from danvan_nb.run.pipeline import run_report

NARRATIVE = "params/sa-dec/2023-H1.md"
CHECK = "Công tác cải cách hành chính được kiểm tra tại"
BUDGET = "Tính chung 6 tháng"
FEAST = "Trong dịp tết Nguyên đán năm"
LIMITS = "Mặt trận Tổ quốc cùng các đoàn thể"
WORSE = "Chính quyền và các đoàn thể phối hợp chưa chặt chẽ"
CALM = "an ninh chính trị và trật tự, an toàn xã hội"
OLD_YEAR = "So với cùng kỳ năm 2022, số vụ tiếp nhận"
EVAL = "{eval}`thu_ngan_sach`"
FORMULA = "<m:oMath><m:r><m:t>a+b=c</m:t></m:r></m:oMath>"
CARRIED = ""

EDITS: list[tuple[str, do.Change, str, str]] = [
    # kind, change, the rule that names it (none: it is carried), words that must be found again
    ("chữ", do.typed("cơ bản ổn định", "rất ổn định"), CARRIED, "rất ổn định"),
    ("chữ", do.typed("mỗi ban, ngành", "mọi ban, ngành"), CARRIED, "mọi ban, ngành"),
    ("chữ", do.typed(" và Ủy ban nhân dân ", ", Ủy ban nhân dân "), CARRIED, ", Ủy ban nhân dân"),
    ("chữ", do.tracked("cơ bản ổn định", "được giữ vững"), CARRIED, "được giữ vững"),
    ("chữ", do.tracked("quyết liệt, đồng bộ", ""), CARRIED, "triển khai ."),
    ("chữ", do.typed("chưa chặt chẽ", "còn lỏng"), CARRIED, "phối hợp còn lỏng"),
    ("thêm đoạn", do.added(CALM, "Một đoạn mới, chưa có ở đâu."), CARRIED, "Một đoạn mới, chưa"),
    ("thêm đoạn", do.added(CALM, "Đoạn mới hai.", track=True), CARRIED, "Đoạn mới hai."),
    ("thêm đoạn", do.added(LIMITS, "Thêm một ý.", "ListBullet"), CARRIED, "- Thêm một ý."),
    ("thêm đoạn", do.added(BUDGET, "Số này còn tăng."), CARRIED, "Số này còn tăng."),
    ("bớt đoạn", do.gone(WORSE), CARRIED, "- - Chính quyền và các đoàn thể"),
    (
        "bớt đoạn",
        do.gone("Thành phố chuẩn bị chu đáo", track=True),
        CARRIED,
        "- Thành phố chuẩn bị",
    ),
    ("bớt đoạn", do.gone("Chủ tịch Ủy ban nhân dân Thành phố đã chủ trì"), CARRIED, "bỏ đoạn mẫu"),
    ("chuyển đoạn", do.moved(CHECK, CALM), CARRIED, "{eval}`xa_phuong_kiem_tra`"),
    ("chuyển đoạn", do.moved(BUDGET, "Bằng ngân sách Thành phố"), CARRIED, "{eval}`chi_ngan_sach"),
    ("chuyển đoạn", do.moved(LIMITS, WORSE), CARRIED, "- Mặt trận Tổ quốc cùng"),
    (
        "chuyển đoạn",
        do.without_controls(do.moved(CHECK, CALM)),
        CARRIED,
        "{eval}`phong_ban_kiem_tra`",
    ),
    ("tách đoạn", do.split(" trên địa bàn thành phố Sa Đéc cơ bản"), CARRIED, "Sa Đéc cơ bản"),
    (
        "tách đoạn",
        do.split("; chi ngân sách ", BUDGET),
        CARRIED,
        "+ ; chi ngân sách {eval}`chi_ngan_sach`",
    ),
    (
        "gộp đoạn",
        do.joined("Để thực hiện ", "Bằng ngân sách Thành phố, vốn"),
        CARRIED,
        "xã, phường. Bằng ngân sách Thành phố",
    ),
    ("gộp đoạn", do.joined("Về quy hoạch, ", "Về nhà ở, "), CARRIED, "{eval}`ho_vao_cum_tuyen"),
    ("đậm, nghiêng", do.looking("cơ bản ổn định", "<w:b/>"), CARRIED, "**cơ bản ổn định**"),
    ("đậm, nghiêng", do.looking("cơ bản ổn định", "<w:i/>"), CARRIED, "*cơ bản ổn định*"),
    ("đậm, nghiêng", do.looking("còn bị động", "<w:b/><w:i/>"), CARRIED, "***còn bị động***"),
    ("định dạng", do.looking("cơ bản", '<w:u w:val="single"/>'), "dinh_dang", "gạch chân: “cơ"),
    ("định dạng", do.looking("bị động", '<w:highlight w:val="yellow"/>'), "dinh_dang", "tô màu"),
    ("định dạng", do.looking("bị động", "<w:smallCaps/>"), "dinh_dang", "chữ hoa nhỏ: “bị động”"),
    ("định dạng", do.looking("ĐÁNH GIÁ CHUNG", '<w:b w:val="0"/>'), "dinh_dang", "ĐÁNH GIÁ CHUNG"),
    ("định dạng", do.looking("Kế hoạch năm", "<w:i/>"), "dinh_dang", "nghiêng: “Kế hoạch năm”"),
    ("số", do.figure("xa_phuong_kiem_tra", "10 xã, phường"), "sua_so", "10 xã, phường"),
    ("số", do.figure("thu_ngan_sach", "gần 302 tỷ"), "sua_so", "gần 302 tỷ"),
    ("số", do.replaced("thu_ngan_sach", "gần 302 tỷ"), "sua_so", "gần 302 tỷ"),
    (
        "số",
        do.without_controls(do.typed("ước\xa0301,149\xa0tỷ\xa0đồng", "gần 302 tỷ")),
        "sua_so",
        "gần 302 tỷ",
    ),
    ("số", do.figure("hoa_giai_thanh", "23 vụ, rất cao"), CARRIED, "`hoa_giai_thanh`, rất cao"),
    ("số", do.replaced("hoa_giai_thanh", "phần lớn"), CARRIED, "hòa giải thành phần lớn"),
    ("số", do.tracked("95,83%", "96%"), "sua_so", "96%"),
    ("đề mục", do.typed("ĐÁNH GIÁ CHUNG", "NHẬN XÉT CHUNG"), "sua_ngoai_doan", "NHẬN XÉT CHUNG"),
    ("đề mục", do.tracked("Ưu điểm", "Mặt được"), "sua_ngoai_doan", "Mặt được"),
    ("đề mục", do.added(CALM, "Đề mục thêm", "Heading2"), "sua_ngoai_doan", "Đề mục thêm"),
    ("đề mục", do.gone("ĐẶC ĐIỂM TÌNH HÌNH"), "sua_ngoai_doan", "ĐẶC ĐIỂM TÌNH HÌNH"),
    ("tiêu đề", do.typed("Kết quả thực hiện công tác", "Tình hình"), "sua_ngoai_doan", "Tình hình"),
    ("bảng", do.typed("Kế hoạch năm", "KH năm"), "sua_ngoai_doan", "KH năm"),
    ("bảng", do.typed("483,375", "483,4"), "sua_ngoai_doan", "483,4"),
    ("bảng", do.tracked("Chi ngân sách địa phương (ước)", "Chi"), "sua_ngoai_doan", "“Chi”"),
    ("bảng", do.row_gone("Chi ngân sách địa phương (ước)"), "sua_ngoai_doan", "Chi ngân sách địa"),
    ("bảng", do.row_added("Chi ngân sách địa phương", "Thêm"), "sua_ngoai_doan", "Thêm 1"),
    ("bảng", do.typed("Kết quả thực hiện một số", "Vài"), "sua_ngoai_doan", "1. Vài chỉ tiêu"),
    ("bảng dán", do.table(CALM, "ô một", "ô hai"), "sua_ngoai_doan", "ô một | ô hai"),
    ("bảng dán", do.table("Bằng ngân sách Thành phố", "1", "2"), "sua_ngoai_doan", "1 | 2"),
    ("chú thích", do.in_note("ngày 09 tháng 3", "ngày 10 tháng 3"), "sua_ngoai_doan", "ngày 10"),
    ("chú thích", do.in_note("Công văn số 254", "CV số 254"), "sua_ngoai_doan", "CV số 254"),
    ("chú thích", do.new_note("cơ bản ổn định", "Theo CA."), "sua_ngoai_doan", "Theo CA."),
    ("thể thức", do.typed("Số: ……/BC-UBND", "Số: 12/BC-UBND"), "sua_ngoai_doan", "12/BC-UBND"),
    ("thể thức", do.typed("Sa Đéc, ngày ……", "Sa Đéc, ngày 15"), "sua_ngoai_doan", "ngày 15"),
    ("thể thức", do.typed("Kính gửi: Sở", "Kính gửi: Ban và Sở"), "sua_ngoai_doan", "Ban và Sở"),
    ("thể thức", do.typed("THÀNH PHỐ SA ĐÉC", "TP SA ĐÉC"), "sua_ngoai_doan", "TP SA ĐÉC"),
    ("thể thức", do.added("Nơi nhận:", "- Lưu: VT.", "Recipients"), "sua_ngoai_doan", "Lưu: VT."),
    ("thể thức", do.added("TM. ỦY BAN", "KT. CHỦ TỊCH", "Authority"), "sua_ngoai_doan", "KT. CHỦ"),
    ("nhận xét", do.comment("cơ bản ổn định", "Xem lại câu này"), "nhan_xet", "Xem lại câu này"),
    ("nhận xét", do.comment("Kế hoạch năm", "Ghi rõ năm"), "nhan_xet", "Ghi rõ năm"),
    ("công thức", do.inserted("cơ bản ổn định", FORMULA), "khong_la_chu", "công thức: a+b=c"),
    ("chữ ẩn", do.looking("cơ bản ổn định", "<w:vanish/>"), "khong_la_chu", "cơ bản ổn định"),
    ("hình", do.inserted("cơ bản ổn định", "<w:r><w:pict/></w:r>"), "khong_la_chu", "hình"),
    ("dấu đoạn", do.bookmark_to("slot_tinh_hinh", "Đảng ủy cơ quan khối"), "doan_lan", "tinh_hinh"),
    ("dấu đoạn", do.bookmark_to("slot_ngan_sach_so_sanh", "Về quy hoạch"), "doan_lan", "ngan_sach"),
    (
        "dấu đoạn",
        do.all_of(
            do.without_bookmark("slot_lanh_dao"),
            do.typed("triển khai quyết liệt", "làm quyết liệt"),
        ),
        "mat_danh_dau",
        "làm quyết liệt",
    ),
    ("mã", do.typed("cơ bản ổn định", EVAL), CARRIED, r"\{eval\}\`thu"),
    ("mã", do.added(CALM, '+++ {"tags": ["narrative:ket"]}'), CARRIED, r"\+++ \{"),
    ("mã", do.tracked("cơ bản ổn định", "{{ x }} <b>y</b> $z$"), CARRIED, r"\{\{ x"),
    ("mã", do.added(CALM, "```{code-cell} python"), CARRIED, "code-cell"),
    ("mã", do.added(CALM, "---"), CARRIED, r"\---"),
    ("mã", do.in_note("Công văn số 254", EVAL), "sua_ngoai_doan", EVAL),
    ("mã", do.typed("Kế hoạch năm", EVAL), "sua_ngoai_doan", EVAL),
    ("mã", do.figure("thu_ngan_sach", EVAL), "sua_so", EVAL),
]


class Office:
    """The real report, and what `keep` makes of its Word file."""

    def __init__(self, root: Path) -> None:
        folder = root / "outputs/sa-dec/2023-H1"
        self.word = (folder / "report.docx").read_bytes()
        self.nb = read_made_notebook(folder / "report.ipynb", "keep")
        self.master = read_notebook(root / "notebooks/bao_cao_dan_van.ipynb")
        self.text = (root / NARRATIVE).read_text("utf-8")

    def keep(self, data: bytes) -> tuple[str, Any]:
        """Give the narrative as it is after keeping, and what was named."""
        edits = read_edits(data, self.nb, "report.docx")
        nb = with_passages(self.nb, edits.passages)
        kept = keep_notebook(nb, self.master, parse_narrative(self.text, NARRATIVE))
        assert not kept.master_changes
        return kept.narrative, edits.issues

    def changed(self, change: do.Change) -> bytes:
        word = Package(self.word)
        change(word)
        return word.write()

    def said(self, narrative: str) -> Counter[str]:
        """Count the expressions of the report that a narrative makes."""
        cells = compose(self.master, parse_narrative(narrative, NARRATIVE).passages).cells
        return Counter(
            one
            for cell in cells
            if cell.cell_type == "markdown"
            for one in expressions(cell.source)
        )


@pytest.fixture(scope="module")
def office(real: Path) -> Office:
    return Office(real)


@pytest.mark.parametrize(
    "number", range(len(EDITS)), ids=[f"{n}-{edit[0]}" for n, edit in enumerate(EDITS)]
)
def test_each_edit_is_carried_or_named(office: Office, number: int) -> None:
    """What was typed is found again, in the narrative or in a message of the right rule;
    no expression comes in, and no other passage changes."""
    _, change, rule, words = EDITS[number]
    narrative, issues = office.keep(office.changed(change))
    both = office.text.splitlines(), narrative.splitlines()
    lines = [line for line in difflib.ndiff(*both) if line[0] in "+-" and line[1:].strip()]
    if rule == CARRIED:
        assert words in "\n".join(lines), (lines, issues)
        assert not issues
    else:
        assert any(issue.rule == rule for issue in issues), issues
        assert any(words in str(issue) for issue in issues), issues
        assert len(lines) <= 4, lines
    assert not office.said(narrative) - office.said(office.text)
    assert len(lines) <= 8


def test_the_table_is_large_enough() -> None:
    """At least 60 edits of 20 kinds."""
    assert len(EDITS) >= 60 and len({kind for kind, *_ in EDITS}) >= 20


HOSTILE = st.sampled_from(
    [
        *("{eval}`thu_ngan_sach`", "{eval}`__import__('os').system('x')`", "{{ x }}", "{cite}`a`"),
        *(
            "+++",
            '+++ {"tags": ["narrative:ket"]}',
            "---",
            "```",
            "% x",
            "(x)=",
            "<script>",
            "<!--",
        ),
        *("- a", "1. a", "# a", "> a", "&lt;", "$x$", "**", "__a__", "\\", "[a](b)", "==", ":::"),
        *("\\{eval}`x`", "~~~", "|a|b|", "\u2028+++", "\x85+++", "e\u0301", "\ue000", "\ufffc"),
    ]
)
TYPED = st.lists(st.one_of(HOSTILE, st.text(st.characters(codec="utf-8"), max_size=8)), max_size=3)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["type", "type over", "new", "tracked", "delete", "move", "bold"]),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        TYPED.map(" ".join),
    ),
    min_size=1,
    max_size=4,
)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def changed_at_random(word: Package, changes: list[tuple[str, int, int, str]]) -> None:
    """Make each change somewhere; what is typed begins with a word of its own."""
    for number, (how, here, there, words) in enumerate(changes):
        words = NOT_XML.sub("", f"zq{number}x {words}")
        one, other = (
            said[at % len(said)]
            for said in [[p for p in word.document.iter(do.word_name("p")) if do.runs_of(p)]]
            for at in (here, there)
        )
        runs = do.runs_of(one)
        run = runs[there % len(runs)]
        if how == "type":
            run.addnext(do.new_run(words))
        elif how == "type over":
            do.set_words(run, words)
        elif how == "new":
            do.added_behind(one, words)
        elif how == "tracked":
            do.track(run, words)
        elif how == "delete" and do.is_in_body(one):
            one.getparent().remove(one)
        elif how == "move" and do.is_in_body(one) and one is not other:
            other.addnext(one)
        else:
            do.set_look(run, "<w:b/>")


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(changes=CHANGES)
def test_random_edits_are_never_lost(
    office: Office, changes: list[tuple[str, int, int, str]]
) -> None:
    """Whatever is typed, wherever, is found again in the narrative or in a message, as text;
    the expressions of the narrative are those that stood there before, or fewer."""
    word = Package(office.word)
    changed_at_random(word, changes)
    data = word.write()
    narrative, issues = office.keep(data)
    assert not office.said(narrative) - office.said(office.text)
    told = narrative + "".join(map(str, issues))
    for typed in re.findall(r"zq\dx", read_docx(data)):
        assert typed in told, typed


def test_bombs_are_refused(office: Office) -> None:
    """A part that unpacks to more than any report has is not read; nor are entities expanded."""
    word = Package(office.word)
    word.data["word/comments.xml"] = b" " * 110_000_000
    with pytest.raises(NotebookError, match="quá lớn"):
        office.keep(word.write())
    word = Package(office.word)
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    word.data["word/comments.xml"] = entity
    assert office.keep(word.write()) == (office.text, ())


def test_nothing_edited(office: Office) -> None:
    """The file as it was made holds no edit."""
    assert office.keep(office.word) == (office.text, ())


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is missing")
@pytest.mark.parametrize("filter_name", ["docx", "docx:MS Word 2007 XML"])
def test_libreoffice_saved_the_real_report(
    office: Office, tmp_path: Path, filter_name: str
) -> None:
    """The real report that LibreOffice saved again holds no edit; what is changed in that file is
    carried or named like in the first."""
    (tmp_path / "report.docx").write_bytes(office.word)
    command = [
        *("soffice", f"-env:UserInstallation=file://{tmp_path / 'lo'}", "--headless"),
        *("--convert-to", filter_name, "--outdir", str(tmp_path / "out")),
        str(tmp_path / "report.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    data = (tmp_path / "out/report.docx").read_bytes()
    assert office.keep(data) == (office.text, ())
    for change, words in (
        (do.typed("cơ bản ổn định", "rất ổn định"), "rất ổn định"),
        (do.moved(CHECK, CALM), "{eval}`xa_phuong_kiem_tra`"),
        (do.typed("ước\xa0301,149\xa0tỷ\xa0đồng", "gần 302 tỷ"), "gần 302 tỷ"),
        (do.typed("ĐÁNH GIÁ CHUNG", "NHẬN XÉT CHUNG"), "NHẬN XÉT CHUNG"),
    ):
        word = Package(data)
        change(word)
        narrative, issues = office.keep(word.write())
        assert words in narrative + "".join(map(str, issues))
        assert not office.said(narrative) - office.said(office.text)


def test_what_was_typed_is_printed_as_text(real: Path, tmp_path: Path) -> None:
    """Text that looks like code comes back from Word, goes through a run, and is printed."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    file = root / "outputs/sa-dec/2023-H1/report.docx"
    word = Package(file.read_bytes())
    hostile = "Ghi {eval}`thu_ngan_sach`, {{ x }}, <b>đậm</b>, [a](b), $z$ và **c**."
    do.added(CALM, hostile)(word)
    do.added(CALM, "+++ 1. #a")(word)
    file.write_bytes(word.write())
    write_kept(plan_keep(file))
    run_report("params/sa-dec/2023-H1.yml", start=root, formats=("docx",))
    text = read_docx(file.read_bytes())
    assert hostile in text and "+++ 1. #a" in text
