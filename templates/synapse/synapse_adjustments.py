"""What this deployment needs Synapse to do otherwise. Rendered by matrix-deploy, imported before Synapse starts.

Each adjustment replaces one method by one that calls it. Written for Synapse 1.163; where a later one has no such
method, that adjustment is left out, and Synapse does what it does by itself.
"""

import json
import os
import sys

from synapse.api.errors import Codes, SynapseError
from synapse.handlers.register import RegistrationHandler
from synapse.http.server import set_cors_headers
from synapse.http.site import SynapseRequest

# How long the rest of a body that is too large is waited for. Many clients read no answer before they have sent all.
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


# A body that is too large. By itself Synapse cuts the connection in the middle of it, which the proxy answers with 502.
# The protocol says 413 and M_TOO_LARGE, which browsers may read only with CORS headers.


def announced_length(request) -> int | None:
    """What the Content-Length says; None for a body in chunks, and for what is no number."""
    try:
        return request._get_content_length_from_headers()
    except SynapseError:
        return None


def take_or_discard(take):
    def handle_content_chunk(request, data: bytes) -> None:
        # What is too large is read on, into nothing: it takes neither memory nor disk.
        if is_too_large(request):
            return
        limit = request._max_request_body_size
        if request.content.tell() + len(data) <= limit and (announced_length(request) or 0) <= limit:
            take(request, data)
            return
        request.too_large = True
        request.reactor.callLater(PATIENCE_SECONDS, answer_before_end, request)

    return handle_content_chunk


def answer_or_receive(receive):
    def request_received(request, command: bytes, path: bytes, version: bytes) -> None:
        if not is_too_large(request):
            receive(request, command, path, version)
        elif not request.startedWriting:
            answer_too_large(request, command, path, version)

    return request_received


def is_too_large(request) -> bool:
    return getattr(request, "too_large", False)


def answer_before_end(request) -> None:
    channel = request.channel
    if channel is not None and not request.startedWriting:
        # Only the channel knows yet what the request is.
        answer_too_large(request, channel._command, channel._path, channel._version)


def answer_too_large(request, command: bytes, path: bytes, version: bytes) -> None:
    request.method, request.uri, request.clientproto = command, path, version
    request.path = path.split(b"?", 1)[0]
    limit = request._max_request_body_size
    error = SynapseError(413, f"The request is larger than {limit} bytes", Codes.TOO_LARGE)
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


# Rooms of `auto_join_rooms` are for people. The account that matrix-deploy works with is not to be seen there.


def people_only(auto_join):
    async def auto_join_rooms(handler, user_id: str) -> None:
        if user_id != os.environ.get("TOOL_USER_ID"):
            await auto_join(handler, user_id)

    return auto_join_rooms


adjust(RegistrationHandler, "_auto_join_rooms", people_only)
