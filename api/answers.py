"""How an answer is written: JSON through orjson, money leaving Decimal here and nowhere else."""

from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

Json = dict[str, Any]

NDJSON = "application/x-ndjson"


def dump_json(content: Any) -> bytes:
    """JSON bytes; Decimal becomes a JSON number, NaN becomes null."""
    return orjson.dumps(content, default=_encode_money, option=orjson.OPT_NON_STR_KEYS)


def _encode_money(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


class JsonAnswer(Response):
    """An `application/json` response."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dump_json(content)


def list_page(items: list[Json], next_cursor: str | None) -> Json:
    """The envelope of every list."""
    return {"items": items, "next_cursor": next_cursor}
