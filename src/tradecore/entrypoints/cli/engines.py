"""Find out whether an engine runs on the folder."""

from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import AlreadyRunningError, StartError


def engine_runs(settings: Settings) -> bool | None:
    """Tell whether an engine runs on the folder; None where nobody can tell, as without a folder to run on."""
    from tradecore.entrypoints.runtime import wiring

    if not settings.folder.exists() or not settings.database_path.parent.exists():
        return None
    try:
        wiring.lock(settings).release()
    except AlreadyRunningError:
        return True
    except (StartError, OSError):
        return None
    return False
