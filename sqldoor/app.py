"""The application behind the SQL port: ClickHouse's HTTP interface, as far as Grafana's plugin and clickhouse-connect
use it. https://clickhouse.com/docs/interfaces/http

Steps of a statement block, so they run in threads; meanwhile this watches whether the client is still there and whether
the time is over, and stops the statement if not.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from schema.errors import Forbidden, RunvaultError, StatementRefused
from schema.guests import LIMITS, Guests
from sqldoor import answers, functions, statement
from sqldoor.request import Asked, read_asked, read_authorization
from sqldoor.slots import IN_ALL, Slots
from sqldoor.work import Desk, Work
from vault.audit import AuditTrail
from vault.caller import Caller, Role
from vault.key_file import KeyRing, require_role

T = TypeVar("T")
Count = Callable[[str], None]

ANSWER_S = 2.0 * LIMITS["max_execution_time"]
"""How long an answer may take in all, its reading by the client included."""
BODY_S = 30.0
"""How long the statement may take to arrive."""
OPEN_PATHS = ("/ping", "/replicas_status")

log = logging.getLogger("runvault.sql")


class ClientGone(Exception):
    """The client does not wait any more."""


class Door:
    """An ASGI application. `count` is told how each statement ended: answered, refused, failed or left."""

    def __init__(self, guests: Guests, keys: KeyRing, trail: AuditTrail, count: Count) -> None:
        self._desk = Desk(guests, build_checker(guests), trail)
        self._keys = keys
        self._count = count
        self._zone = str(guests.read("SELECT timezone() AS zone")[0]["zone"])
        self._slots = Slots()
        self._threads = ThreadPoolExecutor(2 * IN_ALL, "sql")
        # apart, because a step that the engine does not let go of keeps its thread, and closing waits for it
        self._closing = ThreadPoolExecutor(2 * IN_ALL, "sql-closing")
        self._leaving: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Wait for the steps at work, and let go of the engine."""
        self._threads.shutdown(wait=True)
        self._closing.shutdown(wait=True)
        self._desk.guests.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        exchange = Exchange(send, self._zone)
        try:
            result = await self._answer(request, exchange, receive)
        except RunvaultError as error:
            told = answers.explain(error)
            result = "refused" if not exchange.begun else "failed"
            await exchange.fail(told)
        except TimeoutError:
            result = "failed"
            await exchange.fail(StatementRefused("the answer took too long", 159, "TIMEOUT_EXCEEDED"))
        except (ClientGone, OSError):
            result = "left"
        except Exception as error:  # noqa: BLE001 - outermost: a traceback could quote a value
            log.error("a statement failed error=%s", type(error).__name__)
            result = "failed"
            await exchange.fail(answers.explain(RunvaultError()))
        if result:
            self._count(result)

    async def _answer(self, request: Request, exchange: "Exchange", receive: Receive) -> str:
        path = request.url.path
        if path in OPEN_PATHS or (path == "/" and request.method in ("GET", "HEAD") and not request.url.query):
            await exchange.send_whole(200, b"Ok.\n", {"Content-Type": "text/html; charset=UTF-8"})
            return ""
        if path != "/" or request.method not in ("GET", "POST"):
            await exchange.send_whole(404, b"there is only / here\n", {"Content-Type": "text/plain"})
            return ""
        caller = await self._identify(request)
        async with asyncio.timeout(BODY_S):
            asked = await read_asked(request)
        exchange.query_id = asked.query_id or exchange.query_id
        gone = asyncio.create_task(_wait_until_gone(receive))
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._work(Work(self._desk, caller, asked), exchange, gone)
        finally:
            gone.cancel()
        return "answered"

    async def _identify(self, request: Request) -> Caller:
        address = request.client.host if request.client else ""
        caller = self._keys.identify(read_authorization(request), address)
        try:
            return require_role(caller, Role.VIEWER)
        except Forbidden as error:
            loop = asyncio.get_running_loop()
            text = str(error)
            await loop.run_in_executor(
                self._threads, lambda: self._desk.trail.append("access.denied", caller, "SQL port", "", text)
            )
            raise

    async def _work(self, work: Work, exchange: "Exchange", gone: "asyncio.Task[None]") -> None:
        place = AsyncExitStack()
        await place.enter_async_context(self._slots.take(work.caller.tenant))
        try:
            await self._step(work.begin, gone)
            piece = await self._step(work.next, gone)
            held = []
            while work.asked.is_whole and piece is not None:
                held.append(piece)
                piece = await self._step(work.next, gone)
            await exchange.begin(work.form, work.asked)
            for one in held:
                await exchange.send_piece(one)
            while piece is not None:
                await exchange.send_piece(piece)
                piece = await self._step(work.next, gone)
            await exchange.end()
        finally:
            leaving = asyncio.create_task(self._leave(work, place))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, work: Work, place: AsyncExitStack) -> None:
        """Stop what still runs, and give its place away once the engine has let go of it."""
        loop = asyncio.get_running_loop()
        async with place:
            await loop.run_in_executor(self._closing, work.stop)
            await loop.run_in_executor(self._closing, work.close)

    async def _step(self, step: Callable[[], T], gone: "asyncio.Task[None]") -> T:
        """Run a step in a thread, unless the client goes before it is done. Raises ClientGone."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, step)
        waiting: set[asyncio.Future[Any]] = {running, gone}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            running.add_done_callback(_forget)
            raise ClientGone
        return running.result()


class Exchange:
    """One answer on its way out."""

    def __init__(self, send: Send, zone: str) -> None:
        self._send = send
        self._zone = zone
        self._packer: answers.Packer = answers.Plain()
        self._tag = answers.make_tag()
        self.begun = False
        self.query_id = str(uuid.uuid4())

    def _headers(self) -> dict[str, str]:
        return {
            "X-ClickHouse-Server-Display-Name": answers.SERVER,
            "X-ClickHouse-Query-Id": self.query_id,
            "X-ClickHouse-Timezone": self._zone,
            "X-ClickHouse-Exception-Tag": self._tag,
        }

    async def begin(self, form: str, asked: Asked) -> None:
        """Status and headers of an answer in pieces."""
        headers = self._headers() | {
            "Content-Type": answers.MEDIA_TYPES.get(form, "text/plain; charset=UTF-8"),
            "X-ClickHouse-Format": form,
        }
        if asked.encoding:
            headers["Content-Encoding"] = asked.encoding
        self._packer = answers.make_packer(asked.encoding)
        self.begun = True
        await self._start(200, headers)

    async def send_piece(self, piece: bytes) -> None:
        """A piece of it."""
        if packed := self._packer.compress(piece):
            await self._send({"type": "http.response.body", "body": packed, "more_body": True})

    async def end(self, last: bytes = b"") -> None:
        """What is left of it."""
        body = (self._packer.compress(last) if last else b"") + self._packer.flush()
        await self._send({"type": "http.response.body", "body": body})

    async def fail(self, error: StatementRefused) -> None:
        """An error: in the place of the answer, or behind what is already sent of it."""
        with suppress(OSError):
            if self.begun:
                await self.end(answers.write_late_error(error, self._tag))
                return
            status, body, headers = answers.write_error(error)
            await self.send_whole(status, body, headers)

    async def send_whole(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """An answer of one piece."""
        await self._start(status, self._headers() | headers | {"Content-Length": str(len(body))})
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": answers.encode_headers(headers)})


def build_checker(guests: Guests) -> statement.Checker:
    """What may be asked of this engine."""
    known = guests.read("SELECT name FROM system.tables WHERE database = 'default'")
    telling = ", ".join(f"'{name}'" for name in sorted(statement.TELLING))
    hidden = guests.read(f"SELECT name FROM system.columns WHERE database = 'system' AND table IN ({telling})")  # noqa: S608 - our own names
    allowed = functions.Functions(
        guests.read(functions.QUESTION), [row["name"] for row in guests.read(functions.COMBINATORS)]
    )
    return statement.Checker(allowed, [row["name"] for row in known], [row["name"] for row in hidden])


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _forget(future: "asyncio.Future[Any]") -> None:
    """Look at the error of a step that nobody waits for."""
    if not future.cancelled():
        future.exception()
