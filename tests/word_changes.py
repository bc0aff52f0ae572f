"""Changes of a report's Word file, made in its XML as Word and LibreOffice make them."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

from docx.oxml.parser import parse_xml
from lxml import etree

from danvan_nb.document.word import NAMESPACES, word_name

W = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
W += ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
BY = 'w:id="900" w:author="Lãnh đạo" w:date="2023-07-01T00:00:00Z"'


class Package:
    """A Word file as trees, to change and to write again."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            self.data = {name: archive.read(name) for name in archive.namelist()}
        self.document = parse_xml(self.data["word/document.xml"])
        self.notes = parse_xml(self.data["word/footnotes.xml"])

    def write(self) -> bytes:
        self.data["word/document.xml"] = etree.tostring(self.document)
        self.data["word/footnotes.xml"] = etree.tostring(self.notes)
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.data.items():
                archive.writestr(name, data)
        return buffer.getvalue()

    def paragraph(self, words: str) -> Any:
        """Find the first paragraph that says these words."""
        for one in self.document.iter(word_name("p")):
            if words in "".join(text.text or "" for text in one.iter(word_name("t"))):
                return one
        raise AssertionError(words)

    def run(self, words: str, root: Any = None) -> Any:
        """Cut the runs so that one says just these words, and give it."""
        for text in (self.document if root is None else root).iter(word_name("t")):
            if words not in (text.text or ""):
                continue
            run, (before, _, after) = text.getparent(), text.text.partition(words)
            for part, at in ((before, 0), (after, 1)):
                if part:
                    other = copy.deepcopy(run)
                    set_words(other, part)
                    run.addnext(other) if at else run.addprevious(other)
            set_words(run, words)
            return run
        raise AssertionError(words)

    def control(self, tag: str) -> Any:
        """Find the content control of a figure in the prose."""
        paths = f".//w:sdt[w:sdtPr/w:tag/@w:val='{tag}']"
        return self.document.xpath(paths)[0]


Change = Callable[[Package], object]


def xml(text: str) -> Any:
    """Parse a piece of a document."""
    return parse_xml(f"<w:root{W}>{text}</w:root>")[0]


def set_words(run: Any, words: str) -> None:
    text = run.find(word_name("t"))
    text.text = words
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def new_run(words: str, look: str = "") -> Any:
    run = xml(f"<w:r><w:rPr>{look}</w:rPr><w:t/></w:r>")
    set_words(run, words)
    return run


def typed(old: str, new: str) -> Change:
    """Words typed over others."""
    return lambda word: set_words(word.run(old), new)


def track(run: Any, new: str) -> None:
    """Delete a run and insert words, as tracked changes."""
    inserted, deleted = xml(f"<w:ins {BY}/>"), xml(f"<w:del {BY}/>")
    run.addnext(inserted)
    run.addprevious(deleted)
    deleted.append(run)
    for text in run.iter(word_name("t")):
        text.tag = word_name("delText")
    if new:
        inserted.append(new_run(new))


def tracked(old: str, new: str) -> Change:
    """Words typed over others, with tracked changes."""
    return lambda word: track(word.run(old), new)


def set_look(run: Any, look: str) -> None:
    """Give a run another look."""
    for old in run.findall(word_name("rPr")):
        run.remove(old)
    run.insert(0, xml(f"<w:rPr>{look}</w:rPr>"))


def looking(words: str, look: str) -> Change:
    """Words given another look."""
    return lambda word: set_look(word.run(words), look)


def runs_of(paragraph: Any) -> list[Any]:
    """List the runs of a paragraph that hold words."""
    runs = paragraph.iter(word_name("r"))
    return [run for run in runs if run.find(word_name("t")) is not None]


def is_in_body(paragraph: Any) -> bool:
    """Say whether a paragraph stands in no table, whose cells need one."""
    return paragraph.getparent().tag == word_name("body")


