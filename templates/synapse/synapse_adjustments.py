"""What this deployment needs Synapse to do otherwise. Rendered by matrix-deploy, imported before Synapse starts.

Each adjustment replaces one method by one that calls it. Written for Synapse 1.163; where a later one has no such
method, that adjustment is left out, and Synapse does what it does by itself.
"""

import copy
import functools
import hmac
import json
import os
import sys
from ipaddress import ip_address

from synapse.api.errors import Codes, SynapseError
from synapse.handlers.register import RegistrationHandler
from synapse.http.matrixfederationclient import MatrixFederationHttpClient
from synapse.http.server import set_cors_headers
from synapse.http.site import SynapseRequest
from synapse.media._base import ThreadedFileSender
from synapse.rest.well_known import ServerWellKnownResource

from body_limits import JSON_BYTES, SMALL_BYTES, BoundedBodies, largest_body
from callers import HEADER, is_container, key_of

# How long the rest of a body that is refused is waited for. Many clients read no answer before they have sent all.
PATIENCE_SECONDS = 20
# How long a client may take to read why it was refused, before the connection is cut.
FAREWELL_SECONDS = 30


def adjust(owner, name, adjusted) -> None:
    """Replaces a method by `adjusted(original)`."""
    original = getattr(owner, name, None)
    if original is None:
        print(f"{owner.__name__}.{name} is not there to be adjusted", file=sys.stderr, flush=True)
    else:
        setattr(owner, name, adjusted(original))


# A request from the host, past the proxy: only matrix-deploy may make one, and proves that it is by a key.


@functools.cache
def key_of_tool() -> bytes:
    with open("/run/secrets/registration_shared_secret") as secret:
        return key_of(secret.read().strip()).encode()


def is_from_container(channel) -> bool:
    """Told once for each connection."""
    if not hasattr(channel, "is_from_container"):
        with open("/proc/net/route") as routes:
            channel.is_from_container = is_container(channel.getPeer().host, routes.read())
    return channel.is_from_container


def objection_to_caller(request, path: bytes) -> SynapseError | None:
    if is_from_container(request.channel):
        return objection_to_path(request.channel, path)
    if hmac.compare_digest(request.getHeader(HEADER) or b"", key_of_tool()):
        return None
    return SynapseError(403, "Users of this host are served by the proxy", Codes.FORBIDDEN)


# On the network of somebody else's proxy are other containers, too: they are served as the world is. None when it is ours.
PUBLIC_PATHS = tuple(f"{path}/".encode() for path in os.environ.get("PUBLIC_PATHS", "").split())


def objection_to_path(channel, path: bytes) -> SynapseError | None:
    if not PUBLIC_PATHS or path.startswith(PUBLIC_PATHS) or ip_address(channel.getPeer().host).is_loopback:
        return None
    return SynapseError(403, "Other containers are served by the proxy", Codes.FORBIDDEN)


# A body that is too large, or one too many. By itself Synapse cuts the connection in the middle of it, which the proxy
# answers with 502. The protocol says 413 and M_TOO_LARGE, which browsers may read only with CORS headers.

unfinished = BoundedBodies()
# JSON that is read, and kept until Synapse has done what it asks for. Nothing is counted that would not be released.
in_work = BoundedBodies() if hasattr(SynapseRequest, "_finished_processing") else None


def announced_length(request) -> int:
    """What the Content-Length says; 0 for a body in chunks, and for what is no number."""
    try:
        return request._get_content_length_from_headers() or 0
    except SynapseError:
        return 0


def address_of(request) -> str | None:
    """Where it comes from, as the proxy says; None for what does not come through the proxy."""
    return request.getHeader("x-forwarded-for")


def objection_to(request, data: bytes) -> SynapseError | None:
    """Why no more of its body is taken. Only the channel knows yet what the request is."""
    stranger = objection_to_caller(request, getattr(request.channel, "_path", b""))
    if stranger is not None:
        return stranger
    synapse_takes = request._max_request_body_size
    limit = largest_body(getattr(request.channel, "_path", None), synapse_takes)
    if max(request.content.tell() + len(data), announced_length(request)) > limit:
        return SynapseError(413, f"The request is larger than {limit} bytes", Codes.TOO_LARGE)
    if not unfinished.take(request, address_of(request), len(data), synapse_takes):
        return too_much()
    return None


def objection_to_work(request, path: bytes) -> SynapseError | None:
    """Why a body that is here is not read."""
    size = request.content.tell()
    is_json = largest_body(path, request._max_request_body_size) <= JSON_BYTES
    if in_work is None or size <= SMALL_BYTES or not is_json:
        return None
    return None if in_work.take(request, address_of(request), size, JSON_BYTES) else too_much()


def too_much() -> SynapseError:
    return SynapseError(429, "Too much is being sent to this server at once", Codes.LIMIT_EXCEEDED)


def take_or_discard(take):
    def handle_content_chunk(request, data: bytes) -> None:
        # What is refused is read on, into nothing: it takes neither memory nor disk.
        if refusal(request) is not None:
            return
        request.refusal = objection_to(request, data)
        if request.refusal is None:
            take(request, data)
            return
        unfinished.release(request)
        request.content.seek(0)
        request.content.truncate()
        request.reactor.callLater(PATIENCE_SECONDS, answer_before_end, request)

    return handle_content_chunk


