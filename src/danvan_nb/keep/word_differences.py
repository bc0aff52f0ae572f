"""What a Word file says otherwise than the report, outside the prose that can be carried back.

Owns the naming of every such difference: where it stands, what was there, what is there now, and
where to change it. It carries nothing.
"""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, groupby, zip_longest

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.keep.printed import Paragraphs
from danvan_nb.keep.word_file import NOTES, UNTYPED, WordFile, WordLine
from danvan_nb.keep.word_looks import CALLED

NOTE_STYLE = "footnote text"
CHANGED_IN: Mapping[str, str] = CALLED["changed_in"]

CARRIED = frozenset({"đậm", "nghiêng"})
"""The looks that prose has itself."""


@dataclass(frozen=True)
class Compared:
    """The slots whose prose can be carried, their paragraphs, and all else that was changed."""

    slots: tuple[str, ...]
    lines: tuple[WordLine, ...]
    issues: tuple[Issue, ...]


def compare_files(
    made: WordFile, found: WordFile, printed: Mapping[str, Paragraphs], file: str
) -> Compared:
    """Compare a Word file with the one that the report makes."""
    moved = _moved(made, found)
    found = _settled(_with_notes_of(made, found), moved)
    trouble = _unreadable(made, found, printed)
    slots = [slot for slot in printed if slot not in trouble]
    unsettled = sorted(moved & {line.slot for line in found.lines})
    told = dict.fromkeys(unsettled, "thu_tu.word") | trouble
    headed = {slot for slot in slots if any(one.kind == "heading" for one in printed[slot])}
    inside = [_is_prose(line, slots, headed) for line in found.lines]
    prose = tuple(compress(found.lines, inside))
    beside = [line for line, within in zip(found.lines, inside, strict=True) if not within]
    issues = [
        *(Issue.of(told[slot], file=file, slot=printed[slot][0].key) for slot in told),
        *_differences([line for line in made.lines if line.slot not in slots], beside, file),
        *_differences(made.notes, found.notes, file),
        *(issue for line in prose for issue in _prose_looks(line, file)),
        *_besides(made, found, file),
    ]
    return Compared(tuple(slots), prose, tuple(issues))


def check_ours(made: WordFile, found: WordFile, slots: Collection[str], file: str) -> None:
    """Refuse a file that holds none of the report's bookmarks.

    Raises
    ------
    NotebookError
        Which says whether the file has the words of the report all the same.
    """
    if found.slots.isdisjoint(slots):
        known = {line.text for line in made.lines}
        ours = sum(line.text in known for line in found.lines) > len(known) / 3
        key = "khong_phai_ban_word.mat_dau" if ours else "khong_phai_ban_word"
        raise NotebookError(Issue.of(key, file=file))


def _unreadable(
    made: WordFile, found: WordFile, printed: Mapping[str, Paragraphs]
) -> dict[str, str]:
    """Find the slots whose prose can't be carried, and why: lost, or grown over something else."""
    trouble = dict.fromkeys(set(printed) - found.slots, "mat_danh_dau")
    headings = {line.text for line in made.lines if not line.slot and line.kind == "heading"}
    strange = headings | {line.text for line in made.lines if line.slot in trouble}
    tables = _tables(line for line in made.lines if not line.slot)
    for slot in set(printed) & found.slots:
        lines = [line for line in found.lines if line.slot == slot]
        if any(line.text in strange for line in lines) or _tables(lines) & tables:
            trouble[slot] = "doan_lan"
    return trouble


def _is_prose(line: WordLine, slots: Collection[str], headed: Collection[str]) -> bool:
    """Say whether a line belongs to the prose of its slot: a pasted table or heading does not."""
    strange = bool(line.cell) or (line.kind == "heading" and line.slot not in headed)
    return line.slot in slots and not strange and bool(line.text.strip())


def _besides(made: WordFile, found: WordFile, file: str) -> Iterator[Issue]:
    """Name what stands beside the text: other margins, and comments."""
    for old, new in zip_longest(made.margins, found.margins, fillvalue=""):
        if old != new:
            yield _issue("margin", file, "đầu trang, chân trang", old, new)
    for one in found.comments:
        facts = {"author": one.author, "about": one.about[:80], "found": one.text}
        yield Issue.of("nhan_xet", file=file, **facts)


def _tables(lines: Iterable[WordLine]) -> set[str]:
    cells = [line for line in lines if line.cell]
    return {_text(table) for _, table in groupby(cells, key=lambda line: line.cell[0])}


def _text(lines: Iterable[WordLine]) -> str:
    return " | ".join(_shown(line.text) for line in lines)


def _shown(text: str) -> str:
    return " ".join(UNTYPED.sub("", text).split())


def _with_notes_of(made: WordFile, found: WordFile) -> WordFile:
    """Give the file with the numbers that its notes have in the report; a new one has no mark."""
    old, new = ([_shown(note.text) for note in notes] for notes in (made.notes, found.notes))
    marks = {NOTES + number: "" for number in range(len(new))}
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for op, first, last, start, end in matcher.get_opcodes():
        if op in ("equal", "replace"):
            pairs = zip(range(first, last), range(start, end), strict=False)
            marks |= {NOTES + now: chr(NOTES + was) for was, now in pairs}

    def marked(line: WordLine) -> WordLine:
        runs = (replace(run, text=run.text.translate(marks)) for run in line.runs)
        return replace(line, runs=tuple(runs))

    return replace(found, lines=tuple(map(marked, found.lines)))


