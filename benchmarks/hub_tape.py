"""Be a hub in a process of its own that tells as many quotes as it is asked for, each with the moment it was sent.

Run as a program it prints its port, and ends with its input. The token says what to tell: ``1000-5000`` is 5,000
quotes, 1,000 in a second; ``0-10000`` is 10,000 at once.
"""

import json
import sys
import time
from contextlib import suppress
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

END = "\x1e"
_QUOTE = (
    '{"type":1,"target":"GatewayQuote","arguments":["CON.F.US.MNQ.U26",{"symbol":"F.US.MNQ","bestBid":29547,'
    '"bestAsk":29547.5,"lastPrice":29547.25,"lastUpdated":"2026-08-19T20:51:31.4347534+00:00",'
    '"timestamp":"2026-08-19T20:51:31.348+00:00","contract":"CON.F.US.MNQ.U26","sent":%r}]}' + END
)


def _tell(socket: ServerConnection) -> None:
    assert socket.request is not None
    rate, number = map(int, parse_qs(urlsplit(socket.request.path).query)["access_token"][0].split("-"))
    with suppress(ConnectionClosed):
        socket.recv()
        socket.send("{}" + END)
        for record in str(socket.recv()).split(END)[:-1]:
            said = json.loads(record)
            socket.send(json.dumps({"type": 3, "invocationId": said["invocationId"], "result": None}) + END)
        began = time.monotonic()
        for count in range(number):
            if rate:
                time.sleep(max(0.0, began + count / rate - time.monotonic()))
            socket.send(_QUOTE % time.monotonic())
        for _ in socket:
            pass


def main() -> None:
    """Serve until the input ends."""
    with serve(_tell, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        print(server.socket.getsockname()[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
