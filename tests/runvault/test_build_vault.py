"""From settings to keys and audit trail."""

from pathlib import Path
from typing import cast

import pytest

from runvault.build_vault import build_keeper, build_trail
from runvault.check_host import check_host
from runvault.settings import load_settings
from schema.errors import ConfigError
from schema.store import Store


def test_entries_may_expire_as_the_settings_say(tmp_path: Path) -> None:
    file = tmp_path / "runvault.toml"
    for said, days in (("", 730), ("[retention]\naudit = 365\n", 365)):
        file.write_text(said)
        settings = load_settings(file, {"data_dir": tmp_path}, {})
        keeper = build_keeper(settings, build_trail(settings), cast(Store, None))
        assert keeper._settings.keep_days == days


def test_heads_and_their_key_may_be_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "runvault.toml"
    file.write_text(f'[audit]\nheads_dir = "{tmp_path}/far"\nsigning_key = "{tmp_path}/safe/key"\n')
    settings = load_settings(file, {"data_dir": tmp_path / "data"}, {})
    keeper = build_keeper(settings, build_trail(settings), cast(Store, None))
    assert keeper._settings.heads_directory == tmp_path / "far"
    assert keeper._settings.key_file == tmp_path / "safe" / "key"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_no_key(tmp_path: Path, host: str) -> None:
    check_host(load_settings(None, {"data_dir": tmp_path, "host": host}, {}))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1"])
def test_another_address_does(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="needs a key first"):
        check_host(load_settings(None, {"data_dir": tmp_path, "host": host}, {}))