def _differences(made: Sequence[WordLine], found: Sequence[WordLine], file: str) -> Iterator[Issue]:
    """Name each line that is another, is gone or is new, and each word that looks otherwise."""
    old_texts, new_texts = ([_shown(line.text) for line in lines] for lines in (made, found))
    matcher = difflib.SequenceMatcher(None, old_texts, new_texts, autojunk=False)
    for op, first, last, start, end in matcher.get_opcodes():
        new_lines = found[start:end]
        framed = any(line.style in CHANGED_IN for line in new_lines)
        if op == "insert" and new_lines[0].cell and not framed:
            yield _issue("pasted", file, _place(new_lines[0]), "", _text(new_lines))
            continue
        near = made[min(first, len(made) - 1)] if made else WordLine(())
        for old, new in zip_longest(made[first:last], new_lines):
            at = old or replace(near, section=new.section, cell=new.cell)
            before, after = (line or WordLine(()) for line in (old, new))
            words = _shown(before.text), _shown(after.text)
            if words[0] != words[1]:
                yield _issue(_variant(at), file, _place(at), *words)
            else:
                letters = zip(_letters(before), _letters(after), strict=True)
                yield from _other_looks(after, [now ^ was for was, now in letters], file)
            yield from _other_things(before, after, _place(at), file)


def _prose_looks(line: WordLine, file: str) -> Iterator[Issue]:
    """Name what prose can't carry: all but bold and italic, and those where its style has them."""
    carried = CARRIED - line.look
    yield from _other_looks(line, [(look ^ line.look) - carried for look in _letters(line)], file)
    yield from _other_things(WordLine(()), line, _place(line), file)


def _letters(line: WordLine) -> list[frozenset[str]]:
    """Give the look of each letter, white space left out."""
    return [run.look for run in line.runs for letter in _shown(run.text) if letter != " "]


def _other_looks(line: WordLine, looks: Sequence[frozenset[str]], file: str) -> Iterator[Issue]:
    changed = [at for at, look in enumerate(looks) if look]
    if changed:
        names = ", ".join(sorted(frozenset[str]().union(*looks)))
        words = _shown(line.text).replace(" ", "")[changed[0] : changed[-1] + 1]
        whole = _shown(line.text)
        spaced = re.search(r"\s*".join(map(re.escape, words)), whole)
        at, found = _place(line), f"{names}: “{spaced[0] if spaced else whole}”"
        yield Issue.of("dinh_dang", file=file, at=at, found=found)


def _other_things(old: WordLine, new: WordLine, at: str, file: str) -> Iterator[Issue]:
    """Name what came or went that is no text."""
    for thing in (Counter(new.foreign) - Counter(old.foreign)).elements():
        yield Issue.of("khong_la_chu", file=file, at=at, found=thing)
    for thing in (Counter(old.foreign) - Counter(new.foreign)).elements():
        yield Issue.of("khong_la_chu", file=file, at=at, found="", expected=f"“{thing}”")


def _moved(made: WordFile, found: WordFile) -> set[str]:
    """Find the slots that stand elsewhere now."""
    common = {line.slot for line in made.lines} & {line.slot for line in found.lines} - {""}
    both = ((line.slot for line in one.lines if line.slot in common) for one in (made, found))
    before, after = map(list, map(dict.fromkeys, both))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    codes = matcher.get_opcodes()
    return {slot for op, _, _, start, end in codes if op != "equal" for slot in after[start:end]}


def _settled(found: WordFile, moved: Collection[str]) -> WordFile:
    """Give the paragraphs of moved slots to the slot that they stand beside now, if any."""
    lines: list[WordLine] = []
    for at, line in enumerate(found.lines):
        if line.slot in moved:
            later = [one for one in found.lines[at:] if one.slot not in moved]
            homes = [one.slot for one in (*lines[-1:], *later[:1]) if one.slot not in ("", *moved)]
            line = replace(line, slot=(homes or [line.slot])[0])
        lines.append(line)
    return replace(found, lines=tuple(lines))


def _variant(line: WordLine) -> str:
    return CHANGED_IN.get(line.style, "table" if line.cell else "other")


def _place(line: WordLine) -> str:
    """Name where a line stands: its section and cell, or the part of the form."""
    if line.style in CHANGED_IN and line.style != NOTE_STYLE:
        return line.style
    section = f"mục “{line.section}”" if line.section else "phần đầu"
    if line.cell:
        return "{}, bảng {}, dòng {}, cột {}".format(section, *line.cell)
    return f"chú thích ở {section}" if line.style == NOTE_STYLE else section


def _issue(variant: str, file: str, at: str, old: str, new: str) -> Issue:
    facts = {"found": new, "expected": f"“{old}”" if old else ""}
    return Issue.of(f"sua_ngoai_doan.{variant}", file=file, at=at, **facts)
