"""What a browser may do with an answer: run our scripts and no others, ask us and nobody else, show us in no frame."""

from __future__ import annotations

from functools import cache

from app.server import shipped


@cache
def security() -> dict[bytes, bytes]:
    """Headers of every answer that does not bring stricter ones of its own; names in lower case."""
    told = {
        "content-security-policy": policy(),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not `no-referrer`: a form would then be sent with `Origin: null`, and we could not tell that it is ours.
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{name}=()" for name in _NEVER),
        "x-robots-tag": "noindex, nofollow",
    }
    return {name.encode(): value.encode() for name, value in told.items()}


@cache
def trusted() -> dict[bytes, bytes]:
    """Headers that a browser hears only over https or from this machine; elsewhere they are errors in its console."""
    return {b"cross-origin-opener-policy": b"same-origin"}


_NEVER = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "usb", "xr-spatial-tracking",
)  # fmt: skip


def policy() -> str:
    """The content security policy of the page, as strict as Streamlit 1.67 lets it be.

    `blob:` scripts are the components of our own: Streamlit imports their code from a blob. Styles are written by
    Streamlit's page while it runs, so they cannot be listed. Its inline scripts are, by their hashes.
    """
    scripts = " ".join(["'self'", "blob:", *(f"'sha256-{digest}'" for digest in shipped.inline_scripts())])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def strict_cookie(value: bytes, https: bool) -> bytes:
    """A `Set-Cookie` that goes to no other site, and over https only where we are on https."""
    flags = {part.strip().partition(b"=")[0].lower() for part in value.split(b";")[1:]}
    value += b"" if b"samesite" in flags else b"; SameSite=Strict"
    return value + (b"; Secure" if https and b"secure" not in flags else b"")
