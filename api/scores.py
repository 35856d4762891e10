"""Scores given after the fact: redacted, kept, of one name and source the latest stands."""

import time
import uuid

from api.answers import Json
from api.models import ScoreIn
from api.queries.builder import build_late_scores_query
from api.queries.reader import TenantReader
from api.reading import read_run
from api.records import build_score
from api.services import TextRedactor

_NAMESPACE = uuid.UUID("9b1d1c0e-6a53-5b8e-8f5e-2f7a4f0c6d21")
DEFAULT_SOURCE = "api"


def record_score(reader: TenantReader, redact: TextRedactor, run_id: str, said: ScoreIn) -> Json:
    """Store the score, and answer the scores given to the run after the fact, each name and source once.

    Texts are redacted before they are written. Raises UnknownRunError, StoreError.
    """
    read_run(reader, run_id)
    texts = [redact(reader.tenant, text or "") for text in (said.name, said.label, said.explanation)]
    name, label, explanation = texts
    source = redact(reader.tenant, said.source) if said.source else DEFAULT_SOURCE
    content = (reader.tenant, run_id, name, source, said.value, label, explanation)
    reader.add_score(
        run_id,
        {
            "name": name,
            "source": source,
            "score_id": uuid.uuid5(_NAMESPACE, repr(content)),
            "value": said.value,
            "label": label,
            "explanation": explanation,
            "recorded_micros": time.time_ns() // 1000,
        },
    )
    return {"run_id": run_id, "scores": list(map(build_score, reader.read_rows(build_late_scores_query(run_id))))}
