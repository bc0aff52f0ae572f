"""How the words of a Word file look, and what in it is no text.

Owns styles, what they are based on, and what a run adds to them. It reads no words.
"""

from collections.abc import Mapping
from typing import Any

from danvan_nb.document.word import word_name
from danvan_nb.project.files import read_table

CALLED = read_table("keep", "words")
LOOKS: Mapping[str, str] = CALLED["looks"]
HIDDEN = LOOKS["vanish"]


class Styles:
    """The styles of a file, by id."""

    def __init__(self, part: Any) -> None:
        kinds = () if part is None else part.iterchildren(word_name("style"))
        self._styles = {value(one, "styleId"): one for one in kinds}

    def name(self, style: str) -> str:
        """Give the name of a style, which programs keep though they change its id."""
        return (child(self._styles.get(style), "name") or style).casefold()

    def look(self, style: str) -> frozenset[str]:
        """Say how words look in a style, or in the one that it is based on."""
        shown: dict[str, bool] = {}
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            node = self._styles[style]
            shown = _looks(node.find(word_name("rPr"))) | shown
            style = child(node, "basedOn")
        return frozenset(name for name, on in shown.items() if on)

    def run_look(self, run: Any, paragraph: frozenset[str]) -> frozenset[str]:
        """Say how the words of a run look in a paragraph whose style looks so."""
        own = run.find(word_name("rPr"))
        shown = dict.fromkeys(paragraph | self.look(child(own, "rStyle")), True) | _looks(own)
        return frozenset(name for name, on in shown.items() if on)


def _looks(properties: Any) -> dict[str, bool]:
    """Read which looks the properties of a run or a style switch on or off."""
    named = {} if properties is None else {local_name(one): one for one in properties}
    off = ("0", "false", "none", "off", "baseline")
    return {LOOKS[name]: value(named[name], "val") not in off for name in named if name in LOOKS}


def foreign_thing(node: Any) -> str:
    """Say what an element is that is no text, with the words in it; empty for any other."""
    kind = CALLED["foreign"].get(local_name(node), "")
    if not kind:
        return ""
    texts = (one.text or "" for one in node.iter() if local_name(one) == "t")
    words = " ".join("".join(texts).split()) or value(node, "char")
    return f"{kind}: {words}" if words else kind


def local_name(node: Any) -> str:
    """Give the name of an element without its namespace."""
    return str(node.tag).rpartition("}")[2]


def child(node: Any, *names: str) -> str:
    """Give the value of an element by its way down; empty if it is not there."""
    found = None if node is None else node.find("/".join(map(word_name, names)))
    return "" if found is None else value(found, "val")


def value(node: Any, name: str) -> str:
    """Give an attribute; empty if it is not there."""
    return str(node.get(word_name(name)) or "")
