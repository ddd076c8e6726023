"""A name server in the peer, and what asking it from the pod brings."""

import struct
import sys

from tests.unit.faults.namespaces import PEER, Namespaces

_SERVER = """
import socket, struct, sys, threading
address = ("0.0.0.0", 53)
def answer(question):
    return question[:2] + b"\\x85\\x80" + question[4:]
def over_tcp():
    listening = socket.create_server(address)
    while True:
        threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
def serve(connection):
    if data := connection.recv(600):
        connection.sendall(data[:2] + answer(data[2:]))
    connection.close()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(address)
threading.Thread(target=over_tcp, daemon=True).start()
print("listening", flush=True)
while True:
    question, asker = datagrams.recvfrom(600)
    datagrams.sendto(answer(question), asker)
"""
_ASK = """
import socket, struct, sys
question = bytes.fromhex(sys.argv[2])
try:
    if sys.argv[3] == "tcp":
        connection = socket.create_connection((sys.argv[1], 53), timeout=0.5)
        connection.sendall(struct.pack(">H", len(question)) + question)
        answer = connection.recv(600)[2:]
    else:
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.settimeout(0.5)
        connection.connect((sys.argv[1], 53))
        connection.send(question)
        answer = connection.recv(600)
    assert answer[:2] == question[:2] and answer[2] & 0x80 and answer[12:] == question[12:]
    print(answer[3] & 15)
except TimeoutError:
    print("silence")
"""


def question(name: str) -> bytes:
    """The message that asks for a name's address."""
    labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
    return struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


class NameServer:
    """Knows every name."""

    def __init__(self, pod: Namespaces) -> None:
        self._pod = pod
        out = pod.start_in_peer(sys.executable, "-c", _SERVER).stdout
        assert out
        assert out.readline() == "listening\n"

    def ask(self, name: str, over: str = "udp") -> str:
        """The answer's code (0: it is known), or `silence`."""
        command = (sys.executable, "-S", "-c", _ASK, PEER, question(name).hex(), over)
        return self._pod.in_pod(*command).strip()
