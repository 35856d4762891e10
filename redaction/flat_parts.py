"""Parts of one text that come as attributes of their own, told by the number in their keys:
`llm.input_messages.0.message.contents.0.message_content.text`, `….contents.1.message_content.text`.

The number stands behind `content`, `contents`, `parts` or `chunks`, or behind `events`, as the collector writes what
events say; the numbers of messages stand behind other words.
"""

import re
from collections.abc import Iterable

from redaction.parts import is_chunk_key

# the list, the number, and where the text is in the part: nothing, or a path that ends in a word for text
_PART_KEY = re.compile(
    r"(.*(?:^|[._])(?:contents?|parts|chunks))[.\[](\d{1,6})\]?((?:[._][A-Za-z_.]{0,60})?[._](?:text|content|value))?",
    re.DOTALL,
)
_EVENT_KEY = re.compile(r"(events)\.(\d{1,6})(\..*)", re.DOTALL)


def find_runs(keys: Iterable[str]) -> list[list[str]]:
    """The keys of parts that are neighbours, in order, two or more in a run."""
    groups: dict[tuple[str, str | None], dict[int, str]] = {}
    for key in keys:
        # most keys are none of these, and looking for words is cheaper than matching
        told = "nt." in key or "nts." in key or "parts." in key or "chunks." in key or "[" in key or "events." in key
        match = _match_part(key) if told else None
        if match:
            groups.setdefault((match.group(1), match.group(3)), {})[int(match.group(2))] = key
    runs: list[list[str]] = []
    for parts in groups.values():
        last = -2
        for number in sorted(parts):
            if number != last + 1:
                runs.append([])
            runs[-1].append(parts[number])
            last = number
    return [run for run in runs if len(run) > 1]


def _match_part(key: str) -> "re.Match[str] | None":
    match = _PART_KEY.fullmatch(key)
    if match is None and (match := _EVENT_KEY.fullmatch(key)) is not None and not is_chunk_key(match.group(3)):
        return None
    return match