def added_behind(paragraph: Any, words: str, style: str = "BodyText") -> Any:
    """Add a paragraph behind another, and give it."""
    new = xml(f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr></w:p>')
    new.append(new_run(words))
    paragraph.addnext(new)
    return new


def added(after: str, words: str, style: str = "BodyText", *, track: bool = False) -> Change:
    """A paragraph added behind another."""

    def change(word: Package) -> None:
        new = added_behind(word.paragraph(after), words, style)
        if track:
            wrapped = xml(f"<w:ins {BY}/>")
            wrapped.append(new[-1])
            new.append(wrapped)

    return change


def gone(words: str, *, track: bool = False) -> Change:
    """A paragraph deleted."""

    def change(word: Package) -> None:
        one = word.paragraph(words)
        if not track:
            one.getparent().remove(one)
            return
        one.find(word_name("pPr")).append(xml(f"<w:rPr><w:del {BY}/></w:rPr>"))
        for run in [*one.iter(word_name("r"))]:
            deleted = xml(f"<w:del {BY}/>")
            run.addprevious(deleted)
            deleted.append(run)

    return change


def moved(words: str, behind: str) -> Change:
    """A paragraph cut and pasted behind another."""
    return lambda word: word.paragraph(behind).addnext(word.paragraph(words))


def split(words: str, within: str = "") -> Change:
    """A paragraph split in two before these words."""

    def change(word: Package) -> None:
        one = word.paragraph(within or words)
        run = word.run(words, one)
        rest = xml('<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr></w:p>')
        rest.extend([run, *run.itersiblings()])
        one.addnext(rest)

    return change


def joined(first: str, second: str) -> Change:
    """Two paragraphs made one."""

    def change(word: Package) -> None:
        one, other = word.paragraph(first), word.paragraph(second)
        one.append(new_run(" "))
        one.extend([child for child in other if child.tag != word_name("pPr")])
        other.getparent().remove(other)

    return change


def figure(tag: str, words: str) -> Change:
    """A figure typed over inside its control."""

    def change(word: Package) -> None:
        runs = [*word.control(tag).iter(word_name("r"))]
        set_words(runs[0], words)

    return change


def replaced(tag: str, words: str) -> Change:
    """A figure deleted together with its control, and words typed in its place."""

    def change(word: Package) -> None:
        control = word.control(tag)
        control.addprevious(new_run(words))
        control.getparent().remove(control)

    return change


def without_controls(change: Change) -> Change:
    """Make a change in a file that lost its content controls."""

    def both(word: Package) -> None:
        for control in [*word.document.iter(word_name("sdt"))]:
            for child in control.find(word_name("sdtContent")):
                control.addprevious(child)
            control.getparent().remove(control)
        change(word)

    return both


def in_note(old: str, new: str) -> Change:
    """A footnote typed over."""
    return lambda word: set_words(word.run(old, word.notes), new)


def new_note(behind: str, words: str) -> Change:
    """A footnote added behind some words."""

    def change(word: Package) -> None:
        note = xml('<w:footnote w:id="77"><w:p><w:r><w:footnoteRef/></w:r></w:p></w:footnote>')
        note[0].append(new_run(words))
        word.notes.append(note)
        word.run(behind).addnext(xml('<w:r><w:footnoteReference w:id="77"/></w:r>'))

    return change


def comment(on: str, words: str) -> Change:
    """A comment on some words."""

    def change(word: Package) -> None:
        root = xml(
            '<w:comments><w:comment w:id="5" w:author="Chủ tịch"><w:p/></w:comment></w:comments>'
        )
        root[0][0].append(new_run(words))
        word.data["word/comments.xml"] = etree.tostring(root)
        run = word.run(on)
        run.addprevious(xml('<w:commentRangeStart w:id="5"/>'))
        run.addnext(xml('<w:r><w:commentReference w:id="5"/></w:r>'))

    return change


def inserted(behind: str, what: str) -> Change:
    """An element put behind the run of some words."""
    return lambda word: word.run(behind).addnext(xml(what))


def table(behind: str, *cells: str) -> Change:
    """A table pasted behind a paragraph."""

    def change(word: Package) -> None:
        body = "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in cells)
        word.paragraph(behind).addnext(xml(f"<w:tbl><w:tr>{body}</w:tr></w:tbl>"))

    return change


def row_gone(words: str) -> Change:
    """The row of a table deleted that holds some words."""

    def change(word: Package) -> None:
        row = next(word.paragraph(words).iterancestors(word_name("tr")))
        row.getparent().remove(row)

    return change


def row_added(words: str, new: str) -> Change:
    """A row added below the one that holds some words."""

    def change(word: Package) -> None:
        row = next(word.paragraph(words).iterancestors(word_name("tr")))
        other = copy.deepcopy(row)
        row.addnext(other)
        for at, text in enumerate(other.iter(word_name("t"))):
            text.text = f"{new} {at}"

    return change


def bookmark_to(slot: str, words: str) -> Change:
    """The end of a bookmark moved behind a later paragraph."""

    def change(word: Package) -> None:
        start = word.document.xpath(f".//w:bookmarkStart[@w:name='{slot}']")[0]
        number = start.get(word_name("id"))
        end = word.document.xpath(f".//w:bookmarkEnd[@w:id='{number}']")[0]
        word.paragraph(words).addnext(end)

    return change


def without_bookmark(slot: str) -> Change:
    """A bookmark deleted."""

    def change(word: Package) -> None:
        start = word.document.xpath(f".//w:bookmarkStart[@w:name='{slot}']")[0]
        number = start.get(word_name("id"))
        end = word.document.xpath(f".//w:bookmarkEnd[@w:id='{number}']")[0]
        for mark in (start, end):
            mark.getparent().remove(mark)

    return change


def all_of(*changes: Change) -> Change:
    """Make several changes."""

    def change(word: Package) -> None:
        for one in changes:
            one(word)

    return change
