"""Know the rules of prop firms' accounts as limits: a table of what they were on one day. Firms change them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from attrs import evolve, frozen

from tradecore.domain.ceilings import ContractLimit, ScalingStep
from tradecore.domain.limits import AccountLimits, TrailingDrawdown
from tradecore.domain.money import ZERO
from tradecore.domain.parties import Account
from tradecore.domain.sessions import GetFlat


@frozen(kw_only=True)
class FirmPreset:
    """The rules of one kind of account. `as_of` is when they were looked up, in `source`; `notes` are for people."""

    name: str
    title: str
    limits: AccountLimits
    as_of: date
    source: str
    notes: tuple[str, ...]
    get_flat: GetFlat = GetFlat()

    def put_on(self, account: Account) -> Account:
        """Return *account* under these rules; its limits that no firm sets stay."""
        ruled = ("daily_loss", "drawdown", "start_balance", "profit_target", "contracts", "consistency_percent")
        rules = {name: getattr(self.limits, name) for name in ruled}
        return evolve(account, limits=evolve(account.limits, **rules), get_flat=self.get_flat)


_AS_OF: Final = date(2026, 9, 1)
_SOURCE: Final = "Topstep's help pages 8284204, 8284206, 8284209, 9221977 and 9772296, and what traders report"
_NOTES: Final = (
    "Firms change their rules: compare these numbers with those of your account, and change what differs.",
    "The firm asks a daily loss limit only of some accounts; it is set here all the same (--daily-loss 0 for none).",
    "SIL, MBT and MET weigh otherwise than other micros; until you say how (--contract-weight), each is a whole mini.",
)
_SCALING_NOTES: Final = (
    "The scaling steps are what traders report. A profit that tradecore has not seen at a day's end counts as none.",
    "After the first payout the floor stands at zero: say so with --paid-out.",
)


def _combine(size: int, target: int, loss: int, daily: int, minis: int) -> FirmPreset:
    start = Decimal(size) * 1000
    return FirmPreset(
        name=f"topstepx-combine-{size}k",
        title=f"TopstepX Trading Combine, {size}K",
        limits=AccountLimits(
            daily_loss=Decimal(daily),
            drawdown=TrailingDrawdown(amount=Decimal(loss), start=start, stops_at=start),
            start_balance=start,
            profit_target=Decimal(target),
            contracts=ContractLimit(minis=Decimal(minis)),
            consistency_percent=Decimal(50),
        ),
        as_of=_AS_OF, source=_SOURCE, notes=_NOTES)  # fmt: skip


def _express(size: int, loss: int, daily: int, *steps: tuple[int, int]) -> FirmPreset:
    scaling = tuple(ScalingStep(profit=Decimal(profit), minis=Decimal(minis)) for profit, minis in steps)
    return FirmPreset(
        name=f"topstepx-express-{size}k",
        title=f"TopstepX Express Funded Account, {size}K",
        limits=AccountLimits(
            daily_loss=Decimal(daily),
            drawdown=TrailingDrawdown(amount=Decimal(loss), start=ZERO, stops_at=ZERO),
            start_balance=ZERO,
            contracts=ContractLimit(minis=scaling[-1].minis, scaling=scaling),
        ),
        as_of=_AS_OF, source=_SOURCE, notes=(*_NOTES, *_SCALING_NOTES))  # fmt: skip


_ALL: Final = (
    #               target  loss daily minis
    _combine(50,    3_000, 2_000, 1_000,  5),
    _combine(100,   6_000, 3_000, 2_000, 10),
    _combine(150,   9_000, 4_500, 3_000, 15),
    #               loss daily  from a profit above, so many minis
    _express(50,  2_000, 1_000, (0, 2), (1_500, 3), (2_000, 5)),
    _express(100, 3_000, 2_000, (0, 3), (1_500, 4), (2_000, 5), (3_000, 10)),
    _express(150, 4_500, 3_000, (0, 3), (1_500, 4), (2_000, 5), (3_000, 10), (4_500, 15)),
)  # fmt: skip

PRESETS: Final[Mapping[str, FirmPreset]] = MappingProxyType({preset.name: preset for preset in _ALL})
