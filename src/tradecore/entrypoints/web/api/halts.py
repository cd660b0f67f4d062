"""Press, tell and lift the kill switch, and close what an account holds."""

from typing import Final

from attrs import asdict, frozen

from tradecore.domain.book import BookKey
from tradecore.domain.events import FlattenAsked
from tradecore.domain.ids import HaltId, Symbol, UserId
from tradecore.domain.parties import Halt
from tradecore.entrypoints.runtime.halting import Halting, Scope
from tradecore.entrypoints.web import party_views as p
from tradecore.entrypoints.web import views as v
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.present import asked_for_view, halt_view
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@frozen(kw_only=True)
class HaltRows:
    """Whether those that were lifted are told, too."""

    lifted: bool = False


@ROUTES.on("GET /api/v1/halts", v.HaltsView, asks=HaltRows)
def halts(call: Call) -> v.HaltsView:
    """Tell the kill switches that touch the caller; those for everything touch everybody."""
    found = call.services.directory.halts(lifted=call.asked(HaltRows).lifted)
    return v.HaltsView(halts=tuple(halt_view(halt) for halt in found if _touches(call, halt)))


@ROUTES.on("POST /api/v1/halts", {201: v.PressedView}, takes=p.HaltDraft)
def press_halt(call: Call) -> v.PressedView:
    """Press the kill switch. It stays pressed until a person lifts it, through restarts, too.

    At the level `flatten` everything in its scope is closed, and closed again whenever something is found open.
    """
    draft = call.taken(p.HaltDraft)
    scope = _scope(call, draft)
    pressed = Halting.of(call.services).halt(draft.level, scope, reason=draft.reason, by=call.viewer.user.name)
    shown = asdict(halt_view(pressed.halt), recurse=False)
    return v.PressedView(**shown, flattening=asked_for_view(pressed.flattening))


@ROUTES.on("POST /api/v1/halts/<halt_id>/lift", v.HaltView)
def lift_halt(call: Call) -> v.HaltView:
    """Lift a kill switch. A repeat is harmless.

    One that says `flatten` can be lifted once the brokers confirm that all is flat.
    """
    halt = call.services.directory.halt(HaltId(call.place["halt_id"]))
    if halt is None or not _touches(call, halt):
        raise not_found("halt")
    if not call.viewer.sees(halt.user_id, halt.account_id):
        raise ProblemError(403, "forbidden", "Only an administrator may lift what stops everybody.")
    if halt.lifted_at is not None:
        return halt_view(halt)
    try:
        return halt_view(Halting.of(call.services).lift(halt.id, by=call.viewer.user.name))
    except ValueError as error:
        raise ProblemError(409, "not-flat", f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


@ROUTES.on("POST /api/v1/flatten", {202: v.AskedForView}, takes=p.FlattenDraft)
def flatten(call: Call) -> v.AskedForView:
    """Cancel every working order of an account, and close every position in it; or in one instrument alone.

    What the broker holds that nobody here has traded is closed, too, unless the broker cannot be asked: `unreachable`
    then says so.
    """
    draft, services = call.taken(p.FlattenDraft), call.services
    account = call.viewer.account(services.directory, draft.account_id)
    why = f"{call.viewer.user.name}: {draft.reason}"
    if draft.symbol is None:
        return asked_for_view(Halting.of(services).flatten(Scope(account_id=account.id), why=why))
    named = Symbol(draft.symbol.upper())
    instrument = services.directory.instrument(account.venue, named)
    if instrument is None:
        raise ProblemError(422, "bad-symbol", f"Nobody lists {named} for this account.", "symbol")
    key = BookKey(account_id=account.id, symbol=instrument.symbol)
    services.inbox.post(key, FlattenAsked(why=why), services.clock.now())
    return v.AskedForView(books=(str(key),))


def _touches(call: Call, halt: Halt) -> bool:
    viewer = call.viewer
    everything = halt.user_id is None and halt.account_id is None and halt.bot_id is None
    return everything or viewer.sees(halt.user_id, halt.account_id)


def _scope(call: Call, draft: p.HaltDraft) -> Scope:
    """Return what the switch is for, which must be one thing, and the caller's."""
    viewer, directory = call.viewer, call.services.directory
    if sum(map(bool, (draft.bot_id, draft.account_id, draft.user_id, draft.everything))) != 1:
        message = "Name one scope: bot_id, account_id, user_id, or everything."
        raise ProblemError(422, "bad-scope", message, "account_id")
    if draft.bot_id:
        return Scope(bot_id=viewer.bot(directory, draft.bot_id).id)
    if draft.account_id:
        return Scope(account_id=viewer.account(directory, draft.account_id).id)
    viewer.must_be_whole()
    if draft.everything:
        if not viewer.sees_all:
            raise ProblemError(403, "forbidden", "Only an administrator may stop everybody.", "everything")
        return Scope()
    user = directory.user(UserId(str(draft.user_id)))
    if user is None or not viewer.sees(user.id):
        raise not_found("user")
    return Scope(user_id=user.id)
