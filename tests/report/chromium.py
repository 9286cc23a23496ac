"""A headless Chromium that tests click in, driven over its DevTools socket; nothing to install but the browser."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
AXE = os.environ.get("AXE_CORE", "")
"""The file axe.min.js of the npm package axe-core; `nox -s browser` fetches it."""
LOOKS = ((1400, False), (1400, True), (390, False), (390, True))
"""The width of a window, and whether the system prefers dark colours."""
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)  # fmt: skip


class Tab:
    """One page. `log` has what its console said and every error of its scripts."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.log: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self._socket.recv(timeout=60))
            self._note(said)
            if said.get("id") == number:
                assert "error" not in said, said["error"]
                result: dict[str, Any] = said["result"]
                return result

    def _note(self, said: dict[str, Any]) -> None:
        if said.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.log.append(json.dumps(said["params"])[:2_000])

    def view(self, width: int, *, dark: bool = False, height: int = 900) -> None:
        """A window of this size, with the colours that the system prefers."""
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media="screen", features=features)

    def open(self, page: Path, state: str = "") -> None:
        """Load a page anew."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=f"{page.as_uri()}{state}")
        self._loaded()

    def reload(self) -> None:
        """As F5 does."""
        self.js("window.old = true")
        self.call("Page.reload")
        for _ in range(600):
            if not self.js("window.old === true"):
                break
            time.sleep(0.05)
        self._loaded()

    def _loaded(self) -> None:
        for _ in range(600):
            if self.js("location.href !== 'about:blank' && document.readyState") == "complete":
                self.settle()
                return
            time.sleep(0.05)
        raise AssertionError("the page does not load")

    def js(self, expression: str) -> Any:
        """The value of an expression, or of the promise it is."""
        said = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def key(self, key: str) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that matches."""
        found = json.dumps(selector)
        self.js(f"document.querySelector({found}).scrollIntoView({{block: 'center'}})")
        box = self.js(
            f"(() => {{ const r = document.querySelector({found}).getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def settle(self) -> None:
        """Wait until the page has drawn what was asked of it, and its events have been heard."""
        self.js("new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 30))")

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """A screenshot as PNG."""
        said = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(said["data"]))

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])


@contextmanager
def chromium() -> Iterator[Tab]:
    """A tab of a new browser with an empty profile."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(BROWSER), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = _port(Path(profile) / "DevToolsActivePort", browser)
            with urlopen(f"http://127.0.0.1:{port}/json", timeout=30) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            with connect(pages[0]["webSocketDebuggerUrl"], max_size=None) as socket:
                yield Tab(socket)
        finally:
            browser.terminate()
            browser.wait(timeout=30)


def _port(file: Path, browser: subprocess.Popen[bytes]) -> int:
    for _ in range(600):
        text = file.read_text("utf-8") if file.exists() else ""
        if "\n" in text:
            return int(text.splitlines()[0])
        assert browser.poll() is None, "the browser does not start"
        time.sleep(0.05)
    raise AssertionError("the browser does not say its port")
