"""Keys whose value is somebody's name: `customer_name`, `lastName`, `cardholder`."""

import re

import regex  # type: ignore[import-untyped]  # it comes without type stubs

from redaction.recognizers.kind import QUOTE, Anchor, Kind, Span, find_nothing, nowhere
from redaction.recognizers.names import NOBODY, WORD

_OWNERS = (
    r"(?:first|last|full|given|family|middle|maiden|legal|customer|client|patient|passenger|guest|employee|contact"
    r"|recipient|sender|card_?-?holder|account_?-?holder|applicant|caller|buyer|seller|author|attendee|person|billing"
    r"|shipping)"
)
_WHOLE = r"surname|cardholder|account_?holder|attendees?|passengers?"
NAME_KEY = re.compile(
    rf"(?i)(?:^|[._\-\[\]]){_OWNERS}[_\- .]?(?:full[_\- ]?)?names?$|(?:^|[._\-])(?:{_WHOLE})$"
    r"|[a-z](?:First|Last|Full|Given|Family|Customer|Contact|Recipient)Name$"
)
_VALUE = regex.compile(rf"[\p{{L}}\p{{M}}.'\u2019\- ]{{2,60}}|{WORD}, {WORD}")
_CODE_LIKE = re.compile(r"[_/\\{}$<>:]|[a-z][A-Z].*[a-z][A-Z]|^[a-z]+(?:-[a-z]+)+$")
_NO_NAMES = frozenset({"none", "null", "unknown", "n/a", "na", "string", "name", "test", "anonymous"})


def name_span(value: str) -> Span | None:
    """A value under a name's key: all of it, unless it is no name (a placeholder, an identifier, a sentence)."""
    text = value.strip()
    if not _VALUE.fullmatch(text) or _CODE_LIKE.search(text) or len(text.split()) > 5:
        return None
    folded = text.casefold()
    if folded in _NO_NAMES or folded in NOBODY:
        return None
    start = value.index(text)
    return start, start + len(text)


_ANCHOR = rf"(?:{_WHOLE}|{_OWNERS}[_\- .]?(?:full[_\- ]?)?names?){QUOTE}[ \t]{{0,4}}[:=]"
KINDS = (Kind("PERSON", (Anchor(_ANCHOR, caseless=True),), nowhere, find=find_nothing),)
"""Finds nothing by itself: a hit makes the walk through JSON look at the key, and so at its value."""
