#!/usr/bin/env python3
"""Copied unchanged from the founders' research (shared/bench/otlp_load.py), so that the project stands alone.

otlp_load.py - deterministic OTLP trace load of AI-agent runs, with planted PII.

What it does
  1. Builds realistic agent runs (one trace = one run of 8-20 spans: agent root,
     model calls, tool calls, retrievals, a validator, sometimes a human approval)
     and encodes them as OTLP ExportTraceServiceRequest batches. Everything depends
     only on --seed and the shape options, so the same options give the same bytes.
  2. Encodes all batches before the clock starts, then sends them over OTLP/HTTP
     (protobuf, optionally gzip) or OTLP/gRPC with --concurrency workers.
  3. Prints one JSON line: accepted spans/s and MB/s, request latency, errors by
     status, and, with --server-pid, the server's CPU seconds per 1,000 spans and
     its memory. With --verify it also waits until every accepted span is queryable
     and reports the rate up to that moment, which is the honest one for servers
     that acknowledge before they store.

Examples
  # only build the load: replayable dump plus the list of planted PII values
  otlp_load.py --spans 5000 --dump load.bin --truth truth.json

  # send it over HTTP, follow the server's CPU and memory, wait until it is queryable
  otlp_load.py --endpoint http://127.0.0.1:4318/v1/traces --spans 5000 \
      --concurrency 4 --server-pid 1234 --verify 'http://127.0.0.1:8080/span_count'

  # replay a dump over gRPC
  otlp_load.py --replay load.bin --endpoint 127.0.0.1:4317 --protocol grpc

  # does an acknowledged span survive kill -9?  (then look for the ids in acked.txt)
  otlp_load.py --endpoint ... --spans 5000 --server-pid 1234 --kill-after-acks 5 \
      --acked acked.txt

How text is sized
  --text-bytes is the NEW text one model call brings: 60 % of it arrives as the user
  message, tool result or retrieved documents, 40 % is the completion. On top of that
  every model call carries the history of its run again, as agents do, up to
  --history-bytes. The JSON line reports the share that is such repetition, and how
  well the load compresses, because both decide what a store looks like on disk.

PII
  Values are synthetic and use reserved or test ranges where such ranges exist
  (example.com mail domains, 555-01xx phone numbers, test card prefixes, documentation
  and private addresses). Cards pass Luhn and IBANs pass mod 97, so checksum-based
  detectors fire. --truth lists every planted value, and look-alikes ("decoys") that
  are not PII, so that leaks and false alarms can both be counted later.

Needs: opentelemetry-proto, protobuf, urllib3 (HTTP), grpcio (gRPC only). Linux for
the --server-pid figures.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import itertools
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from datetime import datetime, timezone

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

VERSION = "1.0"
DUMP_MAGIC = b"OTLPLOAD1\n"  # then, per batch: u32 big-endian length, u32 span count, body
DEFAULT_BASE_TIME = "2026-11-01T08:00:00Z"
NS = 1_000_000_000

# --------------------------------------------------------------------------------------
# Text. A sentence grammar over a vocabulary of several hundred words, mixed with log
# lines, JSON, lists and code. The aim is text whose compressibility is near that of real
# prompts; pure templates would flatter every store that compresses.
# --------------------------------------------------------------------------------------

NOUN = """account address agreement allowance amount analysis answer appeal appliance
application approach arrangement article assessment asset attachment audit authority
availability balance bank basket batch benefit bill booking border branch brand budget
buffer bug building bundle button cable calendar campaign cancellation capacity card
cargo carrier case catalogue category change channel charge checkout claim clause client
cluster code collection comment commission community company comparison complaint
component concern condition configuration connection consent consignment constraint
container contract contractor copy correction cost coupon courier coverage credit
criterion currency customer cycle dashboard database dataset date deadline decision
default defect delay delivery demand department deployment deposit description desk
destination detail device diagram difference directory discount discrepancy dispatch
dispute document domain draft duplicate duration email employee endpoint engine entry
environment error escalation estimate evaluation event evidence exception exchange
expense experiment explanation export extension factor failure feature fee feedback field
figure file filter finding firmware flag flight folder forecast form format framework
function gateway goal guarantee guest guide handler hardware header history hotel identity
image impact incident income index industry inquiry inspection instance instruction
insurance integration interface interval inventory investigation invoice issue item
itinerary job journey key keyboard label latency layer layout ledger lease leg letter
level licence limit link list loan location log loop machine mailbox maintenance manager
manual manufacturer margin market match material measure meeting member memory merchant
message method metric migration milestone minute mistake model module monitor month
motion mortgage network notice notification number object obligation offer office
operation operator opinion option order outage outcome outlet output owner package page
panel parameter parcel partner passenger password patch path patient pattern payment
payroll penalty percentage performance period permission phase pipeline plan platform
plugin point policy portal portion position postage premium prescription price printer
priority problem procedure process product profile profit program project promotion proof
property proposal protocol provider purchase quality quantity query question queue quota
quote rate reader reason receipt recipient recommendation record recovery reference refund
region register regulation release reminder renewal rent repair replacement reply report
request requirement reservation resource response restriction result retailer return
revenue review revision risk role room route rule salary sample scanner schedule schema
scope screen script search season section sector segment selection sensor sequence server
service session setting shipment shop signal signature site snapshot software solution
source specification stage standard statement station status step stock storage strategy
structure subscription subsidy suggestion summary supplier surcharge survey switch symptom
system table target tariff task tax team template tenant term terminal test theory thread
threshold ticket timeline token tool topic total tracking trade training transaction
transfer transport traveller trend trial trigger trip truck unit update upgrade usage user
validation valuation value variable vehicle vendor version view visit volume voucher wait
wallet warehouse warning warranty website week weight window workflow workshop year zone""".split()

VERB = """accept add adjust allow analyse apply approve archive arrange ask assign attach
avoid book calculate call cancel change charge check clarify classify close collect combine
compare complete compute confirm connect consider contact convert copy correct count create
decide decline deduct defer delay deliver deploy describe detect determine disable discuss
dispatch document double download draft drop edit enable escalate estimate evaluate examine
exchange exclude explain export extend extract fetch file filter find finish fix flag follow
forward generate group handle highlight hold identify ignore import improve include increase
inform inspect install investigate invite issue join keep label limit link list load locate
lock log maintain manage map mark match measure mention merge migrate modify monitor move
note notify offer open order outline pass pause pay place plan postpone prepare prevent
process propose provide publish pull purchase push query raise rank reach read rebuild
receive recommend reconcile record recover redirect reduce refer refund refuse reject release
remove renew repair repeat replace reply report request require reschedule reset resolve
restart restore restrict retain retry return reverse review revise route save scan schedule
search select send separate set share ship skip sort specify split start stop store submit
suggest summarise support suspend switch sync tag test track transfer translate trigger
update upgrade upload validate verify wait warn withdraw write""".split()

ADJ = """acceptable active additional affected annual automatic available average basic
broken cheap clean clear commercial common complete complex confidential consistent constant
correct critical current damaged dead default defective delayed detailed different digital
direct domestic due early eligible empty equal essential exact existing expected expensive
expired external extra faulty final financial fixed flexible foreign formal free frequent
full fragile general global gross hidden high immediate important incomplete incorrect
independent individual initial inner internal international invalid joint large last late
latest legal likely limited local long lower main major manual maximum medical minimum
minor missing mobile monthly multiple narrow national negative net new next nightly nominal
normal obvious occasional official old online open optional original outer outstanding
overdue partial pending permanent personal physical planned positive possible potential
preferred preliminary previous primary private prompt proper public quarterly quick random
rare ready recent redundant regional regular relevant reliable remote repeated responsible
rough safe seasonal secondary secure senior separate serious several sharp short significant
similar simple single slow small special specific stable standard strict strong subsequent
sudden sufficient suitable temporary tight total typical unclear unexpected unique unpaid
unusual upper urgent useful usual valid variable vague visible weekly whole wide wrong
yearly""".split()

ADV = """already also always apparently automatically briefly carefully clearly completely
correctly currently directly early easily eventually exactly finally frequently fully
generally immediately initially instead jointly later manually mostly normally occasionally
often only originally partly previously probably properly quickly quietly rarely recently
regularly remotely roughly securely separately shortly simply slightly slowly sometimes soon
still strictly temporarily twice typically usually weekly""".split()

PREP = "about above across after against along around before behind below between beyond for from in inside near of on outside over past through to toward under until with within without".split()
DAY = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTH = "January February March April May June July August September October November December".split()
TEAM = "billing logistics support procurement finance security compliance platform travel claims onboarding research".split()
PLACE = """Lisbon Rotterdam Leeds Osaka Denver Nairobi Toronto Gdansk Valencia Austin Lyon Bergen
Cork Perth Tampa Zurich Bologna Tallinn Bristol Oslo Porto Malmo Turin Ghent Cardiff Quito
Boston Hanoi Riga Dallas""".split()

SENTENCES = [
    "The {a} {n} was {vd} {d} because the {n} of the {n} did not {v} the {a} {n}.",
    "Please {v} the {n} {p} the {a} {n} and {v} whether the {n} is {a}.",
    "We {d} {v} each {n} that arrives {p} {day}, and the {n} {s} them by {n}.",
    "If the {n} is {a}, {v} it {d}; otherwise {v} the {n} and {v} the {n} {p} {place}.",
    "A {a} {n} {p} the {n} should {v} the {n}, not the {n}.",
    "{team} asked us to {v} {num} {n}s before {day}, but only {num} of them were {a}.",
    "According to the {n} from {date}, the {a} {n} costs {money} and the {n} costs {money}.",
    "I would {v} the {n} first, then {v} the {a} {n}, and {d} {v} what is left {p} the {n}.",
    "Order {order} was {vd} in {place} on {date} with a {a} {n} and {num} {a} {n}s.",
    "It seems that the {n} and the {n} {d} {v} the same {n}, which makes the {n} {a}.",
    "Ticket {ticket} says the {n} must {v} {p} {num} minutes or the {n} will {v} the {n}.",
    "The {n} team in {place} {d} {s} {a} {n}s, so expect a {a} {n} {p} {num} days.",
    "Step {num}: {v} the {n}, {v} the {a} {n}, and {v} the {n} when the {n} is {a}.",
    "My {n} shows {money} for the {n}, while the {a} {n} {p} {month} shows {money}.",
    "Nobody {vd} the {n} after the {a} {n}, and that is why the {n} is {d} {a}.",
    "Could you {v} why the {n} {p} my {n} was {vd} {d}, and who {vd} the {n}?",
    "Under clause {num}.{num} the {n} may {v} the {n} without a {a} {n}.",
    "The {a} {n} has {num} {n}s, {num} {a} {n}s and one {n} that we {d} {v}.",
    "Compared with {month}, {n} {n} fell by {pct} and {n} {n} rose by {pct}.",
    "To {v} the {n}, open the {n} {n}, {v} {order}, and {v} the {a} {n} {d}.",
    "There is no {a} {n} {p} {place}; the {n} {n} will {v} it {p} {date}.",
    "This {n} was {vd} by {team} and {vd} by {team}, so the {n} is {a}.",
    "Since the {n} {d} {s} the {n}, we {v} {pct} of {n}s {p} the {a} {n}.",
    "Keep the {n} {a}: {v} only what the {n} {s}, and {v} the rest {p} the {n}.",
]

CODE_LINES = [
    "def {v}_{n}({n}, {n}_{n}=None):\n    return [{n} for {n} in {n}.{v}() if {n}.{n} > {num}]",
    "SELECT {n}_id, sum({n}_{n}) FROM {n}s WHERE {n} = '{a}' AND {n}_at > '{date}' GROUP BY 1 LIMIT {num}",
    "curl -s https://api.example.com/v{one}/{n}s/{hex}?{n}={num} | jq '.{n}.{n}'",
    'for {n} in {n}_{n}s:\n    {n}.{v}({n}["{n}"], limit={num})  # {v} the {a} {n}',
]

_SLOT = re.compile(r"\{(\w+)\}")


def _past(v: str) -> str:
    if v in ("find", "hold", "keep", "pay", "read", "send", "set", "split", "write", "withdraw"):
        return {"find": "found", "hold": "held", "keep": "kept", "pay": "paid", "read": "read",
                "send": "sent", "set": "set", "split": "split", "write": "written",
                "withdraw": "withdrawn"}[v]
    if v.endswith("e"):
        return v + "d"
    if v.endswith("y") and v[-2] not in "aeiou":
        return v[:-1] + "ied"
    if v in ("drop", "flag", "log", "map", "ship", "skip", "stop", "tag", "refer", "submit"):
        return v + v[-1] + "ed"
    return v + "ed"


def _third(v: str) -> str:
    if v.endswith(("s", "x", "ch", "sh")):
        return v + "es"
    if v.endswith("y") and v[-2] not in "aeiou":
        return v[:-1] + "ies"
    return v + "s"


PAST = [_past(v) for v in VERB]
THIRD = [_third(v) for v in VERB]


def _pick(words):
    n = len(words)
    return lambda r: words[int(r() * n)]


def _num(r):
    return str(int(2 + r() * (30 if r() < 0.7 else 900)))


def _hex(r, n=16):
    return "%0*x" % (n, int(r() * (1 << 52)) * 4099 % (1 << (4 * n)))


def _date(r):
    return "2026-%02d-%02d" % (1 + r() * 10, 1 + r() * 28)


SLOTS = {
    "n": _pick(NOUN), "v": _pick(VERB), "vd": _pick(PAST), "s": _pick(THIRD), "a": _pick(ADJ),
    "d": _pick(ADV), "p": _pick(PREP), "day": _pick(DAY), "month": _pick(MONTH),
    "team": _pick(TEAM), "place": _pick(PLACE), "num": _num, "one": lambda r: str(int(1 + r() * 4)),
    "money": lambda r: "$%.2f" % (2 + r() * (90 if r() < 0.6 else 4000)),
    "pct": lambda r: "%.1f%%" % (r() * 60), "date": _date,
    "order": lambda r: "ORD-%06d" % (r() * 1e6), "ticket": lambda r: "T-%05d" % (r() * 1e5),
    "hex": _hex,
}


def _compile(template):
    """'The {a} {n}' -> ['The ', pick_adj, ' ', pick_noun]."""
    parts = []
    for i, piece in enumerate(_SLOT.split(template)):
        if i % 2:
            parts.append(SLOTS[piece])
        elif piece:
            parts.append(piece)
    return parts


_SENT = [_compile(t) for t in SENTENCES]
_CODE = [_compile(t) for t in CODE_LINES]


def _fill(parts, r):
    return "".join(p if type(p) is str else p(r) for p in parts)


def sentence(r):
    return _fill(_SENT[int(r() * len(_SENT))], r)


def log_line(r):
    return "2026-%02d-%02dT%02d:%02d:%02d.%03dZ %s %s.%s: %s_%s=%s req=%s took=%dms %s" % (
        1 + r() * 10, 1 + r() * 28, r() * 24, r() * 60, r() * 60, r() * 1000,
        ("INFO", "INFO", "WARN", "DEBUG", "ERROR")[int(r() * 5)], SLOTS["team"](r),
        SLOTS["n"](r), SLOTS["v"](r), SLOTS["n"](r), _num(r), _hex(r, 12), r() * 900,
        sentence(r).lower()[:60])


def json_line(r):
    return '{"%s_id": "%s", "%s": %.2f, "%s": "%s", "%s_at": "%s", "note": "%s"}' % (
        SLOTS["n"](r), _hex(r, 10), SLOTS["n"](r), r() * 500, SLOTS["n"](r), SLOTS["a"](r),
        SLOTS["v"](r), _date(r), sentence(r))


def filler(r):
    """One paragraph piece: mostly prose, some machine text."""
    x = r()
    if x < 0.74:
        return sentence(r) + " "
    if x < 0.82:
        return "\n- " + sentence(r) + "\n"
    if x < 0.90:
        return "\n" + log_line(r) + "\n"
    if x < 0.96:
        return "\n" + json_line(r) + "\n"
    return "\n" + _fill(_CODE[int(r() * len(_CODE))], r) + "\n"


# --------------------------------------------------------------------------------------
# PII
# --------------------------------------------------------------------------------------

FIRST = """Alice Benjamin Chloe Daniel Elena Farid Grace Hiroshi Ingrid Jamal Katarzyna Liam
Mariana Nadia Oliver Priya Quentin Rosa Samuel Tamara Umar Veronica Wei Ximena Yusuf Zoë José
Søren Łukasz Amara Bruno Carmen Dmitri Esther Fiona Gabriel Hannah Ibrahim Julia Kwame Leila
Mateo Naomi Oscar Paula Rafael Sofia Thabo Ursula Victor""".split()
LAST = """Abbott Bergström Castillo Donnelly Eriksson Ferreira Gallagher Hashimoto Ivanova
Jankowski Kowalczyk Lindqvist Mbeki Nakamura Okonkwo Petrov Quigley Rossi Sandoval Takahashi
Underwood Vasquez Whitfield Xu Yilmaz Zimmermann Achebe Bianchi Choudhury Delacroix Eastwood
Fitzgerald Grünwald Holloway Iqbal Jovanović Kaminski Larsson Moreau Novak O'Connor Patel
Ramaswamy Schneider Thornton Vandenberg Wolański Yamamoto Zapata McAllister""".split()
MAIL_DOMAIN = "example.com example.org example.net mail.example.com corp.example.net post.example.org".split()
AREA = "201 202 206 212 213 214 303 305 312 323 404 415 503 512 602 617 702 713 718 808 904 916".split()
ASCII_FOLD = str.maketrans("ëéøüćńŁł", "eeoucnLl")

# Chance that one block of new text carries one value of the type (scaled by --pii-rate).
PII_RATES = {"name": 0.30, "email": 0.25, "phone": 0.15, "ip": 0.10, "credit_card": 0.05,
             "ssn": 0.04, "iban": 0.04, "api_key": 0.04}

PII_SENTENCES = {
    "name": ["My name is {}. ", "Customer {} called again about the same issue. ",
             "This was approved by {} last week. ", "Please address the letter to {}. ",
             "\n- contact person: {}\n"],
    "email": ["You can write to {} at any time. ", "The receipt went to {} by mistake. ",
              "\nReply-To: <{}>\n", "Send the confirmation to {}, please. ",
              "\n2026-10-14T09:12:44Z INFO auth.login: user={} result=ok\n"],
    "phone": ["Call me on {} after six. ", "The driver could not reach {}. ",
              "Callback number: {}. ", "\ntel: {}\n"],
    "ip": ["The last login came from {}. ", "\n10:22:07 WARN gateway: client={} rate limited\n",
           "Please unblock {} in the firewall. "],
    "credit_card": ["I paid with card {}. ", "Card number {} was declined twice. ",
                    "\ncard={} exp=09/29\n"],
    "ssn": ["For the form: my SSN is {}. ", "Social security number {} is already on file. "],
    "iban": ["Please refund to IBAN {}. ", "The transfer from {} has not arrived. "],
    "api_key": ["I set API_KEY={} and still get 401. ", "\nAuthorization: Bearer {}\n",
                "Our key {} was pasted into the ticket. "],
}


def luhn_complete(digits: str) -> str:
    """Append the check digit that makes the number pass Luhn."""
    total = 0
    for i, ch in enumerate(reversed(digits)):
        n = int(ch)
        if i % 2 == 0:
            n = n * 2 - 9 if n > 4 else n * 2
        total += n
    return digits + str(-total % 10)


def iban_complete(country: str, bban: str) -> str:
    number = "".join(str(int(c, 36)) for c in bban + country + "00")
    return "%s%02d%s" % (country, 98 - int(number) % 97, bban)


def digits(rng, n):
    return "".join(rng.choices("0123456789", k=n))


def make_pii(kind: str, rng: random.Random) -> str:
    if kind == "name":
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    if kind == "email":
        f, l = rng.choice(FIRST), rng.choice(LAST)
        local = f"{f}{rng.choice(['.', '_', ''])}{l}".lower().replace("'", "").translate(ASCII_FOLD)
        return f"{local.encode('ascii', 'ignore').decode()}{rng.randint(1, 9999)}@{rng.choice(MAIL_DOMAIN)}"
    if kind == "phone":
        a, l = rng.choice(AREA), "01%02d" % rng.randrange(100)
        return rng.choice(["+1 %s-555-%s", "(%s) 555-%s", "%s-555-%s", "+1%s555%s"]) % (a, l) \
            if rng.random() < 0.8 else "+44 20 7946 0%03d" % rng.randrange(1000)
    if kind == "ip":
        x = rng.random()
        if x < 0.6:
            return "10.%d.%d.%d" % tuple(rng.randrange(1, 255) for _ in range(3))
        if x < 0.85:
            return rng.choice(["192.0.2.%d", "198.51.100.%d", "203.0.113.%d"]) % rng.randrange(1, 255)
        return "2001:db8:%x:%x::%x" % tuple(rng.randrange(1, 65535) for _ in range(3))
    if kind == "credit_card":
        card = luhn_complete(rng.choice(["42424242", "55555555", "40000566"]) + digits(rng, 7))
        sep = rng.choice(["", " ", "-"])
        return sep.join(card[i:i + 4] for i in range(0, 16, 4))
    if kind == "ssn":
        return "%03d-%02d-%04d" % (rng.randint(101, 649), rng.randint(1, 99), rng.randint(1, 9999))
    if kind == "iban":
        c = rng.choice(["DE", "GB", "NL"])
        bban = {"DE": lambda: digits(rng, 18), "GB": lambda: "TEST" + digits(rng, 14),
                "NL": lambda: "TEST" + digits(rng, 10)}[c]()
        iban = iban_complete(c, bban)
        return iban if rng.random() < 0.5 else " ".join(iban[i:i + 4] for i in range(0, len(iban), 4))
    if kind == "api_key":
        alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        prefix, n = rng.choice([("sk-" + "proj-", 48), ("sk-" + "ant-api03-", 40), ("gh" + "p_", 36),
                                ("AK" + "IA", 16), ("xox" + "b-", 40)])
        body = "".join(rng.choices(alnum[:26] + alnum[52:] if prefix == "AK" + "IA" else alnum, k=n))
        return prefix + body
    raise ValueError(kind)


def make_decoy(rng: random.Random) -> tuple[str, str]:
    """Things a careless detector takes for PII. Returns (kind, value)."""
    x = rng.randrange(4)
    if x == 0:  # sixteen digits that fail Luhn
        base = luhn_complete("7" + digits(rng, 14))
        return "not_a_card", base[:-1] + str((int(base[-1]) + 5) % 10)
    if x == 1:
        return "version", "v%d.%d.%d.%d" % tuple(rng.randrange(1, 40) for _ in range(4))
    if x == 2:
        return "commit", "".join(rng.choices("0123456789abcdef", k=40))
    return "order", "ORD-%03d-%02d-%05d" % (rng.randrange(1000), rng.randrange(100), rng.randrange(10**5))


class Truth:
    """What was planted, and where. One record per distinct value."""

    def __init__(self):
        self.values: dict[tuple[str, str], dict] = {}
        self.decoys: dict[tuple[str, str], int] = {}

    def plant(self, kind, value, place, trace_hex):
        rec = self.values.get((kind, value))
        if rec is None:
            rec = self.values[(kind, value)] = {
                "type": kind, "value": value, "planted": 0, "places": set(), "first_trace": trace_hex}
        rec["planted"] += 1
        rec["places"].add(place)

    def as_json(self, shape):
        values = [dict(v, places=sorted(v["places"])) for v in self.values.values()]
        return {"format": 1, "shape": shape,
                "distinct_by_type": dict(Counter(v["type"] for v in values)),
                "planted_by_type": dict(sum((Counter({v["type"]: v["planted"]}) for v in values), Counter())),
                "values": values,
                "decoys": [{"kind": k, "value": v, "planted": n} for (k, v), n in self.decoys.items()]}


# --------------------------------------------------------------------------------------
# Agent runs
# --------------------------------------------------------------------------------------

AGENTS = [  # (service, agent, system prompt topic, tools)
    ("support-agent", "customer-support", "answers questions about orders, refunds and deliveries",
     ["lookup_order", "search_customer", "issue_refund", "track_parcel"]),
    ("billing-agent", "billing-reconciliation", "matches invoices with payments and explains charges",
     ["get_invoice", "list_payments", "run_sql", "open_dispute"]),
    ("research-agent", "market-research", "collects sources, compares them and writes short reports",
     ["web_search", "fetch_page", "python", "summarise_table"]),
    ("travel-agent", "travel-booking", "plans trips and changes bookings within company policy",
     ["search_flights", "hold_fare", "get_itinerary", "send_message"]),
]
MODELS = [  # (name, provider, $/M input tokens, $/M output tokens, weight)
    ("gpt-4o", "openai", 2.5, 10.0, 30), ("gpt-4o-mini", "openai", 0.15, 0.6, 35),
    ("claude-sonnet-4-5-20250929", "anthropic", 3.0, 15.0, 20),
    ("gemini-2.5-flash", "google", 0.3, 2.5, 10), ("gpt-4.1", "openai", 2.0, 8.0, 5),
]
OUTCOMES = ["success"] * 85 + ["failed"] * 8 + ["escalated"] * 5 + ["cancelled"] * 2


def dumps(obj) -> str:
    return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))


def put(attrs, key, value):
    a = attrs.add()
    a.key = key
    t = type(value)
    if t is str:
        a.value.string_value = value
    elif t is bool:
        a.value.bool_value = value
    elif t is int:
        a.value.int_value = value
    elif t is float:
        a.value.double_value = value
    else:  # list of strings
        for v in value:
            a.value.array_value.values.add().string_value = v


class RunBuilder:
    """Builds the spans of run i. A run depends only on (seed, i) and its start time."""

    def __init__(self, cfg, truth: Truth, stats: Counter):
        self.cfg, self.truth, self.stats = cfg, truth, stats
        self.genai = cfg.dialect in ("genai", "both")
        self.oi = cfg.dialect in ("openinference", "both")
        rng = random.Random(f"{cfg.seed}/system-prompts")
        self.system = []
        for service, agent, topic, tools in AGENTS:
            body = "".join(sentence(rng.random) + " " for _ in range(5))
            self.system.append(f"You are {agent}, an assistant that {topic}. Use the tools "
                               f"{', '.join(tools)} when needed. {body}".strip())

    # -- text ----------------------------------------------------------------------

    def block(self, nbytes: int, place: str) -> str:
        """About nbytes of new text, with PII planted at the configured rates."""
        rng, r = self.rng, self.rng.random
        plants = []
        for kind, rate in PII_RATES.items():
            if r() < rate * self.cfg.pii_rate:
                plants.append(rng.choice(PII_SENTENCES[kind]).format(self.pii(kind, place)))
        if r() < 0.10 * self.cfg.pii_rate:
            kind, value = make_decoy(rng)
            self.truth.decoys[(kind, value)] = self.truth.decoys.get((kind, value), 0) + 1
            plants.append(f"Reference {value} is attached. ")
        room = nbytes - sum(map(len, plants))
        parts, size = [], 0
        while size < room:
            piece = filler(r)
            if size + len(piece) > room:
                piece = piece[:room - size]
            parts.append(piece)
            size += len(piece)
        for p in plants:
            parts.insert(int(r() * (len(parts) + 1)), p)
        text = "".join(parts)
        self.stats["fresh_text_bytes"] += len(text)
        return text

    def pii(self, kind: str, place: str) -> str:
        """A value for this run: mostly the run's own customer, sometimes somebody else."""
        if self.rng.random() < 0.7:
            value = self.persona.get(kind) or self.persona.setdefault(kind, make_pii(kind, self.rng))
        else:
            value = make_pii(kind, self.rng)
        self.truth.plant(kind, value, place, self.trace_hex)
        return value

    # -- spans ---------------------------------------------------------------------

    def span(self, name, parent, start, end, kind=Span.SPAN_KIND_INTERNAL):
        s = Span()
        s.trace_id = self.trace_id
        s.span_id = self.rng.getrandbits(64).to_bytes(8, "big")
        if parent is not None:
            s.parent_span_id = parent
        s.name, s.kind = name, kind
        s.start_time_unix_nano, s.end_time_unix_nano = start, end
        s.status.code = Status.STATUS_CODE_OK
        self.out.append(s)
        return s

    def common(self, s, oi_kind, operation):
        a = s.attributes
        if self.oi:
            put(a, "openinference.span.kind", oi_kind)
            put(a, "session.id", self.session)
        if self.genai:
            put(a, "gen_ai.operation.name", operation)
            put(a, "gen_ai.conversation.id", self.session)
        return a

    def build(self, i: int, start: int) -> list[Span]:
        cfg = self.cfg
        rng = self.rng = random.Random(f"{cfg.seed}/run/{i}")
        self.persona: dict[str, str] = {}
        self.out: list[Span] = []
        self.trace_id = rng.getrandbits(128).to_bytes(16, "big")
        self.trace_hex = self.trace_id.hex()
        self.session = "sess-%012x" % rng.getrandbits(48)
        self.service = i % cfg.services
        service, agent, _, tools = AGENTS[self.service % len(AGENTS)]
        model = rng.choices(MODELS, weights=[m[4] for m in MODELS])[0]
        n_spans = rng.randint(8, 20)
        approval = rng.random() < 0.2
        outcome = rng.choice(OUTCOMES)
        fresh_in, fresh_out = int(cfg.text_bytes * 0.6), int(cfg.text_bytes * 0.4)

        # The order of steps: model, (tool|retrieval)+, model, ..., model.
        steps = ["model"]
        n_steps = n_spans - 2 - approval  # minus root and validator
        while len(steps) < n_steps - 1:
            if steps[-1] == "model":
                steps.append("tool" if rng.random() < 0.7 else "retrieval")
            else:
                steps.append("model" if rng.random() < 0.75 else "tool")
        steps.append("model")

        root_id = rng.getrandbits(64).to_bytes(8, "big")
        first = self.block(fresh_in, "user_message")
        # A message is (role, text, OpenInference JSON, GenAI JSON); JSON is made once.
        history = [self.message("system", self.system[self.service % len(AGENTS)]),
                   self.message("user", first)]
        t = start + rng.randint(1, 20) * 1_000_000
        tokens_in = tokens_out = 0
        cost = 0.0
        last = ""
        for k, step in enumerate(steps):
            if step == "model":
                if k and steps[k - 1] == "model":
                    history.append(self.message("user", self.block(fresh_in, "user_message")))
                call = None
                if k + 1 < len(steps) and steps[k + 1] == "tool":
                    call = (f"call_{rng.getrandbits(64):016x}", rng.choice(tools), self.tool_args())
                last = self.block(fresh_out, "completion")
                t, ti, to, c = self.model_call(root_id, t, model, history, last, call)
                tokens_in, tokens_out, cost = tokens_in + ti, tokens_out + to, cost + c
                history.append(self.message("assistant", last, call))
            elif step == "tool":
                if k == 0 or steps[k - 1] != "model":  # a second, parallel call
                    call = (f"call_{rng.getrandbits(64):016x}", rng.choice(tools), self.tool_args())
                result = self.block(fresh_in, "tool_result")
                t = self.tool_call(root_id, t, call, result)
                history.append(self.message("tool", result, call))
            else:
                docs = [self.block(fresh_in // 3, "document") for _ in range(3)]
                t = self.retrieval(root_id, t, docs)
                history.append(self.message("user", "Context:\n" + "\n---\n".join(docs)))
        if approval:
            t = self.approval(root_id, t)
        t = self.validator(root_id, t, last, outcome)

        s = self.span(f"invoke_agent {agent}", None, start, t + rng.randint(1, 9) * 1_000_000)
        s.span_id = root_id
        a = self.common(s, "AGENT", "invoke_agent")
        if self.oi:
            put(a, "input.value", first)
            put(a, "input.mime_type", "text/plain")
            put(a, "output.value", last)
            put(a, "output.mime_type", "text/plain")
            put(a, "agent.name", agent)
            put(a, "metadata", dumps({"tenant": f"t{i % 7}", "release": "2026.10"}))
        if self.genai:
            put(a, "gen_ai.agent.name", agent)
            put(a, "gen_ai.agent.id", f"agent-{self.service:02d}")
            put(a, "gen_ai.provider.name", model[1])
        if rng.random() < 0.3:  # many teams put an address into the user id
            email = self.pii("email", "user.id")
            put(a, "user.id", email)
        else:
            put(a, "user.id", "u-%06d" % rng.randrange(10**6))
        put(a, "agent.run.outcome", outcome)
        put(a, "agent.run.input_tokens", tokens_in)
        put(a, "agent.run.output_tokens", tokens_out)
        put(a, "agent.run.cost_usd", round(cost, 6))
        if outcome == "failed":
            s.status.code = Status.STATUS_CODE_ERROR
            s.status.message = "run failed: " + sentence(rng.random)
        self.stats["spans"] += len(self.out)
        self.stats["runs"] += 1
        return self.out

    def message(self, role, text, call=None):
        oi = {"role": role, "content": text}
        part = {"type": "text", "content": text}
        parts = [part]
        if call and role == "assistant":
            oi["tool_calls"] = [{"id": call[0], "function": {"name": call[1], "arguments": dumps(call[2])}}]
            parts.append({"type": "tool_call", "id": call[0], "name": call[1], "arguments": call[2]})
        elif call:
            oi["tool_call_id"] = call[0]
            parts = [{"type": "tool_call_response", "id": call[0], "response": text}]
        return role, text, dumps(oi) if self.oi else "", \
            dumps({"role": role, "parts": parts}) if self.genai else "", call

    def tool_args(self):
        args = {"order_id": "ORD-%06d" % self.rng.randrange(10**6), "limit": self.rng.randint(1, 50),
                "reason": sentence(self.rng.random)}
        for kind, key in (("email", "customer_email"), ("phone", "phone"), ("name", "full_name")):
            if self.rng.random() < 0.25 * min(1.0, self.cfg.pii_rate):
                args[key] = self.pii(kind, "tool_arguments")
        return args

    def model_call(self, parent, t, model, history, completion, call):
        rng, cfg = self.rng, self.cfg
        name, provider, price_in, price_out, _ = model
        # Resend the history, newest first, until the context limit; the system prompt stays.
        sent, size = [], len(history[0][1])
        for m in reversed(history[1:]):
            if sent and size + len(m[1]) > cfg.history_bytes:
                break
            sent.append(m)
            size += len(m[1])
        sent.append(history[0])
        sent.reverse()
        ti, to = max(1, size // 4), max(1, len(completion) // 4)
        cost = ti * price_in / 1e6 + to * price_out / 1e6
        end = t + int((0.25 + to / 90 * rng.uniform(0.7, 1.4)) * NS)
        s = self.span(f"chat {name}", parent, t, end, Span.SPAN_KIND_CLIENT)
        a = self.common(s, "LLM", "chat")
        out = self.message("assistant", completion, call)
        response_id = "resp_%016x" % rng.getrandbits(64)  # drawn in every dialect: same text in all
        if self.genai:
            put(a, "gen_ai.provider.name", provider)
            put(a, "gen_ai.request.model", name)
            put(a, "gen_ai.response.model", name)
            put(a, "gen_ai.response.id", response_id)
            put(a, "gen_ai.request.temperature", 0.2)
            put(a, "gen_ai.request.max_tokens", 4096)
            put(a, "gen_ai.response.finish_reasons", ["tool_calls" if call else "stop"])
            put(a, "gen_ai.usage.input_tokens", ti)
            put(a, "gen_ai.usage.output_tokens", to)
            put(a, "gen_ai.usage.cost", round(cost, 8))
            put(a, "gen_ai.input.messages", "[" + ",".join(m[3] for m in sent) + "]")
            put(a, "gen_ai.output.messages", "[" + out[3] + "]")
        if self.oi:
            put(a, "llm.model_name", name)
            put(a, "llm.provider", provider)
            put(a, "llm.system", provider)
            put(a, "llm.invocation_parameters", '{"temperature":0.2,"max_tokens":4096}')
            put(a, "llm.token_count.prompt", ti)
            put(a, "llm.token_count.completion", to)
            put(a, "llm.token_count.total", ti + to)
            put(a, "llm.cost.total", round(cost, 8))
            for j, m in enumerate(sent):
                put(a, f"llm.input_messages.{j}.message.role", m[0])
                put(a, f"llm.input_messages.{j}.message.content", m[1])
                if m[4] and m[0] == "assistant":
                    put(a, f"llm.input_messages.{j}.message.tool_calls.0.tool_call.function.name", m[4][1])
                    put(a, f"llm.input_messages.{j}.message.tool_calls.0.tool_call.function.arguments",
                        dumps(m[4][2]))
            put(a, "llm.output_messages.0.message.role", "assistant")
            put(a, "llm.output_messages.0.message.content", completion)
            if call:
                p = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
                put(a, p + ".name", call[1])
                put(a, p + ".arguments", dumps(call[2]))
            # OpenInference instrumentors also keep the raw request and response.
            if cfg.oi_raw == "full":
                put(a, "input.value", '{"messages":[' + ",".join(m[2] for m in sent)
                    + '],"model":"' + name + '"}')
                put(a, "input.mime_type", "application/json")
                put(a, "output.value", '{"choices":[{"index":0,"message":' + out[2] + "}]}")
                put(a, "output.mime_type", "application/json")
            elif cfg.oi_raw == "last":
                put(a, "input.value", sent[-1][1])
                put(a, "output.value", completion)
        self.stats["model_calls"] += 1
        self.stats["model_text_bytes"] += size + len(completion)
        return end + rng.randint(1, 30) * 1_000_000, ti, to, cost

    def tool_call(self, parent, t, call, result):
        rng = self.rng
        end = t + int(rng.lognormvariate(-1.6, 0.9) * NS)
        s = self.span(f"execute_tool {call[1]}", parent, t, end)
        a = self.common(s, "TOOL", "execute_tool")
        args = dumps(call[2])
        if self.oi:
            put(a, "tool.name", call[1])
            put(a, "input.value", args)
            put(a, "input.mime_type", "application/json")
            put(a, "output.value", result)
        if self.genai:
            put(a, "gen_ai.tool.name", call[1])
            put(a, "gen_ai.tool.type", "function")
            put(a, "gen_ai.tool.call.id", call[0])
            put(a, "gen_ai.tool.call.arguments", args)
            put(a, "gen_ai.tool.call.result", result)
        if rng.random() < 0.05:
            s.status.code = Status.STATUS_CODE_ERROR
            s.status.message = f"{call[1]} failed"
            e = s.events.add()
            e.name, e.time_unix_nano = "exception", end
            email = self.pii("email", "exception")
            put(e.attributes, "exception.type", "UpstreamError")
            put(e.attributes, "exception.message", f"no record for {email}")
            put(e.attributes, "exception.stacktrace", "Traceback (most recent call last):\n" + "".join(
                f'  File "/srv/app/{SLOTS["n"](rng.random)}.py", line {rng.randint(9, 900)}, in '
                f'{SLOTS["v"](rng.random)}_{SLOTS["n"](rng.random)}\n' for _ in range(6))
                + f"UpstreamError: no record for {email}")
        return end + rng.randint(1, 10) * 1_000_000

    def retrieval(self, parent, t, docs):
        rng = self.rng
        end = t + int(rng.lognormvariate(-2.2, 0.6) * NS)
        s = self.span("retrieval knowledge_base", parent, t, end)
        a = self.common(s, "RETRIEVER", "retrieval")
        query = sentence(rng.random)
        scores = [round(0.95 - 0.1 * j - rng.random() * 0.05, 4) for j in range(len(docs))]
        ids = ["doc-%06d" % rng.randrange(10**6) for _ in docs]
        if self.oi:
            put(a, "input.value", query)
            for j, d in enumerate(docs):
                put(a, f"retrieval.documents.{j}.document.id", ids[j])
                put(a, f"retrieval.documents.{j}.document.score", scores[j])
                put(a, f"retrieval.documents.{j}.document.content", d)
        if self.genai:
            put(a, "gen_ai.data_source.id", "knowledge_base")
            put(a, "gen_ai.retrieval.query.text", query)
            put(a, "gen_ai.retrieval.documents",
                dumps([{"id": i, "score": sc, "content": d} for i, sc, d in zip(ids, scores, docs)]))
        return end + rng.randint(1, 10) * 1_000_000

    def validator(self, parent, t, text, outcome):
        rng = self.rng
        end = t + rng.randint(5, 400) * 1_000_000
        s = self.span("validate policy_check", parent, t, end)
        a = self.common(s, "GUARDRAIL", "evaluate")
        ok = outcome in ("success", "cancelled")
        verdict = dumps({"passed": ok, "score": round(rng.uniform(0.7, 1) if ok else rng.uniform(0, 0.5), 3),
                         "reason": sentence(rng.random)})
        if self.oi:
            put(a, "input.value", text)
            put(a, "output.value", verdict)
            put(a, "output.mime_type", "application/json")
        if self.genai:
            put(a, "gen_ai.evaluation.name", "policy_check")
            put(a, "gen_ai.evaluation.score.label", "pass" if ok else "fail")
            put(a, "gen_ai.evaluation.explanation", verdict)
        return end

    def approval(self, parent, t):
        rng = self.rng
        end = t + rng.randint(5, 180) * NS
        s = self.span("human_approval", parent, t, end)
        a = self.common(s, "CHAIN", "human_approval")
        approver = self.pii("name", "approver")
        comment = sentence(rng.random) + " " + sentence(rng.random)
        put(a, "approval.approver", approver)
        put(a, "approval.decision", rng.choice(["approved", "approved", "approved", "rejected"]))
        put(a, "approval.comment", comment)
        if self.oi:
            put(a, "input.value", "Approve this action?")
            put(a, "output.value", comment)
        return end + rng.randint(1, 10) * 1_000_000


def span_stream(cfg, truth, stats):
    """Spans in the order a collector sees them: by end time, from several runs at once.

    --active-runs agents work side by side, each starting its next run when the last has
    ended. A span leaves when it ends, so a root follows its children. Runs are started
    until --spans is reached and then finish, so the total is up to one run larger: every
    trace is complete, and every planted value really is in the load.
    """
    builder = RunBuilder(cfg, truth, stats)
    workers = [(cfg.base_ns + w * NS // 2, w) for w in range(cfg.active_runs)]
    heapq.heapify(workers)
    pending: list = []
    seq = itertools.count()
    i = 0
    while stats["spans"] < cfg.spans:
        start, w = heapq.heappop(workers)
        while pending and pending[0][0] <= start:  # nothing that ends earlier can still appear
            yield heapq.heappop(pending)[2:]
        latest = start
        for s in builder.build(i, start):
            heapq.heappush(pending, (s.end_time_unix_nano, next(seq), builder.service, s))
            latest = max(latest, s.end_time_unix_nano)
        heapq.heappush(workers, (latest + NS // 5, w))
        i += 1
    while pending:
        yield heapq.heappop(pending)[2:]


def build_batches(cfg, truth, stats):
    """Yields (encoded request, [span ids]). Each request groups its spans by service."""
    resources = []
    for k in range(cfg.services):
        res = Resource()
        put(res.attributes, "service.name", AGENTS[k % len(AGENTS)][0])
        put(res.attributes, "service.version", "2026.10.%d" % k)
        put(res.attributes, "deployment.environment.name", "production")
        put(res.attributes, "telemetry.sdk.language", "python")
        put(res.attributes, "telemetry.sdk.name", "opentelemetry")
        if cfg.oi_project:
            put(res.attributes, "openinference.project.name", cfg.oi_project)
        resources.append(res)
    batch: list = []

    def encode():
        req = ExportTraceServiceRequest()
        groups: dict[int, list] = {}
        for svc, s in batch:
            groups.setdefault(svc, []).append(s)
        for svc in sorted(groups):
            rs = req.resource_spans.add()
            rs.resource.CopyFrom(resources[svc])
            ss = rs.scope_spans.add()
            ss.scope.name, ss.scope.version = "otlp_load", VERSION
            ss.spans.extend(groups[svc])
        return req.SerializeToString(), [s.span_id.hex() for _, s in batch]

    for item in span_stream(cfg, truth, stats):
        batch.append(item)
        if len(batch) == cfg.batch_spans:
            yield encode()
            batch = []
    if batch:
        yield encode()


# --------------------------------------------------------------------------------------
# Dump files
# --------------------------------------------------------------------------------------

def write_dump(path, bodies, counts):
    with open(path, "wb") as f:
        f.write(DUMP_MAGIC)
        for body, n in zip(bodies, counts):
            f.write(struct.pack(">II", len(body), n))
            f.write(body)


def read_dump(path):
    with open(path, "rb") as f:
        if f.read(len(DUMP_MAGIC)) != DUMP_MAGIC:
            raise SystemExit(f"{path}: not a dump of this tool")
        while head := f.read(8):
            length, n = struct.unpack(">II", head)
            yield f.read(length), n


def span_ids_of(body):
    req = ExportTraceServiceRequest.FromString(body)
    return [s.span_id.hex() for rs in req.resource_spans for ss in rs.scope_spans for s in ss.spans]


# --------------------------------------------------------------------------------------
# The server process, seen from outside
# --------------------------------------------------------------------------------------

def process_tree(roots):
    todo, seen = list(roots), []
    while todo:
        pid = todo.pop()
        if pid in seen or not os.path.exists(f"/proc/{pid}"):
            continue
        seen.append(pid)
        try:
            for tid in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{tid}/children") as f:
                    todo.extend(int(c) for c in f.read().split())
        except OSError:
            pass
    return seen


class ProcessWatch(threading.Thread):
    """Samples CPU seconds and resident memory of processes and all their children."""

    TICK = os.sysconf("SC_CLK_TCK")
    PAGE = os.sysconf("SC_PAGE_SIZE")

    def __init__(self, pids, interval=0.2):
        super().__init__(daemon=True)
        self.pids, self.interval = pids, interval
        self.cpu_by_proc: dict[tuple[int, str], float] = {}
        self.rss_peak = 0
        self.stop_event = threading.Event()

    def sample(self):
        """(CPU seconds so far, resident bytes now). Ended children keep their last CPU value."""
        rss = 0
        for pid in process_tree(self.pids):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                with open(f"/proc/{pid}/statm") as f:
                    rss += int(f.read().split()[1]) * self.PAGE
            except (OSError, IndexError):
                continue
            self.cpu_by_proc[(pid, fields[19])] = (int(fields[11]) + int(fields[12])) / self.TICK
        self.rss_peak = max(self.rss_peak, rss)
        return sum(self.cpu_by_proc.values()), rss

    def run(self):
        while not self.stop_event.wait(self.interval):
            self.sample()


def host_cpu():
    """(busy, stolen) CPU seconds of the whole machine, to see what else was running."""
    try:
        with open("/proc/stat") as f:
            v = [int(x) / ProcessWatch.TICK for x in f.readline().split()[1:9]]
        return v[0] + v[1] + v[2] + v[5] + v[6], v[7]
    except (OSError, ValueError, IndexError):
        return 0.0, 0.0


def disk_bytes(paths):
    total = 0
    for path in paths:
        if os.path.isfile(path):
            total += os.stat(path).st_blocks * 512
        for root, _, files in os.walk(path):
            for name in files:
                try:
                    total += os.stat(os.path.join(root, name)).st_blocks * 512
                except OSError:
                    pass
    return total


# --------------------------------------------------------------------------------------
# Sending
# --------------------------------------------------------------------------------------

RETRYABLE = {"429", "502", "503", "504", "UNAVAILABLE", "RESOURCE_EXHAUSTED"}


def rejected_spans(body: bytes) -> int:
    """Spans the server says it did not take (OTLP partial success)."""
    try:
        return ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans
    except Exception:  # an empty or JSON answer is a full success as far as OTLP goes
        return 0


class HttpSender:
    def __init__(self, cfg):
        import urllib3
        self.urllib3 = urllib3
        self.url = cfg.endpoint
        self.timeout = urllib3.Timeout(total=cfg.timeout)
        self.pool = urllib3.PoolManager(maxsize=cfg.concurrency, block=True, retries=False)
        self.headers = {"Content-Type": "application/x-protobuf", "User-Agent": f"otlp_load/{VERSION}"}
        if cfg.gzip:
            self.headers["Content-Encoding"] = "gzip"
        self.headers.update(cfg.headers)

    def send(self, body):
        """(status, rejected spans, seconds the server asked us to wait or None)."""
        try:
            r = self.pool.request("POST", self.url, body=body, headers=self.headers, timeout=self.timeout)
        except self.urllib3.exceptions.HTTPError as e:
            return type(e).__name__, 0, None
        if r.status != 200:
            after = r.headers.get("Retry-After", "")
            return str(r.status), 0, float(after) if after.isdigit() else None
        return "200", rejected_spans(r.data), None


class GrpcSender:
    def __init__(self, cfg):
        import grpc
        self.grpc = grpc
        self.timeout = cfg.timeout
        self.metadata = [(k.lower(), v) for k, v in cfg.headers.items()]
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1),
                   ("grpc.use_local_subchannel_pool", 1)]
        compression = grpc.Compression.Gzip if cfg.gzip else None
        path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        target = re.sub(r"^\w+://", "", cfg.endpoint)
        # One channel (TCP connection) per worker, as separate exporters would have.
        self.calls = []
        for _ in range(cfg.concurrency):
            channel = grpc.insecure_channel(target, options=options, compression=compression)
            self.calls.append(channel.unary_unary(path, request_serializer=None, response_deserializer=None))
        self.local = threading.local()
        self.next = itertools.count()

    def send(self, body):
        call = getattr(self.local, "call", None)
        if call is None:
            call = self.local.call = self.calls[next(self.next) % len(self.calls)]
        try:
            return "200", rejected_spans(call(body, timeout=self.timeout, metadata=self.metadata)), None
        except self.grpc.RpcError as e:
            return e.code().name, 0, None


class Run:
    """One timed sending of all batches."""

    def __init__(self, cfg, bodies, counts, ids, watch):
        self.cfg, self.bodies, self.counts, self.ids, self.watch = cfg, bodies, counts, ids, watch
        self.sender = GrpcSender(cfg) if cfg.protocol == "grpc" else HttpSender(cfg)
        self.lock = threading.Lock()
        self.next = 0
        self.stop = False
        self.latency: list[float] = []       # successful requests only
        self.status: Counter = Counter()     # every attempt
        self.accepted_spans = self.accepted_bytes = self.rejected = self.retries = 0
        self.acked: list[int] = []
        self.killed_at = None

    def worker(self):
        cfg = self.cfg
        while True:
            with self.lock:
                if self.stop or self.next >= len(self.bodies) or time.perf_counter() > self.deadline:
                    return
                k = self.next
                self.next += 1
            due = None
            if cfg.rate:  # open loop: batch k has a fixed due time, and latency counts from it
                due = self.t0 + self.start_span[k] / cfg.rate
                pause = due - time.perf_counter()
                if pause > 0:
                    time.sleep(pause)
            begin = due if due is not None else time.perf_counter()
            delay = cfg.retry_backoff
            for attempt in range(cfg.retries + 1):
                if attempt and time.perf_counter() > self.deadline:
                    break
                status, rejected, after = self.sender.send(self.bodies[k])
                done = time.perf_counter()
                with self.lock:
                    self.status[status] += 1
                    if status == "200":
                        self.latency.append(done - begin)
                        self.accepted_spans += self.counts[k] - rejected
                        self.accepted_bytes += len(self.bodies[k])
                        self.rejected += rejected
                        self.acked.append(k)
                        self.t_last_ack = done
                        if cfg.kill_after_acks and len(self.acked) == cfg.kill_after_acks:
                            for pid in process_tree(cfg.server_pid):
                                os.kill(pid, signal.SIGKILL)
                            self.killed_at = done
                            self.stop = True
                        break
                    if status not in RETRYABLE or self.stop or attempt == cfg.retries:
                        break
                    self.retries += 1
                time.sleep(after if after is not None else delay)
                delay = min(delay * 2, 2.0)

    def go(self):
        self.start_span = list(itertools.accumulate(self.counts, initial=0))
        threads = [threading.Thread(target=self.worker) for _ in range(self.cfg.concurrency)]
        self.t0 = self.t_last_ack = time.perf_counter()
        self.deadline = self.t0 + self.cfg.max_seconds
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.t1 = time.perf_counter()


def verify_count(what: str) -> int | None:
    """The first integer in the answer of a URL or in the output of a shell command."""
    try:
        if what.startswith(("http://", "https://")):
            import urllib3
            text = urllib3.request("GET", what, timeout=30, retries=False).data.decode("utf-8", "replace")
        else:
            text = subprocess.run(what, shell=True, capture_output=True, text=True, timeout=30).stdout
    except Exception:
        return None
    m = re.search(r"-?\d+", text)
    return int(m.group()) if m else None


def percentile(values, p):
    if not values:
        return None
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


def ms(x):
    return None if x is None else round(x * 1000, 2)


# --------------------------------------------------------------------------------------

def parse_args(argv=None):
    p = argparse.ArgumentParser(
        description="Deterministic OTLP load of AI-agent runs with planted PII. Prints one JSON line.",
        epilog="Without --endpoint the load is only built (use --dump and --truth).")
    g = p.add_argument_group("shape of the load (decides the bytes)")
    g.add_argument("--spans", type=int, default=10_000, help="spans in total, rounded up to whole runs (default %(default)s)")
    g.add_argument("--batch-spans", type=int, default=512, help="spans per request (default %(default)s)")
    g.add_argument("--text-bytes", type=int, default=4000,
                   help="new prompt+completion text per model call (default %(default)s)")
    g.add_argument("--history-bytes", type=int, default=32_000,
                   help="most text of earlier turns a model call resends (default %(default)s)")
    g.add_argument("--dialect", choices=["openinference", "genai", "both"], default="openinference")
    g.add_argument("--oi-raw", choices=["full", "last", "none"], default="full",
                   help="input.value/output.value on OpenInference model calls: the raw request as "
                        "instrumentors send it, the last message, or nothing (default %(default)s)")
    g.add_argument("--oi-project", default="", help="openinference.project.name on the resource")
    g.add_argument("--pii-rate", type=float, default=1.0, help="scales the PII rates; 0 = none")
    g.add_argument("--active-runs", type=int, default=16, help="agents working side by side")
    g.add_argument("--services", type=int, default=3, help="distinct service.name resources")
    g.add_argument("--seed", default="1", help="another seed gives other trace ids and texts")
    g.add_argument("--base-time", default=DEFAULT_BASE_TIME,
                   help="start of the simulated traffic, ISO 8601 or 'now' (default %(default)s)")
    g.add_argument("--replay", metavar="FILE", help="send this dump instead of building a load")

    g = p.add_argument_group("files")
    g.add_argument("--dump", metavar="FILE", help="write the encoded batches, length-prefixed")
    g.add_argument("--truth", metavar="FILE", help="write the planted PII values as JSON")
    g.add_argument("--acked", metavar="FILE", help="write the hex ids of acknowledged spans, one a line")

    g = p.add_argument_group("sending")
    g.add_argument("--endpoint", help="http://host:port/v1/traces, or host:port for gRPC")
    g.add_argument("--protocol", choices=["http", "grpc"], default="http")
    g.add_argument("--concurrency", type=int, default=4)
    g.add_argument("--gzip", action="store_true", help="compress requests (before the clock starts, for HTTP)")
    g.add_argument("--header", action="append", default=[], metavar="NAME=VALUE", help="extra header; repeatable")
    g.add_argument("--retries", type=int, default=0, help="retries per request on 429/502/503/504 and the gRPC "
                   "codes like them, with doubling pauses; 0 counts them as errors")
    g.add_argument("--retry-backoff", type=float, default=0.1, help="first pause in seconds")
    g.add_argument("--rate", type=float, default=0, help="open loop at this many spans/s (0 = as fast as answered)")
    g.add_argument("--max-seconds", type=float, default=600, help="stop sending after this time")
    g.add_argument("--timeout", type=float, default=120, help="seconds per request")

    g = p.add_argument_group("observing the server")
    g.add_argument("--server-pid", type=int, action="append", default=[],
                   help="report CPU and memory of this process and its children; repeatable")
    g.add_argument("--disk-path", action="append", default=[], help="report growth of this file or folder")
    g.add_argument("--verify", metavar="CMD_OR_URL", help="its first integer is the number of queryable spans; "
                   "polled until all accepted spans are there")
    g.add_argument("--verify-interval", type=float, default=0.25)
    g.add_argument("--verify-timeout", type=float, default=300)
    g.add_argument("--kill-after-acks", type=int, default=0, metavar="N",
                   help="SIGKILL --server-pid and its children right after the Nth acknowledged request")
    g.add_argument("--label", default="", help="copied into the JSON line")
    cfg = p.parse_args(argv)

    cfg.headers = dict(h.split("=", 1) for h in cfg.header)
    if cfg.kill_after_acks and not cfg.server_pid:
        p.error("--kill-after-acks needs --server-pid")
    if cfg.replay and cfg.truth:
        p.error("--truth is written when the load is built, not on replay")
    for name in ("spans", "batch_spans", "concurrency", "active_runs", "services"):
        if getattr(cfg, name) < 1:
            p.error(f"--{name.replace('_', '-')} must be at least 1")
    if cfg.base_time == "now":
        cfg.base_ns = time.time_ns()
    else:
        when = datetime.fromisoformat(cfg.base_time.replace("Z", "+00:00"))
        cfg.base_ns = int((when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()) * NS
    return cfg


def main(argv=None):
    cfg = parse_args(argv)
    out = {"tool": "otlp_load", "version": VERSION}
    if cfg.label:
        out["label"] = cfg.label

    # 1. Build or read the load.
    truth, stats = Truth(), Counter()
    shape = {k: getattr(cfg, k) for k in ("seed", "spans", "batch_spans", "text_bytes", "history_bytes",
                                          "dialect", "oi_raw", "pii_rate", "active_runs", "services",
                                          "base_time")}
    t = time.perf_counter()
    want_ids = bool(cfg.acked)
    bodies, counts, ids = [], [], []
    if cfg.replay:
        for body, n in read_dump(cfg.replay):
            bodies.append(body)
            counts.append(n)
            if want_ids:
                ids.append(span_ids_of(body))
        out["replay"] = os.path.basename(cfg.replay)
    else:
        for body, batch_ids in build_batches(cfg, truth, stats):
            bodies.append(body)
            counts.append(len(batch_ids))
            if want_ids:
                ids.append(batch_ids)
        out["shape"] = shape
    n_spans, n_bytes = sum(counts), sum(map(len, bodies))
    sample = b"".join(bodies[:4])[:8_000_000]
    out["load"] = {
        "spans": n_spans, "requests": len(bodies), "bytes": n_bytes,
        "bytes_per_span": round(n_bytes / n_spans, 1),
        "largest_request_bytes": max(map(len, bodies)),
        "zlib_ratio": round(len(sample) / len(zlib.compress(sample, 6)), 2),
        "build_s": round(time.perf_counter() - t, 2)}
    if stats:
        out["load"].update(
            runs=stats["runs"], model_calls=stats["model_calls"],
            model_call_text_bytes_mean=round(stats["model_text_bytes"] / max(1, stats["model_calls"])),
            pii_values=len(truth.values), pii_planted=sum(v["planted"] for v in truth.values.values()))
        text_total = stats["model_text_bytes"]
        if text_total:
            new = stats["model_calls"] * cfg.text_bytes
            out["load"]["repeated_text_share"] = round(max(0.0, 1 - new / text_total), 3)
    if cfg.dump:
        write_dump(cfg.dump, bodies, counts)
    if cfg.truth:
        with open(cfg.truth, "w", encoding="utf-8") as f:
            json.dump(truth.as_json(shape), f, ensure_ascii=False, indent=0)
    del truth

    # 2. Send it.
    if cfg.endpoint:
        raw_lengths = [len(b) for b in bodies]
        if cfg.gzip and cfg.protocol == "http":
            bodies = [gzip.compress(b, 6) for b in bodies]
        watch = ProcessWatch(cfg.server_pid)
        verify_base = verify_count(cfg.verify) if cfg.verify else None
        disk0 = disk_bytes(cfg.disk_path)
        run = Run(cfg, bodies, counts, ids, watch)
        cpu0, rss0 = watch.sample()
        client0, host0 = time.process_time(), host_cpu()
        if cfg.server_pid:
            watch.start()
        run.go()
        cpu1, rss1 = watch.sample()
        client1 = time.process_time()
        wall = max(1e-9, run.t_last_ack - run.t0)
        sent_raw = sum(raw_lengths[k] for k in run.acked)
        lat = run.latency
        out["send"] = {
            "protocol": cfg.protocol, "gzip": cfg.gzip, "concurrency": cfg.concurrency,
            "batch_spans": cfg.batch_spans if not cfg.replay else None,
            "accepted_spans": run.accepted_spans, "accepted_requests": len(run.acked),
            "rejected_spans": run.rejected, "unsent_requests": len(bodies) - run.next,
            "seconds": round(wall, 3),
            "accepted_spans_per_s": round(run.accepted_spans / wall, 1),
            "accepted_MB_per_s": round(sent_raw / wall / 1e6, 3),
            "wire_MB_per_s": round(run.accepted_bytes / wall / 1e6, 3),
            "latency_ms": {"p50": ms(percentile(lat, 50)), "p95": ms(percentile(lat, 95)),
                           "p99": ms(percentile(lat, 99)), "max": ms(max(lat, default=None))},
            "status": dict(run.status),
            "errors": sum(n for s, n in run.status.items() if s != "200"),
            "retries": run.retries, "client_cpu_s": round(client1 - client0, 2)}
        if run.killed_at:
            out["send"]["killed_after_acks"] = cfg.kill_after_acks
        if cfg.acked:
            with open(cfg.acked, "w") as f:
                for k in run.acked:
                    f.write("\n".join(ids[k]) + "\n")

        # 3. Wait until everything accepted is queryable.
        t_query = None
        if cfg.verify:
            last, found = None, 0
            stop_at = time.perf_counter() + cfg.verify_timeout
            while True:
                got = verify_count(cfg.verify)
                now = time.perf_counter()
                if got is not None:
                    found = got - (verify_base or 0)
                    if found >= run.accepted_spans:
                        t_query = now
                        break
                if now > stop_at:
                    break
                time.sleep(cfg.verify_interval)
            out["verify"] = {"queryable_spans": found, "complete": t_query is not None}
            if t_query:
                out["verify"].update(
                    lag_s=round(t_query - run.t_last_ack, 3), seconds=round(t_query - run.t0, 3),
                    queryable_spans_per_s=round(run.accepted_spans / (t_query - run.t0), 1))
        if cfg.server_pid:
            cpu2, rss2 = watch.sample()
            watch.stop_event.set()
            host2 = host_cpu()
            per = max(1, run.accepted_spans) / 1000
            out["server"] = {
                "cpu_s_at_last_ack": round(cpu1 - cpu0, 2), "cpu_s": round(cpu2 - cpu0, 2),
                "cpu_s_per_1k_spans": round((cpu2 - cpu0) / per, 3),
                "rss_before_MB": round(rss0 / 1e6, 1), "rss_peak_MB": round(watch.rss_peak / 1e6, 1),
                "rss_after_MB": round(rss2 / 1e6, 1),
                # CPU seconds used by neither server nor client: noise, or the --verify command
                "other_cpu_s": round(host2[0] - host0[0] - (cpu2 - cpu0) - (time.process_time() - client0), 2),
                "stolen_cpu_s": round(host2[1] - host0[1], 2)}
        if cfg.disk_path:
            grown = disk_bytes(cfg.disk_path) - disk0
            out["disk"] = {"bytes": grown, "bytes_per_span": round(grown / max(1, run.accepted_spans), 1)}
    print(json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
