"""From settings to break-glass."""

from pathlib import Path

from api.services import Glass
from runvault.notify import Notifier
from runvault.passphrase import find_passphrase
from runvault.settings import Settings
from vault.break_glass import BreakGlassRules
from vault.break_glass_key import load_event_key
from vault.opener import Opener


def build_glass(settings: Settings) -> Glass:
    """Break-glass by the settings; its signing key is made at first use. Raises ConfigError."""
    rules = BreakGlassRules(
        settings["break_glass.approvals"],
        settings["break_glass.longest_minutes"],
        settings["break_glass.pending_minutes"],
        settings["break_glass.openings_per_hour"],
    )
    file = settings["opener.file"]
    opener = Opener(Path(file).expanduser(), lambda: find_passphrase(settings)) if file else None
    notifier = Notifier(settings["break_glass.notify_command"], settings["break_glass.notify_url"])
    return Glass(rules, load_event_key(settings.data_dir / "keys" / "break-glass.key"), opener, notifier.tell)
