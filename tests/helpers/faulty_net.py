# SPDX-License-Identifier: Apache-2.0
"""A network between client and service that breaks at one HTTP exchange.

It ends TLS with the service's own certificate and passes each request on over a connection of its own,
so that it can tell one exchange from the next. `how`: "before" the request reaches the service,
"torn" in the middle of the answer, "after" the service answered but before the client sees a byte.
From then on nothing passes any more: clients that try again by themselves get no further.
"""
import socket
import ssl
import threading

HOWS = ("before", "torn", "after")


def read_message(stream):
    """One HTTP/1.1 message: head with its empty line, then Content-Length bytes; b"" at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        assert name.lower() != b"transfer-encoding", "only bodies of a known length"
    return head + stream.read(length)


class FaultyNet:
    """`url` stands for the service's; `exchanges` tells how many requests have come."""

    def __init__(self, service, at=None, how="after"):
        self.at, self.how, self.exchanges = at, how, 0
        self.broken = False
        self.requests = []  # method and path of each
        host, port = service.listen.rsplit(":", 1)
        self._service = (host, int(port))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(service.data / "tls" / "server.pem", service.data / "tls" / "server.key")
        self._trust = ssl.create_default_context(cafile=str(service.ca_file))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with socket.create_connection(self._service) as plain, \
                    self._trust.wrap_socket(plain, server_hostname=self._service[0]) as up, \
                    self._tls.wrap_socket(client, server_side=True) as down:
                ends = (down, down.makefile("rb"), up, up.makefile("rb"))
                while self._exchange(*ends):
                    pass
        except OSError:
            pass  # an end went away: that is what a network is like
        finally:
            client.close()

    def _exchange(self, down, from_client, up, from_service):
        """One request and its answer; False at the end, or when the network breaks here."""
        request = read_message(from_client)
        if not request or self.broken:
            return False
        self.exchanges += 1
        self.requests.append(request.split(b" HTTP/", 1)[0].decode())
        self.broken = here = self.exchanges == self.at
        if here and self.how == "before":
            return False
        up.sendall(request)
        answer = read_message(from_service)
        if here:
            if self.how == "torn":
                down.sendall(answer[:len(answer) // 2])
            return False
        down.sendall(answer)
        return bool(answer)
