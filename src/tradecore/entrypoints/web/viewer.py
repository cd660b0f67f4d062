"""Say who asks, and what they may see."""

from attrs import evolve, frozen

from tradecore.domain.ids import AccountId, BotId, UserId
from tradecore.domain.parties import Account, Bot, Role, Token, User
from tradecore.domain.people import SignIn
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.ports.directory import Directory
from tradecore.ports.history import Asked


@frozen(kw_only=True)
class Viewer:
    """Somebody who may look: a user through a token, by having signed in, or with neither by the installation's secret.

    People see what is theirs, administrators everything; a token that is narrowed to an account sees that alone.
    Whatever is not seen is not there.
    """

    user: User
    token: Token | None
    sign_in: SignIn | None = None

    @property
    def only(self) -> AccountId | None:
        """The one account that the token is narrowed to."""
        return self.token.account_id if self.token else None

    @property
    def sees_all(self) -> bool:
        """Whether nothing is hidden."""
        return self.user.role is Role.ADMIN and self.only is None

    def sees(self, user_id: UserId | None, account_id: AccountId | None = None) -> bool:
        """Tell whether what belongs to that user, and to that account, is shown."""
        if self.only is not None:
            return account_id == self.only
        return self.sees_all or user_id == self.user.id

    def accounts(self, directory: Directory) -> tuple[Account, ...]:
        """Return the viewer's own accounts, whatever else they may see."""
        return tuple(one for one in directory.accounts(self.user.id) if self.only in {None, one.id})

    def every_account(self, directory: Directory) -> tuple[Account, ...]:
        """Return all accounts that are shown."""
        return directory.accounts() if self.sees_all else self.accounts(directory)

    def account(self, directory: Directory, account_id: str) -> Account:
        """Return the account with this id, or the viewer's own with this name; `ProblemError` where there is none."""
        found = directory.account(AccountId(account_id))
        if found is not None and self.sees(found.user_id, found.id):
            return found
        for one in self.accounts(directory):
            if one.name.casefold() == account_id.casefold():
                return one
        raise not_found("account")

    def bot(self, directory: Directory, bot_id: str) -> Bot:
        """Return the bot; `ProblemError` where there is none to be seen."""
        bot = directory.bot(BotId(bot_id))
        if bot is None or not self.sees(bot.user_id, bot.account_id):
            raise not_found("bot")
        return bot

    def narrowed(self, asked: Asked) -> Asked:
        """Return *asked* for no more than what is shown."""
        if self.sees_all:
            return asked
        asked = evolve(asked, user_id=self.user.id)
        if self.only is None:
            return asked
        if asked.account_id not in {None, self.only}:
            raise not_found("account")
        return evolve(asked, account_id=self.only)

    def must_be_whole(self) -> None:
        """Refuse a token that is narrowed to an account what reaches further."""
        if self.only is not None:
            message = "This token is narrowed to an account: it takes one without limits."
            raise ProblemError(403, "token-scope", message)
