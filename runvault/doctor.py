"""`runvault doctor`: every check, in the order in which a start needs them. Makes no file that is not there."""

import contextlib
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version

from redaction.redactor import Redactor
from redaction.tokens import KEY_BYTES
from runvault.build import build_policy
from runvault.doctor_data import check_api_keys, check_directory, check_journal, check_key, check_store, hold_lock
from runvault.doctor_ports import check_ports, check_service, look_for_service
from runvault.doctor_seals import check_seals
from runvault.findings import Finding, fail_check, pass_check, warn_check
from runvault.settings import Settings

LEAST_PYTHON = (3, 11)
# each must be gone after redaction: an address, a card number that passes its checksum, a key of AWS's form
_PLANTED = {
    "e-mail address": "jane.planted@example.com",
    "card number": "4111 1111 1111 1111",
    "access key": "AKIAQ3EGPLANTED4TEST",
}


def examine(settings: Settings, url: str | None) -> list[Finding]:
    """All findings. `url` is the API of a running service that must be well; without it the settings' own port is
    asked when somebody holds the data directory."""
    found = [check_python(), check_packages(), check_directory(settings.data_dir), check_key(settings.data_dir)]
    found.append(check_api_keys(settings.data_dir))
    with contextlib.ExitStack() as stack:
        holder = stack.enter_context(hold_lock(settings.data_dir))
        found += [check_journal(settings, holder), check_store(settings, holder)]
    found += check_ports(settings)
    if url:
        found.append(check_service(url))
    elif holder and settings["api_port"]:
        found.append(look_for_service(settings["host"], settings["api_port"]))
    return [*found, check_seals(settings), check_redaction(settings)]


def check_python() -> Finding:
    """The version of Python."""
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < LEAST_PYTHON:
        return fail_check("python", here, "use Python 3.11 or later")
    return pass_check("python", here)


def check_packages() -> Finding:
    """Every package that Runvault depends on is installed. Which versions fit is the installer's business."""
    needed = [line for line in requires("runvault") or [] if "extra ==" not in line]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return fail_check("packages", f"missing: {', '.join(missing)}", "install Runvault again: pip install runvault")
    return pass_check("packages", f"{len(names)} of {len(names)}; engine chdb-core {version('chdb-core')}")


def check_redaction(settings: Settings) -> Finding:
    """What the policy must take out is taken out of a planted text."""
    redactor = Redactor(build_policy(settings), bytes(KEY_BYTES), seals=True)
    text = ". ".join(f"my {name} is {value}" for name, value in _PLANTED.items())
    after = redactor.redact(text, "doctor")
    left = [name for name, value in _PLANTED.items() if value in after.text]
    if after.failed:
        return fail_check(
            "redaction", f"{after.failed} detectors failed", "values are withheld; install Runvault again"
        )
    if left and settings.redaction:
        return warn_check("redaction", f"your policy lets through: {', '.join(left)}", "is [redaction] meant so?")
    if left:
        return fail_check("redaction", f"not taken out: {', '.join(left)}", "do not send personal data; report this")
    return pass_check("redaction", f"took out a planted {', '.join(_PLANTED)}")


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
