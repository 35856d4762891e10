"""The only place where errors become answers: RFC 9457 problem documents. None ever quotes a value."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import Json, dump_json
from schema.errors import (
    AuditError,
    BreakGlassError,
    Forbidden,
    KeyFileError,
    NotAllowed,
    NotNow,
    RunvaultError,
    SealBroken,
    SealError,
    SealKeyMissing,
    SealKeyShredded,
    TooOften,
    Unauthenticated,
    WrongPassphrase,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "1"

TITLES = {
    400: "Bad request",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Not now",
    410: "Gone",
    413: "Too large",
    422: "Invalid request",
    429: "Too often",
    500: "Internal error",
    503: "Not available now",
}

_log = logging.getLogger("runvault.api")


class InvalidFieldError(RunvaultError):
    """A parameter that FastAPI let through but that makes no sense here; answered with 422 naming the field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class UnknownRunError(RunvaultError):
    """No such run in the caller's tenant; answered with 404."""


class UnknownRequestError(RunvaultError):
    """No such request to open originals in the caller's tenant; answered with 404."""


class NothingSealedError(RunvaultError):
    """The run has no sealed originals, or none any more; answered with 404."""


REFUSALS: dict[type[RunvaultError], int] = {
    NotAllowed: 403,
    WrongPassphrase: 403,
    NotNow: 409,
    SealBroken: 409,
    SealKeyMissing: 409,
    SealKeyShredded: 410,
    TooOften: 429,
}
"""Why originals are not opened → status of the answer."""


def problem_answer(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, extra: Json | None = None
) -> Response:
    """One problem document. `detail` is written by us and holds no value of a request or a span."""
    title = TITLES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(extra or {})}
    return Response(dump_json(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def explain_error(error: Exception) -> Response:
    """The problem document for an error, by its type."""
    if isinstance(error, UnknownRunError):
        return problem_answer(404, "no run has this id")
    if isinstance(error, UnknownRequestError):
        return problem_answer(404, "no request has this id")
    if isinstance(error, NothingSealedError):
        return problem_answer(404, "no sealed originals of this run are held")
    if isinstance(error, BreakGlassError | SealError):
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooOften) else None
        return problem_answer(REFUSALS[type(error)], str(error), headers=headers)
    if isinstance(error, InvalidFieldError):
        return _invalid([{"field": error.field, "message": error.message}])
    if isinstance(error, RequestValidationError):
        return _invalid(_name_fields(error.errors()))
    if isinstance(error, HTTPException):
        return problem_answer(error.status_code, _http_detail(error.status_code), headers=error.headers)
    if isinstance(error, Unauthenticated):
        return problem_answer(401, str(error), headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, Forbidden):
        return problem_answer(403, str(error))
    if isinstance(error, AuditError):
        return _refuse_for_now("this cannot be written into the audit trail now, so it is not done; try again")
    if isinstance(error, KeyFileError):
        return _refuse_for_now("the keys cannot be read now; try again")
    if isinstance(error, RunvaultError) and error.retryable:
        return _refuse_for_now("the store cannot answer now; try again")
    _log.error("request failed error=%s", type(error).__name__)
    return problem_answer(500, "the request could not be answered")


def _refuse_for_now(detail: str) -> Response:
    return problem_answer(503, detail, headers={"Retry-After": RETRY_AFTER_SECONDS})


def _http_detail(status: int) -> str:
    details = {404: "no such route", 405: "this route does not know this method"}
    return details.get(status, TITLES.get(status, "the request could not be answered").lower())


def _invalid(errors: Sequence[Json]) -> Response:
    detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors)
    return problem_answer(422, detail, extra={"errors": list(errors)})


def _name_fields(errors: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Field and message of each mistake. Pydantic's `input` and `ctx` are left out: they quote the value."""
    return [{"field": _field_of(error["loc"]), "message": _message_of(error)} for error in errors]


def _field_of(location: Sequence[Any]) -> str:
    names = [part for part in location if isinstance(part, str)]
    return ".".join(names[1:2] or names) or "body"


def _message_of(error: Mapping[str, Any]) -> str:
    known = {"extra_forbidden": "is not known here", "missing": "is required", "json_invalid": "is not valid JSON"}
    message = known.get(error["type"], str(error["msg"]))
    return message.removeprefix("Value error, ").rstrip(".")


async def _answer_error(_request: Request, error: Exception) -> Response:
    return explain_error(error)


class GuardErrors:
    """Answers what nobody foresaw with a 500 and logs its type only: a traceback could quote a value."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, watching whether an answer has begun."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http":
                raise
            answer = explain_error(error)
            if not begun:
                await answer(scope, receive, send)


def install_problems(app: FastAPI) -> None:
    """Route every error of `app` through `explain_error`."""
    for kind in (UnknownRunError, InvalidFieldError, RequestValidationError, HTTPException, RunvaultError):
        app.add_exception_handler(kind, _answer_error)
    app.add_middleware(GuardErrors)
