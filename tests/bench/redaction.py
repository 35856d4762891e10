"""Cases `redaction` and `redaction-quality`: speed beside plain Presidio in the same run, and what is found.

Speed is CPU time of one thread, best of three, every text new unless the line says otherwise. Plain Presidio is its
AnalyzerEngine with the same recognisers and thresholds, over whole texts; it gets fewer of them, since it is slow.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from redaction.policy_file import default_policy
from redaction.presidio import build_engine
from redaction.redactor import Redactor
from tests.bench.machine import Figure
from tests.bench.redaction_corpus import ENTITIES, Sample, make_corpus
from tests.bench.redaction_texts import make_history, make_prose, make_tool_json, plant

TENANT = "default"
KEY = bytes(range(32))
TEXTS = 400
BASELINE_TEXTS = 6
PER_ENTITY = 400
ROOT = Path(__file__).resolve().parents[2]
PLANTED = ("runvault/agents/customers.py", "runvault/agents/refund.py", "runvault/doctor.py")
"""Code that holds values as people have them: sample customers, and what `runvault doctor` sends on trial."""


def run_redaction() -> list[Figure]:
    """MB of text per CPU second, and how many times plain Presidio that is."""
    generator = random.Random(1)
    prose = [make_prose(generator) for _ in range(TEXTS)]
    tools = [make_tool_json(generator) for _ in range(TEXTS)]
    chats = [_compact(make_history(generator, 8)) for _ in range(TEXTS)]
    figures: list[Figure] = []
    for name, texts, goal in (
        ("clean prose", prose, 100.0),
        ("clean agent JSON", tools, None),
        ("clean chat", chats, None),
        ("agent JSON, one finding per kB", plant(tools, 3, 1000), 20.0),
        ("chat, one finding per kB", plant(chats, 4, 1000), 20.0),
        ("prose, six findings per kB", plant(prose, 5, 150), None),
    ):
        figures += _compare(name, texts, goal)
    figures.append(_figure("growing history, 40 turns", _measure_history(), None))
    figures.append(_figure("repeated 64 kB texts", _measure_repeated(prose), 1000.0))
    return figures


def run_quality() -> list[Figure]:
    """Recall, precision and F2 per entity on the project's corpus, and false findings per MB of clean agent text."""
    redactor = Redactor(default_policy(), KEY)
    planted: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for sample in make_corpus(2, PER_ENTITY):
        found, hidden = _judge(redactor, sample)
        planted.update(entity for entity, _ in sample.planted)
        gone.update(hidden)
        false[sample.planted[0][0]] += max(0, found - len(hidden))
    figures = [figure for entity in ENTITIES for figure in _rate(entity, planted, gone, false)]
    figures += _rate_all(gone, false)
    clean = list(make_clean())
    alarms = sum(sum(redactor.redact(text, TENANT).findings.values()) for text in clean)
    size = sum(map(len, clean)) / 1e6
    held = [(ROOT / name).read_text("utf-8") for name in PLANTED]
    found = sum(sum(redactor.redact(text, TENANT).findings.values()) for text in held)
    return [
        *figures,
        Figure("redaction-quality", "clean agent text looked at", size, "MB"),
        Figure("redaction-quality", "false findings on clean agent text", alarms / size, "per MB", 1.0),
        Figure(
            "redaction-quality",
            "findings with the code that holds values for trials",
            (alarms + found) / (size + sum(map(len, held)) / 1e6),
            "per MB",
        ),
    ]


def make_clean() -> list[str]:
    """Agent text without a value: prose, tool results, chats, this project's code and SQL, logs."""
    generator = random.Random(7)
    texts = [make_prose(generator) for _ in range(400)] + [make_tool_json(generator) for _ in range(400)]
    texts += [_compact(make_history(generator, 8)) for _ in range(200)]
    folders = ("schema", "collector", "api", "runvault")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    texts += [path.read_text("utf-8") for path in files if path.relative_to(ROOT).as_posix() not in PLANTED]
    texts += [path.read_text("utf-8") for path in sorted((ROOT / "schema").rglob("*.sql"))]
    return texts + [_make_log(generator) for _ in range(200)]


