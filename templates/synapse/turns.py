"""One thing at a time for each user. Rendered by matrix-deploy, used by untaken_answers.py and stored_bytes.py."""

from collections import deque
from contextlib import asynccontextmanager

from synapse.logging.context import make_deferred_yieldable
from twisted.internet import reactor
from twisted.internet.defer import Deferred


class Turns:
    """Of each holder, one has its turn; the others wait in the order in which they came."""

    def __init__(self) -> None:
        self.waiting: dict[str | None, deque[Deferred]] = {}

    @asynccontextmanager
    async def of(self, holder: str | None):
        if holder in self.waiting:
            turn = Deferred()
            self.waiting[holder].append(turn)
            await make_deferred_yieldable(turn)
        else:
            self.waiting[holder] = deque()
        try:
            yield
        finally:
            self.pass_on(holder)

    def pass_on(self, holder: str | None) -> None:
        queue = self.waiting[holder]
        if queue:
            # Not at once: each turn would be a call within the one before it.
            reactor.callLater(0, queue.popleft().callback, None)
        else:
            del self.waiting[holder]
