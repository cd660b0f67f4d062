"""Find out whether anybody trades on the folder, or on the database that many share."""

from datetime import datetime

from tradecore.domain.errors import UnreachableError
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import AlreadyRunningError, StartError


def engine_runs(settings: Settings) -> bool | None:
    """Tell whether an engine runs; None where nobody can tell, as without a folder to run on."""
    from tradecore.entrypoints.runtime import premises, wiring

    if settings.database_path is None:
        room = wiring.beside(settings)
        try:
            room.store.ping()
            return bool(room.services.engine.leases.alive())
        except UnreachableError:
            return None
        finally:
            room.store.close()
    if not all(folder.exists() for folder in settings.folders):
        return None
    try:
        premises.lock(settings).release()
    except AlreadyRunningError:
        return True
    except (StartError, OSError):
        return None
    return False


def runs_since(settings: Settings) -> datetime | None:
    """Return since when the folder's engine runs; None where none does, or nobody can tell, as where many share."""
    from tradecore.entrypoints.runtime import premises

    is_one = settings.database_path is not None and engine_runs(settings)
    return premises.locked_at(settings) if is_one else None
