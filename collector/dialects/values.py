"""From an attribute's value, of whatever type its sender chose, to the type a step wants.

Nothing here raises: what cannot be read is absent (None, or an empty text). Instrumentations send numbers and
booleans as text, and JSON both as text and as structured values.
"""

import ast
import base64
import math
from datetime import datetime
from decimal import Decimal, InvalidOperation

import orjson

MAX_COUNT = 2**63 - 1
MAX_MONEY = Decimal(10) ** 6
"""What the store's Decimal(18, 12) cannot hold any more, and no step has cost."""
PICODOLLAR = Decimal(1).scaleb(-12)
_LONGEST_NUMBER = 40
LONGEST_PARSED = 65_536
"""A longer text is not parsed for the sake of one small field in it."""


def read_text(value: object) -> str:
    """Text as it is, numbers and booleans as text; empty for anything with structure."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return ""


def read_count(value: object) -> int | None:
    """A whole number from 0 to 2^63 - 1, also from text or from a float without a fraction."""
    if type(value) is int:  # nearly always; and no bool
        return value if 0 <= value <= MAX_COUNT else None
    if isinstance(value, str):
        if not value.isdecimal() or len(value) > _LONGEST_NUMBER:
            return None
        value = int(value)
    elif isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def read_number(value: object) -> float | None:
    """A finite number, also from text."""
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def read_money(value: object) -> Decimal | None:
    """US dollars to twelve places, from 0 up to what the store holds; a float counts as its shortest decimal."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if len(text) > _LONGEST_NUMBER:
        return None
    try:
        money = Decimal(text)
    except InvalidOperation:
        return None
    return round_money(money)


def round_money(money: Decimal) -> Decimal | None:
    """To twelve places; None for what is negative, not a number, or a million dollars and more."""
    if not money.is_finite() or money < 0 or money >= MAX_MONEY:
        return None
    rounded = money.quantize(PICODOLLAR)
    return rounded if rounded < MAX_MONEY else None


def read_flag(value: object) -> bool | None:
    """True or false, also as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def read_json(value: object) -> str:
    """JSON text: text passes unread, whatever it holds; a structured value becomes compact JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else dump_json(value)


def dump_json(value: object) -> str:
    """Compact JSON; empty when it cannot be written (nested too deep, or text that is not Unicode)."""
    try:
        return orjson.dumps(value, default=encode_bytes).decode()
    except TypeError:  # orjson.JSONEncodeError is one
        return ""


def parse_json(text: str) -> object:
    """The value of a JSON text, None when it is not JSON."""
    try:
        value: object = orjson.loads(text)
    except ValueError:  # orjson.JSONDecodeError is one
        return None
    return value


def parse_object(value: object, longest: int = LONGEST_PARSED) -> dict[str, object]:
    """The object that a value is, or that its JSON or Python text says; empty when it is none or too long.

    Some instrumentations write `str(dict)`: only literals are read (`ast.literal_eval`), nothing is run.
    """
    if isinstance(value, dict):
        return value
    if not isinstance(value, str) or len(value) > longest or value[:1] != "{":
        return {}
    parsed = parse_json(value)
    if parsed is None:
        try:
            parsed = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return {}
    return parsed if isinstance(parsed, dict) and all(isinstance(key, str) for key in parsed) else {}


def unquote(value: object) -> object:
    """A scalar out of its JSON text (`"\\"acme\\""` is acme, `"0.2"` is 0.2); anything else stays."""
    if isinstance(value, str) and len(value) <= LONGEST_PARSED and value[:1] not in ("{", "["):
        parsed = parse_json(value)
        if parsed is not None:
            return parsed
    return value


def unquote_text(value: object) -> str:
    """Text out of its JSON text, or as it is."""
    if isinstance(value, str) and value[:1] == '"':
        return read_text(unquote(value))
    return read_text(value)


def read_time_ns(value: object) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time, quoted or not."""
    text = unquote_text(value)
    if not 10 <= len(text) <= _LONGEST_NUMBER:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return int(moment.timestamp() * 1_000_000) * 1000


def embed_json(value: object) -> object:
    """A value to put into a larger JSON document: text that is a JSON object or list goes in as it is written."""
    if isinstance(value, str) and value[:1] in ("{", "[") and parse_json(value) is not None:
        return orjson.Fragment(value)
    return value


def encode_bytes(value: object) -> str:
    """Bytes as a data URI, so that the redactor knows them for what they are, however short. Raises TypeError."""
    if not isinstance(value, bytes):
        raise TypeError
    return f"data:application/octet-stream;base64,{base64.b64encode(value).decode()}" if value else ""
