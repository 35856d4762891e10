"""An HTTP server that leaves signals to us: stopping has an order that spans several servers."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers, its logging and its banner. Stop it by setting `should_exit`."""

    def __init__(self, app: Any, drain_s: int = 10) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_keep_alive=75,
                timeout_graceful_shutdown=drain_s,
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
