"""How large a request may be, and how much of them is kept at a time. Rendered by matrix-deploy, used by
synapse_adjustments.py.

By itself Synapse takes a body as large as the largest upload on every path, from everybody, and keeps it on the disk
until its end has come, or has not. JSON of many small parts takes 25 times as much memory as text.
"""

import re

from held_bytes import HeldBytes

UPLOADS = re.compile(rb"/_matrix/media/[^/?]+/upload(?:[/?]|$)")
# A transaction of another homeserver: 200 events of 64 KiB (synapse/app/_base.py, max_request_body_size).
TRANSACTIONS = re.compile(rb"/_matrix/federation/")
# Before somebody is known: logging in, registering, and what belongs to it.
NAMELESS = re.compile(
    rb"/_matrix/client/[^/?]+/(?:login|logout|refresh|register|account)(?:[/?]|$)|/_synapse/client/"
)
# What a user may have many of, and Synapse keeps in memory, or reads all at once: keys of devices, filters, pushers, and
# rules for them.
KEPT = re.compile(rb"/_matrix/client/[^/?]+/(?:keys/upload|pushers|pushrules|user/[^/?]+/filter)(?:[/?]|$)")
# What a room begins with is no event, which rate limits would count. There may be a thousand invitations.
ROOMS = re.compile(rb"/_matrix/client/[^/?]+/createRoom(?:[/?]|$)")

SMALL_BYTES = 64 * 2**10
ROOM_BYTES = 256 * 2**10
# Everything else is JSON of clients: the largest are keys of rooms, some hundred at once.
JSON_BYTES = 4 * 2**20


def largest_body(path: bytes | None, synapse_takes: int) -> int:
    """The largest body for a path, in bytes; `synapse_takes` is Synapse's own limit for all of them."""
    if path is None or UPLOADS.match(path) or TRANSACTIONS.match(path):
        return synapse_takes
    if NAMELESS.match(path) or KEPT.match(path):
        return min(SMALL_BYTES, synapse_takes)
    return min(ROOM_BYTES if ROOMS.match(path) else JSON_BYTES, synapse_takes)


class BoundedBodies(HeldBytes):
    """What is kept of bodies, by address."""

    # In the largest bodies.
    PER_ADDRESS = 2
    IN_TOTAL = 8

    def take(self, request: object, address: str | None, count: int, largest: int) -> bool:
        """Counts bytes of a request; False, and nothing is counted, where they are too many."""
        of_address = self.by_holder.get(address, 0) + count
        if of_address > self.PER_ADDRESS * largest or self.total + count > self.IN_TOTAL * largest:
            return False
        self.add(request, address, count)
        return True