def answer_or_receive(receive):
    def request_received(request, command: bytes, path: bytes, version: bytes) -> None:
        unfinished.release(request)
        if refusal(request) is None:
            request.refusal = objection_to_caller(request, path) or objection_to_work(request, path)
        if refusal(request) is None:
            receive(request, command, path, version)
        elif not request.startedWriting:
            answer_refusal(request, command, path, version)

    return request_received


def forget_or_lose(lose):
    def connection_lost(request, reason) -> None:
        unfinished.release(request)
        lose(request, reason)
        if in_work is not None and not request._is_processing:
            in_work.release(request)

    return connection_lost


def forget_or_finish(finish):
    def _finished_processing(request) -> None:
        in_work.release(request)
        finish(request)

    return _finished_processing


def refusal(request) -> SynapseError | None:
    return getattr(request, "refusal", None)


def answer_before_end(request) -> None:
    channel = request.channel
    if channel is not None and not request.startedWriting:
        answer_refusal(request, channel._command, channel._path, channel._version)


def answer_refusal(request, command: bytes, path: bytes, version: bytes) -> None:
    request.method, request.uri, request.clientproto = command, path, version
    request.path = path.split(b"?", 1)[0]
    error = request.refusal
    body = json.dumps(error.error_dict(None)).encode()
    request.setResponseCode(error.code)
    set_cors_headers(request)
    request.setHeader(b"Content-Type", b"application/json")
    request.setHeader(b"Content-Length", b"%d" % len(body))
    request.setHeader(b"Connection", b"close")
    request.write(body)
    # Closing at once would reset the connection, and the answer would be lost with what is still on its way here.
    transport = request.channel.transport
    transport.loseWriteConnection()
    request.reactor.callLater(FAREWELL_SECONDS, transport.abortConnection)


adjust(SynapseRequest, "handleContentChunk", take_or_discard)
adjust(SynapseRequest, "requestReceived", answer_or_receive)
adjust(SynapseRequest, "connectionLost", forget_or_lose)
adjust(SynapseRequest, "_finished_processing", forget_or_finish)


# A file of another homeserver. Synapse gives its body as long as an answer of any kind: `federation.client_timeout`, a
# minute, so that a large file over a slow line could never be fetched. Reading the body is given as long as the largest
# file takes over the slowest line, which is a number of bytes a second.


def body_in_its_time(get):
    async def get_file(client, *arguments, **options):
        return await get(patient(client), *arguments, **options)

    return get_file


def patient(client):
    """One that reads for longer, and asks as before; the same where a later Synapse keeps its time elsewhere."""
    try:
        seconds = client.hs.config.media.max_upload_size / int(os.environ["SLOWEST_LINE"])
        reader = copy.copy(client)
        reader.default_timeout_seconds = max(seconds, client.default_timeout_seconds)
        reader._send_request = client._send_request
    except AttributeError:
        return client
    return reader


adjust(MatrixFederationHttpClient, "get_file", body_in_its_time)
adjust(MatrixFederationHttpClient, "federation_get_file", body_in_its_time)


# Downloads. A thread of Synapse reads the file, and pauses when the main thread reports that the client reads more slowly.
# While the main thread is busy, the report is late, and whole files are in memory: 512 downloads of 48 MB that the client
# did not read used 2 GB. So the thread reads one portion, and the next one after the first was sent.

# Twisted buffers this much of an answer before it pauses the thread (twisted/internet/abstract.py, `bufferSize`).
PORTION_BYTES = 2**16


class Portion:
    """A file that seems to end after so many bytes."""

    def __init__(self, file) -> None:
        self.file = file
        self.left = PORTION_BYTES

    def read(self, count: int) -> bytes:
        data = self.file.read(min(count, self.left))
        self.left -= len(data)
        return data


def in_portions(read_loop):
    def _on_thread_read_loop(sender) -> bool:
        portion = Portion(sender.file)
        sender.file = portion
        try:
            is_more = read_loop(sender)
        finally:
            sender.file = portion.file
        return is_more or portion.left == 0

    return _on_thread_read_loop


adjust(ThreadedFileSender, "_on_thread_read_loop", in_portions)


# Rooms of `auto_join_rooms` are for people. The accounts that matrix-deploy works with are not to be seen there: its own,
# and those of a conversation that proves that messages are read.


def is_of_tool(user_id: str) -> bool:
    return user_id == os.environ["TOOL_USER_ID"] or user_id.startswith(os.environ["TALK_USER_PREFIX"])


def people_only(auto_join):
    async def auto_join_rooms(handler, user_id: str) -> None:
        if not is_of_tool(user_id):
            await auto_join(handler, user_id)

    return auto_join_rooms


adjust(RegistrationHandler, "_auto_join_rooms", people_only)


# Where a site elsewhere answers on the server name, other homeservers connect to the host. Synapse's own document names
# the server name; a site that redirects to the document, or passes it on, needs the right one.


def naming_the_host(create):
    def __init__(resource, hs) -> None:
        create(resource, hs)
        address = os.environ.get("FEDERATION_ADDRESS")
        if address is not None:
            resource._response = json.dumps({"m.server": address}).encode()

    return __init__


adjust(ServerWellKnownResource, "__init__", naming_the_host)
