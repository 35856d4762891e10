"""What both protocols do with a request: admit, decompress, run the pipeline, wait for the disk, answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from google.protobuf.message import Message

from collector import metrics
from collector.decode import count_data_points
from collector.defects import describe_defect
from collector.gate import Admission, Gate
from collector.limits import Hold, InFlight, decompress
from collector.pipeline import Pipeline, Receipt
from collector.room import Room
from collector.status import Failure, answer_logs, answer_metrics, answer_traces, describe_failure
from schema.errors import RunvaultError
from vault.caller import Caller

log = logging.getLogger("runvault.collect")

TRACES, LOGS, METRICS = "traces", "logs", "metrics"
Result = TypeVar("Result")
BodyReader = Callable[[Hold], Awaitable[bytes]]
"""Reads the request's body, counting in the hold what it holds. Raises RunvaultError."""

NO_METRICS = "Runvault keeps traces; metrics are not kept"


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Limits of one collector process; sizes in bytes, times in seconds."""

    max_request_bytes: int = 32 << 20
    max_in_flight_bytes: int = 128 << 20
    header_timeout_s: float = 10.0
    body_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the `Authorization` header or metadata, and the address it came from."""

    authorization: str | None
    address: str


class Receiver:
    """Turns a request body into an answer message, or into a Failure. One CPU thread: Python's stages hold the GIL."""

    def __init__(self, pipeline: Pipeline, room: Room, gate: Gate, settings: ReceiverSettings) -> None:
        self.settings = settings
        self._room = room
        self._gate = gate
        self.in_flight = InFlight(settings.max_in_flight_bytes)
        self._pipeline = pipeline
        self._stages = ThreadPoolExecutor(1, thread_name_prefix="stages")

    async def receive(
        self,
        signal: str,
        protocol: str,
        sender: Sender,
        read_body: BodyReader,
        content_type: str,
        encoding: str,
    ) -> Message | Failure:
        """The answer to one export request. Never raises for what a sender did, nor for a defect of ours.

        A sender that goes away (a gRPC call is cancelled at its deadline) does not stop work that was begun: its bytes
        stay counted until they are let go of, or senders that give up early could pile up any number of them.
        """
        admission = await self._guard(signal, protocol, self._admit(sender))
        if isinstance(admission, Failure):
            return admission
        hold = self.in_flight.open()
        try:
            body = await self._guard(signal, protocol, read_body(hold))
        except BaseException:
            hold.release()
            raise
        if isinstance(body, Failure):
            hold.release()
            return body
        work = asyncio.ensure_future(
            self._guard(signal, protocol, self._answer(signal, admission, body, content_type, encoding, hold))
        )
        work.add_done_callback(lambda _done: hold.release())
        answer = await asyncio.shield(work)
        if not isinstance(answer, Failure):
            metrics.requests.labels(signal, protocol, "ok").inc()
        return answer

    async def _guard(self, signal: str, protocol: str, work: Awaitable[Result]) -> "Result | Failure":
        try:
            return await work
        except RunvaultError as error:
            return self.fail(signal, protocol, error)
        except Exception as error:  # noqa: BLE001 - the outermost guard
            # the message of a defect may quote a value, so only its place is told
            log.error("a defect signal=%s protocol=%s at=%s", signal, protocol, describe_defect(error))
            return self.fail(signal, protocol, RunvaultError("internal error"))

    def fail(self, signal: str, protocol: str, error: RunvaultError) -> Failure:
        """Count a failure and describe it."""
        failure = describe_failure(error)
        metrics.requests.labels(signal, protocol, type(error).__name__).inc()
        log.info("request refused signal=%s protocol=%s reason=%s", signal, protocol, type(error).__name__)
        return failure

    async def _admit(self, sender: Sender) -> Admission:
        return self._gate.admit(sender.authorization, sender.address)

    async def _answer(
        self, signal: str, admission: Admission, body: bytes, content_type: str, encoding: str, hold: Hold
    ) -> Message:
        loop = asyncio.get_running_loop()
        work = partial(self._work, signal, admission.caller, body, content_type, encoding, hold)
        receipt = await loop.run_in_executor(self._stages, work)
        if isinstance(receipt, int):
            return answer_metrics(receipt, NO_METRICS)
        if receipt.kept is not None:
            await asyncio.wrap_future(receipt.kept)
            self._gate.charge(admission, receipt.spans, receipt.size)
        answer = answer_logs if signal == LOGS else answer_traces
        return answer(receipt.refused, receipt.reason)

    def _work(
        self, signal: str, caller: Caller, body: bytes, content_type: str, encoding: str, hold: Hold
    ) -> Receipt | int:
        plain = decompress(body, encoding, self.settings.max_request_bytes)
        if plain is not body:
            hold.add(len(plain))
        if signal == METRICS:
            return count_data_points(plain, content_type)
        self._room.check()
        accept = self._pipeline.accept_logs if signal == LOGS else self._pipeline.accept
        return accept(plain, content_type, caller.tenant, caller.environment)

    def close(self) -> None:
        """Finish the request at hand."""
        self._stages.shutdown(wait=True)
