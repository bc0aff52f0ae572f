"""What a sentence says where some of its values have nothing to say, or all the same.

A comparison without its base falls away with the words and the comma that led to it; several
unchanged or several zero values are said once. A sentence is a string here, in which a sign stands
for each value; letters only fall away, or become capitals.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

GAP, VALUE, UNCHANGED, ZERO = "\ue000", "\ue001", "\ue002", "\ue003"
"""The signs: a comparison without its base, a number, a change of nothing, a count of nothing."""
_SIGN = f"[{GAP}-{ZERO}]"
_END = re.compile(r"[./!?…;]*(?:\s+|$)")
_SEPARATOR = re.compile(rf"[,;:](?=\s)|(?<={_SIGN}) (?:và|còn|nhưng)(?= )")
_BRACKET = re.compile(r" ?\(([^()]*)\)")
_INTRODUCTION = re.compile(r"(?:so|trong|tính|đến|riêng|cùng kỳ|kết quả|về|đối với)\b", re.I)
_REASON = re.compile(r" (?:do|nhờ|vì|chủ yếu|nguyên nhân|cho thấy)\b", re.I)
_TOPIC = re.compile(rf"(?:[^:{GAP}-{ZERO}]*:|(?:Riêng|Đối với|Về)\b[^,{GAP}-{ZERO}]*,) ")
_COPULA = re.compile(r"(?: (?:là|đạt|có|bằng|được))? $")
_BARE = re.compile(rf"(?:\A|[.,;:({GAP}-{ZERO}]| và)\s*$")
_BLANK = re.compile(r" ?$")


@dataclass
class Letters:
    """What is left of a text.

    Attributes
    ----------
    text : str
        The letters and signs.
    places : list of int
        Where each stood.
    capitals : set of int
        The places of letters that begin a sentence now.
    said : dict of int to str
        What signs say now that stand for several.
    """

    text: str
    places: list[int] = field(default_factory=list)
    capitals: set[int] = field(default_factory=set)
    said: dict[int, str] = field(default_factory=dict)

    def cut(self, start: int, end: int) -> None:
        """Let a stretch fall away."""
        self.text = self.text[:start] + self.text[end:]
        del self.places[start:end]


def mend(text: str) -> Letters:
    """Let fall away what has nothing to say.

    Examples
    --------
    >>> mend(f"Thu {VALUE}, {GAP} so với cùng kỳ; chi {VALUE}.").text == (
    ...     f"Thu {VALUE}; chi {VALUE}."
    ... )
    True
    """
    left = Letters(text, list(range(len(text))))
    while GAP in left.text:
        _close_gap(left, left.text.index(GAP))
    left.cut(len(left.text.rstrip()), len(left.text))
    for start, end in reversed(_sentences(left.text)):
        _say_once(left, start, end)
    return left


def _sentences(text: str) -> list[tuple[int, int]]:
    """Find where each sentence begins, and where its last word ends."""
    ends = [match.end() for match in re.finditer(r"[.!?…](?:\s+|$)", text)]
    return [
        (start, start + len(re.sub(r"[./!?…;\s]*$", "", text[start:stop])))
        for start, stop in pairwise([0, *ends, len(text)])
        if start < stop
    ]


def _close_gap(left: Letters, gap: int) -> None:
    """Let a gap fall away with its words, and its sentence with it where nothing else is said."""
    text = left.text
    for bracket in _BRACKET.finditer(text):
        if bracket.start() < gap < bracket.end():
            cut = _clause_around(text, gap, *bracket.span(1))
            left.cut(*(cut or bracket.span()))
            return
    start, end = next(span for span in reversed(_sentences(text)) if span[0] <= gap)
    cut = _clause_around(text, gap, start, end)
    if cut is None:
        after = _END.match(text, end)
        left.cut(start, after.end() if after else end)
        return
    left.cut(*cut)
    if cut[0] == start:
        left.capitals.add(left.places[start])


def _clause_around(text: str, gap: int, start: int, end: int) -> tuple[int, int] | None:
    """Find what falls away with a gap: a clause and a separator; None if nothing would be left."""
    marks = [mark.span() for mark in _SEPARATOR.finditer(text, start, end)]
    before = [mark for mark in marks if mark[1] <= gap]
    after = [*(mark for mark in marks if mark[0] > gap), (end, end)]
    begin = before[-1][1] if before else start
    numbers = [match.end() for match in re.finditer(_SIGN, text[begin:gap])]
    if numbers:
        return begin + numbers[-1], after[0][0]
    if text[begin:gap].strip() and re.match(rf" {_SIGN}", text[after[0][1] :]):
        return gap, after[0][1] + 1  # its words are those of the next value
    while _REASON.match(text, after[0][1]) and not re.search(
        _SIGN, text[after[0][1] : after[1][0]]
    ):
        after.pop(0)
    return _with_a_separator(text, start, end, before, after[0])


def _with_a_separator(
    text: str, start: int, end: int, before: list[tuple[int, int]], after: tuple[int, int]
) -> tuple[int, int] | None:
    """Choose which separator a clause takes with it: the one behind it where it is the first.

    So it is too behind words that introduce a sentence, which go with the last of its clauses.
    """
    last = after == (end, end)
    opening = text[start : before[0][0]] if before else ""
    introduced = len(before) == 1 and not re.search(_SIGN, opening)
    if not before or (introduced and not last):
        begin = before[0][1] + 1 if before else start
        return None if last else (begin, after[1] + 1)
    colon = text[before[0][0]] == ":"
    if introduced and (colon or _INTRODUCTION.match(opening)):
        return None
    return before[-1][0], after[0]


def _say_once(left: Letters, start: int, end: int) -> None:
    """Say several unchanged values of a sentence once, or the zeros of one that has no others."""
    text = left.text[start:end]
    signs = re.findall(_SIGN, text)
    if signs.count(UNCHANGED) > 1:
        _join(left, start, end, UNCHANGED, "đều không đổi")
    elif len(signs) > 1 and set(signs) == {ZERO}:
        topic = _TOPIC.match(text)
        if not topic:
            _join(left, start, end, ZERO, "đều không phát sinh")
            return
        last = start + text.rindex(ZERO)
        left.said[left.places[last]] = "không phát sinh"
        left.cut(last + 1, end)
        left.cut(start + topic.end(), last)


def _join(left: Letters, start: int, end: int, sign: str, words: str) -> None:
    """Leave the last of the signs that follow one another without another number between."""
    text = left.text
    pairs = _neighbours(text, start, end, sign)
    merged = {at for at, _ in pairs}
    left.said |= {left.places[after]: words for _, after in pairs if after not in merged}
    cuts = []
    for at, after in pairs:
        lead = (_COPULA if sign == ZERO else _BLANK).search(text, start, at)
        cuts.append((lead.start() if lead else at, at + 1))
        if re.fullmatch(r"(?:[,;]| và) ", text[at + 1 : after]):
            cuts.append((at + 1, after - 1))
    for cut in reversed(cuts):
        left.cut(*cut)


def _neighbours(text: str, start: int, end: int, sign: str) -> list[tuple[int, int]]:
    """Pair equal signs that have nothing but words between; the first has words of its own."""
    pairs: list[tuple[int, int]] = []
    places = [start + match.start() for match in re.finditer(sign, text[start:end])]
    for at, after in pairwise(places):
        wordless = _BARE.search(text[start:at]) and not (pairs and pairs[-1][1] == at)
        if not wordless and not re.search(f"{_SIGN}|[:()]", text[at + 1 : after]):
            pairs.append((at, after))
    return pairs
