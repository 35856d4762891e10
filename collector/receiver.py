"""What both protocols do with a request: admit, decompress, run the pipeline, wait for the disk, answer."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from google.protobuf.message import Message

from collector import metrics
from collector.decode import count_data_points
from collector.limits import InFlight, decompress
from collector.pipeline import Pipeline, Receipt
from collector.status import Failure, answer_logs, answer_metrics, answer_traces, describe_failure
from schema.errors import RunvaultError

log = logging.getLogger("runvault.collect")

TRACES, LOGS, METRICS = "traces", "logs", "metrics"
NO_METRICS = "Runvault keeps traces; metrics are not kept"


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Limits of one collector process; sizes in bytes."""

    max_request_bytes: int = 64 << 20
    max_in_flight_bytes: int = 256 << 20
    default_tenant: str = "default"


class Receiver:
    """Turns a request body into an answer message, or into a Failure. One CPU thread: Python's stages hold the GIL."""

    def __init__(self, pipeline: Pipeline, settings: ReceiverSettings) -> None:
        self.settings = settings
        self._pipeline = pipeline
        self.in_flight = InFlight(settings.max_in_flight_bytes)
        self._stages = ThreadPoolExecutor(1, thread_name_prefix="stages")

    async def receive(
        self, signal: str, protocol: str, body: bytes, content_type: str, encoding: str
    ) -> Message | Failure:
        """The answer to one export request. Never raises for what a sender did."""
        try:
            with self.in_flight.hold(len(body)):
                answer = await self._answer(signal, body, content_type, encoding)
        except RunvaultError as error:
            return self.fail(signal, protocol, error)
        metrics.requests.labels(signal, protocol, "ok").inc()
        return answer

    def fail(self, signal: str, protocol: str, error: RunvaultError) -> Failure:
        """Count a failure and describe it."""
        failure = describe_failure(error)
        metrics.requests.labels(signal, protocol, type(error).__name__).inc()
        log.info("request refused signal=%s protocol=%s reason=%s", signal, protocol, type(error).__name__)
        return failure

    async def _answer(self, signal: str, body: bytes, content_type: str, encoding: str) -> Message:
        loop = asyncio.get_running_loop()
        if signal == METRICS:
            number = await loop.run_in_executor(self._stages, self._count, body, content_type, encoding)
            return answer_metrics(number, NO_METRICS)
        accept = self._pipeline.accept_logs if signal == LOGS else self._pipeline.accept
        receipt = await loop.run_in_executor(self._stages, self._accept, accept, body, content_type, encoding)
        if receipt.kept is not None:
            await asyncio.wrap_future(receipt.kept)
        answer = answer_logs if signal == LOGS else answer_traces
        return answer(receipt.refused, receipt.reason)

    def _accept(
        self, accept: Callable[[bytes, str, str], Receipt], body: bytes, content_type: str, encoding: str
    ) -> Receipt:
        plain = decompress(body, encoding, self.settings.max_request_bytes)
        return accept(plain, content_type, self.settings.default_tenant)

    def _count(self, body: bytes, content_type: str, encoding: str) -> int:
        return count_data_points(decompress(body, encoding, self.settings.max_request_bytes), content_type)

    def close(self) -> None:
        """Finish the request at hand."""
        self._stages.shutdown(wait=True)
