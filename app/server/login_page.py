"""The page where one logs in: plain HTML of our own, without a script, the same for every mistake."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: #f4f5f6; color: #1d2126; }
main { width: 20rem; padding: 2rem; background: #fff; border: 1px solid #dfe2e6; border-radius: 0.4rem; }
h1 { font-size: 1.25rem; font-weight: 650; margin: 0 0 1rem; }
label { display: block; margin-bottom: 0.8rem; }
input { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: 0.45rem 0.6rem; color: inherit;
  background: transparent; border: 1px solid #8a9099; border-radius: 0.4rem; }
button, .way { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: 0.5rem; border: 0;
  border-radius: 0.4rem; background: #3f54c9; color: #fff; text-align: center; text-decoration: none; cursor: pointer; }
:focus-visible { outline: 2px solid #3f54c9; outline-offset: 2px; }
.told { margin: 0 0 1rem; padding: 0.5rem 0.7rem; border-left: 3px solid #b3261e; background: #fbeae9; color: #1d2126; }
@media (prefers-color-scheme: dark) {
  body { background: #131519; color: #e4e7eb; }
  main { background: #1d2025; border-color: #33383f; }
  button, .way { background: #8b9cf7; color: #131519; }
  :focus-visible { outline-color: #8b9cf7; }
}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}


def form(onward: str, told: str = "", status: int = 200, wait: int = 0) -> HTMLResponse:
    """Ask for name and password.

    Parameters
    ----------
    onward
        Where the way goes on.
    told
        A sentence of ours about what went wrong.
    wait
        Seconds until another try makes sense.
    """
    body = f"""<form method="post" action="/login">
{_told(told)}<input type="hidden" name="next" value="{escape(onward)}">
<label>Name<input name="name" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
</form>"""
    return _page(body, status, {"Retry-After": str(wait)} if wait else {})


def provider(address: str, told: str = "", status: int = 200) -> HTMLResponse:
    """Lead to the provider where people log in."""
    return _page(f'{_told(told)}<a class="way" href="{escape(address)}">Log in</a>', status)


def again(address: str) -> HTMLResponse:
    """Ask once more from a page of our own: a strict cookie does not come along with a link from another site."""
    return _page(f'<p><a href="{escape(address)}">Go on</a></p>', 200, head=_refresh(address))


def _refresh(address: str) -> str:
    return f'<meta http-equiv="refresh" content="0; url={escape(address)}">'


def _told(sentence: str) -> str:
    return f'<p class="told" role="alert">{escape(sentence)}</p>\n' if sentence else ""


def _page(body: str, status: int, more: dict[str, str] | None = None, head: str = "") -> HTMLResponse:
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Taxon</title>{head}<style>{_STYLE}</style></head>
<body><main><h1>Taxon</h1>
{body}
</main></body></html>
"""
    return HTMLResponse(page, status, {**HEADERS, **(more or {})})
