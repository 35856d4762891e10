"""The redactor of `serve`'s own process, built when the first text is posted.

Only a posted reason or source needs it there: spans are redacted by the collectors. Its libraries took 1.2 s of CPU
and 70 MB (DECISIONS.md, 7), which every start would pay for.
"""

import importlib
import threading
from collections.abc import Callable

from runvault.settings import Settings


class LateRedactor:
    """A function (tenant, text) → redacted text. Safe to call from several threads.

    The first text waits about two seconds. When the redactor cannot be built, the text's request fails, nothing kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._redact: Callable[[str, str], str] | None = None

    def __call__(self, tenant: str, text: str) -> str:
        """Redact. Raises ConfigError when policy or key cannot be read."""
        if not text:
            return text
        with self._lock:
            if self._redact is None:
                self._redact = importlib.import_module("runvault.build").build_text_redactor(self._settings)
        return self._redact(tenant, text)
