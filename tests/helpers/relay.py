# SPDX-License-Identifier: Apache-2.0
"""
A TCP relay in front of the device endpoint, as a new address of it.

    with Relay(cloud.endpoint["port"]) as relay:
        connection = cloud.connection(agent.certificate_der(), port=relay.port)
"""
import socket
import threading


class Relay:
    """
    connections: how many came. watch(number, side), if set: called before and after the piece of this number (from 1,
    of the newest connection) goes on from the service to the device.
    """

    def __init__(self, port, hostname="127.0.0.1"):
        self.target = (hostname, port)
        self.connections = 0
        self.watch = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        with near:
            try:
                far = socket.create_connection(self.target, timeout=30)
            except OSError:
                return
            with far:
                up = threading.Thread(target=self._pump, args=(near, far), daemon=True)
                up.start()
                self._pump(far, near, self.watch)
                up.join(30)

    @staticmethod
    def _pump(source, sink, watch=None):
        number = 0
        try:
            while data := source.recv(65536):
                number += 1
                if watch:
                    watch(number, "before")
                sink.sendall(data)
                if watch:
                    watch(number, "after")
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        """Nobody is let in any more, also by a thread that waits for the next one."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.thread.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
