"""Settings that a request may carry, in its URL or its text. All others are refused, as a read-only user's are."""

from collections.abc import Mapping

from schema.errors import StatementRefused
from schema.guests import LIMITS

READONLY = 164
UNKNOWN_DATABASE = 81

OF_TRANSPORT = frozenset(
    {
        "query",
        "database",
        "default_format",
        "query_id",
        "quota_key",
        "session_id",
        "session_timeout",
        "session_check",
        "buffer_size",
        "wait_end_of_query",
        "http_wait_end_of_query",
        "http_response_buffer_size",
        "http_headers_progress_interval_ms",
        "http_zlib_compression_level",
        "send_progress_in_http_headers",
        "add_http_cors_header",
        "cancel_http_readonly_queries_on_client_close",
        "enable_http_compression",
        "client_protocol_version",
        "compress",
        "http_write_exception_in_output_format",
    }
)
"""Parameters that are about the request and not the statement."""
CARRIED = frozenset(
    {
        "any_join_distinct_right_table_keys",
        "cast_string_to_dynamic_use_inference",
        "date_time_input_format",
        "date_time_output_format",
        "decimal_check_overflow",
        "extremes",
        "group_by_use_nulls",
        "join_use_nulls",
        "limit",
        "offset",
        "prefer_column_name_to_alias",
        "session_timezone",
        "transform_null_in",
        "union_default_mode",
    }
)
"""Settings that change what a SELECT answers, or how it looks, and nothing else."""
CARRIED_PREFIXES = tuple(
    f"output_format_{kind}_" for kind in ("arrow", "csv", "decimal", "json", "native", "parquet", "pretty", "tsv")
)
IGNORED = frozenset({"max_block_size", "max_query_size"})
"""What drivers ask for and get as it is here."""


def choose_settings(named: Mapping[str, str]) -> dict[str, str]:
    """What is set for the statement, limits no higher than ours. Raises StatementRefused for any other setting."""
    chosen = {}
    for name, value in named.items():
        if name in OF_TRANSPORT or name.startswith("param_"):
            continue
        if name in LIMITS:
            chosen[name] = str(_lower(name, value, LIMITS[name]))
        elif name in CARRIED or name.startswith(CARRIED_PREFIXES):
            chosen[name] = value
        elif name not in IGNORED and (name, value) not in (("readonly", "1"), ("readonly", "2")):
            raise StatementRefused(f"Cannot modify '{_show(name)}' setting in readonly mode", READONLY, "READONLY")
    return chosen


def check_database(named: Mapping[str, str]) -> None:
    """Raises StatementRefused for another database than the only one."""
    if named.get("database", "default") not in ("", "default"):
        raise StatementRefused("there is one database: default", UNKNOWN_DATABASE, "UNKNOWN_DATABASE")


def _lower(name: str, value: str, most: int) -> int:
    """A limit that is ours or lower; 0 asks for none, and gets ours."""
    try:
        asked = int(float(value))
    except (ValueError, OverflowError):
        raise StatementRefused(f"setting {name}: expected a number", 72, "CANNOT_PARSE_NUMBER") from None
    return min(asked, most) if asked > 0 else most


def _show(name: str) -> str:
    return "".join(letter for letter in name[:64] if letter.isalnum() or letter in "_.-")
