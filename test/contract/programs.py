#!/usr/local/bin/python3
"""The programs of the toys. The image has this file under the name of each."""

import hashlib
import hmac
import json
import os
import select
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

homeserver = "http://synapse:8008"


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def patiently[Result](attempt: Callable[[], Result], *refusals: type[Exception]) -> Result:
    """Services of a stack wait for their own dependencies."""
    while True:
        try:
            return attempt()
        except refusals:
            time.sleep(0.2)


def serve(directory: str) -> None:
    """Serves the site to all, and at /private the name of the reader whose password is given."""
    passwords = [line.strip().split(": ") for line in read("/conf/config.yaml").splitlines()]

    class Pages(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=directory)

        def do_GET(self) -> None:
            if self.path != "/private":
                return super().do_GET()
            given = self.headers.get("Authorization", "")
            names = [name for name, *password in passwords if [f'"{given}"'] == password]
            answer(self, 200 if names else 401, "".join(names))

    ThreadingHTTPServer(("", 8080), Pages).serve_forever()


def fetch(path: str) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:8080{path}", timeout=5).close()


def relay() -> None:
    """Answers each datagram with its HMAC, by the secret of the homeserver, and with how many sessions it has begun."""
    import psycopg2

    account = {"dbname": "relay", "user": "relay", "password": read("/run/secrets/database")}
    database = patiently(
        lambda: psycopg2.connect(host="postgres", **account), psycopg2.OperationalError
    )
    database.autocommit = True
    cursor = database.cursor()
    cursor.execute("CREATE TABLE IF NOT EXISTS sessions (name text PRIMARY KEY)")
    secret = read("/run/shared/secret").encode()
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for one, port in zip(sockets, (3478, 49160)):
        one.bind(("", port))
    while True:
        for ready in select.select(sockets, [], [])[0]:
            data, sender = ready.recvfrom(1024)
            if data:
                cursor.execute("INSERT INTO sessions VALUES (%s) ON CONFLICT DO NOTHING", [data.decode()])
            cursor.execute("SELECT count(*) FROM sessions")
            proof = hmac.new(secret, data, hashlib.sha256).hexdigest()
            ready.sendto(f"{proof} {cursor.fetchone()[0]}".encode(), sender)


def ask_relay() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.sendto(b"", ("127.0.0.1", 3478))
        asking.recv(1024)


def bridge(_owner: str, owner: str, _registration: str, file: str) -> None:
    """Follows invitations, and writes what its owner says into a file."""
    registration = json.loads(read(file))
    patiently(lambda: ask_homeserver(registration, "/_matrix/client/versions", None), OSError)
    try:
        account = {"type": "m.login.application_service", "username": registration["sender_localpart"]}
        ask_homeserver(registration, "/_matrix/client/v3/register", account)
    except urllib.error.HTTPError as error:
        if json.load(error)["errcode"] != "M_USER_IN_USE":
            raise

    def take(event: dict) -> None:
        content = event["content"]
        if event["type"] == "m.room.member" and content["membership"] == "invite":
            ask_homeserver(registration, f"/_matrix/client/v3/join/{event['room_id']}", {})
        elif event["type"] == "m.room.message" and event["sender"] == owner:
            with open("/data/kept", "a", encoding="utf-8") as kept:
                kept.write(f"{content['body']}\n")

    class Transactions(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] != f"Bearer {registration['hs_token']}":
                return answer(self, 403, "{}")
            for event in body.get("events", []):
                take(event)
            answer(self, 200, "{}")

        do_POST = do_PUT

    ThreadingHTTPServer(("", 29300), Transactions).serve_forever()


def ping_homeserver() -> None:
    """Succeeds when each of bridge and homeserver has reached the other (Matrix client-server API, application service ping)."""
    registration = json.loads(read("/run/secrets/registration.json"))
    ask_homeserver(registration, f"/_matrix/client/v1/appservice/{registration['id']}/ping", {})


def ask_homeserver(registration: dict, path: str, body: dict | None) -> None:
    request = urllib.request.Request(
        f"{homeserver}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {registration['as_token']}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=8).close()


def answer(handler: BaseHTTPRequestHandler, status: int, text: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text.encode())


programs = {
    "serve": serve,
    "fetch": fetch,
    "relay": relay,
    "ask-relay": ask_relay,
    "bridge": bridge,
    "ping-homeserver": ping_homeserver,
}
programs[os.path.basename(sys.argv[0])](*sys.argv[1:])
