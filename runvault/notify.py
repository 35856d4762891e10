"""Tells whom the user chose of each step of break-glass: a command, or an address. Nobody waits for it."""

import json
import logging
import shlex
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

TIMEOUT_S = 30.0

log = logging.getLogger("runvault.notify")


class Notifier:
    """Runs the command with the news as JSON on standard input, and posts the same JSON to the address."""

    def __init__(self, command: str = "", url: str = "") -> None:
        self._command = shlex.split(command)
        self._url = url
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def tell(self, news: Mapping[str, str]) -> None:
        """Tell in the background; what fails is logged, without the news."""
        if not self._command and not self._url:
            return
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "notify")
        self._pool.submit(self._tell, json.dumps(news).encode())

    def close(self) -> None:
        """Wait for what is under way."""
        if self._pool is not None:
            self._pool.shutdown()

    def _tell(self, body: bytes) -> None:
        if self._command:
            try:
                subprocess.run(self._command, input=body, timeout=TIMEOUT_S, check=True)  # noqa: S603 - the user's own
            except (OSError, subprocess.SubprocessError) as error:
                log.error("break_glass.notify_command failed error=%s", type(error).__name__)
        if self._url:
            try:
                headers = {"content-type": "application/json"}
                httpx.post(self._url, content=body, headers=headers, timeout=TIMEOUT_S).raise_for_status()
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                log.error("break_glass.notify_url failed error=%s", type(error).__name__)
