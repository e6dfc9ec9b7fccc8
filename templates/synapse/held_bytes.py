"""What is held for requests, in bytes. Rendered by matrix-deploy, used by body_limits.py and untaken_answers.py."""


class HeldBytes:
    """By request, by holder, which is a user or an address, and in total."""

    def __init__(self) -> None:
        # In the order in which they came.
        self.by_request: dict[object, tuple[str | None, int]] = {}
        self.by_holder: dict[str | None, int] = {}
        self.total = 0

    def add(self, request: object, holder: str | None, count: int) -> None:
        """Counts more bytes of a request. Its holder stays the one that it first had."""
        holder, before = self.by_request.get(request, (holder, 0))
        self.by_request[request] = (holder, before + count)
        self.by_holder[holder] = self.by_holder.get(holder, 0) + count
        self.total += count

    def release(self, request: object) -> None:
        """The request has come to its end, or will not."""
        holder, count = self.by_request.pop(request, (None, 0))
        if count == 0:
            return
        self.total -= count
        rest = self.by_holder[holder] - count
        if rest > 0:
            self.by_holder[holder] = rest
        else:
            del self.by_holder[holder]

    def greediest(self) -> str | None:
        """The holder of the most. There must be one."""
        return max(self.by_holder, key=self.by_holder.__getitem__)

    def oldest_of(self, holder: str | None) -> object:
        """The request of a holder that has been here for the longest. There must be one."""
        return next(request for request, (other, _) in self.by_request.items() if other == holder)
