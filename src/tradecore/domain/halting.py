"""Keep what the kill switch has flattened flat, until a person lifts it."""

from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.parties import HaltLevel
from tradecore.domain.planning import want
from tradecore.domain.signals import Signal


def stay_flat(decision: Decision, facts: Facts) -> Decision:
    """Close whatever is held or works under a halt that says flatten, however it came to be."""
    book = decision.book
    flattening = [halt for halt in facts.halts if halt.level is HaltLevel.FLATTEN]
    for halt in flattening:
        reason = f"kill switch: {halt.reason}"
        if halt.bot_id is not None and book.held(halt.bot_id):
            return want(decision, facts, Signal.CLOSE, halt.bot_id, reason)
        everything = halt.bot_id is None and facts.account is not None and halt.covers(None, facts.account)
        if everything and (book.net or book.shares or book.orders):
            return want(decision, facts, Signal.FLAT, None, reason)
    return decision
