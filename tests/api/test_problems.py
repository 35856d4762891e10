"""Errors become problem documents that hold no value; readiness says what is wrong."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from schema.errors import StoreError, StoreUnavailable
from schema.store import Store

SECRET = "ann@example.com"


class FailingStore(Store):
    """A store whose every read fails the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str) -> list[dict[str, Any]]:
        raise self._error


def ask_failing(error: Exception, path: str = "/v1/runs", services: Services | None = None) -> Any:
    app = create_app(FailingStore(error), ApiSettings(), services)
    return TestClient(app, raise_server_exceptions=False).get(path)


def test_an_unavailable_store_is_503_and_says_when_to_retry() -> None:
    answer = ask_failing(StoreUnavailable(f"no connection for {SECRET}"))
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    assert SECRET not in answer.text


@pytest.mark.parametrize("error", [StoreError(f"syntax near {SECRET}", 62), KeyError(SECRET), RuntimeError(SECRET)])
def test_an_unforeseen_error_is_500_without_details(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = ask_failing(error)
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank", "title": "Internal error", "status": 500,
        "detail": "the request could not be answered",
    }  # fmt: skip
    assert SECRET not in caplog.text
    assert f"error={type(error).__name__}" in caplog.text


def test_a_mistake_is_told_without_quoting_it() -> None:
    answer = ask_failing(RuntimeError(), f"/v1/runs?since={SECRET}")
    assert answer.status_code == 422
    assert SECRET not in answer.text


@pytest.mark.parametrize(("path", "status"), [("/nothing/here", 404), ("/v1", 404)])
def test_unknown_routes_are_problems(path: str, status: int) -> None:
    answer = ask_failing(RuntimeError(), path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_wrong_method_is_405_and_names_the_right_one() -> None:
    app = create_app(FailingStore(RuntimeError()), ApiSettings())
    answer = TestClient(app).put("/v1/runs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["status"] == 405


def test_readiness_names_each_problem() -> None:
    services = Services(checks={"journal": lambda: "disk is full", "loader": lambda: None})
    answer = ask_failing(StoreUnavailable("gone"), "/readyz", services)
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"store": "does not answer", "journal": "disk is full"}
    assert ask_failing(StoreUnavailable("gone"), "/healthz", services).status_code == 200


@pytest.mark.engine
def test_ready_when_the_store_answers(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}


def test_metrics_are_prometheus_text() -> None:
    services = Services(metrics=lambda: "runvault_spans_total 5\n")
    answer = ask_failing(RuntimeError(), "/metrics", services)
    assert answer.text == "runvault_spans_total 5\n"
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_without_a_redactor_posted_texts_are_withheld() -> None:
    assert Services().redact("t", SECRET) == "[withheld: no redactor]"
