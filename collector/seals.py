"""Sealed originals on their way: sealed where the policy wants it, and counted."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from collector import metrics
from schema.originals import SpanOriginals
from vault.seal import seal_spans
from vault.seal_keys import PublicKeys


def seal_everywhere(_tenant: str, _environment: str) -> bool:
    """Originals of everybody are sealed."""
    return True


class BatchSealer:
    """Seals the originals of a batch with the public keys of the day (UTC, by this machine's clock).

    Nothing is sealed as long as there are no keys at all. Then what has no key for its tenant and day is dropped, as
    without sealing, and counted. `chosen` says of a tenant and an environment whether their originals are sealed.
    """

    def __init__(self, keys: PublicKeys, chosen: Callable[[str, str], bool] = seal_everywhere) -> None:
        self._keys = keys
        self._chosen = chosen

    def wants(self, tenant: str, environment: str) -> bool:
        """Whether originals are to be sealed there."""
        return self._keys.is_set_up and self._chosen(tenant, environment)

    def seal(self, spans: Sequence[SpanOriginals]) -> list[bytes]:
        """A seal for each; empty where there is no key."""
        seals = seal_spans(spans, self._keys, datetime.now(UTC).date())
        sealed = sum(map(bool, seals))
        metrics.sealed_spans.inc(sealed)
        metrics.sealed_bytes.inc(sum(map(len, seals)))
        metrics.unsealed_spans.inc(len(seals) - sealed)
        return seals
