"""Bounds what answers in JSON hold that clients do not take. Rendered by matrix-deploy, used by patient_synapse.py.

Synapse encodes an answer as a whole, in one of ten threads, and has all of it in memory until it is taken. One user with
much account data, who asked for it on many connections and took none, had Synapse killed. What large answers hold is
counted here, by user. Where that is more than the bound:

- the user with the most gets no more, and is told so before anything is encoded;
- for all others, answers of that user are ended, the oldest first.

So nobody is refused because of others, and a client on a slow line gets its answer to the end.
"""

import json
import os

from synapse.api.errors import Codes
from synapse.http import server
from synapse.http.site import SynapseRequest

from held_bytes import HeldBytes
from synapse_adjustments import address_of, adjust
from turns import Turns

# A container of before this setting, with this file already, has one for the default of `synapse.memory`.
BOUND_BYTES = int(os.environ.get("UNTAKEN_ANSWER_BYTES", 2**29))
# What the connection takes at once. How many such answers there are is bounded by how many requests there may be.
SMALL_BYTES = 2**16
# An answer of which nothing was taken for so long is ended, as Synapse does with files (synapse/media/_base.py).
PATIENCE_SECONDS = 90
RETRY_SECONDS = 10

untaken = HeldBytes()
turns = Turns()
# Of answers that are counted.
contents: dict[SynapseRequest, memoryview] = {}


def holder_of(request) -> str | None:
    """The user or the homeserver that has asked; the address of somebody who is not logged in."""
    requester = request.requester
    user = getattr(requester, "user", None)
    return requester or address_of(request) if user is None else user.to_string()


def is_refused(holder: str | None) -> bool:
    return untaken.total >= BOUND_BYTES and untaken.greediest() == holder


def refuse(request) -> None:
    request.setResponseCode(429)
    request.setHeader(b"Retry-After", b"%d" % RETRY_SECONDS)
    error = {
        "errcode": Codes.LIMIT_EXCEEDED,
        "error": "Large answers are waiting for you that you have not taken",
        "retry_after_ms": 1000 * RETRY_SECONDS,
    }
    server._write_bytes_to_request(request, json.dumps(error).encode())


# One answer of a user is encoded at a time, and counted before the next one: ten threads would be ahead of the count.
def in_turn(encode_and_write):
    async def _async_write_json_to_request_in_thread(request, *encoder_and_object) -> None:
        holder = holder_of(request)
        async with turns.of(holder):
            if request._disconnected:
                return
            if is_refused(holder):
                refuse(request)
            else:
                await encode_and_write(request, *encoder_and_object)

    return _async_write_json_to_request_in_thread


def counted(write):
    def _write_bytes_to_request(request, bytes_to_write: bytes) -> None:
        if len(bytes_to_write) <= SMALL_BYTES or request._disconnected:
            write(request, bytes_to_write)
            return
        holder = holder_of(request)
        contents[request] = memoryview(bytes_to_write)
        untaken.add(request, holder, len(bytes_to_write))
        make_room(holder)
        write(request, contents[request])
        look_after(request)

    return _write_bytes_to_request


def make_room(holder: str | None) -> None:
    while untaken.total > BOUND_BYTES and untaken.greediest() != holder:
        end(untaken.oldest_of(untaken.greediest()))


def end(request) -> None:
    untaken.release(request)
    request.channel.transport.abortConnection()


def look_after(request) -> None:
    request.reactor.callLater(PATIENCE_SECONDS, end_untaken, request, request.sentLength)


def end_untaken(request, taken_before: int) -> None:
    if request not in untaken.by_request:
        return
    if request.sentLength == taken_before:
        end(request)
    else:
        look_after(request)


def forgotten(close):
    def closed(request, *arguments) -> None:
        untaken.release(request)
        close(request, *arguments)
        content = contents.pop(request, None)
        if content is not None:
            # Synapse forgets some answers only when Python next looks for cycles.
            content.release()

    return closed


adjust(server, "_async_write_json_to_request_in_thread", in_turn)
adjust(server, "_write_bytes_to_request", counted)
adjust(SynapseRequest, "finish", forgotten)
adjust(SynapseRequest, "connectionLost", forgotten)
