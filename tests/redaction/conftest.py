"""One redactor for the whole room: building it compiles the prefilter."""

import pytest

from redaction.policy_file import default_policy
from redaction.redactor import Redactor

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor(default_policy(), KEY)
