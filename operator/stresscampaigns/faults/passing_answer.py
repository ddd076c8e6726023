"""The answer to a request that was passed on: where it ends, and whether the connection goes on after it. Pure."""

from stresscampaigns.faults import http1


class PassingAnswer:
    """The answer to one request, as it comes by: interim heads, its own head, its body."""

    def __init__(self, method: bytes) -> None:
        self._method = method
        self._begun = b""
        self._body: http1.Body | None = None
        self.persists = True
        self.switches = False

    @property
    def done(self) -> bool:
        """Has it ended?"""
        return self.switches or (self._body is not None and self._body.done)

    def feed(self, data: bytes) -> None:
        """Take what has come."""
        if self._body is not None:
            self._body.feed(data)
            return
        self._begun += data
        while self._body is None and (head := http1.head_of(self._begun)):
            self._begun = self._begun[len(head.raw) :]
            self.switches = head.status == 101
            if head.status >= 200 or self.switches:
                self._body = http1.body_of_answer(head, self._method)
                self._body.feed(self._begun)
                self.persists = head.persists
