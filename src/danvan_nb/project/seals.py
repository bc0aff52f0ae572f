"""The seal of a report: which editions of it were approved, by whom, and their very bytes.

Owns what `<period>.seal.json` holds. Making one and holding files to it is the room `outputs`'.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from pydantic import BaseModel, ValidationError

from danvan_nb.errors import Issue, ParamsError

LARGEST_SEAL = 4_000_000
"""A seal comes with files from elsewhere too; one of a thousand inputs has some 100 kB."""


class Edition(BaseModel, frozen=True):
    """One edition of a report, with the SHA-256 of its `outputs` by name, of `inputs` by path.

    `by` is blank, and the rest too, while a revision that `reason` asks for is not approved.
    """

    by: str = ""
    on: datetime.date | None = None
    number: str = ""
    date: datetime.date | None = None
    reason: str = ""
    outputs: dict[str, str] = {}
    inputs: dict[str, str | None] = {}


class Seal(BaseModel, frozen=True):
    """The editions of a report, in their order; the last is the one that is worked on."""

    report: str = ""
    editions: tuple[Edition, ...] = ()

    def approved(self) -> list[tuple[int, Edition]]:
        """List the approved editions with their numbers."""
        return [(at, one) for at, one in enumerate(self.editions, 1) if one.by]


def edition_folder(home: Path, number: int) -> Path:
    """Give where an edition's files stand: the first in the report's own folder.

    Examples
    --------
    >>> edition_folder(Path("outputs/sa-dec/2023-H1"), 2).as_posix()
    'outputs/sa-dec/2023-H1/lan-2'
    """
    return home / f"lan-{number}" if number > 1 else home


def edition_number(folder: Path) -> int:
    """Give the number of the edition whose files stand in a folder."""
    named = re.fullmatch(r"lan-([0-9]{1,3})", folder.name)
    return int(named[1]) if named else 1


def read_seal(path: Path, file: str) -> Seal:
    """Read a seal; none is one without editions.

    Raises
    ------
    ParamsError
        If it is damaged: nothing may be taken for not approved because of that.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST_SEAL else b""
        return Seal.model_validate_json(data)
    except (FileNotFoundError, NotADirectoryError):
        return Seal()
    except (OSError, ValidationError) as err:
        raise ParamsError(Issue.of("dau_ky.hong", file=file)) from err
