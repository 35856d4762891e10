"""Characters written as escapes of their number, `\\u0040` for `@`: anchors do not see them."""

import re

_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_INNER = re.compile(r"\\\\[u/]")
_ANY = re.compile(r"\\[u/]")


def holds_escapes(text: str) -> bool:
    """True for JSON with characters written as `\\u0040` or `\\/`, at whatever depth."""
    return "\\" in text and _ANY.search(text) is not None  # one search: `in` reads all of it twice, and slower


def resolve_escapes(text: str) -> str:
    """A piece of JSON, at whatever depth, with such characters as they are; the very same string without any.

    What would be syntax stays an escape: quotes, backslashes, control characters and halves of surrogate pairs.
    """
    return _ESCAPE.sub(_resolve, text) if "\\" in text and "\\u" in text else text


def _resolve(match: "re.Match[str]") -> str:
    code = int(match.group(1), 16)
    return match.group() if code < 0x20 or code in (0x22, 0x5C) or 0xD800 <= code < 0xE000 else chr(code)


def find_escaped(text: str) -> list[int]:
    """Places in JSON, after its own escapes were resolved, where JSON inside a string has some: `\\\\u0040`."""
    return [match.end() for match in _INNER.finditer(text)]


def is_encodable(text: str) -> bool:
    """False for what holds half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
