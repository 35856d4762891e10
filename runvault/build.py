"""From settings to what collectors and redactors want. Importing this imports the redactor's libraries."""

from collections.abc import Callable
from pathlib import Path

from collector.collect import CollectSettings
from collector.journal import JournalSettings
from collector.pipeline import PipelineSettings
from collector.receiver import ReceiverSettings
from collector.rules import parse_rules
from redaction.policy import Policy
from redaction.policy_file import default_policy, policy_from_mapping
from redaction.redactor import Redactor
from redaction.tokens import load_or_create_key
from runvault.build_journal import build_price_file, build_room_settings, journal_directory
from runvault.retention_file import build_retention
from runvault.settings import Settings, is_loopback
from vault.key_file import key_file


def build_policy(settings: Settings) -> Policy:
    """The redaction policy of the settings. Raises ConfigError naming the place."""
    if not settings.redaction:
        return default_policy()
    return policy_from_mapping(settings.redaction, f"{settings.source}: redaction", Path(settings.source))


def build_collect_settings(settings: Settings) -> CollectSettings:
    """What a collector process needs."""
    return CollectSettings(
        host=settings["host"],
        http_port=settings["otlp_http_port"],
        grpc_port=settings["otlp_grpc_port"],
        loopback=is_loopback(settings["host"]),
        api_keys=key_file(settings.data_dir),
        key_file=settings.data_dir / "keys" / "redaction.key",
        cache_directory=settings.cache_dir,
        policy=build_policy(settings),
        journal=JournalSettings(
            journal_directory(settings),
            settings["journal.segment_bytes"],
            settings["journal.segment_age_ms"] / 1000,
            settings["journal.commit_delay_ms"] / 1000,
            settings["journal.commit_bytes"],
        ),
        room=build_room_settings(settings),
        receiver=ReceiverSettings(
            settings["limits.max_request_bytes"],
            settings["limits.max_in_flight_bytes"],
            settings["limits.header_timeout_s"],
            settings["limits.body_timeout_s"],
        ),
        pipeline=PipelineSettings(
            settings.review_usd_per_hour,
            settings["limits.oldest_days"],
            build_price_file(settings),
            parse_rules(settings.rules, settings.source) if settings.rules else None,
            build_retention(settings),
        ),
        sealing_keys=settings.sealing_keys,
        metrics_port=settings["metrics_port"],
    )


def build_text_redactor(settings: Settings) -> Callable[[str, str], str]:
    """A function (tenant, text) → redacted text, for what people post to the API. Same key, so the same tokens."""
    key = load_or_create_key(settings.data_dir / "keys" / "redaction.key")
    redactor = Redactor(build_policy(settings), key, settings.cache_dir, seals=settings.sealing_keys.exists())
    return lambda tenant, text: redactor.redact(text, tenant).text
