"""Templates of `schema/queries/`: SQL with `$places`. The API fills them with parameters, the boards with Grafana's
macros and variables, so a number has one definition."""

from string import Template

from schema.statements import read_query


def fill_template(name: str, **fragments: str) -> str:
    """Text of a template with its `$places` filled. Fragments are constants of our own, never values.

    Raises KeyError when a place is left over.
    """
    return Template(read_query(name)).substitute(fragments)
