"""Keys for people and for scripts. A key's secret is nowhere here."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING
from runvault.render import WIDE, add_numbers, clean_text, fit_table, format_count, new_table
from vault.keys import Key, format_day

_TIMES = ("created_at", "expires_at", "revoked_at")


def describe_key(key: Key) -> str:
    """Whose it is and what it may, in one line."""
    limits = [f"{key.spans_per_second} spans/s"] if key.spans_per_second else []
    limits += [f"{key.bytes_per_day} bytes a day"] if key.bytes_per_day else []
    until = [f"until {format_day(key.expires_at)}"] if key.expires_at else []
    place = f"{key.tenant}/{key.environment}" if key.environment else key.tenant
    return "; ".join([f"{place} with {', '.join(sorted(key.roles))}", *limits, *until])


def list_fields(key: Key, used: float | None) -> dict[str, Any]:
    """A key as JSON, times RFC 3339; its hash stays out."""
    found = {field.name: getattr(key, field.name) for field in fields(key) if field.name != "hash"}
    times = {name: format_day(found[name]) if found[name] else None for name in _TIMES}
    last = format_day(int(used)) if used else None
    return {**found, "roles": sorted(key.roles), **times, "last_used_at": last}


def render_keys(keys: Sequence[Key], used: Mapping[str, float], now: float, width: int) -> Table:
    """A line per key; in a narrow terminal without name and limits, which `--json` has."""
    table = new_table()
    wide = width >= WIDE
    for name in ("key", "of", "roles", "state", "last used UTC", *(["name"] if wide else [])):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    add_numbers(table, *(["spans/s", "bytes/day"] if wide else []))
    for key in keys:
        place = f"{key.tenant}/{key.environment}" if key.environment else key.tenant
        limits = [format_count(limit) if limit else NOTHING for limit in (key.spans_per_second, key.bytes_per_day)]
        table.add_row(
            key.id,
            clean_text(place),
            ",".join(sorted(key.roles)),
            _style_state(key, now),
            _show_minute(used.get(key.id)),
            *([clean_text(key.name) or NOTHING, *limits] if wide else []),
        )
    return fit_table(table, ("of", "roles", "name"), width)


def _style_state(key: Key, now: float) -> Text:
    if key.revoked_at is not None:
        return Text("revoked", "dim")
    if key.expires_at is None:
        return Text("active", "green")
    if now >= key.expires_at:
        return Text("expired", "red")
    left = key.expires_at - now
    days = f"{left / 86_400:.0f} d" if left >= 2 * 86_400 else f"{left / 3600:.0f} h"
    return Text(f"{days} left", "yellow" if left < 7 * 86_400 else "green")


def _show_minute(used: float | None) -> str:
    return format_day(int(used))[:16].replace("T", " ") if used else "never"
