"""Addresses of every kind, link-local ones among them."""

from hypothesis import strategies as st

_ANY = (st.ip_addresses(), st.ip_addresses(network="169.254.0.0/16"), st.ip_addresses(network="fe80::/10"))
ADDRESSES = st.one_of(_ANY).filter(lambda one: not getattr(one, "ipv4_mapped", None))
"""But for IPv4 within IPv6: whether that is link-local, versions of Python tell differently."""
