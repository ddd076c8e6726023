"""A service mesh in the pod: what the pod asks others for goes to a proxy beside it, which asks in its place."""

import subprocess
import sys

from tests.unit.faults.namespaces import PORT, Namespaces

USER, TAKES = 1337, 15001
_RULES = f"""
table ip mesh {{
  chain output {{
    type nat hook output priority -100
    meta skuid {USER} return
    oifname "lo" return
    tcp dport {PORT} redirect to :{TAKES}
  }}
}}
"""
_PROXY = f"""
import encodings.idna, os, socket, struct, threading
os.setgid({USER})
os.setuid({USER})
listening = socket.create_server(("127.0.0.1", {TAKES}))
print("listening", flush=True)

def pump(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (one, other):
            end.close()

while True:
    client = listening.accept()[0]
    raw = client.getsockopt(0, 80, 16)
    meant = (socket.inet_ntoa(raw[4:8]), struct.unpack_from(">H", raw, 2)[0])
    try:
        server = socket.create_connection(meant)
    except OSError:
        client.close()
        continue
    for pair in ((client, server), (server, client)):
        pair[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


def join(pod: Namespaces) -> None:
    """The pod is part of the mesh from now on."""
    proxy = pod.start_in_pod(sys.executable, "-c", _PROXY)
    assert proxy.stdout
    assert proxy.stdout.readline() == "listening\n"
    inside = ["nsenter", "--target", str(pod.pid), "--net", "nft", "-f", "-"]
    subprocess.run(inside, input=_RULES, text=True, check=True)
