"""People who log in at a provider (OpenID Connect) through Streamlit's st.login; we give them a session of ours."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request

from core.users.file import User, Users

# Streamlit's own routes of the way to the provider and back.
PATHS = ("/auth/login", "/oauth2callback")
COOKIE = "_streamlit_user"
_FRESH = 15 * 60  # seconds


def way_there() -> str:
    """Address where the way to the provider begins."""
    from streamlit.auth_util import encode_provider_token

    return f"{PATHS[0]}?provider={quote(encode_provider_token('default'))}"


def claims(request: Request) -> Mapping[str, object]:
    """What the provider said about who comes back, from Streamlit's signed cookie; empty when it says nothing."""
    from streamlit.auth_util import get_origin_from_redirect_uri
    from streamlit.web.server.starlette import starlette_websocket as signed

    try:
        raw = signed._get_signed_cookie_with_chunks(dict(request.cookies), COOKIE)
        told = json.loads(raw) if raw else {}
    except (ValueError, TypeError):
        return {}
    ours = isinstance(told, dict) and told.get("is_logged_in") and told.get("origin") == get_origin_from_redirect_uri()
    return told if ours else {}


def user_of(told: Mapping[str, object], users: Users, now: float | None = None) -> User | None:
    """The user that a provider's word stands for: by e-mail address, if the provider has checked that it is hers.

    It must be fresh: Streamlit's cookie lives for a month, and whoever has logged out must ask the provider again.
    """
    address, said = told.get("email"), told.get("iat")
    if not isinstance(address, str) or told.get("email_verified") is not True or not isinstance(said, (int, float)):
        return None
    age = (time.time() if now is None else now) - said
    return users.find(address) if -60 <= age <= _FRESH else None


def cookies_of(request: Request) -> list[str]:
    """Names of the cookies in which Streamlit keeps what the provider said."""
    return [name for name in request.cookies if name.startswith(COOKIE)]
