"""Test that settings are read once, whole, and with every problem named."""

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import fields

from tradecore.entrypoints.runtime.settings import Settings, SettingsError, settings_table
from tradecore.entrypoints.runtime.variables import ACCOUNT, VARIABLES

KEY = "yaG9h2VlsSDetq40gKJF-9nIY12hQC74E7WdavEGq3k="
OLD_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.read(environ)
    return caught.value.problems


def test_nothing_set_gives_what_the_class_says() -> None:
    assert Settings.read({}) == Settings()


def test_every_variable_is_read_into_its_field() -> None:
    settings = Settings.read({
        "TV_PORT": "8080", "TV_HOST": "10.0.0.1", "TRADECORE_WORKERS": "2", "TRADECORE_PROXIES": "1",
        "LOG_LEVEL": "WARN", "TRADECORE_FOLDER": "/srv/x",
        "TRADECORE_PAPER_URL": "http://127.0.0.1:5100", "DATABASE_URL": "sqlite:////srv/y/z.db",
        "ENCRYPTION_KEY": KEY, "WEBHOOK_SECRET": "s3cret-s3cret", "MAX_DAILY_LOSS": "-500",
        "DAILY_PROFIT_TARGET": "1000.50", "MAX_CONSECUTIVE_LOSSES": "3",
        "PROJECTX_BASE_URL": "https://gateway.example", "PROJECTX_USERNAME": "ada", "PROJECTX_API_KEY": "k",
        "PROJECTX_USER_HUB_URL": "wss://hubs.example/user", "PROJECTX_MARKET_HUB_URL": "http://127.0.0.1:1/market",
        "PROJECTX_ACCOUNT_ID": "42", "ACCOUNT_ALPHA": "7", "N8N_WEBHOOK_URL": "https://n8n.example/x",
        "DISCORD_WEBHOOK_URL": "https://discord.example/y",
    })  # fmt: skip

    assert (settings.port, settings.host, settings.workers, settings.proxies_trusted) == (8080, "10.0.0.1", 2, 1)
    assert (settings.log_level, settings.folder) == ("warning", Path("/srv/x"))
    assert settings.paper_url == "http://127.0.0.1:5100"
    assert settings.database_path == Path("/srv/y/z.db")
    assert (settings.encryption_key, settings.webhook_secret) == (KEY, "s3cret-s3cret")
    assert (settings.max_daily_loss, settings.daily_profit_target) == (Decimal(500), Decimal("1000.50"))
    assert settings.max_consecutive_losses == 3
    assert dict(settings.accounts) == {"alpha": "7"}
    assert settings.projectx_user_hub_url == "wss://hubs.example/user"
    assert settings.projectx_market_hub_url == "http://127.0.0.1:1/market"
    assert len(settings.idle) == 2


def test_a_loss_means_the_same_with_either_sign_and_zero_is_no_limit() -> None:
    assert Settings.read({"MAX_DAILY_LOSS": "500"}) == Settings.read({"MAX_DAILY_LOSS": "-500"})
    assert Settings.read({"MAX_DAILY_LOSS": "0"}).limits == {"daily_loss": 0}
    assert Settings.read({"MAX_CONSECUTIVE_LOSSES": "0"}).limits == {"losing_streak": 0}
    assert Settings.read({}).limits == {}


@pytest.mark.parametrize("between", [",", ", ", "\n", " ,\n"])
def test_encryption_keys_are_read_newest_first_and_none_is_ever_logged(between: str) -> None:
    settings = Settings.read({"ENCRYPTION_KEY": f"{KEY}{between}{OLD_KEY}"})

    assert settings.encryption_keys == (KEY, OLD_KEY)
    assert {KEY, OLD_KEY} <= set(settings.secrets)
    assert Settings().encryption_keys == ()


@pytest.mark.parametrize(("text", "live"), [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("0", False)])
def test_real_money_is_traded_only_where_somebody_says_so(text: str, live: bool) -> None:
    assert Settings.read({"TRADECORE_LIVE_TRADING": text}).live_trading is live
    assert Settings.read({}).live_trading is False


def test_an_empty_text_is_not_set() -> None:
    assert Settings.read({"TV_PORT": "", "WEBHOOK_SECRET": "  ", "DATABASE_URL": ""}) == Settings()


