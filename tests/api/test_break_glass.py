"""Sealed at collection, asked, approved by another, opened to the same bytes; everything else is refused and written
down (issue 6, acceptance 3)."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schema.erasure import count_rows, erase, find_target
from schema.store import Store
from tests.api.glass_house import CARD, COST, MAIL, PASSPHRASE, PHONE, SAID, TRACE, House, make_trace
from tests.collector.ingest import read_sample
from vault.break_glass import BreakGlassRules
from vault.caller import Role
from vault.opener_file import change_opener, make_opener, write_opener

pytestmark = pytest.mark.engine

SECRETS = (MAIL, PHONE, CARD)


@pytest.fixture
def house(store: Store, tenant: str, tmp_path: Path) -> House:
    made = House(store, tenant, tmp_path)
    made.collect(make_trace())
    return made


def refused(house: House, action: str, kind: str) -> bool:
    """Whether the last entry of the trail tells of this refusal."""
    _, done, _, detail = house.read_trail()[-1]
    return done == action and detail.startswith(f"refused: {kind}")


def test_opened_gives_the_exact_bytes(house: House) -> None:
    request = house.ask_approved()
    redacted = house.get("vera", f"/v1/runs/{TRACE}/replay").text
    assert not any(secret in redacted for secret in SECRETS)
    answer = house.open(request)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    (step,) = answer.json()["steps"]
    assert step["input_messages"] == [{"role": "user", "parts": [{"type": "text", "content": SAID}]}]
    assert step["attributes"]["note"] == f"told by {MAIL}"
    marks = {(mark["field"], mark["original"], mark["in_place"]) for mark in step["originals"]}
    assert marks == {("input_messages", secret, True) for secret in SECRETS} | {("attributes", MAIL, True)}
    assert all(mark["redacted"].startswith("<") for mark in step["originals"])
    assert [entry[1:] for entry in house.read_trail() if entry[1].startswith("break-glass")] == [
        ("break-glass.ask", TRACE, f"request {request}, ticket INC-1: refund went wrong"),
        ("break-glass.approve", request, f"run {TRACE}"),
        ("break-glass.open", request, f"run {TRACE}"),
    ]
    assert [news["event"] for news in house.news] == ["asked", "approved", "opened"]


def test_nothing_of_it_is_stored_in_the_clear(house: House) -> None:
    rows = house.store.query(
        "SELECT base64Encode(Sealed) AS Sealed FROM sealed_originals WHERE Tenant = {tenant:String}",
        {"tenant": house.tenant},
        tag="test",
    )
    assert len(rows) == 1
    assert not any(secret.encode() in base64.b64decode(rows[0]["Sealed"]) for secret in SECRETS)


@pytest.mark.parametrize(
    "text",
    [
        "plain é text for " + MAIL,
        f'{{"a": "{MAIL}", "n": 4111111111111111}}',
        f"{MAIL} {MAIL}\n{PHONE}\t<PERSON> ***",
        f'\\"quoted\\" {MAIL} \\u0040',
        f"data:image/png;base64,{base64.b64encode(bytes(range(256)) * 2).decode()} {MAIL}",
    ],
)
def test_whatever_was_said_comes_back(store: Store, tenant: str, tmp_path: Path, text: str) -> None:
    house = House(store, tenant, tmp_path)
    house.collect(make_trace(text))
    (step,) = house.open(house.ask_approved()).json()["steps"]
    assert step["input_messages"][0]["parts"][0]["content"] == text


def test_what_log_records_said_comes_back(store: Store, tenant: str, tmp_path: Path) -> None:
    """Records of one span stand side by side in one text, sealed each for itself."""
    house = House(store, tenant, tmp_path)
    body = read_sample("otel-genai-legacy", "logs")
    planted = body.replace(b"What is the weather", f"I am {MAIL}. What is the weather".encode())
    assert planted != body
    house.collect(planted, "logs")
    house.collect(read_sample("otel-genai-legacy"))
    (run,) = house.get("vera", "/v1/runs").json()["items"]
    assert MAIL not in house.get("vera", f"/v1/runs/{run['run_id']}/replay").text
    answer = house.open(house.ask_approved(run_id=run["run_id"])).json()
    told = [step for step in answer["steps"] if any(mark["original"] == MAIL for mark in step["originals"])]
    assert told
    assert all(f"I am {MAIL}. What is the weather" in str(step["input_messages"]) for step in told)


def test_nobody_approves_his_own(house: House) -> None:
    request = house.ask("both")
    answer = house.post("both", f"/{request}/approve")
    assert answer.status_code == 403
    assert "somebody else" in answer.json()["detail"]
    assert refused(house, "break-glass.approve", "NotAllowed")
    assert house.open(request, "both").status_code == 409
    assert refused(house, "break-glass.open", "NotNow")


def test_two_must_approve_where_the_settings_say_so(house: House) -> None:
    house.rules = BreakGlassRules(approvals=2)
    request = house.ask_approved()
    assert house.post("bob", f"/{request}/approve").status_code == 409
    assert house.open(request).json()["detail"] == "the request waits for approval: 1 of 2"
    assert house.post("cleo", f"/{request}/approve").json()["state"] == "approved"
    assert house.open(request).status_code == 200


def test_what_was_denied_stays_shut(house: House) -> None:
    request = house.ask()
    assert house.post("bob", f"/{request}/deny").json()["state"] == "denied"
    assert house.post("cleo", f"/{request}/approve").status_code == 409
    assert house.open(request).json()["detail"] == "the request was denied"


def test_only_who_asked_opens(house: House) -> None:
    request = house.ask_approved()
    assert house.open(request, "both").status_code == 403
    assert refused(house, "break-glass.open", "NotAllowed: only who asked")
    assert house.open(request, "bob").status_code == 403  # lacks the role
    assert house.open(request, "vera").status_code == 403


def test_an_expired_window_is_shut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = house.ask_approved(minutes=5)
    before = datetime.now(UTC)
    monkeypatch.setattr("api.glass_events.time.time_ns", lambda: int(before.timestamp() + 4 * 60) * 10**9)
    assert house.open(request).status_code == 200
    monkeypatch.setattr("api.glass_events.time.time_ns", lambda: int(before.timestamp() + 6 * 60) * 10**9)
    answer = house.open(request)
    assert (answer.status_code, answer.json()["title"]) == (409, "Not now")
    assert "the window is over since" in answer.json()["detail"]
    assert refused(house, "break-glass.open", "NotNow: the window is over")
    assert house.get("ada", f"/v1/break-glass/{request}").json()["state"] == "over"


def test_a_window_has_a_longest_length(house: House) -> None:
    answer = house.post("ada", "", {"run_id": TRACE, "reason": "r", "ticket": "t", "minutes": 481})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "minutes")


def test_a_wrong_passphrase_opens_nothing(house: House) -> None:
    request = house.ask_approved()
    answer = house.open(request, passphrase="correct mule")
    assert (answer.status_code, "passphrase" in answer.json()["detail"]) == (403, True)
    assert refused(house, "break-glass.open", "WrongPassphrase")
    assert house.post("ada", f"/{request}/open").status_code == 403  # the service has none either
    assert not any("mule" in str(entry) for entry in house.read_trail())


def test_another_openers_key_opens_nothing(house: House) -> None:
    stranger = make_opener(PASSPHRASE, COST)
    stranger.add_days(house.tenant, [datetime.now(UTC).date()])
    write_opener(house.folder / "stranger.json", stranger)
    answer = house.open(house.ask_approved(), opener=house.folder / "stranger.json")
    assert (answer.status_code, "another key" in answer.json()["detail"]) == (409, True)
    assert refused(house, "break-glass.open", "SealBroken")


@pytest.mark.parametrize("how", ["flip", "cut", "swap"])
def test_a_seal_that_was_touched_is_refused(house: House, how: str) -> None:
    """In the store itself: a byte flipped, the end cut, another span's seal put in its place."""
    house.collect(make_trace(spans=2))
    seal = {
        "flip": "concat(substring(Sealed, 1, length(Sealed) - 1),"
        " char(bitXor(reinterpretAsUInt8(substring(Sealed, -1)), 1)))",
        "cut": "substring(Sealed, 1, length(Sealed) - 1)",
        "swap": "(SELECT Sealed FROM sealed_originals FINAL WHERE Tenant = {tenant:String} AND SpanId LIKE '%2')",
    }[how]  # fmt: skip
    house.store.command(
        f"INSERT INTO sealed_originals SELECT * REPLACE ({seal} AS Sealed) FROM sealed_originals FINAL"
        " WHERE Tenant = {tenant:String} AND SpanId LIKE '%1'",
        {"tenant": house.tenant},
    )
    answer = house.open(house.ask_approved())
    assert answer.status_code == 200  # the other span opens
    first, second = answer.json()["steps"]
    assert first["originals_error"] == "the seal was altered or belongs to another span"
    assert MAIL not in str(first)
    assert MAIL in str(second)
    assert refused(house, "break-glass.open", "SealBroken")
    assert house.read_trail()[-1][2] == f"{TRACE}/{1:016x}"


