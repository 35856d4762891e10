"""Outcomes said after the fact: redacted, kept for ever, the latest `at` stands."""

import time
import uuid

from api.answers import Json
from api.models import OutcomeIn
from api.queries.reader import TenantReader
from api.reading import read_run
from api.records import build_outcome
from api.services import Services, TextRedactor

_NAMESPACE = uuid.UUID("6f0e1c54-0d5b-5d0c-9c39-3e9c0a4a7d11")
DEFAULT_SOURCE = "api"
KNOWN_STATUSES = frozenset({"success", "failure", "escalated", "deflected", "cancelled", "unknown"})


def record_outcome(reader: TenantReader, services: Services, run_id: str, said: OutcomeIn) -> Json:
    """Store the outcome, renew the run, and answer the outcome that now stands.

    A word of the application's own is kept, and the status that the settings map it to stands for it. Texts are
    redacted before they are written. The same outcome with the same `at` again changes nothing.
    Raises UnknownRunError, StoreError.
    """
    run = read_run(reader, run_id)
    redact = services.redact
    now_micros = time.time_ns() // 1000
    at_micros = now_micros if said.at is None else said.at // 1000
    word = _keep_word(redact, reader.tenant, said.status)
    status = services.outcome_statuses.get(said.status) or word
    reason = redact(reader.tenant, said.reason or "")
    source = redact(reader.tenant, said.source) if said.source else DEFAULT_SOURCE
    content = (reader.tenant, run_id, word, reason, source, at_micros, said.value_usd)
    reader.add_outcome(
        run_id,
        run["TraceIds"],
        {
            "outcome_id": uuid.uuid5(_NAMESPACE, repr(content)),
            "status": status,
            "said": word if word != status else "",
            "reason": reason,
            "source": source,
            "at_micros": at_micros,
            "value_usd": said.value_usd,
            "recorded_micros": now_micros,
        },
    )
    mapped = {"said": word} if word != status else {}
    return {"run_id": run_id, **mapped, "outcome": build_outcome(read_run(reader, run_id))}


def _keep_word(redact: TextRedactor, tenant: str, word: str) -> str:
    return word if word in KNOWN_STATUSES else redact(tenant, word)
