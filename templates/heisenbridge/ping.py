"""Asks the homeserver to ask an application service. Rendered by matrix-deploy, run as `ping.py <registration> <homeserver>`.

It ends with 0 when each of the two has reached the other with its token (Matrix client-server API, "Application service
ping"). A homeserver that has waited to send again what the application service did not take then sends it at once
(element-hq/synapse 1.163.2, synapse/rest/client/appservice_ping.py): so this is asked every 30 seconds, too.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request


def ping(registration_file: str, homeserver: str) -> None:
    with open(registration_file, encoding="utf-8") as file:
        registration = json.load(file)
    name = urllib.parse.quote(registration["id"], safe="")
    request = urllib.request.Request(
        f"{homeserver}/_matrix/client/v1/appservice/{name}/ping",
        data=b"{}",
        headers={"Authorization": f"Bearer {registration['as_token']}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=8).close()


def reason_of(error: OSError) -> str:
    """What the homeserver says is wrong; what keeps this program from it."""
    if not isinstance(error, urllib.error.HTTPError):
        return f"the homeserver cannot be asked: {getattr(error, 'reason', error)}"
    try:
        answer = json.loads(error.read())
        return f"the homeserver answers {error.code} {answer['errcode']}: {answer['error']}"
    except (ValueError, KeyError, TypeError):
        return f"the homeserver answers {error.code}"


if __name__ == "__main__":
    try:
        ping(*sys.argv[1:])
    except OSError as error:
        sys.exit(reason_of(error))
