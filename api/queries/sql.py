"""A query: text from `schema/queries/`, and the parameters that the server binds."""

from dataclasses import dataclass, field
from typing import Any

from schema.templates import fill_template as fill_template


@dataclass(frozen=True, slots=True)
class Query:
    """SQL that names its tenant parameter but doesn't hold it: `api/queries/reader.py` binds the tenant."""

    name: str
    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
