"""`runvault doctor`: whether originals can be sealed today and in the coming days."""

from datetime import UTC, date, datetime, timedelta

from runvault.findings import Finding, fail_check, pass_check, warn_check
from runvault.settings import Settings
from schema.errors import ConfigError, KeyFileError
from vault.caller import DEFAULT_TENANT
from vault.key_file import key_file, read_keys
from vault.seal_keys import read_public_keys

NEAR = timedelta(days=3)
ADVICE = "make keys for the coming days where the opener is: runvault break-glass keygen"


def check_seals(settings: Settings) -> Finding:
    """Every tenant that may send has a public key for today, and for some days to come."""
    try:
        tenants = {key.tenant for key in read_keys(key_file(settings.data_dir)).values()} or {DEFAULT_TENANT}
        known = read_public_keys(settings.sealing_keys)
    except FileNotFoundError:
        return pass_check("seals", "not set up: what is redacted is dropped, not sealed")
    except (ConfigError, KeyFileError, OSError) as error:
        return fail_check("seals", str(error), ADVICE)
    today = datetime.now(UTC).date()
    ends = {tenant: _find_end(set(known.get(tenant, {})), today) for tenant in tenants}
    late = [tenant for tenant, end in ends.items() if end < today]
    if late:
        return fail_check("seals", f"no key for today, so nothing is sealed: {', '.join(sorted(late))}", ADVICE)
    first = min(ends.values())
    if first - today < NEAR:
        return warn_check("seals", f"keys end on {first}", ADVICE)
    return pass_check("seals", f"keys of {len(ends)} tenants, through {first} at least")


def _find_end(days: set[str], today: date) -> date:
    """The last day from today on without a gap; yesterday when today has none."""
    day = today
    while str(day) in days:
        day += timedelta(days=1)
    return day - timedelta(days=1)
