"""Keys that carry their maker's prefix. The prefix is enough: fakes and truncated keys are shorter than real ones.

Each entry is (anchor for Hyperscan, pattern). Sources: the makers' documentation and GitHub's list of secret types.
"""

from redaction.recognizers.kind import Anchor, Kind, run_of

_W = r"[A-Za-z0-9_\-]"
_KEYS: tuple[tuple[str, str], ...] = (
    # OpenAI, Anthropic, OpenRouter, Langfuse; `sk-` alone is also CSS, so it must look random behind it
    (
        r"sk-(?:proj|ant|svcacct|admin|test|live|or|lf|None|fake|dev|prod)-",
        rf"sk-(?:proj|ant|svcacct|admin|test|live|or|lf|None|fake|dev|prod)-{_W}{{4,}}",
    ),
    (r"sk-[A-Za-z0-9]{6}", rf"sk-(?=[a-z_\-]*[A-Z0-9])(?![a-z]+-[a-z]+){_W}{{8,}}|sk-[A-Z0-9]{{6,}}"),
    # AWS access key ids
    (r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8}", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}(?![a-z])"),
    # Google: API keys, OAuth tokens and client secrets
    (r"AIza[\w\-]{8}|ya29\.[\w\-]{6}|GOCSPX-", rf"AIza{_W}{{8,}}|ya29\.{_W}{{6,}}|GOCSPX-{_W}{{6,}}"),
    # GitHub, GitLab
    (r"gh[pousr]_[A-Za-z0-9]{4}|github_pat_", r"gh[pousr]_[A-Za-z0-9]{4,}|github_pat_[A-Za-z0-9_]{4,}"),
    (r"gl(?:pat|rt|dt|ptt|ft|soat|cbt|oas)-", rf"gl(?:pat|rt|dt|ptt|ft|soat|cbt|oas)-{_W}{{4,}}"),
    # Slack, Discord and Teams web hooks
    (r"xox[a-z]-|xapp-", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9\-]{4,}|xapp-[A-Za-z0-9\-]{6,}"),
    (
        r"hooks\.slack\.com/|/api/webhooks/",
        r"hooks\.slack\.com/[A-Za-z]+/\K[A-Za-z0-9/_]{8,}|/api/webhooks/\K[\w/\-]{16,}",
    ),
    # Stripe
    (r"(?:sk|rk)_(?:live|test)_|whsec_", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{4,}|whsec_[A-Za-z0-9+/=]{8,}"),
    # Twilio, SendGrid, Mailgun, Mailchimp
    (r"SK[0-9a-f]{32}", r"SK[0-9a-f]{32}(?![0-9a-f])"),
    (r"SG\.[\w\-]{6}", rf"SG\.{_W}{{6,}}(?:\.{_W}{{6,}})?"),
    (r"key-[0-9a-f]{32}", r"key-[0-9a-f]{32}"),
    # package registries
    (r"npm_[A-Za-z0-9]{10}", r"npm_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{10,}"),
    (r"pypi-[\w\-]{10}", rf"pypi-(?=[a-z\-]*[A-Z0-9_]){_W}{{10,}}"),
    # model providers and tools for them
    (r"hf_[A-Za-z0-9]{6}", r"hf_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6,}"),
    (
        r"(?:gsk_|xai-|pplx-|r8_|tvly-|lsv2_|nvapi-|fw_|csk-|co-)[\w\-]{12}",
        rf"(?:gsk_|xai-|pplx-|r8_|tvly-|lsv2_|nvapi-|fw_|csk-)(?=[a-z_\-]*[A-Z0-9]){_W}{{12,}}",
    ),
    # clouds and vaults
    (r"do[opr]_v1_|dapi[0-9a-f]{32}", r"do[opr]_v1_[a-f0-9]{8,}|dapi[0-9a-f]{32}(?:-\d)?"),
    (r"hv[sbr]\.[\w\-]{8}|dckr_pat_", rf"hv[sbr]\.{_W}{{8,}}|dckr_pat_{_W}{{6,}}"),
    (
        r"lin_api_|ntn_[A-Za-z0-9]{20}|shp(?:at|ca|pa|ss)_",
        r"lin_api_\w{8,}|ntn_[A-Za-z0-9]{20,}|shp(?:at|ca|pa|ss)_\w{8,}",
    ),
    (r"AGE-SECRET-KEY-1|\d:AA[\w\-]{30}", rf"AGE-SECRET-KEY-1[0-9A-Z]{{8,}}|\d{{8,10}}:AA{_W}{{30,}}"),
    # Azure: the three letters that mark a client secret, and the signature of a storage URL
    (r"[\w~.\-]{3}8Q~[\w~.\-]{31}", r"[\w~.\-]{3}8Q~[\w~.\-]{31,34}"),
    (r"[?&;]sig=", r"[?&;]sig=\K[A-Za-z0-9%+/=]{20,}"),
    # our own
    (r"rv_[A-Za-z0-9_\-]{16}", rf"rv_(?=[a-z_\-]*[A-Z0-9]){_W}{{16,}}"),
)

API_KEY = Kind(
    "API_KEY",
    tuple(Anchor(anchor) for anchor, _ in _KEYS),
    run_of(r"^\s\"'<>(){},|\\", 4096, 4096),
    patterns=(("prefixed key", r"(?<![A-Za-z0-9])(?:" + "|".join(pattern for _, pattern in _KEYS) + ")", 0.95),),
    margin=(2, 1),
    whole=False,
)

JWT = Kind(
    "JWT",
    (Anchor(r"eyJ[A-Za-z0-9_\-]{8}"),),
    run_of(r"A-Za-z0-9_\-."),
    # RFC 7519: header and payload, both base64url of a JSON object, then the signature unless it was cut off.
    patterns=(("jwt", r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*){0,3}", 0.96),),
)
KINDS = (API_KEY, JWT)
