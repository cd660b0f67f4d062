"""Use the application as a browser does: with cookies of its own, and the proof that a page of ours sends."""

from typing import Any, Final, final

from werkzeug.test import TestResponse

from tests.office import Office

HOME: Final = "https://trade.example.org"
PASSWORD: Final = "correct horse battery"


@final
class Browser:
    """One browser, at one place."""

    def __init__(self, office: Office, source: str = "198.51.100.7") -> None:
        self._client = office.app.test_client()
        self._source = source
        self.proof = ""

    def ask(
        self, method: str, path: str, json: object = None, *, proof: str | None = None, **headers: str
    ) -> TestResponse:
        """Ask something, with the proof that a page of ours would send, or another one."""
        shown = self.proof if proof is None else proof
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if shown:
            named["X-CSRF-Token"] = shown
        return self._client.open(
            path, method=method, json=json, headers=named, base_url=HOME,
            environ_overrides={"REMOTE_ADDR": self._source},
        )  # fmt: skip

    def sign_in(self, name: str = "ada", password: str = PASSWORD, **headers: str) -> TestResponse:
        """Try to sign in; where it works, later requests carry the proof."""
        answer = self.ask("POST", "/api/v1/session", {"name": name, "password": password}, proof="", **headers)
        if answer.status_code == 201:
            self.proof = answer.get_json()["csrf_token"]
        return answer

    def told(self, path: str) -> Any:
        """Return what is told there, which must be good."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    @property
    def cookie(self) -> str:
        """The cookie that it holds; empty for none."""
        held = self._client.get_cookie("__Host-tradecore", domain="trade.example.org")
        return held.value if held is not None else ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self._client.set_cookie("__Host-tradecore", value, domain="trade.example.org", secure=True)
