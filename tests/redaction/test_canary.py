"""A canary in every leaf of a span, through decode, normalise, redact and journal: it never gets through.

The shape is that of the protobuf: names, attribute keys and values of every AnyValue kind and depth, events, links,
status, resource, scope, trace state (issue 3, acceptance 2).
"""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.decode import PROTOBUF
from collector.journal import Journal, JournalSettings
from collector.pipeline import Pipeline, PipelineSettings
from collector.segment import read_segment
from redaction.redactor import Redactor

CANARY = "ana.canary@example.com"
NUMBER = 4111111111111111  # the card networks' test number
HIDDEN = ("ana.canary", str(NUMBER), base64.b64encode(CANARY.encode()).decode())
KEYS = st.sampled_from(
    ["x", "input.value", "gen_ai.input.messages", "gen_ai.prompt.0.content", "user.id", "session.id", "db.statement",
     "gen_ai.tool.call.arguments", "llm.input_messages.0.message.content", "runvault.side_effect.id", CANARY,
     "gen_ai.operation.name", "gen_ai.request.model", "exception.message", "deployment.environment.name", "error.type"]
)  # fmt: skip


def wrap(value: Any) -> str:
    return json.dumps({"role": "user", "content": [value, {"deep": value}], value: "key"})


TEXTS = st.sampled_from(
    [CANARY, f"write to {CANARY}.", wrap(CANARY), json.dumps(wrap(CANARY)), f'[{{"role":"user","content":"{CANARY}"}},'
     f'{{"role":"assistant","content":"hi"}}]', f"{{cut off: {CANARY}", CANARY.upper(), CANARY.replace("@", "\\u0040"),
     wrap(CANARY).replace("@", "\\u0040"), json.dumps(wrap(CANARY).replace("@", "\\u0040")),
     json.dumps(json.dumps(wrap(CANARY).replace("@", "\\u0040"))), wrap(CANARY).replace("@", "\\u0040")[:-3]]
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(
        TEXTS.map(lambda text: AnyValue(string_value=text)),
        st.just(AnyValue(int_value=NUMBER)),
        st.just(AnyValue(double_value=float(NUMBER))),
        st.just(AnyValue(bytes_value=CANARY.encode())),
        st.just(AnyValue(bool_value=True)),
        st.just(AnyValue()),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: AnyValue(array_value=ArrayValue(values=values))),
        st.lists(st.tuples(KEYS, inner), max_size=3).map(
            lambda pairs: AnyValue(
                kvlist_value=KeyValueList(values=[KeyValue(key=key, value=one) for key, one in pairs])
            )
        ),
    ),
    max_leaves=6,
)
ATTRIBUTES = st.lists(st.tuples(KEYS, VALUES), max_size=5).map(
    lambda pairs: [KeyValue(key=key, value=value) for key, value in pairs]
)


@st.composite
def requests(draw: st.DrawFn) -> ExportTraceServiceRequest:
    """A request with one span that says the canary wherever a sender can say something."""
    now = time.time_ns()
    span = Span(
        trace_id=b"t" * 16, span_id=b"s" * 8, parent_span_id=b"p" * 8, name=draw(TEXTS),
        trace_state=f"v={CANARY}",
        kind=draw(st.sampled_from(Span.SpanKind.values())),
        start_time_unix_nano=now, end_time_unix_nano=now + 5, attributes=draw(ATTRIBUTES),
        events=[Span.Event(name=draw(TEXTS), time_unix_nano=now, attributes=draw(ATTRIBUTES))],
        links=[Span.Link(trace_id=b"l" * 16, span_id=b"l" * 8, trace_state=f"l={CANARY}", attributes=draw(ATTRIBUTES))],
    )  # fmt: skip
    span.status.message = draw(TEXTS)
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.extend(draw(ATTRIBUTES))
    resource_spans.schema_url = f"https://example.com/{CANARY}"
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = draw(TEXTS)
    scope_spans.scope.version = draw(TEXTS)
    scope_spans.scope.attributes.extend(draw(ATTRIBUTES))
    scope_spans.spans.append(span)
    return request


@pytest.fixture(scope="module")
def journal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal")


@given(request=requests())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_canary_never_reaches_the_journal(
    redactor: Redactor, journal_folder: Path, request: ExportTraceServiceRequest
) -> None:
    journal = Journal(JournalSettings(journal_folder), redactor.policy_version)
    pipeline = Pipeline(redactor, journal, redactor.keyed_hash, PipelineSettings())
    try:
        receipt = pipeline.accept(request.SerializeToString(), PROTOBUF, "t")
        assert receipt.kept is not None
        receipt.kept.result()
    finally:
        journal.close()
    (segment,) = journal_folder.iterdir()
    content = segment.read_bytes()
    written = "".join(str(table.to_pylist()) for table in read_segment(segment).batches)
    segment.unlink()
    assert "SpanName" in written
    for value in HIDDEN:
        assert value.casefold() not in written.casefold()
        assert value.encode() not in content
