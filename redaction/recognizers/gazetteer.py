"""First and last names as lists: which words can be names. Origin of the lists: redaction/data/README.md."""

from functools import cache
from pathlib import Path

_DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def load_words(name: str) -> frozenset[str]:
    """The words of `redaction/data/NAME.txt`, in lower case."""
    return frozenset((_DATA / f"{name}.txt").read_text("utf-8").split())


FIRST = load_words("first_names")
LAST = load_words("last_names")
ORDINARY = load_words("ordinary_words")


def fold_name(word: str) -> str:
    """As the lists have it."""
    return word.casefold().replace("\u2019", "'")


def is_first(word: str) -> bool:
    """True for a known first name; of one with a hyphen, the first half."""
    folded = fold_name(word)
    return folded in FIRST or ("-" in folded and folded.partition("-")[0] in FIRST)


def is_last(word: str) -> bool:
    """True for a known last name; of one with a hyphen, either half."""
    folded = fold_name(word)
    return folded in LAST or ("-" in folded and any(half in LAST for half in folded.split("-")))


def is_ordinary(word: str) -> bool:
    """True for a word that is more often something else than a name."""
    return fold_name(word) in ORDINARY
