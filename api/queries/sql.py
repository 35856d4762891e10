"""A query: text from `schema/queries/`, and the parameters that the server binds."""

from dataclasses import dataclass, field
from string import Template
from typing import Any

from schema.rollup import read_query


@dataclass(frozen=True, slots=True)
class Query:
    """SQL that names its tenant parameter but doesn't hold it: `api/queries/reader.py` binds the tenant."""

    name: str
    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)


def fill_template(name: str, **fragments: str) -> str:
    """Text of a template with its `$places` filled. Fragments are constants of this package, never values.

    Raises KeyError when a place is left over.
    """
    return Template(read_query(name)).substitute(fragments)
