"""Synapse, which waits for its database where it would end without it. Rendered by matrix-deploy.

After a reboot the engine starts everything at once, and in a first installation so do we. Synapse loads for seconds
before it asks for the database: it does so while that gets ready, and not again because it was there first.
"""

import signal
import sys
import threading
import time

# The first process of a container has no default: until Synapse has its own handler, a stop would be waited for in vain.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

REPORT_SECONDS = 10
# Of the processor, in that time; waiting takes less.
WORK_SECONDS = 0.05


def report_loading(loaded: threading.Event) -> None:
    """Says every ten seconds that Synapse loads, as long as it does: on a slow processor that takes minutes."""
    begun = time.monotonic()
    used = time.process_time()
    while not loaded.wait(REPORT_SECONDS):
        if time.process_time() - used >= WORK_SECONDS:
            print(f"loading Synapse: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        used = time.process_time()


loaded = threading.Event()
threading.Thread(target=report_loading, args=[loaded], daemon=True).start()

import drain  # noqa: E402
import only_one  # noqa: E402
import psycopg2  # noqa: E402
import stored_bytes  # noqa: E402, F401
import synapse_adjustments  # noqa: E402, F401
import untaken_answers  # noqa: E402, F401
from synapse.app import homeserver  # noqa: E402
from synapse.config import ConfigError  # noqa: E402
from synapse.config.homeserver import HomeServerConfig  # noqa: E402
from twisted.internet import reactor  # noqa: E402

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.1


def wait_for_database() -> None:
    """Returns when the database answers, or when the patience is over: Synapse says in its own words what is wrong."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = ""
    while time.monotonic() < deadline:
        try:
            # The section of the libpq service file that homeserver.yaml names too.
            psycopg2.connect(service="synapse").close()
            return
        except psycopg2.OperationalError as error:
            reason = str(error).splitlines()[0]
            if reason != told:
                print(f"waiting for the database: {reason}", file=sys.stderr, flush=True)
                told = reason
            time.sleep(PAUSE_SECONDS)


loaded.set()
try:
    HomeServerConfig.load_config("", sys.argv[1:])
except ConfigError:
    pass  # Synapse says so itself, in more words.
except Exception as error:
    # It stumbles over what it should have found, and would end with a page of traceback.
    sys.exit(f"Error in configuration: {type(error).__name__}: {error}")
else:
    wait_for_database()
    only_one.take_database()

signal.signal(signal.SIGTERM, signal.SIG_DFL)
drain.install(reactor)
homeserver.main()
