# SPDX-License-Identifier: Apache-2.0
"""Start a program, wait for its "ready" line, stop it: no sleeping, nothing left behind."""
import subprocess
import threading
import time
from pathlib import Path


class Process:
    """
    A running program whose output goes to a log file.

    `ready` is the prefix of the line that says it is up; `ready_line` holds that line. Use it as a
    context manager or call stop(). stop() sends SIGTERM and returns the exit code.
    """

    def __init__(self, argv, log, ready=None, timeout_s=30, env=None, cwd=None):
        self.argv = [str(a) for a in argv]
        self.log_path = Path(log)
        self.ready_line = None
        self._prefix = ready
        self._ready = threading.Event()
        self._log = open(self.log_path, "ab")
        self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env=env, cwd=cwd)
        self._pump = threading.Thread(target=self._copy_output, daemon=True)
        self._pump.start()
        if ready is not None:
            self._wait_ready(timeout_s)

    @property
    def pid(self):
        return self.popen.pid

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def logs(self, text, timeout=10):
        """Does the log come to hold `text`? Lines are written behind answers."""
        until = time.monotonic() + timeout
        while text not in self.log_text() and time.monotonic() < until:
            time.sleep(0.01)
        return text in self.log_text()

    def said(self, prefix):
        """What follows `prefix` on the last line that begins with it; None if there is none."""
        lines = [line for line in self.log_text().splitlines() if line.startswith(prefix)]
        return lines[-1].removeprefix(prefix) if lines else None

    def alive(self):
        return self.popen.poll() is None

    def stop(self, timeout_s=30):
        """SIGTERM, then SIGKILL when it does not go; the exit code (negative: died of a signal)."""
        if self.alive():
            self.popen.terminate()
        try:
            code = self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            code = self.popen.wait()
        self._pump.join(timeout_s)
        return code

    def kill(self):
        """SIGKILL: what a crash or a power cut looks like to the others."""
        self.popen.kill()
        self.popen.wait()
        self._pump.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _copy_output(self):
        for line in self.popen.stdout:
            self._log.write(line)
            self._log.flush()
            if self._prefix and not self._ready.is_set():
                text = line.decode(errors="replace").rstrip("\n")
                if text.startswith(self._prefix):
                    self.ready_line = text
                    self._ready.set()
        self.popen.stdout.close()
        self._log.close()

    def _wait_ready(self, timeout_s):
        end = time.monotonic() + timeout_s
        while not self._ready.wait(0.02):
            if not self.alive() or time.monotonic() > end:
                code = self.stop(2)
                raise RuntimeError(f"{self.argv[0]} did not become ready (exit {code}):\n"
                                   f"{self.log_text()[-4000:]}")
