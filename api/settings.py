"""Settings of the answering side, checked by whoever reads them from file and environment (`runvault/settings.py`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Where to listen, whose data a keyless request on loopback reads, and how much one answer may hold."""

    host: str = "127.0.0.1"
    port: int = 8420
    default_tenant: str = "default"
    page_size: int = 50
    """Runs per page when the request names no `limit`; at most 500 may be asked for."""
    group_page_size: int = 500
    """Groups per page of an analytics answer when the request names no `limit`; at most 5000 may be asked for."""
    max_replay_steps: int = 50_000
    """A run with more steps is answered with its first so many, and says so in `completeness.truncated`."""
