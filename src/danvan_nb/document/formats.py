"""The writer and the reader of each export format, loaded when first used.

They are `write_<name>` and `read_<name>` of the module with the name of the format's row.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from danvan_nb.nodes import Document
from danvan_nb.project.formats import FORMATS


def _lazy(verb: str, name: str) -> Callable[[Any], Any]:
    def call(source: Any) -> Any:
        return getattr(import_module(f"danvan_nb.document.{name}"), f"{verb}_{name}")(source)

    return call


WRITERS: dict[str, Callable[[Document], bytes]] = {name: _lazy("write", name) for name in FORMATS}
READERS: dict[str, Callable[[bytes], str]] = {name: _lazy("read", name) for name in FORMATS}