WRONG = [
    ("TV_PORT", "x"), ("TV_PORT", "65536"), ("TV_PORT", "-1"), ("TV_PORT", "80.5"), ("TV_HOST", "a b"),
    ("TRADECORE_WORKERS", "0"), ("TRADECORE_WORKERS", "65"), ("TRADECORE_PROXIES", "11"), ("LOG_LEVEL", "loud"),
    ("TRADECORE_FOLDER", "what?"), ("TRADECORE_FOLDER", "/etc/hostname"), ("TRADECORE_PAPER_URL", "127.0.0.1:5100"),
    ("DATABASE_URL", "mysql://u:pw@h/db"),
    ("TRADECORE_LEASE_SECONDS", "0"), ("DATABASE_URL", "sqlite://"), ("DATABASE_URL", "sqlite:///:memory:"),
    ("ENCRYPTION_KEY", "short"), ("ENCRYPTION_KEY", KEY[:-2]), ("MAX_DAILY_LOSS", "5o0"), ("MAX_DAILY_LOSS", "NaN"),
    ("DAILY_PROFIT_TARGET", "much"), ("MAX_CONSECUTIVE_LOSSES", "-1"), ("PROJECTX_BASE_URL", "gateway.example"),
    ("PROJECTX_ACCOUNT_ID", "main"), ("N8N_WEBHOOK_URL", "ftp://x"), ("DISCORD_WEBHOOK_URL", "https://"),
    ("ACCOUNT_ALPHA", "abc"), ("ACCOUNT_", "7"), ("ACCOUNT_A-B", "7"), ("TRADECORE_NONSENSE", "1"),
    ("ENCRYPTION_KEY", f"{KEY},{KEY}"), ("ENCRYPTION_KEY", f"{KEY},short"), ("ENCRYPTION_KEY", ","),
    ("TRADECORE_ALPACA_URL", "https://api.alpaca.markets"), ("TRADECORE_ALPACA_URL", "http://127.0.0.1:5200/v2"),
    ("TRADECORE_ALPACA_URL", "http://127.0.0.1:5200/"), ("TRADECORE_ALPACA_DATA_URL", "127.0.0.1"),
    ("TRADECORE_ALPACA_STREAM_URL", "wss://API.alpaca.markets/stream"), ("TRADECORE_ALPACA_STREAM_URL", "http://x/s"),
    ("TRADECORE_ALPACA_FEED", "otc"), ("TRADECORE_LIVE_TRADING", "perhaps"), ("TRADECORE_REGISTRATION", "free"),
    ("PROJECTX_USERNAME", "ada"), ("PROJECTX_API_KEY", "k"), ("PROJECTX_USER_HUB_URL", "hubs.example"),
    ("PROJECTX_MARKET_HUB_URL", "ftp://x"), ("WEBHOOK_SECRET_FILE", "/no/such/file"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_in_a_sentence_that_names_its_variable(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})

    assert name in problem
    assert problem.endswith((".", "?"))


def test_every_variable_but_free_texts_has_a_wrong_value_above() -> None:
    tried = {name for name, _ in WRONG} | {"WEBHOOK_SECRET"}

    assert {variable.name for variable in VARIABLES} <= tried


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = problems(TV_PORT="x", LOG_LEVEL="loud", ACCOUNT_A="b", TRADECORE_FOLDR="y")

    assert [problem.split()[0] for problem in found] == ["TV_PORT", "LOG_LEVEL", "ACCOUNT_A", "TRADECORE_FOLDR"]
    assert found[-1].endswith("Did you mean TRADECORE_FOLDER?")


def test_a_misspelt_name_without_a_likeness_gets_no_hint() -> None:
    assert problems(TRADECORE_X="1") == ("TRADECORE_X is not a setting of tradecore.",)


@pytest.mark.parametrize("name", [variable.name for variable in VARIABLES if variable.secret])
def test_a_secret_may_be_named_by_a_file(name: str, tmp_path: Path) -> None:
    good = {"ENCRYPTION_KEY": KEY, "DATABASE_URL": "sqlite:////a.db", "PROJECTX_API_KEY": "k"}.get(name, "https://a.b")
    (tmp_path / "secret").write_text(f"{good}\n")
    variable = next(one for one in VARIABLES if one.name == name)

    beside = {"PROJECTX_USERNAME": "ada", "ACCOUNT_EVAL": "7"} if name == "PROJECTX_API_KEY" else {}
    settings = Settings.read({f"{name}_FILE": str(tmp_path / "secret"), **beside})

    assert getattr(settings, variable.field) == good


def test_a_secret_in_two_places_or_in_an_empty_file_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")

    assert "both set" in problems(WEBHOOK_SECRET="a", WEBHOOK_SECRET_FILE=str(empty))[0]
    assert "empty" in problems(WEBHOOK_SECRET_FILE=str(empty))[0]


def test_no_wrong_secret_is_shown() -> None:
    found = problems(DATABASE_URL="postgresql://u:hunter22@h/db", ENCRYPTION_KEY="hunter22")

    assert "hunter22" not in "".join(found)


def test_a_repr_masks_every_secret() -> None:
    values = {variable.field: f"hunter22-{index}" for index, variable in enumerate(VARIABLES) if variable.secret}

    shown = repr(Settings(**values))  # type: ignore[arg-type] # every secret is a text

    assert "hunter22" not in shown
    assert shown.count("'***'") == len(values)


def test_every_field_has_its_variable() -> None:
    by_table = {variable.field for variable in VARIABLES} | {ACCOUNT.field}

    assert {one.name for one in fields(Settings)} == by_table | {"default_account"}


def test_the_reference_shows_the_table_of_today() -> None:
    assert settings_table() in REFERENCE.read_text(encoding="utf-8")


def test_names_of_accounts_that_differ_only_in_case_are_one_account_twice() -> None:
    assert "twice" in problems(ACCOUNT_A="1", ACCOUNT_a="2")[0]


# ---------------------------------------------------------------- ProjectX

LOGIN = {"PROJECTX_USERNAME": "ada", "PROJECTX_API_KEY": "k"}


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"PROJECTX_USERNAME": "ada", "ACCOUNT_EVAL": "7"}, "PROJECTX_API_KEY is missing"),
        ({"PROJECTX_API_KEY": "k", "ACCOUNT_EVAL": "7"}, "PROJECTX_USERNAME is missing"),
        (LOGIN, "ACCOUNT_<NAME> (or PROJECTX_ACCOUNT_ID) is missing"),
        ({"ACCOUNT_EVAL": "7"}, "PROJECTX_USERNAME and PROJECTX_API_KEY are missing: ACCOUNT_EVAL is set"),
        ({"PROJECTX_ACCOUNT_ID": "7"}, "PROJECTX_USERNAME and PROJECTX_API_KEY are missing"),
        (
            LOGIN | {"ACCOUNT_EVAL": "7", "PROJECTX_BASE_URL": "https://gateway.example"},
            "PROJECTX_USER_HUB_URL and PROJECTX_MARKET_HUB_URL are missing",
        ),
        (
            LOGIN
            | {"ACCOUNT_EVAL": "7", "PROJECTX_BASE_URL": "http://127.0.0.1:1", "PROJECTX_USER_HUB_URL": "ws://a/b"},
            "PROJECTX_MARKET_HUB_URL is missing",
        ),
        (LOGIN | {"ACCOUNT_EVAL": "7", "PROJECTX_USER_HUB_URL": "wss://x.example/h"}, "PROJECTX_BASE_URL is missing"),
        (LOGIN | {"ACCOUNT_EVAL": "7", "ACCOUNT_MAIN": "7"}, "ACCOUNT_EVAL and ACCOUNT_MAIN name the same account 7"),
    ],
)
def test_half_a_login_stops_the_start_and_names_the_other_half(environ: dict[str, str], missing: str) -> None:
    (problem,) = problems(**environ)

    assert missing in problem


