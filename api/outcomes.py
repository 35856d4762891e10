"""Outcomes said after the fact: redacted, kept for ever, the latest `at` stands."""

import time
import uuid

from api.answers import Json
from api.models import OutcomeIn
from api.queries.reader import TenantReader
from api.reading import read_run
from api.records import build_outcome
from api.services import TextRedactor

_NAMESPACE = uuid.UUID("6f0e1c54-0d5b-5d0c-9c39-3e9c0a4a7d11")
DEFAULT_SOURCE = "api"
KNOWN_STATUSES = frozenset({"success", "failure", "escalated", "deflected", "cancelled", "unknown"})


def record_outcome(reader: TenantReader, redact: TextRedactor, run_id: str, said: OutcomeIn) -> Json:
    """Store the outcome, renew the run, and answer the outcome that now stands.

    Texts are redacted before they are written. The same outcome with the same `at` again changes nothing.
    Raises UnknownRunError, StoreError.
    """
    run = read_run(reader, run_id)
    now_micros = time.time_ns() // 1000
    at_micros = now_micros if said.at is None else said.at // 1000
    status = said.status if said.status in KNOWN_STATUSES else redact(reader.tenant, said.status)
    reason = redact(reader.tenant, said.reason or "")
    source = redact(reader.tenant, said.source) if said.source else DEFAULT_SOURCE
    content = (reader.tenant, run_id, status, reason, source, at_micros, said.value_usd)
    reader.add_outcome(
        run_id,
        run["TraceIds"],
        {
            "outcome_id": uuid.uuid5(_NAMESPACE, repr(content)),
            "status": status,
            "reason": reason,
            "source": source,
            "at_micros": at_micros,
            "value_usd": said.value_usd,
            "recorded_micros": now_micros,
        },
    )
    return {"run_id": run_id, "outcome": build_outcome(read_run(reader, run_id))}
