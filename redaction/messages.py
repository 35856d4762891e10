"""Where the messages of a list end, told without parsing it: `[{"role":…},{"role":…}]`.

A quote inside a JSON string is escaped, so `},{"role":` can only be structure. It may be structure further in: whoever
cuts there must see whether the pieces are JSON.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson

NO_JSON = object()
_HEAD = re.compile(r'\[(\{"(?:role|content|parts|type|author|kind)":( ?))')


class Cut(NamedTuple):
    """What stands between two messages of a list: a comma, perhaps a space (as `json.dumps` writes it), and what every
    message begins with."""

    gap: str
    opening: str


def find_cut(text: str) -> Cut | None:
    """How this list of messages can be taken apart; None for what is no list of objects."""
    head = _HEAD.match(text) if text.endswith("}]") else None
    return None if head is None else Cut("," + head.group(2), head.group(1))


def find_borders(data: bytes, cut: Cut, most: int) -> Iterator[int]:
    """Offsets behind messages, the last ones first, at most so many."""
    sign = f"}}{cut.gap}{cut.opening}".encode()
    border = len(data) - 1
    for _ in range(most):
        yield border
        border = data.rfind(sign, 0, border) + 1
        if not border:
            return


def split_messages(text: str, cut: Cut) -> list[str]:
    """The messages of a list, each as a list of its own."""
    pieces = text[1:-2].split(f"}}{cut.gap}{cut.opening}")
    return [f"[{pieces[0]}}}]", *(f"[{cut.opening}{piece}}}]" for piece in pieces[1:])]


def join_messages(lists: Iterable[str], cut: Cut) -> str:
    """One list again."""
    return f"[{cut.gap.join(one[1:-1] for one in lists)}]"


def parse_json(text: str) -> Any:
    """What a JSON text says; `NO_JSON` for any other."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return NO_JSON


def is_whole(text: str) -> bool:
    """True for valid JSON."""
    return parse_json(text) is not NO_JSON
