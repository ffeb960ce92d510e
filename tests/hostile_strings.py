"""Texts that strangers bring: each would do something in a place that takes text for more than text."""

from __future__ import annotations

_BASE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=//evil.example/beacon.png>",
    "<svg onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>x</button></form>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "</textarea><script>alert(1)</script>",
    "</title></style></script><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<math><mtext><mglyph><style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "[click](https://evil.example)",
    "![beacon](https://evil.example/beacon.png)",
    "<https://evil.example>",
    "https://evil.example/?a=1&b=2",
    "**bold** _italic_ ~~gone~~ `code`",
    "# heading",
    "- item -> item -- item >= <= ~= <-> <-\n- item",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    ":red[colour] :material/home: :smile: :streamlit:",
    "$x^2$ $$\\href{javascript:alert(1)}{y}$$",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "%{label} %{x:.2f} %(name)s {0} {name}",
    '=HYPERLINK("//evil.example","x")',
    "' OR 1=1; DROP TABLE events; --",
    "../../etc/passwd\\..\\windows",
    "\u202eright to left\u202c \u2066isolated\u2069",
    "zero\u200bwidth\u200c\ufeffjoined\u00ad",
    "Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308a\u0309\u030a\u030b\u030clgo",
    "\u0001\u0007\u001b[31mred\u001b[0m\u007f",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U000e0041",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &nbsp;",
)
_AROUND = ("{}", "**{}**", "[{}](x)", "<b title='{}'>")


def strings(count: int = len(_BASE)) -> tuple[str, ...]:
    """The first `count` of them; after the plain ones the same inside of other marks."""
    found = [around.replace("{}", text) for around in _AROUND for text in _BASE]
    assert len(set(found)) == len(found) >= count
    return tuple(found[:count])
