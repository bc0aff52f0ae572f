"""The paper: the document tree of a notebook, and its writers, which draw from `templates/`.

The writer and the reader of each export format are `write_<name>` and `read_<name>` of the module
with the name of the format's row, loaded when first used.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Document
from danvan_nb.project.formats import FORMATS

if TYPE_CHECKING:
    from jinja2 import Environment

# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _lazy(verb: str, name: str) -> Callable[[Any], Any]:
    def call(source: Any) -> Any:
        return getattr(import_module(f"{__name__}.{name}"), f"{verb}_{name}")(source)

    return call


WRITERS: dict[str, Callable[[Document], bytes]] = {name: _lazy("write", name) for name in FORMATS}
READERS: dict[str, Callable[[bytes], str]] = {name: _lazy("read", name) for name in FORMATS}


@cache
def page_templates() -> Environment:
    """Give the templates of HTML and Word: data are escaped, an unknown name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader(__name__, "templates")
    env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    env.trim_blocks = env.lstrip_blocks = True
    return env


def storable(text: str) -> str:
    """Give back a text that an Office file can hold.

    Raises
    ------
    RenderError
        If it has a sign that XML does not know.
    """
    if wrong := FORBIDDEN.search(text):
        before = text[max(0, wrong.start() - 30) : wrong.start()]
        raise RenderError(Issue.of("ky_tu_word", found=ascii(wrong.group()), before=before))
    return text


def without_clock(data: bytes) -> bytes:
    """Pack the parts of an Office file again in a fixed order with a fixed time.

    The same report has the same bytes.
    """
    buffer = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(name))
    return buffer.getvalue()
