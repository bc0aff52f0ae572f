"""Rules that no shape fits, one function each; what they require stands in `rules.toml`."""

import re

from danvan_nb.conform.parts import KINDS, Form
from danvan_nb.conform.rules import ABSENT, UNTOLD, Outcome, decimal, none_of, quote, rule
from danvan_nb.conform.specimen import SINGLE

SYMBOL = re.compile(r"\d+(?:/\d{4})?/[A-ZĐ][\w.-]*\w")
IN_FULL = re.compile(
    r",? ?ngày (\d{1,2} )?(tháng \d{1,2} năm \d{4}|\d{1,2}(/\d{1,2})?/\d{4}) của \w.{10}"
)


@rule("paper")
def _paper(form: Form) -> Outcome:
    leaves = ((round(each.width), round(each.height)) for each in form.specimen.leaves)
    sizes = {tuple(sorted(each)) for each in leaves}
    return Outcome("; ".join(f"{a} x {b} mm" for a, b in sizes), sizes == {(210, 297)})


@rule("portrait")
def _portrait(form: Form) -> Outcome:
    upright = form.specimen.leaves[0].height > form.specimen.leaves[0].width
    return Outcome("dọc" if upright else "ngang", upright)


@rule("pageno-shown")
def _pageno_shown(form: Form) -> Outcome:
    shown = {(each.page, re.sub(r"\D", "", each.text)) for each in form.numbers}
    last = min((each.page - 1 for each in form.labels), default=len(form.specimen.leaves))
    wanted = {(page, str(page)) for page in range(2, last + 1)}
    missing = sorted({(1, "2")} - shown if form.specimen.exact else wanted - shown)
    return none_of((f"thiếu số {number}" for _, number in missing), "có số từ trang 2")


@rule("pageno-first")
def _pageno_first(form: Form) -> Outcome:
    shown = [each.text for each in form.numbers if each.page == 1]
    return none_of((quote(text) for text in shown if re.sub(r"\D", "", text) == "1"), "không hiện")


@rule("pageno-place")
def _pageno_place(form: Form) -> Outcome:
    off = [each for each in form.numbers if (each.side, each.align) != ("top", "center")]
    wrong = (f"số {each.text} không ở giữa lề trên" for each in off)
    return none_of(wrong, "giữa lề trên") if form.numbers else ABSENT


@rule("state-place")
def _state_place(form: Form) -> Outcome:
    if not form.state:
        return ABSENT
    top = form.state[0].row < min(each.row for each in form.text) + 6
    right = form.state[0].side == "right"
    return Outcome("trên cùng, bên phải" if top and right else "ở chỗ khác", top and right)


@rule("motto-single")
def _motto_single(form: Form) -> Outcome:
    if not form.state or not form.motto:
        return ABSENT
    motto, line = form.motto[0], SINGLE * max(form.motto[0].sizes, default=13)
    apart = (motto.row - form.state[0].row) / line
    if form.specimen.exact:
        apart = (motto.pitch or 1) + (motto.gap or 0) / line
    return Outcome(decimal(apart, "dòng"), 0.9 <= apart <= 1.25)


@rule("number-kind")
def _number_kind(form: Form) -> Outcome:
    if not form.kind or not form.number:
        return ABSENT
    symbol = form.number[0].text.rpartition("/")[2]
    letters = KINDS[re.sub(r"\W+$", "", form.kind[0].text.upper())]
    return Outcome(symbol, symbol.startswith(f"{letters}-"))


@rule("kind-known")
def _kind_known(form: Form) -> Outcome:
    found = form.matter or (form.subject and form.kind)
    return Outcome(quote(found[0].text) if found else "không tìm thấy", bool(found))


@rule("basis-full")
def _basis_full(form: Form) -> Outcome:
    law = r"Căn cứ (Bộ luật|Luật|Pháp lệnh|Hiến pháp|chức năng)|Theo"
    cited = [each.text for each in form.bases if not re.match(law, each.text)]
    short = (text for text in cited if not IN_FULL.match(SYMBOL.split(text, 1)[-1]))
    return none_of(map(quote, short), f"{len(cited)} căn cứ") if form.bases else ABSENT


@rule("first-citation")
def _first_citation(form: Form) -> Outcome:
    """The words of the body and its notes may each hold the first mention."""
    first: dict[tuple[str, str], bool] = {}
    for each in (*form.bases, *form.content, *form.notes):
        for found in SYMBOL.finditer(each.text):
            is_full = bool(IN_FULL.match(each.text[found.end() :]))
            first.setdefault((found[0], each.side), is_full)
    symbols = dict.fromkeys(symbol for symbol, _ in first)
    full = {symbol for (symbol, _), is_full in first.items() if is_full}
    return none_of((each for each in symbols if each not in full), f"{len(symbols)} văn bản")


@rule("body-whole")
def _body_whole(form: Form) -> Outcome:
    cut = [each for each in form.body if each.text[0].islower() and abs(each.indent or 0) < 0.1]
    return none_of((quote(each.text) for each in cut), "không cắt")


@rule("body-justified")
def _body_justified(form: Form) -> Outcome:
    told = [each for each in form.body if each.align]
    wrong = (quote(each.text) for each in told if each.align != "both")
    return none_of(wrong, f"{len(told)} đoạn canh đều") if told else UNTOLD


@rule("khoan-face")
def _khoan_face(form: Form) -> Outcome:
    size = max((size for each in form.body for size in each.sizes), default=14)
    found = form.level("khoan")
    wrong = [each for each in found if each.text.isupper() or each.italic or each.sizes != (size,)]
    wrong += [each for each in found if each.bold is (each.text[-1] in ".;:")]
    return none_of((quote(each.text) for each in wrong), f"{len(found)} khoản") if found else ABSENT


@rule("heads-kept")
def _heads_kept(form: Form) -> Outcome:
    heads = [each.imprint for each in form.numbered if each.imprint.bold]
    return none_of((quote(each.text) for each in heads if not each.kept), "không có")


@rule("notes-on-page")
def _notes_on_page(form: Form) -> Outcome:
    marks, notes = form.specimen.marks, form.specimen.notes
    lost = [f"chú thích {mark} ở trang {page}" for mark, page in notes if (mark, page) not in marks]
    lost += [f"dấu {mark} không có chú thích" for mark, _ in marks if mark not in dict(notes)]
    return none_of(lost, f"{len(notes)} chú thích") if notes or marks else ABSENT


@rule("signed-with-text")
def _signed_with_text(form: Form) -> Outcome:
    if not form.signing or form.specimen.exact:
        return UNTOLD
    above = [each for each in form.content if each.page == form.signing[0].page]
    return Outcome(f"{len(above)} đoạn ở phía trên", bool(above))


@rule("appendix-pages")
def _appendix_pages(form: Form) -> Outcome:
    leaves = form.specimen.leaves
    wrong = [each.text for each in form.labels if not leaves[each.page - 1].restarts]
    return none_of(wrong, "đánh riêng") if form.labels else ABSENT
