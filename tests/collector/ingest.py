"""The whole way in for tests: bytes → pipeline → journal → loader → store, with a redactor that finds nothing."""

import json
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from collector.decode import JSON
from collector.journal import Journal, JournalSettings
from collector.load import Loader, LoaderSettings
from collector.pipeline import Pipeline, PipelineSettings, Receipt
from redaction.redactor import TextRedactor
from schema.lifetimes import Horizon, RetentionPolicy
from schema.statements import read_query
from schema.store import Store
from tests.bench.ingest import PassThrough
from tests.collector.otlp_json import GOLDEN

NO_SETTINGS = PipelineSettings()


def keyed_hash(tenant: str, text: str) -> str:
    """A hash as good as the redactor's, for tests."""
    return blake2b(f"{tenant}\n{text}".encode(), digest_size=16).hexdigest()


class Ingest:
    """One tenant's way into the store; without a retention policy everything is kept."""

    def __init__(
        self,
        store: Store,
        tenant: str,
        directory: Path,
        retention: RetentionPolicy | None = None,
        *,
        settings: PipelineSettings = NO_SETTINGS,
        redactor: TextRedactor | None = None,
    ) -> None:
        self.store, self.tenant, self._directory = store, tenant, directory
        horizon = Horizon((retention,) if retention else ())
        self._settings, self._retention = settings, retention or RetentionPolicy()
        self._redactor = redactor or PassThrough()
        self._loader = Loader(store, LoaderSettings(directory, price_file=settings.price_file, horizon=lambda: horizon))

    def send(self, signal: str, body: bytes, content_type: str = JSON) -> Receipt:
        """One request, acknowledged and loaded."""
        journal = Journal(JournalSettings(self._directory), "none")
        settings = replace(self._settings, retention=self._retention)
        pipeline = Pipeline(self._redactor, journal, keyed_hash, settings)
        accept = pipeline.accept_logs if signal == "logs" else pipeline.accept
        receipt = accept(body, content_type, self.tenant)
        journal.close()
        self._loader.drain()
        return receipt

    def close(self) -> None:
        """Let another loader have the journal."""
        self._loader.close()

    def send_sample(self, name: str, signal: str = "traces") -> Receipt:
        """One file of tests/golden/otlp."""
        return self.send(signal, read_sample(name, signal))

    def query(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of this tenant's; `{tenant:String}` is given."""
        return self.store.query(sql, {"tenant": self.tenant, **parameters}, tag="test")

    def read_runs(self) -> list[dict[str, Any]]:
        """The run rows, without what tells when they were worked out."""
        return self.query(
            "SELECT * EXCEPT (RefreshedAt, ReceivedAt) FROM"
            " (SELECT *, 0 AS ReceivedAt FROM runs_current WHERE Tenant = {tenant:String}) ORDER BY RunId"
        )

    def read_steps(self) -> list[dict[str, Any]]:
        """The step rows, without times of arrival."""
        return self.query(
            "SELECT * EXCEPT (AssembledAt, ReceivedAt) FROM steps_current WHERE Tenant = {tenant:String}"
            " ORDER BY TraceId, SpanId"
        )

    def read_said(self) -> list[dict[str, Any]]:
        """What records say, by span."""
        return self.query("SELECT * FROM supplement_payloads WHERE Tenant = {tenant:String} ORDER BY TraceId, SpanId")

    def read_links(self) -> dict[str, tuple[str, str]]:
        """Run → (continues, continued by)."""
        sessions = sorted({run["SessionId"] for run in self.read_runs() if run["SessionId"]})
        rows = self.query(read_query("run_links"), session_ids=sessions)
        return {row["RunId"]: (row["Continues"], row["ContinuedBy"]) for row in rows}


def read_sample(name: str, signal: str = "traces") -> bytes:
    """A file of tests/golden/otlp as it was captured."""
    return (GOLDEN / (f"{name}.json" if signal == "traces" else f"{name}.logs.json")).read_bytes()


def split_request(body: bytes) -> list[bytes]:
    """A traces or logs request as one request for each span or record."""
    document = json.loads(body)
    (top,) = document
    scopes, items = ("scopeSpans", "spans") if top == "resourceSpans" else ("scopeLogs", "logRecords")
    return [
        json.dumps({top: [{**resource, scopes: [{**scope, items: [item]}]}]}).encode()
        for resource in document[top]
        for scope in resource[scopes]
        for item in scope[items]
    ]