def _make_log(generator: random.Random) -> str:
    lines = []
    for _ in range(40):
        trace, span = f"{generator.getrandbits(128):032x}", f"{generator.getrandbits(64):016x}"
        day, minute, micros = generator.randint(1, 28), generator.randrange(60), generator.randrange(10**6)
        worker, minor, patch = generator.randrange(9), generator.randrange(30), generator.randrange(9)
        order, tokens, usd, line = (
            generator.randrange(10**9), generator.randrange(9999), generator.random(), generator.randrange(500),
        )  # fmt: skip
        lines.append(
            f"2026-03-{day:02d}T12:{minute:02d}:00.{micros:06d}Z INFO worker-{worker} v1.{minor}.{patch} "
            f"trace={trace} span={span} order=ORD-{order:09d} tokens={tokens} usd={usd:.6f} "
            f"path=/srv/agents/{span[:6]}/run.py:{line} model=claude-sonnet-4-5-20250929 sha={trace[:20]}{trace[:20]}"
        )
    return "\n".join(lines)


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def _make_redactor() -> Redactor:
    redactor = Redactor(default_policy(), KEY)
    redactor.redact("warm up: john.smith@example.com, 12 Main Street, +1 212-555-0123", TENANT)
    return redactor


def _count_findings(redactor: Redactor, text: str) -> int:
    return sum(redactor.redact(text, TENANT).findings.values())


def _compare(name: str, texts: Sequence[str], goal: float | None) -> list[Figure]:
    size = sum(map(len, texts)) / 1e6
    speeds = []
    findings = 0
    for _ in range(3):
        redactor = _make_redactor()
        spent, findings = _spend(partial(_count_findings, redactor), texts)
        speeds.append(size / spent)
    plain = _measure_plain(texts[:BASELINE_TEXTS])
    return [
        _figure(f"{name} ({findings / size / 1000:.2f} per kB)", max(speeds), goal),
        Figure("redaction", f"{name}: plain Presidio", plain, "MB/s"),
        Figure("redaction", f"{name}: times plain Presidio", max(speeds) / plain, "times"),
    ]


def _figure(name: str, value: float, least: float | None) -> Figure:
    return Figure("redaction", name, value, "MB/s" + (f" (goal ≥ {least:g})" if least else ""))


def _spend(work: Callable[[str], int], texts: Sequence[str]) -> tuple[float, int]:
    started = time.thread_time()
    found = sum(map(work, texts))
    return time.thread_time() - started, found


_engine = None


def _measure_plain(texts: Sequence[str]) -> float:
    global _engine
    if _engine is None:
        _engine = build_engine({name: entity.score for name, entity in default_policy().entities.items()})
        _engine.analyze("warm up", "en")
    engine = _engine
    spent, _ = _spend(lambda text: len(engine.analyze(text, "en")), texts)
    return sum(map(len, texts)) / 1e6 / spent


def _measure_history() -> float:
    """Each call sends everything said so far and two messages more; every tenth message holds a value."""
    generator = random.Random(11)
    history = make_history(generator, 80)
    for turn in range(0, 80, 10):
        history[turn]["content"] += " my mail is ana.silva@example.com"
    calls = [_compact(history[: 2 * turn]) for turn in range(1, 41)]
    redactor = _make_redactor()
    spent, _ = _spend(lambda text: len(redactor.redact(text, TENANT).text), calls)
    return sum(map(len, calls)) / 1e6 / spent


def _measure_repeated(prose: Sequence[str]) -> float:
    texts = ["\n".join(prose[start : start + 16]) for start in range(0, 160, 16)]
    redactor = _make_redactor()
    for text in texts:
        redactor.redact(text, TENANT)
    spent, _ = _spend(lambda text: redactor.redact(text, TENANT).failed, texts * 40)
    return 40 * sum(map(len, texts)) / 1e6 / spent


def _judge(redactor: Redactor, sample: Sample) -> tuple[int, list[str]]:
    """How many values were replaced, and the planted ones that are gone, in either spelling of JSON."""
    result = redactor.redact(sample.text, TENANT)
    hidden = [
        entity
        for entity, value in sample.planted
        if value not in result.text and json.dumps(value)[1:-1] not in result.text
    ]
    return sum(result.findings.values()), hidden


def _rate(entity: str, planted: Counter[str], gone: Counter[str], false: Counter[str]) -> list[Figure]:
    recall = gone[entity] / planted[entity]
    precision = gone[entity] / (gone[entity] + false[entity]) if gone[entity] else 0.0
    f2 = 5 * precision * recall / (4 * precision + recall) if recall else 0.0
    values = (("recall", recall), ("precision", precision), ("F2", f2))
    return [Figure("redaction-quality", f"{entity}: {name}", 100 * value, "%") for name, value in values]


def _rate_all(gone: Counter[str], false: Counter[str]) -> list[Figure]:
    total = sum(gone.values())
    return [Figure("redaction-quality", "all entities: precision", 100 * total / (total + sum(false.values())), "%")]
