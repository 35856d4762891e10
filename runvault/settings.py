"""Settings: one table with every name, default and help; read from `runvault.toml`, then `RUNVAULT_*`, then options.

A mistake stops the start with one line per mistake that names the place.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from collector.rules import TABLES as RULE_TABLES
from schema.errors import ConfigError
from schema.lifetimes import DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its dotted name in the file, its default (which gives the type) and what it does."""

    name: str
    default: Any
    help: str
    least: float | None = None

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "RUNVAULT_" + self.name.replace(".", "_").upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("data_dir", "./data", "directory of the journal, the keys and the embedded store"),
    Setting("cache_dir", "", "directory of compiled redaction patterns, which may be lost; empty is cache in data_dir"),
    Setting("host", "127.0.0.1", "address to listen on; another than loopback needs keys"),
    Setting("otlp_http_port", 4318, "port of OTLP/HTTP; 0 picks a free one", 0),
    Setting("otlp_grpc_port", 4317, "port of OTLP/gRPC; 0 picks a free one", 0),
    Setting("api_port", 8420, "port of the API; 0 picks a free one", 0),
    Setting("sql_port", 0, "port of ClickHouse's HTTP interface, read-only, for Grafana and notebooks; 0 is off", 0),
    Setting(
        "metrics_port",
        0,
        "port of Prometheus text of a `collect` or `load` that runs apart from an API; 0 is off",
        0,
    ),
    Setting("workers", 0, "collector processes; 0 is one per spare core, at least one", 0),
    Setting("log_level", "warning", "debug, info, warning or error"),
    Setting(
        "store.url",
        "",
        "ClickHouse server http[s]://user:password@host:port/database[?timeout_s=300]; empty is the embedded engine",
    ),
    Setting("store.password_file", "", "file with the password, so that it stands in no URL, variable or process list"),
    Setting("store.cluster", "", "name of the ClickHouse cluster that the server is a node of; empty is one server"),
    Setting("limits.max_request_bytes", 32 << 20, "largest request, before and after decompression, in bytes", 1024),
    Setting("limits.max_in_flight_bytes", 128 << 20, "bytes of requests worked on at once, per collector", 1024),
    Setting("limits.header_timeout_s", 10.0, "a connection without whole headers is cut after this, in seconds", 0.1),
    Setting("limits.body_timeout_s", 30.0, "a body that has not arrived by then is refused, in seconds", 0.1),
    Setting(
        "limits.oldest_days", 400, "a span older than this, or over a day in the future, has an unbelievable clock", 1
    ),
    Setting("journal.max_bytes", 8 << 30, "senders are put off while the journal holds this much, in bytes", 1024),
    Setting("journal.min_free_bytes", 512 << 20, "senders are put off while the disk has less free, in bytes", 0),
    Setting("journal.commit_delay_ms", 2, "how long a commit waits for others to share its sync, in milliseconds", 0),
    Setting("journal.commit_bytes", 8 << 20, "a commit waits no longer once it holds this much, in bytes", 1),
    Setting("journal.segment_bytes", 32 << 20, "a segment is finished at this size, in bytes", 1024),
    Setting(
        "journal.segment_age_ms", 100, "a segment is finished this long after its first record, in milliseconds", 1
    ),
    Setting("loader.poll_ms", 100, "how often the loader looks for finished segments, in milliseconds", 1),
    Setting("loader.interval_ms", 400, "least time between two inserts, in milliseconds; it grows under load", 0),
    Setting("loader.batch_bytes", 64 << 20, "most bytes of segments in one insert", 1024),
    Setting(
        "audit.heads_dir",
        "",
        "directory of the audit trail's signed heads, best out of reach of the database's administrator; empty is"
        " audit/heads in data_dir",
    ),
    Setting("audit.signing_key", "", "file of the key that signs heads; empty is keys/audit-signing.key in data_dir"),
    Setting("audit.head_interval_s", 300.0, "how often a head is signed while entries come, in seconds", 1),
    Setting("sealing.keys", "", "public keys to seal originals with; empty is keys/sealing.json in the data directory"),
    Setting("opener.file", "", "the opener's key file; empty: the API of this process can open nothing"),
    Setting("opener.passphrase_file", "", "file with the opener's passphrase; empty: who opens must give it"),
    Setting("opener.passphrase_command", "", "command that prints the opener's passphrase, such as a key service's"),
    Setting("break_glass.approvals", 1, "how many others must approve before originals are opened", 1),
    Setting("break_glass.longest_minutes", 480, "longest time that may be asked for, from the last approval on", 1),
    Setting("break_glass.pending_minutes", 1440, "a request that is not approved by then is over", 1),
    Setting("break_glass.openings_per_hour", 20, "how often one key may open, in an hour", 1),
    Setting("break_glass.notify_command", "", "command run at each step of break-glass, with JSON on standard input"),
    Setting("break_glass.notify_url", "", "address that the same JSON is posted to"),
    Setting(
        "health.interval_s",
        60.0,
        "how often the service's health is written down for boards, in seconds; 0 is never",
        0,
    ),
    Setting("costs.price_file", "", "TOML file with the deployment's own prices; see docs/costs.md"),
    Setting("costs.review_usd_per_hour", 0.0, "what an hour of human review costs, in USD", 0),
    *(
        Setting(f"retention.{name}", days, f"days that {name} are kept; see docs/retention.md", 1)
        for name, days in DEFAULT_DAYS.items()
    ),
    Setting(
        "retention.mode",
        "",
        "form of payloads: full, redacted, redacted+sealed or metadata; empty is redacted+sealed in production and"
        " redacted elsewhere",
    ),
    Setting(
        "retention.i_accept_unredacted_personal_data_in_production",
        False,
        "true lets mode full hold in production: prompts and completions are then stored as they come",
    ),
    Setting("retention.interval_minutes", 60, "how often what is due goes, in minutes", 1),
    Setting("retention.cold_dir", "", "directory of the cold volume of the embedded store; empty is none"),
    Setting("retention.cold_policy", "", "storage policy of a ClickHouse server that has a volume named cold"),
    Setting("retention.cold_after_days", 0, "days after which data moves to the cold volume; 0 is never", 0),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