@pytest.mark.parametrize(
    "base_url", ["", "https://api.topstepx.com", "https://api.topstepx.com/", "https://api.bulenox.projectx.com"]
)
def test_where_the_hubs_are_known_a_login_and_an_account_are_enough(base_url: str) -> None:
    assert Settings.read(LOGIN | {"ACCOUNT_EVAL": "7", "PROJECTX_BASE_URL": base_url}).projectx_accounts == {
        "eval": "7"
    }


@pytest.mark.parametrize(
    ("environ", "names", "default"),
    [
        ({"ACCOUNT_EVAL": "7", "ACCOUNT_MAIN": "8"}, ["eval", "main"], "projectx-7"),
        ({"ACCOUNT_EVAL": "7", "ACCOUNT_MAIN": "8", "PROJECTX_ACCOUNT_ID": "8"}, ["eval", "main"], "projectx-8"),
        ({"ACCOUNT_EVAL": "7", "PROJECTX_ACCOUNT_ID": "9"}, ["eval", "projectx"], "projectx-9"),
        ({"ACCOUNT_PROJECTX": "7", "PROJECTX_ACCOUNT_ID": "9"}, ["projectx", "projectx-9"], "projectx-9"),
        ({"PROJECTX_ACCOUNT_ID": "009"}, ["projectx"], "projectx-9"),
    ],
)
def test_alerts_without_an_account_go_to_the_one_that_is_named_else_to_the_first(
    environ: dict[str, str], names: list[str], default: str
) -> None:
    settings = Settings.read(LOGIN | environ)

    assert list(settings.projectx_accounts) == names
    assert settings.default_account == default
