"""Tries a restored copy of Synapse that nobody else reaches. `matrix-deploy drill` has it read and run in its container.

Writes a line for each thing that was tried: `ok` or `wrong`, then what was found.
"""

import hashlib
import hmac
import json
import secrets
import socket
import sys
import urllib.parse
import urllib.request

import psycopg2
from signedjson.key import encode_verify_key_base64, get_verify_key, read_signing_keys
from signedjson.sign import verify_signed_json

HOMESERVER = "http://127.0.0.1:8008"
# How many rooms are read, and how many events of each.
ROOMS = 3
EVENTS = 50
TIMEOUT_SECONDS = 15

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Wrong(Exception):
    """What was found is not what was expected."""


def ask(path: str, token: str | None = None, body: dict | None = None) -> bytes:
    headers = {"content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(HOMESERVER + path, data=data, headers=headers)
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        return answer.read()


def rows(query: str, *values: object) -> list[tuple]:
    """What the database answers. Its service file is the one that Synapse has."""
    with psycopg2.connect(service="synapse", options="-c statement_timeout=15000") as connection:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()


def register() -> dict:
    """A new admin, by the registration secret (Synapse's docs/admin_api/register_api.md)."""
    with open("/run/secrets/registration_shared_secret") as file:
        secret = file.read().strip()
    nonce = json.loads(ask("/_synapse/admin/v1/register"))["nonce"]
    user = {"username": f"drill-{secrets.token_hex(8)}", "password": secrets.token_hex(32)}
    signed = "\0".join([nonce, user["username"], user["password"], "admin"])
    mac = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).hexdigest()
    return json.loads(ask("/_synapse/admin/v1/register", body={**user, "nonce": nonce, "admin": True, "mac": mac}))


def try_isolation(_session: dict) -> str:
    # Docker 20.10 routes an internal network to a gateway, too; where nobody has that address, it leads nowhere.
    for gateway in gateways():
        try:
            socket.create_connection((gateway, 9), timeout=5).close()
        except OSError:
            pass
        if is_there(gateway):
            raise Wrong("there is a way out of its network")
    return "it reaches nobody"


def gateways() -> list[str]:
    """Where the default routes lead (proc(5), /proc/net/route: addresses in hexadecimal, in the order of the host's bytes)."""
    with open("/proc/net/route") as routes:
        fields = [line.split() for line in routes.read().splitlines()[1:]]
    return [
        socket.inet_ntoa(int(gateway, 16).to_bytes(4, sys.byteorder))
        for _, destination, gateway, *_ in fields
        if destination == "00000000"
    ]


def is_there(address: str) -> bool:
    """Has anything on the network answered for an address that was tried just now? (proc(5), /proc/net/arp)"""
    with open("/proc/net/arp") as table:
        fields = [line.split() for line in table.read().splitlines()[1:]]
    return any(found == address and int(flags, 16) & 0x2 for found, _, flags, *_ in fields)


def try_session(session: dict) -> str:
    who = json.loads(ask("/_matrix/client/v3/account/whoami", session["access_token"]))
    if who["user_id"] != session["user_id"]:
        raise Wrong(f"the session of a new user is taken for that of {who['user_id']}")
    return "a new user is let in"


def try_rooms(session: dict) -> str:
    newest = rows(
        "SELECT room_id FROM (SELECT room_id, stream_ordering FROM events WHERE NOT outlier AND rejection_reason IS NULL"
        " ORDER BY stream_ordering DESC LIMIT 5000) AS latest GROUP BY room_id ORDER BY max(stream_ordering) DESC LIMIT %s",
        ROOMS,
    )
    read = 0
    for (room,) in newest:
        [(expected,)] = rows(
            "SELECT count(*) FROM (SELECT FROM events WHERE room_id = %s AND NOT outlier AND rejection_reason IS NULL LIMIT %s)"
            " AS counted",
            room,
            EVENTS,
        )
        found = history(session, room)
        if found < expected:
            raise Wrong(f"{room} has {expected} events, and {found} can be read")
        read += found
    return f"the history of the {len(newest)} newest rooms can be read ({read} events)"


def history(session: dict, room: str) -> int:
    """How many events of a room can be read, from the latest on; no more are counted than are compared."""
    path = f"/_synapse/admin/v1/rooms/{urllib.parse.quote(room, safe='')}/messages"
    found, start = 0, ""
    while found < EVENTS:
        page = json.loads(ask(f"{path}?dir=b&limit={EVENTS}{start}", session["access_token"]))
        found += len(page["chunk"])
        if not page["chunk"] or "end" not in page:
            break
        start = f"&from={urllib.parse.quote(page['end'], safe='')}"
    return min(found, EVENTS)


def try_media(session: dict) -> str:
    newest = rows(
        "SELECT media_id, sha256 FROM local_media_repository WHERE sha256 IS NOT NULL AND url_cache IS NULL"
        " AND quarantined_by IS NULL ORDER BY created_ts DESC LIMIT 1"
    )
    if not newest:
        return "nobody has uploaded anything yet"
    [(media, digest)] = newest
    path = f"/_matrix/client/v1/media/download/{server_of(session)}/{urllib.parse.quote(media, safe='')}"
    if hashlib.sha256(ask(path, session["access_token"])).hexdigest() != digest:
        raise Wrong(f"the file {media} is not what was uploaded")
    return "the newest file can be downloaded, and is what was uploaded"


def try_keys(session: dict) -> str:
    document = json.loads(ask("/_matrix/key/v2/server"))
    with open("/run/secrets/signing.key") as file:
        keys = [get_verify_key(key) for key in read_signing_keys(file)]
    for key in keys:
        published = document["verify_keys"].get(f"{key.alg}:{key.version}", {}).get("key")
        if published != encode_verify_key_base64(key):
            raise Wrong(f"the key {key.alg}:{key.version} is not published")
        verify_signed_json(document, server_of(session), key)
    return "it publishes the signing key, and signs with it"


def server_of(session: dict) -> str:
    return session["user_id"].split(":", 1)[1]


def main() -> None:
    try:
        session = register()
    except Exception as error:
        print(f"wrong no user could be made: {describe(error)}")
        return
    for attempt in (try_isolation, try_session, try_rooms, try_media, try_keys):
        try:
            print(f"ok {attempt(session)}", flush=True)
        except Exception as error:
            print(f"wrong {describe(error)}", flush=True)


def describe(error: Exception) -> str:
    text = str(error) if isinstance(error, Wrong) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())


if __name__ == "__main__":
    main()
