"""Ends Synapse without cutting a request off. Rendered by matrix-deploy, used by patient_synapse.py.

On SIGTERM no further connection is accepted. The requests that are here are answered, those that wait for news at once, each
with the word to use another connection the next time; then Synapse stops. The proxy keeps the requests that come meanwhile,
since nothing of them has been sent. An idle connection is closed by the proxy, which does so after a moment
(traefik/dynamic/routes.yml): if Synapse closed it, a request could be on its way. For a proxy that is not told so, no
connection is ever idle: each ends with its answer.

Whatever goes wrong here, Synapse stops as it does by itself. Where even that takes long, the process ends.
"""

import os
import signal
import sys
import threading
import time

from synapse import notifier
from synapse_adjustments import adjust
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Port
from twisted.web.http import HTTPChannel

# For what is being answered or sent. The engine waits for 30 seconds before it kills, and clients wait all the while.
PATIENCE_SECONDS = 10
# For Synapse's threads after that: one that asks a database whose network is gone waits for minutes.
STOP_SECONDS = 5
PAUSE_SECONDS = 0.02
# Where the proxy is not ours, and keeps idle connections for longer than a restart may take.
ENDS_WITH_ANSWER = os.environ.get("KEEP_CONNECTIONS") == "no"

connections: set[HTTPChannel] = set()
# Of clients for news.
waits: set[Deferred] = set()


class Drain:
    """What begins with a signal and ends with the stop of the reactor."""

    def __init__(self, reactor) -> None:
        self.reactor = reactor
        self.begun: float | None = None

    def on_signal(self, *_) -> None:
        self.reactor.callFromThread(self.begin)

    def begin(self) -> None:
        if self.begun is not None:
            # Told a second time.
            self.stop()
            return
        self.begun = time.monotonic()
        try:
            for port in [reader for reader in self.reactor.getReaders() if isinstance(reader, Port)]:
                close_door(port)
            for connection in connections:
                end_after_answer(connection)
            for wait in list(waits):
                wait.cancel()
            self.wait()
        except Exception as error:
            self.stop(f"requests are not waited for: {type(error).__name__}: {error}")

    def wait(self) -> None:
        try:
            if not connections:
                self.stop()
            elif time.monotonic() - self.begun > PATIENCE_SECONDS:
                self.stop(f"{len(connections)} connections are cut off after {PATIENCE_SECONDS} seconds")
            else:
                self.reactor.callLater(PAUSE_SECONDS, self.wait)
        except Exception as error:
            self.stop(f"requests are not waited for: {type(error).__name__}: {error}")

    def stop(self, why: str | None = None) -> None:
        if why is not None:
            print(why, file=sys.stderr, flush=True)
        if self.reactor.running:
            end_after(STOP_SECONDS)
            self.reactor.stop()


def end_after(seconds: int) -> None:
    """Ends the process if it still runs then. The reactor waits for its threads without a limit."""

    def end() -> None:
        print(f"Synapse has not stopped within {seconds} seconds: ending it", file=sys.stderr, flush=True)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def close_door(port: Port) -> None:
    """Accepts the connections that have come, and no others: those that wait in the kernel are cut off when the socket closes."""
    port.stopReading()
    taken = -1
    while taken != port.sessionno:
        taken = port.sessionno
        port.doRead()
    port.socket.close()


def end_after_answer(connection: HTTPChannel) -> None:
    """Lets the other side know with the answer that this connection ends. Not where a part of that has been sent already."""
    for request in connection.requests:
        if not request.startedWriting:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            connection.persistent = False


draining: list[Drain] = []


def counted(made):
    def connection_made(connection) -> None:
        connections.add(connection)
        made(connection)

    return connection_made


def uncounted(lost):
    def connection_lost(connection, *arguments) -> None:
        connections.discard(connection)
        lost(connection, *arguments)

    return connection_lost


def ended_while_draining(received):
    def headers_received(connection) -> None:
        received(connection)
        if is_draining() or ENDS_WITH_ANSWER:
            end_after_answer(connection)

    return headers_received


def ended_by_drain(timed):
    def timeout_deferred(*arguments, **options) -> Deferred:
        wait = timed(*arguments, **options)
        waits.add(wait)

        def forget(result):
            waits.discard(wait)
            return result

        wait.addBoth(forget)
        if is_draining():
            wait.cancel()
        return wait

    return timeout_deferred


def is_draining() -> bool:
    return any(drain.begun for drain in draining)


adjust(HTTPChannel, "connectionMade", counted)
adjust(HTTPChannel, "connectionLost", uncounted)
adjust(HTTPChannel, "allHeadersReceived", ended_while_draining)
# A client whose wait is cancelled is answered that there is nothing new.
adjust(notifier, "timeout_deferred", ended_by_drain)


def install(reactor) -> None:
    """Has SIGTERM drain from when the reactor runs on, which has handlers of its own until then."""
    drain = Drain(reactor)
    draining.append(drain)
    reactor.callWhenRunning(signal.signal, signal.SIGTERM, drain.on_signal)
