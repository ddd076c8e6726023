"""What coordinator and workers say to each other, beside Locust's own messages.

Locust drops a message that nobody listens for: the coordinator says START only when every worker has said LISTENING.
"""

LISTENING = "stress-listening"
ASSIGN = "stress-assign"
START = "stress-start"
DRAIN = "stress-drain"
DRAINED = "stress-drained"
READ_BACK = "stress-read-back"
WAS_READ = "stress-was-read"
