"""Find out whether an engine runs on the folder."""

from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import AlreadyRunningError, StartError


def engine_runs(settings: Settings) -> bool | None:
    """Tell whether an engine runs on the folder; None where nobody can tell, as without a folder to run on."""
    from tradecore.entrypoints.runtime import premises

    if not all(folder.exists() for folder in settings.folders):
        return None
    try:
        premises.lock(settings).release()
    except AlreadyRunningError:
        return True
    except (StartError, OSError):
        return None
    return False
