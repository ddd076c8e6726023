"""An API that others serve, failing as its clients in this pod see it: ExternalApiFailure."""

import math
from random import Random

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.network import by_chance
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.protocol import CannotWork, Fault
from stresscampaigns.faults.proxy import Proxy
from stresscampaigns.faults.redirection import FIRST, Redirection
from stresscampaigns.faults.sockets import check_cutting, cut
from stresscampaigns.faults.wrongs import Choice, Wrong


class ExternalFailure:
    """Connections to an API go through a proxy of ours."""

    def __init__(self, table: str, flow: Flow, choice: Choice, wrong: Wrong) -> None:
        self._flow, self._choice = flow, choice
        self._proxy = Proxy(choice, wrong)
        self._rules = Redirection(table, flow, self._proxy.port)

    @property
    def unit(self) -> str:
        """With what could not be hit, where there was any."""
        untouched = self._choice.untouched
        rest = f", {untouched} connections passed that were no plain HTTP/1" if untouched else ""
        return self._proxy.wrong.unit + rest

    def check(self) -> None:
        """Can connections be redirected, and those that exist be cut?"""
        self._rules.check()
        check_cutting()

    def inject(self, seconds: float) -> None:
        """First somebody who answers. Connections that exist are cut: their clients come again, by the proxy."""
        self._proxy.start()
        self._rules.inject(seconds)
        _cut(self._flow)

    def evidence(self) -> int:
        """Requests that were hit; told only while connections come here."""
        if not self._proxy.accepts():
            raise CannotWork("the proxy died: connections were left without an answer")
        self._rules.evidence()
        return self._choice.hit

    def end(self) -> None:
        """New connections go where they are meant to; then those that came here end."""
        self._rules.stop()
        self._proxy.finish()
        self._rules.end()

    def gone(self) -> bool:
        """Neither rules nor proxy are left."""
        return comes_true(lambda: not self._proxy.alive(), 1) and self._rules.gone()


class _Refusal(PacketFault):
    """New connections are refused; those that exist are cut, so that their clients come again."""

    def __init__(self, table: str, flow: Flow, share: float) -> None:
        words = f"{FIRST} {by_chance(share)} counter reject with tcp reset"
        super().__init__(table, flow, words, "connections refused")
        self._of = flow

    def check(self) -> None:
        """Both."""
        super().check()
        check_cutting()

    def inject(self, seconds: float) -> None:
        """First the new ones."""
        super().inject(seconds)
        _cut(self._of)


def _cut(flow: Flow) -> None:
    if flow.port is not None:
        cut(flow.port, flow.peers, flow.served)


def failing(order: FaultOrder) -> Fault:
    """The fault that an order asks for."""
    asked = order.settings
    flow = Flow.of(asked, "to").of_calls()
    share = asked.get("share", 1.0)
    if asked.get("how") == "Refused":
        return _Refusal(order.id, flow, share)
    retry_after = asked.get("retryAfter")
    wrong = Wrong(
        status=asked.get("status"),
        body=asked.get("body"),
        retry_after=None if retry_after is None else math.ceil(retry_after),
        latency=asked.get("latency", 0.0),
        silent=asked.get("how") == "Silent",
    )
    chance = Random(order.id)  # noqa: S311  the same order hits the same requests
    return ExternalFailure(order.id, flow, Choice(share, asked.get("limit"), chance), wrong)