def test_a_shredded_day_stays_shut(house: House) -> None:
    request = house.ask_approved()
    with change_opener(house.folder / "opener.json") as opener:
        opener.shred_day(house.tenant, datetime.now(UTC).date())
    answer = house.open(request)
    assert (answer.status_code, "shredded" in answer.json()["detail"]) == (410, True)
    assert refused(house, "break-glass.open", "SealKeyShredded")


def test_openings_are_rate_limited_by_key(house: House) -> None:
    house.rules = BreakGlassRules(openings_per_hour=2)
    first, second = house.ask_approved(), house.ask_approved()
    assert [house.open(request).status_code for request in (first, second)] == [200, 200]
    answer = house.open(first)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert refused(house, "break-glass.open", "TooOften")


def test_an_approval_written_into_the_store_by_hand_does_not_count(house: House) -> None:
    request = house.ask()
    house.store.command(
        "INSERT INTO break_glass_events SELECT * REPLACE ('forged' AS EventId, 'approved' AS Kind, 'bob' AS KeyId)"
        " FROM break_glass_events WHERE RequestId = {request:String}",
        {"request": request},
    )
    answer = house.open(request)
    assert (answer.status_code, "altered" in answer.json()["detail"]) == (409, True)
    assert house.get("ada", "/v1/break-glass").json()["items"] == []


