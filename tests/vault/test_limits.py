"""Limits: the mean holds whatever the batches, over threads and processes; the quota is a day's."""

import subprocess
import sys
from pathlib import Path

import pytest

from schema.errors import KeyFileError, QuotaUsedUp, RateLimited
from vault.keys import Key
from vault.limits import MOST_DEBT_NS, NANOS_PER_DAY, Limits

SECOND = 10**9
DAY = 20_000 * NANOS_PER_DAY


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = DAY

    def __call__(self) -> int:
        return self.now


def make_key(spans: int = 0, size: int = 0) -> Key:
    """A key with limits."""
    return Key("k", "", "t", "", frozenset(), spans_per_second=spans, bytes_per_day=size)


def test_a_large_batch_gets_in_and_is_paid_for(tmp_path: Path) -> None:
    clock, key = Clock(), make_key(spans=100)
    limits = Limits(tmp_path, clock)
    limits.check(key)
    limits.charge(key, 500, 1)  # 5 seconds' worth
    with pytest.raises(RateLimited) as refused:
        limits.check(key)
    assert refused.value.retry_after_s == 4  # paid for in 5 s, a second's worth may be open
    clock.now += 4 * SECOND - 1
    with pytest.raises(RateLimited):
        limits.check(key)
    clock.now += 1
    limits.check(key)


@pytest.mark.parametrize("batch", [1, 7, 100, 350])
def test_the_mean_never_exceeds_the_limit(tmp_path: Path, batch: int) -> None:
    clock, key = Clock(), make_key(spans=100)
    limits = Limits(tmp_path, clock)
    sent = 0
    for _ in range(60 * 100):
        try:
            limits.check(key)
        except RateLimited:
            pass
        else:
            limits.charge(key, batch, 1)
            sent += batch
        clock.now += SECOND // 100
    assert 60 * 100 <= sent <= 61 * 100 + batch


def test_the_quota_is_that_of_a_day(tmp_path: Path) -> None:
    clock, key = Clock(), make_key(size=1000)
    limits = Limits(tmp_path, clock)
    limits.charge(key, 1, 999)
    limits.check(key)
    limits.charge(key, 1, 1)
    with pytest.raises(QuotaUsedUp, match="1000 bytes of this day"):
        limits.check(key)
    clock.now += NANOS_PER_DAY - 1
    with pytest.raises(QuotaUsedUp):
        limits.check(key)
    clock.now += 1
    limits.check(key)


def test_what_was_used_survives_the_process(tmp_path: Path) -> None:
    clock, key = Clock(), make_key(spans=1, size=1000)
    Limits(tmp_path, clock).charge(key, 30, 1000)
    with pytest.raises(QuotaUsedUp):
        Limits(tmp_path, clock).check(key)


def test_a_clock_set_back_keeps_a_key_out_for_an_hour_at_most(tmp_path: Path) -> None:
    clock, key = Clock(), make_key(spans=10)
    limits = Limits(tmp_path, clock)
    limits.charge(key, 100, 1)
    clock.now -= 100 * 3600 * SECOND
    with pytest.raises(RateLimited) as refused:
        limits.check(key)
    assert refused.value.retry_after_s <= MOST_DEBT_NS // SECOND
    limits.charge(key, 10, 1)
    clock.now += MOST_DEBT_NS + SECOND
    limits.check(key)


def test_a_key_without_limits_has_no_file(tmp_path: Path) -> None:
    limits = Limits(tmp_path / "limits")
    limits.charge(make_key(), 10**9, 10**12)
    limits.check(make_key())
    assert not (tmp_path / "limits").exists()


def test_processes_count_in_one_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from vault.keys import Key; from vault.limits import Limits;"
        "key = Key('k', '', 't', '', frozenset(), bytes_per_day=10**9); limits = Limits(Path(sys.argv[1]), lambda: 5);"
        "[limits.charge(key, 1, 7) for _ in range(2000)]"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    exactly = make_key(size=3 * 2000 * 7)
    with pytest.raises(QuotaUsedUp):
        Limits(tmp_path, lambda: 5).check(exactly)
    Limits(tmp_path, lambda: 5).check(make_key(size=3 * 2000 * 7 + 1))


def test_what_cannot_be_counted_is_not_let_in(tmp_path: Path) -> None:
    (tmp_path / "limits").write_text("in the way")
    with pytest.raises(KeyFileError):
        Limits(tmp_path / "limits").check(make_key(spans=1))
