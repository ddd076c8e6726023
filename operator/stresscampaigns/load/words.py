"""What coordinator and workers say to each other, beside Locust's own messages.

Locust drops a message that nobody listens for: the coordinator says START only when every worker has said LISTENING.
"""

LISTENING = "stress-listening"
ASSIGN = "stress-assign"
START = "stress-start"
STAGE = "stress-stage"
IN_STAGE = "stress-in-stage"
BEGUN = -1
"""In the place of a stage's number: a worker has heard START."""
DRAIN = "stress-drain"
DRAINED = "stress-drained"
READ_BACK = "stress-read-back"
WAS_READ = "stress-was-read"
