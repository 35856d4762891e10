"""Break-glass on the real service, by the command line; a shredded day on a backup made before; what a collector's
files are worth to a thief (issue 6, acceptance 3 and 4)."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collector.segment import read_segment
from runvault.service import Service, start_service
from tests.api.glass_house import CARD, MAIL, PHONE, SAID, TRACE, make_trace
from tests.days import stay_in_one_day, today
from vault.chain_file import ChainReader
from vault.entry import Entry
from vault.opener_file import read_opener
from vault.seal import HEAD, SUITE, describe_place, wrap_info

pytestmark = pytest.mark.service

PASSPHRASE = "correct horse battery"
SECRETS = (MAIL, PHONE, CARD)


def call(*words: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """`runvault …`."""
    return subprocess.run(
        [sys.executable, "-m", "runvault", *words], capture_output=True, text=True, timeout=120,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip


def make_key(data_dir: Path, *roles: str) -> str:
    """A key's text."""
    options = [word for role in roles for word in ("--role", role)]
    return call("keys", "create", "--data-dir", str(data_dir), *options).stdout.strip()


class Desk:
    """A data directory, an opener's key file elsewhere, and keys for three."""

    def __init__(self, folder: Path) -> None:
        self.data, self.opener = folder / "data", folder / "opener" / "opener.json"
        self.opener.parent.mkdir()
        self.agent, self.ada, self.bob = (make_key(self.data, role) for role in ("ingest", "responder", "approver"))
        made = self.keys("keygen", "--days", "2")
        assert made.returncode == 0, made.stderr

    def keys(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command on the key file."""
        options = ("--data-dir", str(self.data), "--file", str(self.opener))
        return call(
            "break-glass", words[0], *options, *words[1:], environment={"RUNVAULT_OPENER_PASSPHRASE": PASSPHRASE}
        )

    def read_trail(self) -> list[Entry]:
        """The audit trail, oldest first."""
        return ChainReader(self.data / "audit").read_after(0, 10**6)

    def start(self) -> Service:
        """The service, which has the key file and not the passphrase."""
        return start_service(self.data, {"RUNVAULT_OPENER_FILE": str(self.opener)})

    def send(self, service: Service, http: httpx.Client) -> None:
        """A trace, and wait until it can be asked for. It is sealed for `day`."""
        stay_in_one_day(20)
        self.day = today()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.agent}"}
        assert http.post(f"{service.otlp_http}/v1/traces", content=make_trace(), headers=headers).status_code == 200
        for _ in range(100):
            if self.ask(service, self.ada, "request", TRACE, "--reason", "x", "--ticket", "T").returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("the run does not come")

    def ask(
        self, service: Service, key: str, *words: str, passphrase: str = PASSPHRASE
    ) -> "subprocess.CompletedProcess[str]":
        """A command to the API."""
        environment = {"RUNVAULT_API_KEY": key, "RUNVAULT_OPENER_PASSPHRASE": passphrase, "COLUMNS": "120"}
        return call("break-glass", words[0], "--url", service.api, *words[1:], environment=environment)

    def ask_approved(self, service: Service) -> str:
        """A request that bob approved."""
        words = ("request", TRACE, "--reason", "refund went wrong", "--ticket", "INC-7", "--json")
        request = str(json.loads(self.ask(service, self.ada, *words).stdout)["id"])
        assert self.ask(service, self.bob, "approve", request).returncode == 0
        return request


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def service(desk: Desk) -> Iterator[Service]:
    started = desk.start()
    with httpx.Client(trust_env=False, timeout=30) as http:
        desk.send(started, http)
    yield started
    if started.process.poll() is None:
        assert started.stop() == 0


def test_the_command_line_opens_and_marks(desk: Desk, service: Service) -> None:
    request = desk.ask_approved(service)
    shown = desk.ask(service, desk.ada, "open", request)
    assert shown.returncode == 0, shown.stderr
    assert f"⟦{MAIL}⟧" in shown.stdout
    whole = json.loads(desk.ask(service, desk.ada, "open", request, "--json").stdout)
    assert whole["steps"][0]["input_messages"][0]["parts"][0]["content"] == SAID
    for key, words in ((desk.bob, ("open", request)), (desk.ada, ("approve", request))):
        refused = desk.ask(service, key, *words)
        assert (refused.returncode, MAIL in refused.stdout) == (1, False)
    wrong = desk.ask(service, desk.ada, "open", request, passphrase="wrong")
    assert (wrong.returncode, "passphrase" in wrong.stderr) == (1, True)
    assert request in desk.ask(service, desk.bob, "list").stdout


def find_originals(folder: Path, is_running: bool) -> list[tuple[str, str]]:
    """Files and the originals in them. Under a running service files go while they are looked for: merged parts,
    loaded segments. What is gone holds nothing; under a stopped one nothing may go."""
    found = []
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            if not is_running:
                raise
            continue
        found += [(str(path), secret) for secret in SECRETS if secret.encode() in content]
    return found


def test_no_log_and_no_file_holds_an_original(desk: Desk, service: Service) -> None:
    assert service.log_file.exists()
    assert find_originals(desk.data, is_running=True) == []


def test_collectors_do_not_know_of_the_opener(desk: Desk, service: Service) -> None:
    """Nor does what the opener is told by environment reach them."""
    assert b"RUNVAULT_OPENER_FILE" in Path(f"/proc/{service.process.pid}/environ").read_bytes()
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    assert children
    for child in children:
        assert b"RUNVAULT_OPENER" not in Path(f"/proc/{child}/environ").read_bytes()


def test_what_a_collector_can_read_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    """A collector alone: its settings, keys, cache and journal. Each 32 bytes in them are tried as the private key of
    the day, and as the data key."""
    data = tmp_path / "collector"
    (data / "keys").mkdir(parents=True, mode=0o700)
    for name in ("sealing.json", "api-keys.json"):
        shutil.copy(desk.data / "keys" / name, data / "keys" / name)
    process = subprocess.Popen(
        [sys.executable, "-m", "runvault", "collect", "--data-dir", str(data), "--otlp-http-port", "0",
         "--otlp-grpc-port", "0", "--with-parent"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    port = dict(word.split("=") for word in process.stdout.readline().split()[1:])["otlp-http"]
    headers = {"content-type": "application/json", "authorization": f"Bearer {desk.agent}"}
    with httpx.Client(trust_env=False) as http:
        url = f"http://127.0.0.1:{port}/v1/traces"
        assert http.post(url, content=make_trace(), headers=headers).status_code == 200
    process.stdin.close()
    assert process.wait(60) == 0
    process.stdout.close()

    (segment,) = (data / "journal").glob("*.seg")
    (row,) = read_segment(segment).batches[0].to_pylist()
    seal = row["Sealed"]
    place = describe_place("default", row["TraceId"], row["SpanId"], row["RecordId"])
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"sealing.json", "redaction.key", segment.name}
    candidates = {found for path in files for found in find_candidates(path.read_bytes())}
    assert len(candidates) > 1000
    assert not [key for key in candidates if opens(seal, place, key, desk.day)]

    # the same attempt with the right key succeeds: the test can fail
    private = find_private_key(desk)
    assert opens(seal, place, private, desk.day)


def find_candidates(content: bytes) -> Iterator[bytes]:
    """Every 32 bytes of a small file, and of the ends of a large one (the compiled patterns); and what is base64."""
    parts = [content] if len(content) <= 20_000 else [content[:4000], content[-4000:]]
    for part in parts:
        yield from (part[at : at + 32] for at in range(len(part) - 31))
    for word in content.split(b'"'):
        if len(word) in (43, 44):
            try:
                decoded = base64.b64decode(word + b"=" * (44 - len(word)), validate=True)
            except ValueError:
                continue
            yield decoded


def opens(seal: bytes, place: bytes, key: bytes, day: date) -> bool:
    """Whether these 32 bytes open the seal, as the private key of the day or as the data key."""
    head, box = seal[: HEAD.size], seal[HEAD.size :]
    _, _, _, wrapped, nonce = HEAD.unpack(head)
    data_keys = [key]
    with contextlib.suppress(InvalidTag, ValueError):
        data_keys.append(SUITE.decrypt(wrapped, X25519PrivateKey.from_private_bytes(key), wrap_info("default", day)))
    for data_key in data_keys:
        try:
            AESGCM(data_key).decrypt(nonce, box, head + place)
        except InvalidTag:
            continue
        return True
    return False


def find_private_key(desk: Desk) -> bytes:
    """The private key of the day, as who has the key file and its passphrase gets it."""
    return read_opener(desk.opener).unlock(PASSPHRASE).find_key("default", desk.day).private_bytes_raw()


def test_a_shredded_day_is_gone_on_a_backup_made_before(desk: Desk, service: Service, tmp_path: Path) -> None:
    """The last test of the desk: the day is shredded, then the data directory of before is put back."""
    request = desk.ask_approved(service)
    assert desk.ask(service, desk.ada, "open", request).returncode == 0
    assert service.stop() == 0
    assert find_originals(desk.data, is_running=False) == []
    backup = tmp_path / "backup"
    shutil.copytree(desk.data, backup, symlinks=True)
    shredded = desk.keys("shred", "--tenant", "default", "--day", str(desk.day), "--yes", "--reason", "asked to forget")
    assert shredded.returncode == 0, shredded.stderr
    assert str(desk.day) not in (desk.data / "keys" / "sealing.json").read_text()
    (entry,) = [entry for entry in desk.read_trail() if entry.action == "break-glass.shred"]
    assert (entry.object, entry.reason, entry.detail) == ("default", "asked to forget", str(desk.day))
    for restored in (False, True):
        if restored:
            shutil.rmtree(desk.data)
            backup.rename(desk.data)
        again = desk.start()
        try:
            refused = desk.ask(again, desk.ada, "open", request)
            assert (refused.returncode, "shredded" in refused.stderr) == (1, True)
        finally:
            assert again.stop() == 0
        last = desk.read_trail()[-1]
        assert (last.action, last.detail.startswith("refused: SealKeyShredded")) == ("break-glass.open", True)
