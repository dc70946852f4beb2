"""A sandbox, and a new user of flowrun who has a home, a terminal and a browser."""

import json
import os
import pathlib
import select
import socket
import subprocess
import urllib.request

from terminal import Terminal

PATIENCE = 30


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class World:
    def __init__(self, program, folder):
        self._program, self._folder = program, pathlib.Path(folder)
        self.callback = f"http://localhost:{free_port()}/callback"
        home = self._folder / "home"
        home.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        # Without DISPLAY no browser is started: the address is printed, and opened by the browser of this check.
        self.environment = {**kept, "HOME": str(home), "TERM": "dumb", "NO_COLOR": "1"}
        served = [program, "sandbox", "--listen", "127.0.0.1:0", "-o", "json", "--state-dir", str(self._folder / "served")]
        self._sandbox = subprocess.Popen(served, env=self.environment, stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self._sandbox.stdout], [], [], PATIENCE)
        assert ready, "the sandbox does not start"
        self.url = json.loads(self._sandbox.stdout.readline())["site_url"]
        # The Consumer Key and Consumer Secret, once the console made the app.
        self.key = self.secret = None

    def pass_time(self, seconds):
        """Moves the sandbox's clock."""
        self._control("clock", {"advance_seconds": seconds})

    def add(self, *further, name="acme", callback=None):
        """Begins `token add`."""
        begun = ["token", "add", name, f"--sandbox={self.url}", "--callback", callback or self.callback, *further]
        return Terminal([self._program, *begun], self.environment)

    def run(self, *arguments):
        """Runs a command to its end; gives the exit code, what it printed, and its errors."""
        done = subprocess.run(
            [self._program, *arguments], env=self.environment, capture_output=True, text=True, timeout=120,
            cwd=pathlib.Path(__file__).parents[2], stdin=subprocess.DEVNULL,
        )
        return done.returncode, done.stdout, done.stderr

    def document(self, *arguments):
        """What a command prints as JSON."""
        code, printed, errors = self.run(*arguments, "-o", "json")
        assert code == 0, f"{arguments}: {code}\n{printed}{errors}"
        return json.loads(printed)

    def close(self):
        self._sandbox.terminate()
        self._sandbox.wait(timeout=PATIENCE)

    def _control(self, name, body):
        request = urllib.request.Request(f"{self.url}/_sandbox/{name}", json.dumps(body).encode(), method="POST")
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or "null")
