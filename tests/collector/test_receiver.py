"""What becomes of a request whose sender goes away: its bytes stay counted until the work on them is over."""

import asyncio
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.gate import Gate
from collector.journal import Journal, JournalSettings
from collector.limits import Hold
from collector.pipeline import Pipeline, PipelineSettings
from collector.receiver import TRACES, Receiver, ReceiverSettings, Sender
from collector.recovery import list_segments
from collector.room import Room, RoomSettings
from collector.segment import read_segment
from tests.bench.ingest import PassThrough
from vault.key_file import KeyRing
from vault.limits import Limits


def make_body() -> bytes:
    """A request with one span."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = b"t" * 16, b"s" * 8, "x"
    span.start_time_unix_nano = 1795000000000000000
    return request.SerializeToString()


async def send(receiver: Receiver, body: bytes) -> object:
    """One request, read at once."""

    async def read(hold: Hold) -> bytes:
        hold.add(len(body))
        return body

    return await receiver.receive(TRACES, "grpc", Sender(None, ""), read, "application/x-protobuf", "")


async def wait_until_empty(receiver: Receiver) -> None:
    """Until no byte is in flight."""
    for _ in range(1000):
        if not receiver.in_flight.held:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("bytes in flight are never given back")


def test_a_cancelled_call_is_worked_off_and_harms_nobody(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path, commit_delay_s=0.2), "p")
    pipeline = Pipeline(PassThrough(), journal, lambda tenant, text: text, PipelineSettings())
    gate = Gate(KeyRing(tmp_path / "keys.json"), Limits(tmp_path / "limits"))
    receiver = Receiver(pipeline, Room(RoomSettings(tmp_path, min_free_bytes=0)), gate, ReceiverSettings())

    async def run() -> None:
        call = asyncio.create_task(send(receiver, make_body()))
        await asyncio.sleep(0.1)
        call.cancel()
        await asyncio.wait({call})
        assert call.cancelled()
        assert receiver.in_flight.held == len(make_body())
        await wait_until_empty(receiver)
        await send(receiver, make_body())

    asyncio.run(run())
    receiver.close()
    journal.close()
    assert sum(read_segment(path).rows for path in list_segments(tmp_path)) == 2
