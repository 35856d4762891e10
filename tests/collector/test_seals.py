"""Which originals are sealed: those of the mode `redacted+sealed`, once there are keys; and where seals go."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector import metrics
from collector.collect import build_pipeline
from collector.decode import JSON
from collector.segment import read_segment
from runvault.build import build_collect_settings
from runvault.settings import load_settings
from tests.api.glass_house import MAIL, make_trace
from vault.opener_file import make_opener
from vault.seal_keys import write_public_keys

MODES = """
[retention.environments.canary]
mode = "redacted+sealed"
[retention.environments.production-eu]
mode = "redacted"
"""


def collect(folder: Path, environment: str, tenant: str = "acme", keys: bool = True) -> bytes:
    """The seal of a span of this environment as the journal has it, by the settings above."""
    (folder / "runvault.toml").write_text(MODES)
    settings = load_settings(folder / "runvault.toml", {"data_dir": folder / "data"}, {})
    if keys:
        opener = make_opener("p", 1 << 4)
        opener.add_days("acme", [datetime.now(UTC).date()])
        write_public_keys(settings.sealing_keys, opener.list_public())
    pipeline, journal = build_pipeline(build_collect_settings(settings))
    receipt = pipeline.accept(make_trace().replace(b'"production"', f'"{environment}"'.encode()), JSON, tenant)
    assert receipt.kept is not None
    receipt.kept.result(10)
    journal.close()
    (segment,) = (folder / "data" / "journal").glob("*.seg")
    assert MAIL.encode() not in segment.read_bytes()
    (row,) = read_segment(segment).batches[0].to_pylist()
    assert row["RedactionFindings"]
    return bytes(row["Sealed"])


@pytest.mark.parametrize(
    ("environment", "sealed"),
    [("production", True), ("", True), ("staging", False), ("canary", True), ("production-eu", False)],
)
def test_the_mode_decides(tmp_path: Path, environment: str, sealed: bool) -> None:
    assert bool(collect(tmp_path, environment)) is sealed


def test_nothing_is_sealed_or_counted_before_there_are_keys(tmp_path: Path) -> None:
    before = metrics.unsealed_spans._value.get()
    assert collect(tmp_path, "production", keys=False) == b""
    assert metrics.unsealed_spans._value.get() == before


def test_a_tenant_without_a_key_is_counted(tmp_path: Path) -> None:
    before = metrics.unsealed_spans._value.get()
    assert collect(tmp_path, "production", tenant="globex") == b""
    assert metrics.unsealed_spans._value.get() == before + 1
