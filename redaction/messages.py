"""A list of messages, taken apart without parsing it: every call of an agent repeats the messages of the last one.

Pages are runs of whole messages of at least 4 kB, counted from the start: a list that has grown has the same pages as
before and some more behind them.
"""

import orjson

_HEAD = '[{"role":'
_CUT = ',{"role":'
_PAGE = 4096


def split_pages(text: str) -> list[str] | None:
    """The pages of `[{"role":…},{"role":…}]`, not checked; None for anything else.

    A quote inside a JSON string is escaped, so `,{"role":` can only be structure.
    """
    if not text.startswith(_HEAD) or not text.endswith("}]") or _CUT not in text:
        return None
    pages = []
    start, stop = 1, text.find(_CUT, 1 + _PAGE)
    while stop >= 0:
        pages.append(text[start:stop])
        start, stop = stop + 1, text.find(_CUT, stop + 1 + _PAGE)
    pages.append(text[start:-1])
    return pages


def split_messages(page: str) -> list[str]:
    """The messages of a page."""
    first, *others = page.split(_CUT)
    return [first, *(_CUT[1:] + other for other in others)]


def is_full(page: str) -> bool:
    """True for a page that will be the same when the list has grown."""
    return len(page) >= _PAGE


def join_pages(pages: list[str]) -> str:
    """The list again."""
    return f"[{','.join(pages)}]"


def join_messages(messages: list[str]) -> str:
    """The page again."""
    return ",".join(messages)


def is_whole(message: str) -> bool:
    """True for valid JSON."""
    try:
        orjson.loads(message)
    except orjson.JSONDecodeError:
        return False
    return True
