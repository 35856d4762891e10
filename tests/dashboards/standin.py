"""A stand-in for Grafana's HTTP API: the few routes that publishing uses, after Grafana's API reference, in memory.

It checks what grafana-client really sends. It is not a Grafana: whether one accepts the content is not shown by it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
TOKEN = "glsa_standin"


class Grafana:
    """What it holds, and every request that wrote."""

    def __init__(self) -> None:
        self.folders: dict[str, Json] = {}
        self.boards: dict[str, Json] = {}
        self.groups: dict[str, Json] = {}
        self.writes: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, body: Json | None) -> tuple[int, Json]:
        """Status and body."""
        parts = path.split("?")[0].removeprefix("/api/").split("/")
        match (method, parts):
            case ("GET", ["folders", uid]):
                return self._get(self.folders, uid)
            case ("GET", ["dashboards", "uid", uid]):
                return self._get(self.boards, uid)
            case ("GET", ["v1", "provisioning", "folder", folder, "rule-groups", name]):
                return self._get(self.groups, f"{folder}/{name}")
        assert body is not None
        self.writes.append(f"{method} {path}")
        match (method, parts):
            case ("POST", ["folders"]):
                self.folders[body["uid"]] = body
                return 200, body
            case ("POST", ["dashboards", "db"]):
                return self._save_board(body)
            case ("PUT", ["v1", "provisioning", "folder", folder, "rule-groups", name]):
                assert {rule["folderUID"] for rule in body["rules"]} == {folder} <= set(self.folders)
                assert {rule["ruleGroup"] for rule in body["rules"]} == {body["title"]} == {name}
                self.groups[f"{folder}/{name}"] = body
                return 200, body
        return 404, {"message": "Not found"}

    def _save_board(self, body: Json) -> tuple[int, Json]:
        board = body["dashboard"]
        assert body["folderUid"] in self.folders
        assert board.get("id") is None
        before = self.boards.get(board["uid"])
        if before is not None and not body["overwrite"]:
            return 412, {"status": "version-mismatch"}
        version = before["dashboard"]["version"] + 1 if before else 1
        # as Grafana does, it puts its own id and version in
        stored = {**board, "id": len(self.boards) + 1, "version": version}
        self.boards[board["uid"]] = {"dashboard": stored, "meta": {"folderUid": body["folderUid"]}}
        return 200, {"status": "success", "uid": board["uid"], "version": version}

    @staticmethod
    def _get(held: dict[str, Json], key: str) -> tuple[int, Json]:
        return (200, held[key]) if key in held else (404, {"message": "not found"})


@contextmanager
def serve_standin() -> Iterator[Grafana]:
    """The stand-in on a free port."""
    grafana = Grafana()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                status, answer = 401, {"message": "Unauthorized"}
            else:
                status, answer = grafana.answer(self.command, self.path, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _handle  # noqa: N815 - the base class looks for these names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    grafana.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield grafana
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
