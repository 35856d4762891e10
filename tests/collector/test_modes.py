"""What is journalled in each mode: a text in every place of a span, and where it is found again."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from collector.decode import JSON
from collector.journal import Journal, JournalSettings
from collector.modes import strip_payloads
from collector.pipeline import Pipeline, PipelineSettings
from collector.segment import read_segment
from redaction.modes import ModalRedactor
from redaction.policy_file import default_policy
from redaction.redactor import Redactor
from schema.batch import SpanBatch
from schema.columns import COLUMNS, PAYLOAD_COLUMNS
from schema.lifetimes import ANY, DEFAULT_DAYS, Mode, RetentionPolicy, Rule

MAIL = "ann.lee@example.com"
POLICY = RetentionPolicy(
    {
        (ANY, ANY): Rule(days=DEFAULT_DAYS),
        (ANY, "staging"): Rule(Mode.FULL),
        (ANY, "sealed"): Rule(Mode.SEALED),
        (ANY, "bare"): Rule(Mode.METADATA),
        ("acme", "staging"): Rule(Mode.REDACTED),
    }
)


def make_body(environment: str) -> bytes:
    """A span that says the address wherever it can."""
    message = json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"write to {MAIL}"}]}])
    said = {
        "gen_ai.operation.name": "chat", "gen_ai.input.messages": message, "gen_ai.output.messages": message,
        "gen_ai.system_instructions": message, "gen_ai.prompt": MAIL, "note": f"note {MAIL}",
    }  # fmt: skip
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    body = [{"key": "body", "value": {"stringValue": MAIL}}]
    raw = {
        "traceId": "ab" * 16, "spanId": "cd" * 8, "name": "chat", "startTimeUnixNano": "1790000000000000000",
        "endTimeUnixNano": "1790000001000000000", "attributes": attributes,
        "status": {"code": 2, "message": f"failed for {MAIL}"},
        "events": [{"timeUnixNano": "1790000000000000001", "name": "note", "attributes": body}],
    }  # fmt: skip
    resource = {"attributes": [{"key": "deployment.environment.name", "value": {"stringValue": environment}}]}
    return json.dumps(
        {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": [raw]}]}]}
    ).encode()


@pytest.fixture(scope="module")
def redactor() -> ModalRedactor:
    return ModalRedactor(Redactor(default_policy(), b"k" * 32), POLICY)


def journal_span(directory: Path, redactor: ModalRedactor, environment: str, tenant: str = "t") -> pa.Table:
    """What is in the journal of it."""
    journal = Journal(JournalSettings(directory), "none")
    pipeline = Pipeline(redactor, journal, lambda _tenant, text: str(len(text)), PipelineSettings(retention=POLICY))
    kept = pipeline.accept(make_body(environment), JSON, tenant).kept
    assert kept is not None
    kept.result(5)
    journal.close()
    (path,) = directory.glob("*.seg")
    (table,) = read_segment(path).batches
    return table


def find_places(table: pa.Table, text: str) -> set[str]:
    """Columns in which a text stands."""
    return {name for name in table.column_names if text in str(table[name].to_pylist())}


@pytest.mark.parametrize(
    ("environment", "tenant"), [("production", "t"), ("", "t"), ("dev", "t"), ("sealed", "t"), ("staging", "acme")]
)
def test_redacted_is_redacted_everywhere(
    tmp_path: Path, redactor: ModalRedactor, environment: str, tenant: str
) -> None:
    table = journal_span(tmp_path, redactor, environment, tenant)
    assert find_places(table, MAIL) == set()
    assert find_places(table, "EMAIL_ADDRESS") >= {"InputMessages", "SpanAttributes", "StatusMessage"}


def test_full_keeps_payloads_and_nothing_else(tmp_path: Path, redactor: ModalRedactor) -> None:
    table = journal_span(tmp_path, redactor, "staging")
    assert find_places(table, MAIL) == {"InputMessages", "OutputMessages", "SystemInstructions", "PayloadAttributes"}
    assert find_places(table, MAIL) <= set(PAYLOAD_COLUMNS)


def test_metadata_keeps_no_payload(tmp_path: Path, redactor: ModalRedactor) -> None:
    table = journal_span(tmp_path, redactor, "bare")
    (row,) = table.to_pylist()
    assert {name: row[name] for name in PAYLOAD_COLUMNS if row[name]} == {}
    assert (row["StatusMessage"], row["Events.Name"], row["Events.Attributes"]) == ("", ["note"], [[]])
    assert find_places(table, MAIL) == find_places(table, "EMAIL_ADDRESS") == set()
    assert dict(row["SpanAttributes"])["note"] == ""


SAID = ["write to ann", "さくらに送る", "a" * 65, '{"city":"Oslo"}', "two\nlines", "x\n", ""]
"""What is no plain word: a sentence, another script, too long, structured, lines."""
FACTS = ["42", "-0.5", "true", "gpt-4o-mini", "openai.RateLimitError", "2026-11-21T08:33:01.846+00:00", "b" * 64]


def strip_attributes(attributes: dict[str, str], environment: str = "bare") -> SpanBatch:
    """A row with these attributes everywhere, after its payloads were taken out."""
    columns = {column.name: [column.empty] for column in COLUMNS}
    columns |= {"Tenant": ["t"], "Environment": [environment], "Links.Attributes": [[attributes]]}
    columns |= {name: [attributes] for name in ("SpanAttributes", "ResourceAttributes", "ScopeAttributes")}
    batch = SpanBatch(columns)
    strip_payloads(batch, POLICY)
    return batch


@pytest.mark.parametrize("said", SAID)
def test_metadata_keeps_no_text_of_an_unknown_attribute(said: str) -> None:
    batch = strip_attributes({"app.customer_says": said})
    for name in ("SpanAttributes", "ResourceAttributes", "ScopeAttributes"):
        assert batch.columns[name] == [{"app.customer_says": ""}]
    assert batch.columns["Links.Attributes"] == [[{"app.customer_says": ""}]]
    assert strip_attributes({"app.customer_says": said}, "dev").columns["SpanAttributes"] == [
        {"app.customer_says": said}
    ]


@pytest.mark.parametrize("fact", FACTS)
def test_metadata_keeps_facts(fact: str) -> None:
    assert strip_attributes({"app.what": fact}).columns["SpanAttributes"] == [{"app.what": fact}]


@pytest.mark.parametrize("key", ["output", "expected_output", "app.Answer", "gen_ai.tool.args", "logfire.msg"])
def test_metadata_keeps_not_even_a_word_under_a_name_that_promises_text(key: str) -> None:
    assert strip_attributes({key: "rain"}).columns["SpanAttributes"] == [{key: ""}]


def test_metadata_keeps_a_reason_that_is_a_code() -> None:
    batch = SpanBatch({column.name: [column.empty] * 2 for column in COLUMNS})
    batch.columns |= {"Tenant": ["t", "t"], "Environment": ["bare", "bare"]}
    batch.columns |= {name: ["limit_200", "Ann asked twice"] for name in ("PolicyReason", "OutcomeReason")}
    strip_payloads(batch, POLICY)
    assert [batch.columns[name] for name in ("PolicyReason", "OutcomeReason")] == [["limit_200", ""]] * 2
