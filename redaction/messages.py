"""A list of messages, taken apart without parsing it: every call of an agent repeats the messages of the last one."""

import orjson

_HEAD = '[{"role":'
_CUT = ',{"role":'


def split_messages(text: str) -> list[str] | None:
    """The messages of `[{"role":…},{"role":…}]`, not checked; None for anything else.

    A quote inside a JSON string is escaped, so `,{"role":` can only be structure.
    """
    if not text.startswith(_HEAD) or not text.endswith("}]"):
        return None
    first, *others = text[1:-1].split(_CUT)
    messages = [first, *(_CUT[1:] + other for other in others)]
    return messages if len(messages) > 1 else None


def join_messages(messages: list[str]) -> str:
    """The list again."""
    return f"[{','.join(messages)}]"


def is_whole(message: str) -> bool:
    """True for valid JSON."""
    try:
        orjson.loads(message)
    except orjson.JSONDecodeError:
        return False
    return True
