"""Had a trial of a search the users that it is named by? Pure.

Those of a Locust file may end by themselves; and after an overload those that are too many wait for their last answer.
"""

from collections.abc import Sequence

LEAST, MOST = 0.9, 1.1
"""Of the users that are asked for, so many must, and may, be there."""
WITHOUT = 0.1
"""In more than this part of the time others are no passing weakness."""


def other_users(asked: int, seen: Sequence[int]) -> str:
    """How many there were instead, in words; empty where they were those that are asked for.

    Args:
        seen: how many there were, at looks that are equally far apart.
    """
    others = [one for one in seen if not LEAST * asked <= one <= MOST * asked]
    if len(others) <= WITHOUT * len(seen):
        return ""
    if (least := min(others)) < asked:
        return f"it had down to {least} users instead of {asked}: a Locust file's have ended, or came late"
    return f"it had up to {max(others)} users instead of {asked}: earlier ones still waited for an answer"
