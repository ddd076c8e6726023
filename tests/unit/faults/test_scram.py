"""SCRAM-SHA-256 against the example of its RFC."""

import pytest

from stresscampaigns.faults.scram import Scram

NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVERS_FIRST = f"r={NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".encode()
SERVERS_LAST = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def login(password: str = "pencil") -> Scram:
    return Scram(password, "user", NONCE)


def test_the_proof_is_that_of_rfc_7677() -> None:
    scram = login()
    assert scram.first() == f"n,,n=user,r={NONCE}".encode()
    assert scram.proof(SERVERS_FIRST) == (
        f"c=biws,r={NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=".encode()
    )
    assert scram.is_servers(SERVERS_LAST)


@pytest.mark.parametrize("last", [b"v=AAAA", b"v=", b"", b"e=other-error"])
def test_a_server_that_does_not_know_the_password_is_found_out(last: bytes) -> None:
    scram = login()
    scram.proof(SERVERS_FIRST)
    assert not scram.is_servers(last)


def test_an_answer_to_somebody_else_is_none() -> None:
    with pytest.raises(ValueError, match="somebody else"):
        Scram("pencil", "user", "another").proof(SERVERS_FIRST)


def test_two_logins_never_say_the_same_first() -> None:
    assert Scram("pencil").first() != Scram("pencil").first()
