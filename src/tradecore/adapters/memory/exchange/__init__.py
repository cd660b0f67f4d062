"""Match orders with prices, for many accounts, on this machine."""

from tradecore.adapters.memory.exchange.accounts import AccountTerms
from tradecore.adapters.memory.exchange.brackets import Offsets
from tradecore.adapters.memory.exchange.faults import Call, Faults
from tradecore.adapters.memory.exchange.feed import Follower
from tradecore.adapters.memory.exchange.journal import FileJournal, Journal
from tradecore.adapters.memory.exchange.placing import Amendment
from tradecore.adapters.memory.exchange.rows import Change, Execution, Row
from tradecore.adapters.memory.exchange.venue import Exchange

__all__ = [
    "AccountTerms",
    "Amendment",
    "Call",
    "Change",
    "Exchange",
    "Execution",
    "Faults",
    "FileJournal",
    "Follower",
    "Journal",
    "Offsets",
    "Row",
]
