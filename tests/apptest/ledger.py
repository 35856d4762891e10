"""What a load holds and what a service answers about it: the two sides that must agree."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from runvault.service import Service
from tests.apptest.ask import list_runs, wait_for_spans


def read_dump(path: Path) -> Iterator[bytes]:
    """Requests of a dump: after ten bytes of magic, each with its length and its number of spans in front."""
    data = path.read_bytes()
    offset = 10
    while offset < len(data):
        length, _spans = struct.unpack_from(">II", data, offset)
        yield data[offset + 8 : offset + 8 + length]
        offset += 8 + length


def list_spans(body: bytes) -> list[tuple[str, str]]:
    """Trace and span ids of a request."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        (span.trace_id.hex(), span.span_id.hex())
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def find_spans(service: Service) -> dict[tuple[str, str], int]:
    """Every span that is answered, and how often."""
    found: dict[tuple[str, str], int] = {}
    with httpx.Client(trust_env=False, timeout=30) as http:
        for run in list_runs(http, service):
            for step in http.get(f"{service.api}/v1/runs/{run['run_id']}/replay").json()["steps"]:
                key = (step["trace_id"], step["span_id"])
                found[key] = found.get(key, 0) + 1
    return found


def sum_up(service: Service) -> dict[str, Any]:
    """Counts, tokens and cost of all runs."""
    with httpx.Client(trust_env=False, timeout=30) as http:
        runs = list_runs(http, service)
        cost = http.get(f"{service.api}/v1/analytics/cost-per-outcome", params={"group_by": "model"}).json()
    return {
        "runs": len(runs),
        "steps": sum(run["steps"] for run in runs),
        "tokens": sum(run["tokens"]["input"] + run["tokens"]["output"] for run in runs),
        "cost": cost["items"],
    }


def settle(service: Service, spans: int) -> None:
    """Wait until so many spans are queryable."""
    with httpx.Client(trust_env=False, timeout=30) as http:
        assert sum(run["steps"] for run in wait_for_spans(http, service, spans)) == spans


def count_tokens(bodies: list[bytes]) -> int:
    """Input and output tokens of all model calls in these requests, each span once: what the generator put there."""
    tokens: dict[tuple[bytes, bytes], int] = {}
    for body in bodies:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                values = {attribute.key: attribute.value for attribute in span.attributes}
                if "gen_ai.operation.name" in values and values["gen_ai.operation.name"].string_value == "chat":
                    names = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
                    counted = sum(values[name].int_value for name in names if name in values)
                    tokens[(span.trace_id, span.span_id)] = counted
    return sum(tokens.values())
