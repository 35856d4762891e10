"""How the reading commands ask the HTTP API, and the options they share.

Exit status: 1 when there is no answer, no such run or no permission; 2 when the API says that the question is wrong.
"""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import click
import httpx

Json = dict[str, Any]

DEFAULT_URL = "http://127.0.0.1:8420"
NDJSON = "application/x-ndjson"
TIMEOUT_SECONDS = 60.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_AGO = re.compile(r"^(\d{1,6})\s*([smhdw])$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class ApiClient:
    """Asks one Runvault API; every failure is a click exception of one readable line."""

    def __init__(self, url: str, api_key: str | None = None, why: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        if why:
            # a header holds Latin-1 only (RFC 9110, 5.5)
            self._headers["x-runvault-reason"] = why.encode("latin-1", "replace").decode("latin-1")
        # a proxy set for the outer world must not be asked for the own machine
        self._trust_env = urlsplit(url).hostname not in _LOOPBACK

    def get_json(self, path: str, parameters: Mapping[str, Any] | None = None) -> Json:
        """The JSON object at a path."""
        return self._read_object(self._send("GET", path, params=_drop_empty(parameters or {})))

    def get_text(self, path: str, accept: str) -> str:
        """The text at a path, in the media type asked for."""
        return self._send("GET", path, headers={"accept": accept}).text

    def post_json(self, path: str, body: Mapping[str, Any]) -> Json:
        """The JSON object that a post is answered with."""
        return self._read_object(self._send("POST", path, json=dict(body)))

    def post_lines(self, path: str, body: Mapping[str, Any]) -> Iterator[Json]:
        """The JSON objects that a post is answered with, line by line as they come."""
        with self._connect(timeout=None) as client:
            try:
                with client.stream("POST", self.url + path, headers=self._headers, json=dict(body)) as answer:
                    if not answer.is_success:
                        answer.read()
                        raise click.ClickException(_explain(answer))
                    for line in answer.iter_lines():
                        yield json.loads(line)
            except (httpx.HTTPError, ValueError) as error:
                raise click.ClickException(f"the answer of {self.url} broke off ({type(error).__name__})") from error

    def _connect(self, timeout: float | None = TIMEOUT_SECONDS) -> httpx.Client:
        return httpx.Client(trust_env=self._trust_env, timeout=timeout)

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {**self._headers, **arguments.pop("headers", {})}
        try:
            with self._connect() as client:
                answer = client.request(method, self.url + path, headers=headers, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise click.ClickException(f"no answer from {self.url} ({type(error).__name__}); is it running?") from error
        if answer.status_code == 422:
            raise click.UsageError(_explain(answer))
        if not answer.is_success:
            raise click.ClickException(_explain(answer))
        return answer

    def _read_object(self, answer: httpx.Response) -> Json:
        try:
            content = answer.json()
        except ValueError as error:
            raise click.ClickException(f"{self.url} does not answer in JSON; is it a Runvault API?") from error
        if not isinstance(content, dict):
            raise click.ClickException(f"{self.url} does not answer like a Runvault API")
        return content


class Moment(click.ParamType[str]):
    """An RFC 3339 time, a date, or how long ago: `90m`, `24h`, `7d`, `2w`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """RFC 3339 for how long ago; anything else is for the API to judge."""
        ago = _AGO.match(str(value).strip())
        if ago is None:
            return str(value)
        moment = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def run_path(run_id: str, rest: str = "") -> str:
    """Path of a run, whatever its id holds."""
    return f"/v1/runs/{quote(run_id, safe='')}{rest}"


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add `--url`, `--api-key`, `--why` and `--json`; the command gets `client` and `as_json`."""

    @click.option("--url", envvar="RUNVAULT_URL", default=DEFAULT_URL, show_default=True, help="address of the API")
    @click.option("--api-key", envvar="RUNVAULT_API_KEY", help="key to ask with [env: RUNVAULT_API_KEY]")
    @click.option("--why", envvar="RUNVAULT_REASON", help="why you ask: stands, redacted, in the audit trail")
    @click.option("--json", "as_json", is_flag=True, help="print the API's JSON")
    @functools.wraps(function)
    def with_client(url: str, api_key: str | None, why: str | None, **arguments: Any) -> None:
        function(client=ApiClient(url, api_key, why), **arguments)

    return with_client


def filter_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add one repeatable option per name filter, and `--since`, `--until`."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        function = click.option("--until", type=Moment(), help="before this time")(function)
        function = click.option("--since", type=Moment(), help="from this time on, or 24h, 7d … ago")(function)
        for name in reversed(names):
            option = f"--{name.replace('_', '-')}"
            function = click.option(option, multiple=True, help="only these; may be repeated")(function)
        return function

    return add


def series_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add `--interval`."""
    kinds = click.Choice(["minute", "hour", "day", "week"])
    return click.option("--interval", type=kinds, help="over time: a sparkline per group, UTC")(function)


def split_groups(group_by: str) -> list[str]:
    """The names in a `--group-by`."""
    return [group.strip() for group in group_by.split(",") if group.strip()]


def _drop_empty(parameters: Mapping[str, Any]) -> Json:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in parameters.items()
        if value is not None and value != ()
    }


def _explain(answer: httpx.Response) -> str:
    try:
        detail = answer.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    return str(detail) if detail else f"the API answered with status {answer.status_code}"
