"""What a pattern asks for, in words: by itself, Kubernetes shows a person the regular expression alone."""

from stresscampaigns.api.base import IMAGE_PATTERN, URL_PATTERN
from stresscampaigns.api.fault_spec import DNS_NAME_PATTERN, MOUNT_PATTERN
from stresscampaigns.api.header_spec import FILE_NAME_PATTERN
from stresscampaigns.api.locustfile_spec import FILE_PATTERN
from stresscampaigns.api.selection import (
    FAULT_OR_EVERY_PATTERN,
    KEY_PATTERN,
    LABEL_VALUE_PATTERN,
    NAME_PATTERN,
    OBJECT_NAME_PATTERN,
)
from stresscampaigns.api.units import DURATION_PATTERN, PERCENT_PATTERN, RATE_PATTERN

WORDS = {
    DURATION_PATTERN: "write a duration like 90s, 10m, 1h30m or 800ms: whole numbers of h, m, s, ms, in this order",
    PERCENT_PATTERN: "write a share with its sign, like 80% or 0.5%",
    RATE_PATTERN: "write bits a second, a whole number with its unit, like 500kbit, 10mbit or 1gbit",
    NAME_PATTERN: "write a name of lower-case letters, digits and dashes, like db-away",
    FAULT_OR_EVERY_PATTERN: "write the name of a fault, like db-away, or * for every one",
    OBJECT_NAME_PATTERN: "write a name of lower-case letters, digits, dashes and dots, as Kubernetes' objects have",
    LABEL_VALUE_PATTERN: "a label's value has letters, digits, dashes, underscores and dots, no sign first or last",
    URL_PATTERN: "a URL needs a scheme and a host, and no spaces, like http://agents:8080",
    DNS_NAME_PATTERN: "write a DNS name, like db or *.example.com",
    MOUNT_PATTERN: "write an absolute path without spaces, like /data",
    FILE_PATTERN: "write the absolute path of a file, like /locust/locustfile.py",
    KEY_PATTERN: "a key has letters, digits, dashes, underscores and dots only",
    FILE_NAME_PATTERN: "a key has letters, digits, dashes, underscores and dots only, and does not begin with two dots",
    IMAGE_PATTERN: "write an image with its tag, like registry.example/mine:1",
}
"""Pattern → words. What has a rule of its own that says so is not among them."""