def test_other_tenants_and_environments_see_nothing(house: House) -> None:
    request = house.ask_approved()
    house.make_person("mallory", {Role.RESPONDER, Role.APPROVER}, tenant="other")
    house.make_person("tess", {Role.RESPONDER, Role.APPROVER}, environment="staging")
    for who in ("mallory", "tess"):
        assert house.get(who, "/v1/break-glass").json()["items"] == []
        assert house.get(who, f"/v1/break-glass/{request}").status_code == 404
        assert house.post(who, f"/{request}/approve").status_code == 404
        assert house.open(request, who).status_code == 404
        assert house.post(who, "", {"run_id": TRACE, "reason": "r", "ticket": "t"}).status_code == 404


def test_without_the_openers_file_nothing_opens(house: House) -> None:
    (house.folder / "opener.json").unlink()
    assert house.open(house.ask_approved()).status_code == 409


def test_without_keys_there_is_no_break_glass(store: Store, tenant: str, tmp_path: Path) -> None:
    house = House(store, tenant, tmp_path)
    (tmp_path / "api-keys.json").unlink()
    answer = house.client().get("/v1/break-glass")
    assert (answer.status_code, "runvault keys create" in answer.json()["detail"]) == (403, True)


def test_the_list_is_newest_first_in_pages(house: House) -> None:
    ids = [house.ask() for _ in range(3)]
    house.post("bob", f"/{ids[0]}/deny")
    page = house.get("bob", "/v1/break-glass?limit=2").json()
    assert [item["id"] for item in page["items"]] == [ids[2], ids[1]]
    rest = house.get("bob", f"/v1/break-glass?limit=2&cursor={page['next_cursor']}").json()
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([ids[0]], None)
    assert [item["id"] for item in house.get("bob", "/v1/break-glass?state=denied").json()["items"]] == [ids[0]]


def test_what_people_write_is_redacted(house: House) -> None:
    request = house.ask(reason=f"asked by {MAIL}")
    answer = house.get("bob", f"/v1/break-glass/{request}").json()
    assert MAIL not in answer["reason"]
    assert not any(MAIL in str(entry) for entry in house.read_trail())


def test_a_run_without_originals_says_so(store: Store, tenant: str, tmp_path: Path) -> None:
    house = House(store, tenant, tmp_path)
    (tmp_path / "sealing.json").unlink()
    house.collect(make_trace())
    answer = house.open(house.ask_approved())
    assert (answer.status_code, answer.json()["detail"]) == (404, "no sealed originals of this run are held")
    assert refused(house, "break-glass.open", "NothingSealedError")


def test_erasing_a_run_erases_its_seals(store: Store, tenant: str, tmp_path: Path) -> None:
    """Of spans and of log records."""
    house = House(store, tenant, tmp_path)
    house.collect(make_trace())
    body = read_sample("otel-genai-legacy", "logs")
    house.collect(body.replace(b"What is the weather", f"I am {MAIL}. What is the weather".encode()), "logs")
    house.collect(read_sample("otel-genai-legacy"))
    count = "SELECT count() AS seals FROM sealed_originals WHERE Tenant = {tenant:String}"
    assert store.query(count, {"tenant": tenant}, tag="test")[0]["seals"] > 1
    for run in house.get("vera", "/v1/runs").json()["items"]:
        target = find_target(store, tenant, "", run["run_id"], "")
        assert count_rows(store, target)["sealed_originals"] > 0
        erase(store, target)
    assert store.query(count, {"tenant": tenant}, tag="test")[0]["seals"] == 0
