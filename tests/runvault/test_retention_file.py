"""`[retention]` of the settings: what is said, and what is refused with the name of its place."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from runvault.build_retention import check_retention, open_engine
from runvault.retention_file import RAW, build_retention
from runvault.settings import load_settings
from schema.classes import DataClass
from schema.errors import ConfigError
from schema.lifetimes import ANY, Mode, RetentionPolicy, Rule


def read(tmp_path: Path, text: str, environment: Mapping[str, str] | None = None) -> RetentionPolicy:
    file = tmp_path / "runvault.toml"
    file.write_text(text)
    settings = load_settings(file, environment=environment or {})
    check_retention(settings)
    return build_retention(settings)


def test_the_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    policy = read(tmp_path, "")
    days = {str(name): policy.days("t", "e", name) for name in DataClass}
    assert days == {"originals": 7, "payloads": 30, "steps": 180, "runs": 400, "audit": 730}
    assert policy.lane("t", "production") == "*/*"


def test_tables_become_rules(tmp_path: Path) -> None:
    text = """
    [retention]
    payloads = 20
    [retention.environments.staging]
    mode = "full"
    steps = 9
    [retention.tenants.acme]
    runs = 500
    [retention.tenants.acme.environments.production]
    mode = "metadata"
    """
    policy = read(tmp_path, text, {"RUNVAULT_RETENTION_ORIGINALS": "3"})
    base = {"originals": 3, "payloads": 20, "steps": 180, "runs": 400, "audit": 730}
    assert policy.rules == {
        (ANY, ANY): Rule(None, {DataClass(name): days for name, days in base.items()}),
        (ANY, "staging"): Rule(Mode.FULL, {DataClass.STEPS: 9}),
        ("acme", ANY): Rule(None, {DataClass.RUNS: 500}),
        ("acme", "production"): Rule(Mode.METADATA, {}),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[retention]\npayloads = 0", "runvault.toml: retention.payloads: must be at least 1"),
        ("[retention]\nlogs = 3", "runvault.toml: retention.logs: no such setting"),
        ("retention = 3", "runvault.toml: retention: no such setting"),
        ("[retention]\nmode = 'open'", "retention.mode: expected one of full, redacted, redacted+sealed, metadata"),
        ("[retention.environments.dev]\nmode = 1", "runvault.toml: retention.environments.dev.mode: expected one of"),
        ("[retention.environments.dev]\nsteps = '9'", "retention.environments.dev.steps: expected whole days"),
        ("[retention.environments.dev]\nsteps = true", "retention.environments.dev.steps: expected whole days"),
        ("[retention.environments.dev]\ncolour = 9", "retention.environments.dev.colour: no such key, known are mode"),
        ("[retention.environments]\ndev = 9", "retention.environments.dev: expected a table"),
        ("[retention]\ntenants = 9", "retention.tenants: expected tables by name"),
        ("[retention.tenants.'*']\nsteps = 9", "retention.tenants.*: expected a name"),
        ("[retention.tenants.a.environments.dev]\nx = 9", "retention.tenants.a.environments.dev.x: no such key"),
        ("[retention]\nmode = 'full'", "retention.mode: full keeps personal data in the clear"),
        ("[retention.environments.production]\nmode = 'full'", "retention.environments.production.mode: full keeps"),
        ("[retention.environments.Prod-EU]\nmode = 'full'", "retention.environments.Prod-EU.mode: full keeps"),
        ("[retention.tenants.a]\nmode = 'full'", "retention.tenants.a.mode: full keeps personal data"),
        ("[retention]\ncold_after_days = 3", "retention.cold_after_days: needs retention.cold_dir"),
        ("[retention]\ncold_policy = 's3'", "retention.cold_policy: is for a ClickHouse server"),
        ("[retention]\ncold_dir = '/x'\n[store]\nurl = 'http://h'", "retention.cold_dir: is for the embedded store"),
        ("[retention]\ncold_policy = 'a b'\n[store]\nurl = 'http://h'", "retention.cold_policy: expected letters"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, text)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, "[retention.environments.dev]\nsteps = 0\nx = 1")
    assert len(str(raised.value).splitlines()) == 2


def test_full_in_production_needs_an_alarming_word(tmp_path: Path) -> None:
    policy = read(tmp_path, f"[retention]\nmode = 'full'\n{RAW.partition('.')[2]} = true")
    assert policy.mode("t", "production") is Mode.FULL


@pytest.mark.parametrize("environment", ["staging", "development"])
def test_full_is_for_a_named_environment(tmp_path: Path, environment: str) -> None:
    policy = read(tmp_path, f"[retention.environments.{environment}]\nmode = 'full'")
    assert policy.mode("t", environment) is Mode.FULL
    assert policy.mode("t", "production") is Mode.SEALED


def test_the_cold_directory_stays_known_when_its_setting_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path | None] = []
    monkeypatch.setattr("schema.store.Store.open", lambda *_a, engine_config=None, **_n: opened.append(engine_config))
    named = {"data_dir": str(tmp_path / "data")}
    open_engine(load_settings(Path("/dev/null"), named, {}))
    open_engine(load_settings(Path("/dev/null"), {**named, "retention.cold_dir": str(tmp_path / "cold")}, {}))
    open_engine(load_settings(Path("/dev/null"), named, {}))
    file = tmp_path / "data" / "engine.xml"
    assert opened == [None, file, file]
    assert (tmp_path / "cold").is_dir()
