"""A collector and a loader that run apart from an API: each tells what it counted, and together the books balance."""

import contextlib
import time
from pathlib import Path

import httpx
import pytest

from tests.apptest.ledger import list_spans, read_dump
from tests.apptest.load import run_load
from tests.apptest.parts import Part, pick_port
from tests.apptest.test_bad_input import PROTOBUF
from tests.apptest.test_books import sum_page
from vault.caller import Role
from vault.key_file import change_keys, key_file
from vault.keys import Key, make_key

pytestmark = pytest.mark.service


def read_page(port: int, key: str = "") -> dict[str, float]:
    """Totals of a page of Prometheus text."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers, trust_env=False, timeout=20)
    assert answer.status_code == 200, answer.text
    return sum_page(answer.text)


def wait_for_loaded(port: int, spans: int) -> dict[str, float]:
    """The loader's page, once it has loaded so many spans."""
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.HTTPError):
            page = read_page(port)
            if page["runvault_loaded_spans_total"] >= spans or time.monotonic() > deadline:
                return page
        assert time.monotonic() < deadline, "the loader's page does not answer"
        time.sleep(0.1)


def make_secret(data: Path, role: Role) -> str:
    """A new key with one role."""
    key, secret = make_key(Key("", "", "default", "", frozenset({role})))
    with change_keys(key_file(data)) as keys:
        keys[key.id] = key
    return secret


def test_the_books_of_parts_that_run_apart_balance(tmp_path: Path) -> None:
    dump, data, log = tmp_path / "load.bin", tmp_path / "data", tmp_path / "log"
    run_load("--spans", "200", "--batch-spans", "25", "--dialect", "genai", "--text-bytes", "200", "--history-bytes",
             "400", "--seed", "apart", "--dump", str(dump))  # fmt: skip
    bodies = list(read_dump(dump))
    spans = sum(len(list_spans(body)) for body in bodies)
    collector_port, loader_port = pick_port(), pick_port()
    common = ("--data-dir", str(data), "--metrics-port")
    collector = Part("runvault", "collect", *common, str(collector_port), "--otlp-http-port", "0", "--otlp-grpc-port",
                     "0", log_file=log)  # fmt: skip
    loader = Part("runvault", "load", *common, str(loader_port), log_file=log)
    with contextlib.ExitStack() as ending:
        ending.callback(collector.end)
        ending.callback(loader.end)
        otlp = collector.start().read_line().split("otlp-http=")[1].split()[0]
        loader.start()
        url = f"http://127.0.0.1:{otlp}/v1/traces"
        with httpx.Client(trust_env=False, timeout=20) as http:
            answers = [http.post(url, content=body, headers=PROTOBUF).status_code for body in bodies]
            assert answers == [200] * len(bodies)
            assert http.post(url, content=b"\xff garbage", headers=PROTOBUF).status_code == 400
        taken = read_page(collector_port)
        assert taken["runvault_received_spans_total"] == spans
        assert taken["runvault_journalled_spans_total"] + taken.get("runvault_refused_spans_total", 0) == spans
        assert taken["runvault_requests_total"] == len(bodies) + 1
        stored = wait_for_loaded(loader_port, spans)
        assert stored["runvault_loaded_spans_total"] + stored["runvault_dead_spans_total"] == spans
        assert stored["runvault_journal_segments"] == 0
        assert stored["runvault_store_parts"] > 0

        viewer, ingest = make_secret(data, Role.VIEWER), make_secret(data, Role.INGEST)
        for port in (collector_port, loader_port):
            page = f"http://127.0.0.1:{port}/metrics"
            refused = httpx.get(page, trust_env=False)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            wrong = httpx.get(page, headers={"authorization": f"Bearer {ingest}"}, trust_env=False)
            assert (wrong.status_code, wrong.text) == (403, "the key lacks the role viewer\n")
            assert read_page(port, viewer)
        assert (collector.end(), loader.end()) == (0, 0)


def test_a_port_that_is_taken_stops_the_start_with_one_line(tmp_path: Path) -> None:
    port = pick_port()
    arguments = ("runvault", "collect", "--data-dir", str(tmp_path), "--metrics-port", str(port), "--otlp-http-port",
                 "0", "--otlp-grpc-port", "0")  # fmt: skip
    first, second = Part(*arguments, log_file=tmp_path / "log"), Part(*arguments, log_file=tmp_path / "log")
    with contextlib.ExitStack() as ending:
        ending.callback(first.end)
        assert first.start().read_line()
        assert second.start().read_line() == ""
        assert second.end() == 1
        last = (tmp_path / "log").read_text().splitlines()[-1]
        assert last.endswith(f"metrics_port: port {port} cannot be used: Address already in use")
