"""A request to a model as one object, `{"messages":[…],"model":…}`: what the OpenInference instrumentors write into
`input.value` at each call, the whole history in it."""

import re
from collections.abc import Callable

from redaction.findings import NO_FINDINGS, Redaction, count_findings
from redaction.messages import is_whole

_HEAD = re.compile(r'\{\s?"messages":\s?(?=\[\{)')
_MOST_TRIES = 3  # other lists of objects behind the messages: tools, stop words
_EMPTY = "[]"

Redact = Callable[[str], Redaction | None]


def redact_request(text: str, redact_list: Redact, redact_rest: Redact) -> Redaction | None:
    """The request redacted as its list of messages and all else apart; None for what is no such request.

    Both parts must be JSON: then the list ends where it is cut, and no value reaches from one into the other.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    begin, end = head.end(), len(text)
    for _ in range(_MOST_TRIES):
        end = text.rfind("}]", begin, end) + 1
        if not end:
            return None
        rest = f"{text[:begin]}{_EMPTY}{text[end + 1 :]}"
        if is_whole(rest) and (messages := redact_list(text[begin : end + 1])) is not None:
            return _put_together(text, begin, end + 1, messages, redact_rest(rest))
    return None


def _put_together(text: str, begin: int, end: int, messages: Redaction, rest: Redaction | None) -> Redaction | None:
    middle = begin + len(_EMPTY)
    if rest is None or rest.text[:middle] != f"{text[:begin]}{_EMPTY}":  # written anew in another form
        return None
    tail = rest.text[middle:]
    if messages.text == text[begin:end] and tail == text[end:]:
        return Redaction(text, NO_FINDINGS, messages.failed + rest.failed)
    counts = dict(messages.findings)
    count_findings(counts, rest.findings)
    return Redaction(f"{text[:begin]}{messages.text}{tail}", counts, messages.failed + rest.failed)
