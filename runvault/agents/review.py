"""The code-review agent, in two versions of its workflow: v2 reads twice with a bigger model, slower and dearer."""

from runvault.agents.customers import FIRST, LAST, Planted, make_api_key
from runvault.agents.recorder import Attributes, Recorder, call_tool, say, say_outcome

AGENT = "code-review-agent"
WORKFLOW = "code-review"
STORIES = (
    "v1", "v2", "v1 linter fails", "v2", "v2 inhouse", "v1",
    "v2", "v1", "v2 rejected", "v1", "v2", "v1",
)  # fmt: skip
SYSTEM = "You review changes for bugs. Point at lines. Say so when a change holds a secret."


def run_review(recorder: Recorder, index: int) -> tuple[str, list[Planted]]:
    """Play run number `index`. Returns the outcome's status and the personal values that it planted."""
    story = STORIES[index % len(STORIES)]
    rng = recorder.rng
    author = f"{rng.choice(FIRST)}.{rng.choice(LAST)}@example.com"
    key = make_api_key(rng)
    pull_request = recorder.make_id("pr_")
    recorder.history.append(say("user", f"Review change {pull_request} by {author}."))
    workflow: Attributes = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": WORKFLOW,
        "runvault.run.id": recorder.run_id,
        "runvault.workflow.version": story[:2],
    }
    agent: Attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": AGENT}
    with recorder.step(f"invoke_workflow {WORKFLOW}", workflow, 0.01) as root:
        with recorder.step(f"invoke_agent {AGENT}", agent, 0.01):
            _read_change(recorder, story, pull_request, author, key)
            status, reason = _give_verdict(recorder, story, pull_request)
        say_outcome(root, status, reason)
    return status, [Planted("email", author), Planted("api_key", key)]


def _read_change(recorder: Recorder, story: str, pull_request: str, author: str, key: str) -> None:
    diff = f'+++ client.py\n+API_KEY = "{key}"  # ask {author}\n+def fetch(url):\n+    return get(url, key=API_KEY)\n'
    call_id = recorder.make_id("call_")
    arguments = {"change": pull_request}
    _chat(recorder, story, call_tool("fetch_diff", call_id, arguments))
    recorder.tool("fetch_diff", arguments, {"author": author, "diff": diff}, call_id=call_id)
    if story == "v1 linter fails":
        recorder.tool("run_linter", arguments, error=("TimeoutError", f"linter gave up on the change by {author}"))
    else:
        recorder.tool("run_linter", arguments, {"warnings": recorder.rng.randint(0, 5)})
    if story.startswith("v2"):
        _chat(recorder, story, say("assistant", f"First pass: the change by {author} holds a key in line 1."))


def _give_verdict(recorder: Recorder, story: str, pull_request: str) -> tuple[str, str]:
    """Say what is wrong and post it. Returns outcome status and reason."""
    _chat(recorder, story, say("assistant", "Line 1 holds a secret; read it from the environment. The rest is fine."))
    if story == "v2 rejected":
        return "failure", "author found the review wrong"
    comment = recorder.make_id("cmt_")
    effect: Attributes = {"runvault.side_effect.type": "comment", "runvault.side_effect.id": comment}
    recorder.tool("post_comment", {"change": pull_request, "line": 1}, {"comment": comment}, extra=effect)
    return "success", "review posted"


def _chat(recorder: Recorder, story: str, reply: dict[str, object]) -> None:
    """v1 asks a small model; v2 a big one, with more to read; one run asks a model that no price list knows."""
    rng = recorder.rng
    if story == "v2 inhouse":
        tokens = (rng.randint(2500, 4000), 0, 250)
        model, seconds = ("inhouse", "inhouse-reviewer-7b"), rng.uniform(2, 4)
    elif story.startswith("v2"):
        tokens = (rng.randint(5000, 9000), 2048, rng.randint(300, 700))
        model, seconds = ("anthropic", "claude-sonnet-4-5"), rng.uniform(2.5, 6)
    else:
        tokens = (rng.randint(2000, 3500), 1024, rng.randint(150, 350))
        model, seconds = ("anthropic", "claude-haiku-4-5"), rng.uniform(0.8, 2.8)
    recorder.chat(*model, reply, tokens, seconds, SYSTEM)
