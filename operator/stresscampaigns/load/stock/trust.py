"""Whose certificates Locust's own HTTP clients trust: whom the campaign does, where the file does not say otherwise."""

from collections.abc import Iterable
from typing import Any

from locust import User, clients
from locust.contrib.fasthttp import FastHttpUser

from stresscampaigns.load.http.connecting import Trust

_OWN = {"insecure", "ssl_context_factory"}


def trust_as_the_campaign(trust: Trust, users: Iterable[type[User]]) -> None:
    """From now on, for these classes of users.

    Raises:
        ValueError: the campaign's certificate authority cannot be used.
    """
    context = trust.context()
    for user in users:
        if issubclass(user, FastHttpUser) and not _says_itself(user):
            user.insecure = not trust.verify
            user.ssl_context_factory = staticmethod(lambda cafile=None: context)
    if trust.ca_file:
        clients._preloaded_ssl_context.load_verify_locations(trust.ca_file)
    if not trust.verify:
        _verify_nobody()


def _says_itself(user: type[User]) -> bool:
    written = user.__mro__[: user.__mro__.index(FastHttpUser)]
    return any(_OWN & vars(one).keys() for one in written)


def _verify_nobody() -> None:
    """What the file sets on its client it sets later."""
    session: Any = clients.HttpSession
    begin = session.__init__

    def begin_without(self: clients.HttpSession, *args: object, **options: object) -> None:
        begin(self, *args, **options)
        self.verify = False

    session.__init__ = begin_without
