"""Runs heisenbridge once the homeserver answers. Rendered by matrix-deploy, started as `patient_bridge.py <arguments>`.

By itself it would look for the homeserver after 5 seconds, then after 10 more, and so on: the homeserver would meanwhile
have found nobody, and wait longer and longer itself. The last argument is the address of the homeserver.
"""

import runpy
import signal
import sys
import time
import urllib.request


def wait_for(homeserver: str) -> None:
    while True:
        try:
            urllib.request.urlopen(f"{homeserver}/_matrix/client/versions", timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)


def main() -> None:
    # The kernel keeps a signal without a handler from the first process of a container, and heisenbridge has one for SIGINT only.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        wait_for(sys.argv[-1])
        runpy.run_module("heisenbridge", run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
