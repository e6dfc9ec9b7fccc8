"""How large a request may be, and how much of unfinished ones is kept. Rendered by matrix-deploy, used by
synapse_adjustments.py.

By itself Synapse takes a body as large as the largest upload on every path, from everybody, and keeps it on the disk
until its end has come, or has not.
"""

import re

UPLOADS = re.compile(rb"/_matrix/media/[^/?]+/upload(?:[/?]|$)")
# A transaction of another homeserver: 200 events of 64 KiB (synapse/app/_base.py, max_request_body_size).
TRANSACTIONS = re.compile(rb"/_matrix/federation/")
# Before somebody is known: logging in, registering, and what belongs to it.
NAMELESS = re.compile(
    rb"/_matrix/client/[^/?]+/(?:login|logout|refresh|register|account)(?:[/?]|$)|/_synapse/client/"
)

NAMELESS_BYTES = 64 * 2**10
# Everything else is JSON of clients: the largest are keys of rooms, some hundred at once.
JSON_BYTES = 4 * 2**20


def largest_body(path: bytes | None, synapse_takes: int) -> int:
    """The largest body for a path, in bytes; `synapse_takes` is Synapse's own limit for all of them."""
    if path is None or UPLOADS.match(path) or TRANSACTIONS.match(path):
        return synapse_takes
    return min(NAMELESS_BYTES if NAMELESS.match(path) else JSON_BYTES, synapse_takes)


class UnfinishedBodies:
    """What is kept of bodies that are still on their way, in bytes: by request, by address and in total."""

    # In the largest bodies that Synapse takes.
    PER_ADDRESS = 2
    IN_TOTAL = 8

    def __init__(self) -> None:
        self.by_request: dict[object, tuple[str | None, int]] = {}
        self.by_address: dict[str | None, int] = {}
        self.total = 0

    def take(self, request: object, address: str | None, count: int, largest: int) -> bool:
        """Counts bytes of a request; False, and nothing is counted, where they are too many."""
        of_address = self.by_address.get(address, 0) + count
        if of_address > self.PER_ADDRESS * largest or self.total + count > self.IN_TOTAL * largest:
            return False
        address, before = self.by_request.get(request, (address, 0))
        self.by_request[request] = (address, before + count)
        self.by_address[address] = of_address
        self.total += count
        return True

    def release(self, request: object) -> None:
        """The request has come to its end, or will not."""
        address, count = self.by_request.pop(request, (None, 0))
        if count == 0:
            return
        self.total -= count
        rest = self.by_address[address] - count
        if rest > 0:
            self.by_address[address] = rest
        else:
            del self.by_address[address]
