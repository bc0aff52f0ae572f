"""The command `version`."""

from danvan_nb import __version__
from danvan_nb.commands import console


def version() -> None:
    """Print the version."""
    console.out.print(__version__)
