"""Events of break-glass in the store: written signed, read back only when the signature holds."""

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from api.problems import UnknownRequestError
from api.queries.builder import build_glass_query
from api.queries.reader import Row, TenantReader
from api.services import Glass
from schema.errors import NotNow
from vault.break_glass import OPENED, Event, GlassRequest, fold_request

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

log = logging.getLogger("runvault.api")


class GlassEvents:
    """The events of one tenant."""

    def __init__(self, reader: TenantReader, glass: Glass) -> None:
        self._reader = reader
        self._glass = glass

    def find(self, request_id: str) -> GlassRequest:
        """One request. Raises UnknownRequestError, NotNow when what is stored of it was altered, StoreError."""
        found = list(self._read(request_id, _EPOCH)) if request_id else []
        if not found:
            raise UnknownRequestError
        if found[0] is None:
            raise NotNow("the record of this request was altered in the store; ask again")
        return found[0]

    def list_since(self, since: datetime) -> list[GlassRequest]:
        """Requests, newest first; what was altered is left out, and logged. Raises StoreError."""
        found = [request for request in self._read("", since) if request is not None]
        return sorted(found, key=lambda request: request.asked.at, reverse=True)

    def list_openings(self, key_id: str, since: datetime) -> list[datetime]:
        """When this key opened anything. Raises StoreError."""
        rows = self._reader.read_rows(build_glass_query("", count_micros(since)))
        return [
            event.at
            for event, mac in map(self._read_event, rows)
            if event.kind == OPENED and event.key_id == key_id and event.is_signed(mac, self._glass.event_key)
        ]

    def add(self, event: Event) -> None:
        """Write an event, and tell who is to be told. Raises StoreError."""
        self._reader.add_glass_event(
            {
                "request_id": event.request_id,
                "event_id": event.event_id,
                "at_micros": count_micros(event.at),
                "kind": event.kind,
                "key_id": event.key_id,
                "run_id": event.run_id,
                "environment": event.environment,
                "reason": event.reason,
                "ticket": event.ticket,
                "minutes": event.minutes,
                "mac": event.sign(self._glass.event_key),
            }
        )
        self._glass.notify(
            {
                "event": event.kind,
                "request_id": event.request_id,
                "tenant": event.tenant,
                "environment": event.environment,
                "key_id": event.key_id,
                "at": event.at.isoformat(),
                "run_id": event.run_id,
                "ticket": event.ticket,
                "reason": event.reason,
            }
        )

    def _read(self, request_id: str, since: datetime) -> Iterator[GlassRequest | None]:
        """Requests; None for one with an event that was not signed with our key."""
        by_request: dict[str, list[tuple[Event, str]]] = defaultdict(list)
        for row in self._reader.read_rows(build_glass_query(request_id, count_micros(since))):
            by_request[row["RequestId"]].append(self._read_event(row))
        for name, events in by_request.items():
            if all(event.is_signed(mac, self._glass.event_key) for event, mac in events):
                request = fold_request(event for event, _ in events)
                if request is not None:
                    yield request
            else:
                log.error("a break-glass request was altered in the store request=%s", name)
                yield None

    def _read_event(self, row: Row) -> tuple[Event, str]:
        event = Event(
            tenant=self._reader.tenant,
            environment=row["Environment"],
            request_id=row["RequestId"],
            event_id=row["EventId"],
            at=_EPOCH + row["AtMicros"] * _MICROSECOND,
            kind=row["Kind"],
            key_id=row["KeyId"],
            run_id=row["RunId"],
            reason=row["Reason"],
            ticket=row["Ticket"],
            minutes=row["Minutes"],
        )
        return event, row["Mac"]


def make_event(asked: Event, kind: str, key_id: str) -> Event:
    """The next event of the request that `asked` began."""
    return Event(asked.tenant, asked.environment, asked.request_id, make_id(), read_now(), kind, key_id)


def make_id() -> str:
    """A new id: 64 random bits, short enough to be read out to an approver."""
    return secrets.token_hex(8)


def count_micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def read_now() -> datetime:
    """The time, as exactly as it is stored."""
    return _EPOCH + (time.time_ns() // 1000) * _MICROSECOND
