"""A command in a terminal of its own, to which somebody types."""

import os
import pty
import re
import select
import signal
import termios
import time

PATIENCE = 30
LOCAL_FLAGS = 3


class Terminal:
    """One command. What it prints is kept, and shown when something that is waited for does not come."""

    def __init__(self, arguments, environment):
        self.printed = ""
        self._seen = 0
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            os.execvpe(arguments[0], arguments, environment)

    def wait_for(self, pattern, patience=PATIENCE):
        """Waits until `pattern` is printed, after what was waited for before; gives the match."""
        deadline = time.monotonic() + patience
        while True:
            match = re.compile(pattern).search(self.printed, self._seen)
            if match:
                self._seen = match.end()
                return match
            if not self._read(deadline):
                raise AssertionError(f"`{pattern}` was not printed:\n{self.printed}")

    def type(self, line):
        os.write(self._end, line.encode() + b"\r")

    def type_secret(self, line, patience=PATIENCE):
        """The same once the command no longer shows what is typed: what is typed before is shown, and thrown away."""
        deadline = time.monotonic() + patience
        while termios.tcgetattr(self._end)[LOCAL_FLAGS] & termios.ECHO:
            assert time.monotonic() < deadline, f"what is typed is still shown:\n{self.printed}"
            time.sleep(0.01)
        self.type(line)

    def interrupt(self):
        """As Ctrl-C does."""
        os.write(self._end, b"\x03")

    def exit_code(self, patience=PATIENCE):
        """Waits until the command ends."""
        deadline = time.monotonic() + patience
        while self._read(deadline):
            pass
        if time.monotonic() >= deadline:
            os.kill(self._pid, signal.SIGKILL)
            raise AssertionError(f"the command does not end:\n{self.printed}")
        _, status = os.waitpid(self._pid, 0)
        os.close(self._end)
        return os.waitstatus_to_exitcode(status)

    def _read(self, deadline):
        """Reads what there is; False once the command has ended or the time is up."""
        ready, _, _ = select.select([self._end], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            text = os.read(self._end, 65536).decode(errors="replace")
        except OSError:
            return False
        self.printed += text.replace("\r\n", "\n")
        return bool(text)
