"""Where the parts of the official form stand in a document, found by their words and their place.

Owns the finding; whether a part is as the decree wants it, the rules say. A part that is not there
is empty, so every part is a tuple of paragraphs.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, takewhile

from danvan_nb.conform.specimen import Imprint, Run, Specimen
from danvan_nb.project.files import read_table

Parts = tuple[Imprint, ...]

KNOWN_WORDS = read_table("conform", "parts")
KINDS: dict[str, str] = KNOWN_WORDS["kinds"]
LEVELS: dict[str, str] = KNOWN_WORDS["levels"]
CAPTION = r"(Hình|Bảng|Biểu đồ|Sơ đồ) \d"  # a long one fills its line, and so is not centred


@dataclass(frozen=True)
class Numbered:
    """A paragraph that begins with the number of its level."""

    level: str
    number: str
    imprint: Imprint


class Form:
    """The parts of a document, each found when it is first asked for."""

    def __init__(self, specimen: Specimen) -> None:
        self.specimen = specimen
        self.numbers = specimen.numbers
        self.text = tuple(each for each in specimen.imprints if each.side != "note")
        self.notes = tuple(each for each in specimen.imprints if each.side == "note")
        self.sentences = "\n".join(each.text for each in specimen.imprints)

        self.recipients_title = self.find(r"Nơi nhận\b", self.text)
        self._find_letterhead()
        self._find_opening()

    def _find_letterhead(self) -> None:
        across = (each for each in self.text[:30] if each.side not in ("left", "right"))
        self.kind = self.find(r"(?:{})\W*$".format("|".join(KINDS)), across)
        top = self.kind or self.find("Kính gửi", self.text[:30]) or self.text[12:13]
        self.head = self.text[: self.text.index(top[0])] if top else self.text
        self.state = self.find(r".*xã hội chủ nghĩa", self.head)
        self.motto = self.find(r"độc lập\W+tự do\W+hạnh phúc", self.head)
        self.number = self.find(r"số\b(?=.*[/:])", self.head)
        self.place = self.find(r".*\bngày\b.*\btháng\b.*\bnăm\b", self.head)
        self.matter = self.find(r"V/v\b|Về việc\b", self.head)
        known = (*self.number, *self.matter)
        left = tuple(each for each in self.head if each.side == "left")
        self.names = self.run_of(lambda each: each not in known, left)
        bold = tuple(each for each in self.names if each.bold is not False)
        self.issuer = bold or self.names[-1:]
        self.superior = tuple(each for each in self.names if each not in self.issuer)

    def _find_opening(self) -> None:
        below, opening = self.after(self.kind), self.find("Kính gửi", self.text[:40])
        first = tuple(each for each in below[:1] if each not in opening)
        bold = self.run_of(lambda each: each.bold and each.align == "center", below)
        # In a Quyết định the name of who decides stands below the subject, in capitals.
        words = self.run_of(lambda each: not each.text.isupper(), bold)
        self.subject = words or bold or first
        dashed = self.run_of(lambda each: each.text[0] in "-–", self.after(opening))
        self.addressee = opening + dashed
        rest = self.after(self.addressee or (words and bold) or self.subject)
        basis = re.compile(r"Căn cứ\b.*[^:]$|Theo đề nghị")
        self.bases = self.run_of(lambda each: basis.match(each.text), rest)

    @cached_property
    def signing(self) -> Parts:
        """The right column beside Nơi nhận."""
        for title in self.recipients_title:
            page = [each for each in self.text if each.page == title.page and not each.cell]
            beside = (each for each in page if each.side == "right" and each.row > title.row - 25)
            return tuple(beside)
        return ()

    @cached_property
    def signer(self) -> Parts:
        """The name under the authority: the last line that is not in capitals."""
        lower = tuple(each for each in self.signing[1:] if not each.text.isupper())
        return lower[-1:] or self.signing[2:][-1:]

    @cached_property
    def authority(self) -> Parts:
        """The lines above the signature."""
        return tuple(each for each in self.signing if each not in self.signer)

    @cached_property
    def recipients(self) -> Parts:
        """The list below Nơi nhận, an entry each, though it may take two lines."""
        entries: list[Imprint] = []
        for each in self.after(self.recipients_title):
            if each.page != self.recipients_title[0].page or each in self.labels:
                break
            if entries and each.side != "right" and each.text[0] not in "-–":
                entries[-1] = replace(entries[-1], runs=(*entries[-1].runs, Run(" "), *each.runs))
            elif each.side != "right":
                entries.append(each)
        return tuple(entries)

    @cached_property
    def labels(self) -> Parts:
        """The word Phụ lục, with its number, above each."""
        label = re.compile(r"phụ lục(?: (?:số )?\w{1,4})?\W?", re.I)
        centred = (each for each in self.text if each.align == "center" and not each.cell)
        return tuple(each for each in centred if label.fullmatch(each.text))

    @cached_property
    def titles(self) -> Parts:
        """The titles of the Phụ lục."""
        below = (each for label in self.labels for each in self.after((label,))[:3])
        return tuple(each for each in below if each.align == "center" and each.text.isupper())

    @cached_property
    def references(self) -> Parts:
        """The lines that say to which document a Phụ lục belongs."""
        below = (each for label in self.labels for each in self.after((label,))[:5])
        return tuple(each for each in below if re.match(r"\((ban hành )?kèm", each.text, re.I))

    @cached_property
    def content(self) -> Parts:
        """Everything between the head and the signature."""
        ends = (*self.recipients_title, *self.authority, *self.labels)
        rest = self.after(self.bases or self.addressee or self.subject or self.head)
        return self.run_of(lambda each: each not in ends, rest)

    @cached_property
    def numbered(self) -> tuple[Numbered, ...]:
        """The paragraphs of the content that begin with a number."""
        return tuple(
            Numbered(level, found[1], each)
            for each in self.content
            if each.side == "middle" and not each.cell
            for level, pattern in LEVELS.items()
            if (found := re.match(pattern, each.text))
        )

    @cached_property
    def captions(self) -> Parts:
        """The captions of figures and tables in the text."""
        return tuple(each for each in self.content if each.bold and re.match(CAPTION, each.text))

    @cached_property
    def body(self) -> Parts:
        """The running text: paragraphs, without titles, captions and what stands in tables."""
        titles = {each.imprint for each in self.numbered if each.level in ("phan", "muc")}
        titles |= {each.imprint for each in self.numbered if each.imprint.bold}
        titles |= {*self.captions}
        plain = (each for each in self.content if each.side == "middle" and not each.cell)
        running = (each for each in plain if each.align != "center" and (each.indent or 0) < 3)
        return tuple(each for each in running if each not in titles and len(each.text) > 20)

    @cached_property
    def begun(self) -> Parts:
        """The paragraphs of the body, without what goes on behind a picture or table."""
        return tuple(each for each in self.body if not each.text[0].islower())

    @cached_property
    def inner(self) -> Parts:
        """The paragraphs of the body that follow another."""
        body = {*self.body}
        return tuple(two for one, two in pairwise(self.content) if body >= {one, two})

    @cached_property
    def last(self) -> Parts:
        """The paragraph that ends the body."""
        return self.body[-1:]

    def level(self, name: str) -> Parts:
        """List the paragraphs numbered at one level, `phan` to `diem`."""
        return tuple(each.imprint for each in self.numbered if each.level == name)

    def after(self, parts: Parts) -> Parts:
        """List what follows a part."""
        return self.text[self.text.index(parts[-1]) + 1 :] if parts else ()

    @staticmethod
    def find(pattern: str, among: Iterable[Imprint]) -> Parts:
        """Find the first paragraph that begins like a pattern, whatever its case."""
        return tuple(each for each in among if re.match(pattern, each.text, re.I))[:1]

    @staticmethod
    def run_of(wanted: Callable[[Imprint], object], among: Iterable[Imprint]) -> Parts:
        """List the paragraphs up to the first that is not wanted."""
        return tuple(takewhile(wanted, among))
