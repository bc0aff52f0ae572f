"""Prose whose values partly have nothing to say: which pieces of it are printed, and how.

Owns the signs by which `sentences` reads pieces and nodes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from danvan_nb import nodes, sentences, wording
from danvan_nb.notebook.prose import Piece

OTHER = "\ue004"
"""The sign of what is neither a word nor a number: a date, a note, a break."""


def mended(parts: Sequence[tuple[Piece, Any]]) -> Iterator[tuple[Piece, Any]]:
    """Let what has nothing to say fall away, and several that say the same say it once."""
    texts = [_sign(piece, node) for piece, node in parts]
    left = sentences.mend("".join(texts))
    kept, start = set(left.places), 0
    for (piece, node), text in zip(parts, texts, strict=True):
        places = range(start, start + len(text))
        start = places.stop
        if node is not piece or not isinstance(piece, nodes.Text):
            said = left.said.get(places[0])
            shown = replace(node, text=said) if said else node
            yield piece, shown if places[0] in kept else None
            continue
        for is_kept, run in groupby(places, key=kept.__contains__):
            letters = [(at, text[at - places.start]) for at in run]
            capital = (c.upper() if at in left.capitals else c for at, c in letters)
            words = replace(piece, text="".join(capital if is_kept else (c for _, c in letters)))
            yield words, words if is_kept else None


def _sign(piece: Piece, node: Any) -> str:
    """Write a node as the mending of sentences reads it: words as they are, else one sign."""
    match node:
        case nodes.Value(gap=gap) if gap:
            return sentences.GAP
        case nodes.Value(text=wording.UNCHANGED):
            return sentences.UNCHANGED
        case nodes.Value(value="0", text=text) if re.fullmatch(r"(?:ước )?[0,]+ [^%]+", text):
            return sentences.ZERO
        case nodes.Value():
            return sentences.VALUE
        case nodes.Text(text=text) if node is piece:
            return text
    return OTHER
