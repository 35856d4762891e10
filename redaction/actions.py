"""How: what stands in the place of a value."""

import re
from typing import NamedTuple

from redaction.recognizers.blobs import BASE64, blob_marker
from redaction.tokens import Tokenizer

ACTIONS = ("token", "mask", "hash", "drop", "keep", "seal", "scan")
_LEAST_HIDDEN = 4


class Action(NamedTuple):
    """One of `ACTIONS`; `keep_last` is for `mask`: how many letters or digits at the end stay readable."""

    name: str
    keep_last: int = 0

    def __str__(self) -> str:
        return f"mask:{self.keep_last}" if self.name == "mask" else self.name


TOKEN = Action("token")
KEEP = Action("keep")


def parse_action(text: str) -> Action:
    """`token`, `hash`, `drop`, `keep`, `seal`, `scan`, `mask` or `mask:4`. Raises ValueError."""
    name, _, number = text.partition(":")
    if name not in ACTIONS or (number and (name != "mask" or not number.isdecimal())):
        raise ValueError(text)
    return Action(name, int(number or 4) if name == "mask" else 0)


class Replacer:
    """Makes replacements under a key. What is sealed gets a token; the walker takes its original (originals.py)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def replace(self, tenant: str, entity: str, value: str, action: Action) -> str:
        """What is written instead of `value`. Blobs only say how long they were, whatever the action."""
        name = action.name
        if name == "keep":
            return value
        if entity == BASE64:
            return blob_marker(value)
        if name == "drop":
            return f"<{entity}>"
        if name == "mask":
            return mask_text(value, action.keep_last)
        if name == "hash":
            return f"<{entity}_{self._tokenizer.make_digest(tenant, value)}>"
        return self._tokenizer.make_token(tenant, entity, value)


def mask_text(value: str, keep_last: int) -> str:
    """Letters and digits as `*`, save the last ones; at least four are hidden, so that a short value hides whole."""
    places = [match.start() for match in re.finditer(r"[^\W_]", value)]
    if len(places) - keep_last < _LEAST_HIDDEN:
        keep_last = 0
    hidden = set(places[: len(places) - keep_last])
    return "".join("*" if place in hidden else char for place, char in enumerate(value))