TABLES = ("redaction", *RULE_TABLES)
"""Tables of the file that another room reads: `[redaction]` is the redaction policy, the others are
`collector/rules.py`'s."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked. `values` by dotted name; `redaction` is the policy table as it stands in the file, and
    `retention` the tables of environments and tenants in `[retention]`."""

    values: Mapping[str, Any]
    redaction: Mapping[str, Any]
    source: str
    rules: Mapping[str, Any] = field(default_factory=dict)
    retention: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def data_dir(self) -> Path:
        """The data directory, absolute."""
        return Path(self["data_dir"]).expanduser().resolve()

    @property
    def cache_dir(self) -> Path:
        """The directory of compiled patterns. Who can write there decides what redaction sees."""
        return Path(self["cache_dir"]).expanduser().resolve() if self["cache_dir"] else self.data_dir / "cache"

    @property
    def sealing_keys(self) -> Path:
        """The file of public keys."""
        return Path(self["sealing.keys"]).expanduser() if self["sealing.keys"] else self.data_dir / "keys/sealing.json"

    @property
    def store_location(self) -> str:
        """What `Store.open` takes."""
        return self["store.url"] or str(self.data_dir / "store")

    @property
    def review_usd_per_hour(self) -> Decimal:
        """Price of human review."""
        return Decimal(str(self["costs.review_usd_per_hour"]))

    @property
    def worker_count(self) -> int:
        """Collector processes to start."""
        return int(self["workers"]) or max(1, (os.cpu_count() or 1) - 1)


def load_settings(
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read the file (default `runvault.toml` in the working directory, if there), the environment and the overrides.

    Raises ConfigError listing every mistake, one line each.
    """
    environment = os.environ if environment is None else environment
    path = file or (Path("runvault.toml") if Path("runvault.toml").exists() else None)
    document = _read_file(path) if path else {}
    tables = {name: document.pop(name) for name in TABLES if name in document}
    retention = _take_tables(document.get("retention"), "environments", "tenants")
    problems: list[str] = []
    values = {setting.name: setting.default for setting in SETTINGS}
    for name, raw in _flatten(document).items():
        _assign(values, name, raw, f"{path}: {name}", problems)
    for setting in SETTINGS:
        if setting.variable in environment:
            _assign(values, setting.name, environment[setting.variable], setting.variable, problems)
    for name, raw in (overrides or {}).items():
        if raw is not None:
            _assign(values, name, raw, f"--{name.replace('_', '-')}", problems)
    _check_host(values["host"], problems)
    if problems:
        raise ConfigError("\n          ".join(problems))
    rules = {name: table for name, table in tables.items() if name in RULE_TABLES}
    return Settings(values, tables.get("redaction", {}), str(path or "defaults"), rules, retention)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


def _take_tables(table: Any, *names: str) -> dict[str, Any]:
    """Take inner tables out of a table: somebody else reads them."""
    return {name: table.pop(name) for name in names if name in table} if isinstance(table, dict) else {}


def _flatten(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def _assign(values: dict[str, Any], name: str, raw: Any, place: str, problems: list[str]) -> None:
    setting = BY_NAME.get(name)
    if setting is None:
        problems.append(f"{place}: no such setting")
        return
    kind = type(setting.default)
    try:
        value = _convert(raw, kind)
    except ValueError:
        problems.append(f"{place}: expected {kind.__name__}")
        return
    if setting.least is not None and value < setting.least:
        problems.append(f"{place}: must be at least {setting.least:g}")
        return
    values[name] = value


def _convert(raw: Any, kind: type) -> Any:
    if kind is str:
        if not isinstance(raw, str | Path):
            raise ValueError
        return str(raw)
    if kind is bool:
        if str(raw).lower() not in ("true", "false"):
            raise ValueError
        return str(raw).lower() == "true"
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError
    if kind is int and isinstance(raw, float):
        raise ValueError
    return kind(raw)


def is_loopback(host: str) -> bool:
    """Whether only the own machine can reach this address. Raises ValueError when it is none."""
    return host == "localhost" or ip_address(host).is_loopback


def _check_host(host: str, problems: list[str]) -> None:
    try:
        is_loopback(host)
    except ValueError:
        problems.append("host: expected an IP address or localhost")
