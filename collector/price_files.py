"""The deployment's own prices: a TOML file that overrides the bundled list or adds to it.

    [[price]]
    provider = "openai"          # optional; without it the model's name decides
    model = "ft:gpt-4o-mini:*"   # a name, or a pattern with * and ?
    tenant = "acme"              # optional
    service_tier = "flex"        # optional: batch, flex, priority, as the response says it
    from = 2026-01-01            # optional, inclusive, UTC
    until = 2026-07-01           # optional, exclusive
    input = 0.30                 # USD per million tokens
    output = 1.20
    cache_read = 0.15
    factor = 0.5                 # instead of prices: the bundled price times this

The most special entry stands: one with a tenant before one without, then a tier, then a provider, then the later file
position. A mistake stops the start.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from schema.errors import ConfigError

RATES = (
    "input", "output", "cache_read", "cache_write", "cache_write_1h", "audio_input", "audio_output", "cache_audio",
    "reasoning", "requests",
)  # fmt: skip
_TEXTS = ("provider", "model", "tenant", "service_tier")
_KEYS = frozenset({*RATES, *_TEXTS, "from", "until", "factor"})
_FIRST_NS, _LAST_NS = 0, 2**63 - 1


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """One entry: what it is for, from when to when (nanoseconds), and its prices or a factor on the list's."""

    model: str
    provider: str = ""
    tenant: str = ""
    service_tier: str = ""
    from_ns: int = _FIRST_NS
    until_ns: int = _LAST_NS
    rates: tuple[Decimal | None, ...] = ()
    factor: Decimal | None = None

    def fits(self, tenant: str, provider: str, model: str, tier: str, at_ns: int) -> bool:
        """Whether the entry is for this call."""
        return (
            self.from_ns <= at_ns < self.until_ns
            and self.tenant in ("", tenant)
            and self.provider in ("", provider)
            and self.service_tier in ("", tier)
            and fnmatchcase(model, self.model)
        )


@dataclass(frozen=True, slots=True)
class PriceFile:
    """All entries, the most special first, and a name with a hash of the content for the rows that it priced."""

    name: str
    entries: tuple[OwnPrice, ...]

    def find(self, tenant: str, provider: str, model: str, tier: str, at_ns: int) -> OwnPrice | None:
        """The entry for this call, if there is one."""
        if not model:
            return None
        return next((entry for entry in self.entries if entry.fits(tenant, provider, model, tier, at_ns)), None)


def read_price_file(path: Path) -> PriceFile:
    """Read and check a price file. Raises ConfigError naming the entry and the key."""
    try:
        raw = path.read_bytes()
        document = tomllib.loads(raw.decode("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    name = f"{path.name} {hashlib.sha256(raw).hexdigest()[:8]}"
    return parse_prices(document, name, str(path))


def parse_prices(document: Mapping[str, Any], name: str, place: str) -> PriceFile:
    """The entries of a price file's document. Raises ConfigError."""
    unknown = set(document) - {"price"}
    raw = document.get("price", [])
    if unknown or not isinstance(raw, list):
        raise ConfigError(f"{place}: expected [[price]] entries only")
    entries = [_parse_entry(entry, f"{place}: price {number}") for number, entry in enumerate(raw, 1)]
    ordered = sorted(
        enumerate(entries),
        key=lambda item: (not item[1].tenant, not item[1].service_tier, not item[1].provider, -item[0]),
    )
    return PriceFile(name, tuple(entry for _, entry in ordered))


def _parse_entry(raw: object, place: str) -> OwnPrice:
    if not isinstance(raw, dict):
        raise ConfigError(f"{place}: expected a table")
    unknown = sorted(set(raw) - _KEYS)
    if unknown:
        raise ConfigError(f"{place}: {unknown[0]}: no such key")
    for key in _TEXTS:
        if not isinstance(raw.get(key, ""), str):
            raise ConfigError(f"{place}: {key}: expected text")
    if not raw.get("model"):
        raise ConfigError(f"{place}: model: missing")
    rates = tuple(_parse_rate(raw, key, place) for key in RATES)
    factor = _parse_rate(raw, "factor", place)
    if (factor is None) is not any(rate is not None for rate in rates):
        raise ConfigError(f"{place}: expected prices or a factor")
    start, end = _parse_day(raw, "from", place), _parse_day(raw, "until", place)
    if start is not None and end is not None and start >= end:
        raise ConfigError(f"{place}: until: must be after from")
    return OwnPrice(
        model=raw["model"],
        provider=raw.get("provider", ""),
        tenant=raw.get("tenant", ""),
        service_tier=raw.get("service_tier", ""),
        from_ns=_FIRST_NS if start is None else start,
        until_ns=_LAST_NS if end is None else end,
        rates=rates if factor is None else (),
        factor=factor,
    )


def _parse_rate(raw: Mapping[str, Any], key: str, place: str) -> Decimal | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ConfigError(f"{place}: {key}: expected a number")
    rate = Decimal(str(value))
    if not rate.is_finite() or not 0 <= rate < 1_000_000:
        raise ConfigError(f"{place}: {key}: must be from 0 to a million")
    return rate


def _parse_day(raw: Mapping[str, Any], key: str, place: str) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    elif isinstance(value, date):
        moment = datetime.combine(value, time(), UTC)
    else:
        raise ConfigError(f"{place}: {key}: expected a date")
    return max(_FIRST_NS, int(moment.timestamp()) * 1_000_000_000)
