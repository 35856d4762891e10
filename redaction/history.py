"""A list of messages that grows: each call of an agent repeats those of the last one and adds some behind them.

text ─▶ the longest beginning that came as a list of its own before (keyed hash) ─▶ only the messages behind it are new
"""

from collections.abc import Callable
from itertools import islice

from redaction.cache import CLEAN, CacheSpace
from redaction.findings import NO_FINDINGS, Redaction, count_findings
from redaction.messages import Cut, find_borders, is_whole, join_messages, split_messages

_MOST_NEW = 32  # messages that may have come since the list was last seen
_MOST_TRIES = 3  # other lists that were as long as a beginning of this one

RedactList = Callable[[str], Redaction | None]
"""The result of a list of messages; None when it is not JSON by itself."""


def redact_history(text: str, cut: Cut, space: CacheSpace, redact_list: RedactList) -> Redaction | None:
    """The list redacted; None when it cannot be taken apart."""
    data = text.encode("utf-8", "surrogatepass")
    whole = len(data) - 1  # a border: what stands before it is a list, given a closing bracket
    known_lengths = filter(space.lengths.__contains__, find_borders(data, cut, _MOST_NEW))
    borders = sorted({whole, *islice(known_lengths, _MOST_TRIES)})
    keys = space.hash_lists(data, borders)
    result = None
    for key, border in zip(reversed(keys), reversed(borders), strict=True):
        known = space.look_up(key)
        if known is None:
            continue
        if border == whole:
            return Redaction(text, NO_FINDINGS, 0) if known is CLEAN else known
        result = _extend(text, data, border, cut, known, redact_list)
        break
    else:
        result = redact_list(text)
    if result is not None and not result.failed:  # what failed here may do so no more
        space.put(keys[-1], text, result)
        space.add_length(whole)
    return result


def _extend(
    text: str, data: bytes, border: int, cut: Cut, known: Redaction, redact_list: RedactList
) -> Redaction | None:
    """The result of a list of which that of the messages before `border` is known."""
    tail = f"[{_decode(data[border + len(cut.gap) :])}"
    more = redact_list(tail)
    if more is None:
        return None
    if known is CLEAN and more.text is tail:
        return Redaction(text, NO_FINDINGS, 0)
    beginning = _decode(data[:border]) if known is CLEAN else known.text[:-1]
    counts = dict(known.findings)
    count_findings(counts, more.findings)
    return Redaction(f"{beginning}{cut.gap}{more.text[1:]}", counts, more.failed)


def redact_apart(text: str, cut: Cut, redact: Callable[[str], Redaction]) -> Redaction | None:
    """The list redacted message by message; None when the messages are not JSON by themselves."""
    messages = split_messages(text, cut)
    if not all(map(is_whole, messages)):
        return None
    results = list(map(redact, messages))
    if all(result.text is message for result, message in zip(results, messages, strict=True)):
        return Redaction(text, NO_FINDINGS, 0)
    counts: dict[str, int] = {}
    for result in results:
        count_findings(counts, result.findings)
    return Redaction(join_messages((one.text for one in results), cut), counts, sum(one.failed for one in results))


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
