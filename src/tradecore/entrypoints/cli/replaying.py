"""Judge the past again, and list what today's code or other limits would have decided otherwise."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import click
from attrs import frozen

from tradecore.domain.ids import AccountId, BotId, PlanId
from tradecore.domain.parties import Bot
from tradecore.domain.records import about
from tradecore.domain.replaying import Comparison, Replayed, concerns, then_and_now
from tradecore.domain.replaying import replay as judge_again
from tradecore.domain.stories import say
from tradecore.domain.supposing import LIMIT_NAMES, Supposed
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import Exit, SaidError
from tradecore.entrypoints.cli.finding import account_named, alert_named, bot_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import watched
from tradecore.entrypoints.cli.values import MOMENT, SUPPOSED
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.ports.history import Asked, History, Kept, Unreadable

_PAGE_ROWS: Final = 500
_LIMIT_HELP: Final = f"Judge by this limit instead; 0 is none. Repeatable. There is {', '.join(LIMIT_NAMES)}."
_UNREADABLE: Final = "unreadable"
# What is added to the summary where there is any of it.
_REMARKS: Final[Mapping[str, str]] = {
    "mended": "Set aside then, because tradecore itself failed on it, and would be judged now",
    "uncertain": "Uncertain, because no such limit was in force and nobody looked up what it asks for",
    _UNREADABLE: "Not judged, because this version cannot read it",
}


@frozen(kw_only=True)
class _Finding:
    """What is told of one judgement that did not come out the same."""

    kind: str
    at: datetime
    account: str
    symbol: str
    event_id: str
    about: str | None
    what: str
    then: tuple[str, ...] = ()
    now: tuple[str, ...] = ()


@click.command(
    epilog=examples(
        "tradecore replay --from 2026-11-23 --to 2026-11-24",
        "tradecore replay --from 2026-11-23 --limit daily_loss=200 --limit bot.position_max=5",
        "tradecore replay --alert last",
    )
)
@click.option("--from", "since", type=MOMENT, help="Begin there: 2026-11-23, or 2026-11-23T14:30, in UTC.")
@click.option("--to", "before", type=MOMENT, help="Stop before that moment; without it, now.")
@click.option("--account", metavar="NAME", help="Only this account.")
@click.option("--bot", metavar="NAME", help="Only what is about this bot; bot limits are then its alone.")
@click.option("--alert", metavar="ID", help="Only what is about this alert; `last` is the newest.")
@click.option("--limit", "limits", type=SUPPOSED, multiple=True, help=_LIMIT_HELP)
@as_json
@with_room
def replay(
    room: Room, /, *, bot: str | None, limits: tuple[tuple[str, Decimal | int], ...], as_json: bool,
    **wanted: Any,  # noqa: ANN401 - options have every type
) -> None:  # fmt: skip
    """Judge the past again: by today's code, or by other limits.

    Each judgement was stored with all that was known then, and is judged again by itself. What would have followed
    from another decision, a fill that did not come or a loss that was not made, is not played on. Nothing is traded,
    and nothing is written.

    Without --limit everything must come out the same: exit code 1 says that something did not, or cannot be read.
    With --limit the differences are the answer, and the exit code is 0.
    """
    found = bot_named(room.services.directory, bot) if bot else None
    asked = _asked(room, found, **wanted)
    supposed = Supposed(limits=dict(limits), bot_id=found.id if found else None) if limits else None
    names = {account.id: account.name for account in room.services.directory.accounts()}
    counts = Counter[str]()
    results = _results(room.services.history, asked, supposed, found.id if found else None)
    findings = (_finding(one, names) for one in _counted(results, counts))
    if as_json:
        _print_json(findings, counts)
    else:
        _print_words(findings, counts)
    if supposed is None and (counts["different"] or counts[_UNREADABLE]):
        raise SystemExit(Exit.NO)


def _asked(
    room: Room, bot: Bot | None, *, since: datetime | None, before: datetime | None, account: str | None,
    alert: str | None,
) -> Asked:  # fmt: skip
    """Return the question; it ends now, so that what is judged meanwhile does not keep it going."""
    services = room.services
    before = before or services.clock.now()
    if since is not None and since >= before:
        raise click.UsageError(f"--from {since:%Y-%m-%d %H:%M:%S} is not before --to {before:%Y-%m-%d %H:%M:%S}.")
    account_id = account_named(services.directory, account).id if account else None
    if bot is not None and account_id not in {None, bot.account_id}:
        raise SaidError(f"{bot.label} does not trade in {account}.")
    return Asked(
        account_id=bot.account_id if bot is not None else account_id,
        plan_id=PlanId(alert_named(services.history, alert).alert.id) if alert else None,
        since=since,
        before=before,
        limit=_PAGE_ROWS,
    )


def _kept(history: History, asked: Asked) -> Iterator[Kept]:
    """Yield everything that was asked for, with one page of it in memory."""
    place = None
    while page := history.judgements_after(place, asked):
        yield from page
        place = page[-1].place


def _results(
    history: History, asked: Asked, supposed: Supposed | None, bot_id: BotId | None
) -> Iterator[Replayed | Unreadable]:
    for kept in watched(_kept(history, asked), "judgements read"):
        judged = kept.judged
        if isinstance(judged, Unreadable):
            yield judged
        elif bot_id is None or concerns(judged, bot_id):
            yield judge_again(judged, supposed)


def _counted(results: Iterable[Replayed | Unreadable], counts: Counter[str]) -> Iterator[Replayed | Unreadable]:
    """Count them all, and yield those that there is something to say of."""
    for one in results:
        kind = _kind(one)
        counts[kind] += 1
        if kind != "same":
            yield one


def _kind(one: Replayed | Unreadable) -> str:
    return one.comparison.name.lower() if isinstance(one, Replayed) else _UNREADABLE


def _finding(one: Replayed | Unreadable, names: Mapping[AccountId, str]) -> _Finding:
    key = one.judged.before.key if isinstance(one, Replayed) else one.key
    account = names.get(key.account_id, key.account_id)
    if isinstance(one, Unreadable):
        return _Finding(
            kind=_kind(one), at=one.at, account=account, symbol=key.symbol, event_id=one.event_id, about=None,
            what=one.why)  # fmt: skip
    then, now = then_and_now(one)
    return _Finding(
        kind=_kind(one), at=one.judged.facts.now, account=account, symbol=key.symbol, event_id=one.judged.event_id,
        about=about(one.judged), what=say(one.judged.event), then=then, now=now)  # fmt: skip


def _print_words(findings: Iterable[_Finding], counts: Counter[str]) -> None:
    for one in findings:
        whose = f" [{one.about}]" if one.about else ""
        click.secho(f"{one.at:%Y-%m-%d %H:%M:%S.%f} UTC  {one.account} {one.symbol}  {one.what}{whose}", bold=True)
        for name, deeds in (("then", one.then), ("now", one.now)):
            for number, deed in enumerate(deeds):
                click.echo(f"  {'' if number else f'{name}:':<6}{deed}")
        if not one.then:
            click.echo(f"  event {one.event_id}")
        click.echo()
    click.echo(_summary(counts))


def _summary(counts: Counter[str]) -> str:
    judged = counts.total() - counts[_UNREADABLE]
    lines = [f"Judged {judged:,} again: {counts['same']:,} the same, {counts['different']:,} different."]
    lines += [f"{remark}: {counts[kind]:,}." for kind, remark in _REMARKS.items() if counts[kind]]
    return "\n".join(lines)


def _print_json(findings: Iterable[_Finding], counts: Counter[str]) -> None:
    """Print one document, piece by piece: there may be a million differences."""
    from tradecore.entrypoints.web.giving import json_of

    click.echo('{"findings": [', nl=False)
    for number, one in enumerate(findings):
        comma = "," if number else ""
        click.echo(f"{comma}\n  {json.dumps(json_of(one), ensure_ascii=False)}", nl=False)
    kinds = [*(comparison.name.lower() for comparison in Comparison), _UNREADABLE]
    totals = {"judged": counts.total() - counts[_UNREADABLE], **{kind: counts[kind] for kind in kinds}}
    click.echo(f"\n], {json.dumps(totals)[1:]}")
