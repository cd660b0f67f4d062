"""What is true and what follows: values and pure functions, no input or output.

These are the words that most programs need; everything else is found by its module's name.
"""

from tradecore.domain.book import Book, BookKey
from tradecore.domain.commands import Cancel, Command, LookUp, Submit, TakeSurvey, Tell
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision, Status, Verdict
from tradecore.domain.events import AlertArrived, Event, OrderReported, Surveyed, Woken
from tradecore.domain.facts import Facts
from tradecore.domain.instruments import Instrument, Kind, Market
from tradecore.domain.limits import AccountLimits, BotLimits, Day, Judgement
from tradecore.domain.orders import Bracket, News, Order, OrderState, OrderType, Report, Side, Ticket
from tradecore.domain.parties import Account, Bot, Mode, User, Venue
from tradecore.domain.performance import Performance, measure
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.sessions import Hours, Session
from tradecore.domain.signals import Alert, Direction, Signal
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, RiskPercent, Units, quantity_for
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.trades import Fill, Share, Trade
from tradecore.domain.venues import AccountState, Position, Quote, Survey, VenueRules

__all__ = [
    "Account",
    "AccountLimits",
    "AccountState",
    "Alert",
    "AlertArrived",
    "Book",
    "BookKey",
    "Bot",
    "BotLimits",
    "Bracket",
    "Cancel",
    "Command",
    "Day",
    "Decision",
    "Direction",
    "Distance",
    "DistanceUnit",
    "Dollars",
    "Event",
    "Facts",
    "Fill",
    "Hours",
    "Instrument",
    "Judgement",
    "Kind",
    "LookUp",
    "Market",
    "Mode",
    "News",
    "Order",
    "OrderReported",
    "OrderState",
    "OrderType",
    "PercentOfEquity",
    "Performance",
    "Position",
    "Protection",
    "Quote",
    "Refusal",
    "Report",
    "RiskDollars",
    "RiskPercent",
    "Session",
    "Share",
    "Side",
    "Signal",
    "Status",
    "Submit",
    "Survey",
    "Surveyed",
    "TakeSurvey",
    "Tell",
    "Ticket",
    "Timeframe",
    "Trade",
    "Units",
    "User",
    "Venue",
    "VenueRules",
    "Verdict",
    "Woken",
    "decide",
    "measure",
    "quantity_for",
]
