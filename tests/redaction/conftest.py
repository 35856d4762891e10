"""One redactor for the whole room, and compiled prefilters for the others: compiling takes two seconds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from redaction.policy import Policy
from redaction.policy_file import default_policy
from redaction.redactor import Redactor

KEY = bytes(range(32))
_folder = TemporaryDirectory(prefix="runvault-prefilters-")
COMPILED = Path(_folder.name)
"""Databases that one test has compiled are there for the next."""


def build_redactor(policy: Policy) -> Redactor:
    """A redactor of its own."""
    return Redactor(policy, KEY, COMPILED)


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return build_redactor(default_policy())
