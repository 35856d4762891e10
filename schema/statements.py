"""Statements as files, and ids in parts that fit their parameters."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

PART = 2000


@cache
def read_query(name: str) -> str:
    """Text of `schema/queries/<name>.sql`."""
    return (resources.files("schema") / "queries" / f"{name}.sql").read_text("utf-8")


def split_ids(ids: Sequence[str]) -> Iterator[list[str]]:
    """Ids in parts that fit a parameter: a ClickHouse server takes no form field over 128 KiB."""
    for start in range(0, len(ids), PART):
        yield list(ids[start : start + PART])
