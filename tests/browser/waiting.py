"""Waiting for a page to have nothing to do, on a busy machine too: what it sent is answered, and all is quiet."""

from __future__ import annotations

from typing import Any

PATIENCE = 60_000  # milliseconds; a busy machine is no failure
QUIET = 250  # milliseconds; longer than any gesture waits before it tells the server

# Runs in every tab before the page's own scripts: when the last message went to the server and when the last came.
LISTEN = """
(() => {
  if (window.traffic) return;
  const traffic = window.traffic = { sent: 0, came: 0 };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    traffic.sent = performance.now();
    if (!this.heard) {
      this.heard = true;
      this.addEventListener("message", () => { traffic.came = performance.now(); });
    }
    return send.call(this, data);
  };
})();
"""

_SETTLED = """
([quiet, patience]) => new Promise((done, fail) => {
  const begun = performance.now();
  const look = () => {
    const now = performance.now();
    const { sent, came } = window.traffic ?? { sent: 0, came: 0 };
    const app = document.querySelector('[data-testid="stApp"]');
    const idle = app?.dataset.testScriptState === "notRunning";
    if (idle && came >= sent && now - Math.max(begun, sent, came) >= quiet) {
      requestAnimationFrame(() => setTimeout(done));
    } else if (now - begun > patience) {
      fail(new Error(`The page did not settle: idle ${idle}, sent ${sent}, came ${came}, now ${now}.`));
    } else {
      setTimeout(look, 25);
    }
  };
  look();
})
"""


def settle(page: Any) -> None:
    """Wait until the page has nothing to do: its script does not run, every message is answered, none comes."""
    page.evaluate(_SETTLED, [QUIET, PATIENCE])
