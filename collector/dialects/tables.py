"""Filling a step from tables of (attribute, field), in priority order.

A field that is filled stays: the first attribute with something to say wins, and so does the first of two dialects
on one span.
"""

from collections.abc import Iterable

from collector.dialects.values import read_count, read_json, read_text
from collector.spans import Attributes
from collector.steps import Step

Table = tuple[tuple[str, str], ...]


def attributes_of(*tables: Table) -> frozenset[str]:
    """Every attribute that the tables name."""
    return frozenset(attribute for table in tables for attribute, _ in table)


def fill_texts(step: Step, attributes: Attributes, table: Table) -> None:
    """Fill fields that hold a short text: names, ids, versions."""
    get = attributes.get
    for attribute, field in table:
        value = get(attribute)
        if value is not None and not getattr(step, field):
            setattr(step, field, read_text(value))


def fill_counts(step: Step, attributes: Attributes, table: Table) -> None:
    """Fill token counts; any readable one, 0 too, means that the span reports usage."""
    get = attributes.get
    for attribute, field in table:
        value = get(attribute)
        if value is None:
            continue
        count = read_count(value)
        if count is not None:
            step.has_usage = True
            if not getattr(step, field):
                setattr(step, field, count)


def fill_contents(step: Step, attributes: Attributes, table: Table) -> None:
    """Fill fields that hold what was said or done; the attribute's content has then moved into the step."""
    get = attributes.get
    for attribute, field in table:
        value = get(attribute)
        if value is not None and not getattr(step, field):
            text = read_json(value)
            if text:
                setattr(step, field, text)
                step.absorbed.add(attribute)


def first_text(attributes: Attributes, names: Iterable[str]) -> str:
    """The first of these attributes that is not empty."""
    for name in names:
        text = read_text(attributes.get(name))
        if text:
            return text
    return ""
