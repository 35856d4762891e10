"""Case `sealing`: what sealing originals costs of the whole ingest, and how many bytes a seal has.

CPU is that of all threads over decode, normalise, redact (and seal), journal and load, with and without sealing in
turns, texts new each time. Sizes are those of seals over texts of three corpora, each text a span of its own.
"""

import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import zstandard

from collector.seals import BatchSealer
from redaction.changes import find_changes
from redaction.policy_file import default_policy
from redaction.redactor import Redactor
from schema.originals import Original, SpanOriginals, checksum_text, encode_originals
from tests.bench.ingest import KEY, TENANT, measure_case
from tests.bench.load import TEXT_BYTES, make_text
from tests.bench.machine import Figure
from tests.bench.redaction_corpus import make_corpus
from vault.opener_file import make_opener
from vault.seal import seal_spans
from vault.seal_keys import PublicKeys, write_public_keys

TURNS = 3
MOST_SHARE = 30.0
MOST_OVER = 200.0


def run_sealing() -> list[Figure]:
    """CPU of ingest with and without sealing; bytes of seals."""
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        redactor = Redactor(default_policy(), KEY, Path(folder))
        redactor.redact("compile everything first", TENANT)
        keys = make_keys(Path(folder))
        shares = _measure_share(redactor, keys, 4, "one span in four") + _measure_share(redactor, keys, 1, "every span")
        return [*shares, *_measure_sizes(redactor, keys)]


def make_keys(folder: Path) -> PublicKeys:
    """A public key for today."""
    opener = make_opener("bench", 1 << 4)
    opener.add_days(TENANT, [datetime.now(UTC).date()])
    write_public_keys(folder / "sealing.json", opener.list_public())
    return PublicKeys(folder / "sealing.json")


def _measure_share(redactor: Redactor, keys: PublicKeys, every: int, name: str) -> list[Figure]:
    plain, sealed = [], []
    for turn in range(TURNS):
        seed = 100 * every + 10 * turn
        plain.append(measure_case("plain", redactor, None, None, seed, every)[0].value)
        sealed.append(measure_case("sealed", redactor, None, BatchSealer(keys), seed + 1, every)[0].value)
    without, whole = median(plain), median(sealed)
    share = 100 * (whole - without) / whole
    return [
        Figure("sealing", f"ingest unsealed, {name} redacted", without, "CPU-s per 1,000 spans"),
        Figure("sealing", f"ingest sealed, {name} redacted", whole, "CPU-s per 1,000 spans"),
        Figure("sealing", f"share of sealing, {name} redacted", share, "% of CPU", MOST_SHARE),
    ]


def _measure_sizes(redactor: Redactor, keys: PublicKeys) -> list[Figure]:
    generator = random.Random(1)
    labelled = [sample.text for sample in make_corpus(1, 40)]
    generator.shuffle(labelled)
    corpora = {
        "4 kB with two values": [make_text(generator, TEXT_BYTES, True) for _ in range(200)],
        "labelled texts": labelled,
        "40 labelled texts in one": ["\n".join(labelled[at : at + 40]) for at in range(0, len(labelled), 40)],
    }
    return [figure for name, texts in corpora.items() for figure in _measure_corpus(redactor, keys, name, texts)]


def _measure_corpus(redactor: Redactor, keys: PublicKeys, name: str, texts: Sequence[str]) -> list[Figure]:
    pack = zstandard.ZstdCompressor(level=3).compress
    seals, over, over_values, whole = [], [], [], []
    for text in texts:
        redacted = redactor.redact(text, TENANT).text
        changes = find_changes(text, redacted)
        if not changes:
            continue
        originals = [Original("InputMessages", (), checksum_text(redacted), changes)]
        span = SpanOriginals(TENANT, "a" * 32, "b" * 16, "", originals)
        (seal,) = seal_spans([span], keys, datetime.now(UTC).date())
        values = "\n".join(change.original or "" for change in changes)
        seals.append(len(seal))
        over.append(len(seal) - 1.1 * len(pack(encode_originals(originals))))
        over_values.append(len(seal) - 1.1 * len(pack(values.encode())))
        whole.append(len(pack(text.encode())))
    return [
        Figure("sealing", f"{name}: a seal, mean of {len(seals)}", sum(seals) / len(seals), "bytes"),
        Figure("sealing", f"{name}: over 1.1 × packed originals, worst", max(over), "bytes", MOST_OVER),
        Figure("sealing", f"{name}: over 1.1 × packed values alone, worst", max(over_values), "bytes"),
        Figure("sealing", f"{name}: the whole text packed, mean", sum(whole) / len(whole), "bytes"),
    ]
