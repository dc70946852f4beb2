"""A real browser: Debian's headless Chromium, driven through chromedriver (W3C WebDriver)."""

import base64
import json
import pathlib
import subprocess
import time
import urllib.request

PATIENCE = 20
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self, port, profile, pictures):
        self._pictures = pathlib.Path(pictures)
        self._driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._base = f"http://127.0.0.1:{port}"
        self._wait_for_driver()
        flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={profile}"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": flags}}
        session = self._post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._base += f"/session/{session['sessionId']}"

    def open(self, url):
        self._post("/url", {"url": url})

    def click(self, css):
        self._post(f"/element/{self._find(css)}/click", {})

    def type(self, css, text):
        self._post(f"/element/{self._find(css)}/value", {"text": text})

    def texts(self, css):
        """The texts of all elements that `css` selects."""
        return self._script(f"return [...document.querySelectorAll({json.dumps(css)})].map(element => element.innerText)")

    def text(self):
        return self._script("return document.body ? document.body.innerText : ''")

    def address(self):
        return self._get("/url")

    def wait_for(self, words, patience=PATIENCE):
        """Waits until the page, or its address, has these words."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if words in self.text() or words in self.address():
                return
            time.sleep(0.1)
        raise AssertionError(f"`{words}` is not on the page {self.address()}:\n{self.text()}")

    def picture(self, name):
        """Takes pictures of the page on a desk and on a phone; nothing may stick out at either width."""
        for width in (1280, 375):
            size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
            self._cdp("Emulation.setDeviceMetricsOverride", size)
            shown = base64.b64decode(self._get("/screenshot"))
            (self._pictures / f"{name}-{width}.png").write_bytes(shown)
            widest = self._script("return document.documentElement.scrollWidth")
            assert widest <= width, f"{name} is {widest} wide where there are {width}"
        self._cdp("Emulation.clearDeviceMetricsOverride", {})

    def close(self):
        try:
            request = urllib.request.Request(self._base, method="DELETE")
            urllib.request.urlopen(request, timeout=PATIENCE).read()
        finally:
            self._driver.terminate()
            self._driver.wait(timeout=PATIENCE)

    def _find(self, css):
        return self._post("/element", {"using": "css selector", "value": css})[ELEMENT]

    def _script(self, text):
        return self._post("/execute/sync", {"script": text, "args": []})

    def _cdp(self, command, parameters):
        self._post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def _wait_for_driver(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self._get("/status")
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("chromedriver does not start")

    def _get(self, path):
        with urllib.request.urlopen(self._base + path, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def _post(self, path, body):
        request = urllib.request.Request(self._base + path, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
