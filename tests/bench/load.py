"""A load of spans as OTLP request bodies: ten attributes and about 4 kB of new text per span, a run of eight spans."""

import json
import random
from collections.abc import Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

TEXT_BYTES = 4096
BATCH = 512
SPANS_PER_RUN = 8
_VOCABULARY = (
    "account agreement amount answer batch bill border branch budget bundle calendar cargo change checkout claim "
    "code comment condition contract copy coupon courier credit cycle damage date deadline decision defect delay "
    "delivery deposit desk detail discount dispatch document draft duplicate entry error estimate event evidence "
    "exchange export factor failure feature fee field figure filter finding folder forecast form goal handler "
    "header history image index invoice issue item journal label layer ledger letter limit list loan location "
    "margin market match measure member message method minute mistake model month notice object offer office "
    "option order outcome outlet owner package page parcel part path payment period permit phase plan point "
    "policy portal price problem process product profile proof quality quantity query quota rate reader reason "
    "record refund region release reminder repair reply report request the the the a of to and in is it was for "
    "with on at by from that this has been not but or if when we they please "
)
WORDS = _VOCABULARY.split()


def make_text(rng: random.Random, size: int, personal: bool) -> str:
    """Words, numbers and line breaks, about `size` characters; one e-mail address and phone number when `personal`."""
    words: list[str] = []
    length = 0
    while length < size:
        word = rng.choice(WORDS) if rng.random() > 0.06 else str(rng.randint(1, 99999))
        words.append(word + ("." if rng.random() < 0.07 else ",\n" if rng.random() < 0.02 else ""))
        length += len(words[-1]) + 1
    if personal:
        words.insert(len(words) // 2, f"write to user{rng.randint(1, 9999)}@example.com")
        words.insert(len(words) // 3, f"or call (212) 555-01{rng.randint(0, 99):02d}")
    return " ".join(words)


def make_bodies(spans: int, seed: int = 1, now_ns: int = 0, every: int = 4) -> Iterator[bytes]:
    """Serialised ExportTraceServiceRequests of 512 spans each. One span in `every` holds personal data."""
    rng = random.Random(seed)
    made = 0
    trace_id = root_id = b""
    while made < spans:
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add()
        group.resource.attributes.append(_pair("service.name", "bench-agent"))
        scope = group.scope_spans.add()
        scope.scope.name = "bench"
        for _ in range(min(BATCH, spans - made)):
            span_id = rng.randbytes(8)
            if made % SPANS_PER_RUN == 0:
                trace_id, root_id = rng.randbytes(16), span_id
            _fill_span(
                scope.spans.add(), rng, trace_id, span_id, b"" if span_id == root_id else root_id, now_ns, made, every
            )
            made += 1
        yield request.SerializeToString()


def _fill_span(
    span: Span, rng: random.Random, trace_id: bytes, span_id: bytes, parent: bytes, now_ns: int, number: int, every: int
) -> None:
    span.trace_id, span.span_id, span.parent_span_id = trace_id, span_id, parent
    span.name = "chat gpt-4o-mini" if parent else "invoke_agent bench-agent"
    span.kind = Span.SPAN_KIND_CLIENT
    span.start_time_unix_nano = now_ns - 3_600_000_000_000 + number * 1_000_000
    span.end_time_unix_nano = span.start_time_unix_nano + rng.randint(400, 6000) * 1_000_000
    personal = number % every == 0
    question = make_text(rng, TEXT_BYTES * 6 // 10, personal)
    answer = make_text(rng, TEXT_BYTES * 4 // 10, False)
    values: dict[str, str | int | list[str]] = {
        "gen_ai.operation.name": "chat" if parent else "invoke_agent",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.conversation.id": "conv_" + trace_id.hex()[:12],
        "gen_ai.usage.input_tokens": rng.randint(400, 2000),
        "gen_ai.usage.output_tokens": rng.randint(40, 400),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": question}]}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]),
    }
    span.attributes.extend(_pair(key, value) for key, value in values.items())


def _pair(key: str, value: str | int | list[str]) -> KeyValue:
    if isinstance(value, str):
        return KeyValue(key=key, value=AnyValue(string_value=value))
    if isinstance(value, int):
        return KeyValue(key=key, value=AnyValue(int_value=value))
    items = [AnyValue(string_value=item) for item in value]
    return KeyValue(key=key, value=AnyValue(array_value=ArrayValue(values=items)))
