"""How: what stands in the place of a value."""

import re
from collections.abc import Callable
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
Seal = Callable[[str, str, str, str], None]
"""(tenant, entity, token, value): hands a value to the store of sealed originals; raises when it cannot be kept."""


def parse_action(text: str) -> Action:
    """`token`, `hash`, `drop`, `keep`, `seal`, `scan`, `mask` or `mask:4`. Raises ValueError."""
    name, _, number = text.partition(":")
    if name not in ACTIONS or (number and (name != "mask" or not number.isdecimal())):
        raise ValueError(text)
    return Action(name, int(number or 4) if name == "mask" else 0)


class Replacer:
    """Makes replacements under a key. Without `seal` no policy that seals can be served."""

    def __init__(self, tokenizer: Tokenizer, seal: Seal | None = None) -> None:
        self._tokenizer = tokenizer
        self._seal = seal

    def replace(self, tenant: str, entity: str, value: str, action: Action) -> str:
        """What is written instead of `value`. Blobs only say how long they were, whatever the action."""
        name = action.name
        if name == "keep":
            return value
        if entity == BASE64 and name != "seal":
            return blob_marker(value)
        if name == "drop":
            return f"<{entity}>"
        if name == "mask":
            return mask_text(value, action.keep_last)
        if name == "hash":
            return f"<{entity}_{self._tokenizer.make_digest(tenant, value)}>"
        token = self._tokenizer.make_token(tenant, entity, value)
        if name == "seal":
            if self._seal is None:
                raise RuntimeError("no store of sealed originals")
            self._seal(tenant, entity, token, value)
        return token


def mask_text(value: str, keep_last: int) -> str:
    """Letters and digits as `*`, save the last ones; at least four are hidden, so that a short value hides whole."""
    places = [match.start() for match in re.finditer(r"[^\W_]", value)]
    if len(places) - keep_last < _LEAST_HIDDEN:
        keep_last = 0
    hidden = set(places[: len(places) - keep_last])
    return "".join("*" if place in hidden else char for place, char in enumerate(value))
