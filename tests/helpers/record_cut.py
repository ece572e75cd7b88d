# SPDX-License-Identifier: Apache-2.0
"""A TCP relay that knows TLS records: it lets a number of them pass and then closes both sides."""
import socket
import threading


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


class RecordCut:
    """Listens on .port; cut_after: records of both directions together, None: all pass. passed: how many did."""

    def __init__(self, host, port, cut_after=None):
        self.target, self.cut_after, self.passed = (host, port), cut_after, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            pair = [threading.Thread(target=self._relay, args=way, daemon=True)
                    for way in ((client, server), (server, client))]
            for way in pair:
                way.start()

    def _relay(self, source, sink):
        try:
            while True:
                head = read_exactly(source, 5)
                body = read_exactly(source, int.from_bytes(head[3:5], "big"))
                with self.lock:
                    if self.cut_after is not None and self.passed >= self.cut_after:
                        raise ConnectionError
                    sink.sendall(head + body)
                    self.passed += 1
        except OSError:
            for sock in (source, sink):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
