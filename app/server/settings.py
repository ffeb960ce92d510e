"""How a server is reached and how people log in; from the environment, checked before it starts."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput
from core.users.file import Users
from core.users.private import config_folder
from core.users.roles import Role

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
LOGINS = ("", "passwords", "oidc", "proxy")


@dataclass(frozen=True)
class Settings:
    """What the environment says about the server.

    Attributes
    ----------
    login
        “” = nobody logs in, for this machine only; “passwords”, “oidc” through st.login, “proxy” = a proxy in front
        has logged people in and names them in a header.
    hosts
        Names and addresses that people type into the browser, without port, beside those of this machine.
    proxy, proxy_header
        Address of that proxy; the header.
    config
        Folder with users and secret.
    """

    login: str = ""
    hosts: tuple[str, ...] = ()
    proxy: str = ""
    proxy_header: str = "x-remote-user"
    config: Path = Path()

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """`TAXON_LOGIN`, `TAXON_HOSTS`, `TAXON_PROXY`, `TAXON_PROXY_HEADER`."""
        told = os.environ if environment is None else environment
        return cls(
            login=told.get("TAXON_LOGIN", "").strip(),
            hosts=tuple(host for part in told.get("TAXON_HOSTS", "").split(",") if (host := part.strip().lower())),
            proxy=told.get("TAXON_PROXY", "").strip(),
            proxy_header=told.get("TAXON_PROXY_HEADER", "").strip().lower() or "x-remote-user",
            config=config_folder(),
        )

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """All names and addresses by which the server may be called."""
        return (*LOOPBACK_NAMES, *self.hosts)


def is_loopback(address: str) -> bool:
    """Whether a socket of this address is reached from this machine only."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def check(settings: Settings, address: str) -> None:
    """Refuse to start a server that strangers could use.

    Parameters
    ----------
    address
        That the server will listen on; empty = all.

    Raises
    ------
    BadInput
        When a login is missing or cannot work.
    """
    if settings.login not in LOGINS:
        raise BadInput(f"“{settings.login}” is no way to log in.", next_step="Use passwords, oidc or proxy.")
    if not is_loopback(address):
        _wide(settings, address or "every address")
    if settings.login:
        _login(settings)


def _wide(settings: Settings, address: str) -> None:
    if not settings.login:
        raise BadInput(
            f"Taxon does not listen on {address} without a login.",
            "Everybody who reaches it could read and change everything.",
            "Start it with: python -m app --address ADDRESS --name HOST --login passwords",
        )
    if not settings.hosts:
        raise BadInput(
            f"Taxon does not listen on {address} without knowing its name.",
            "Any site that a visitor opens could pretend to be it.",
            "Say what people type into the browser: --name HOST (TAXON_HOSTS).",
        )


def _login(settings: Settings) -> None:
    users = Users(settings.config).all()
    if settings.login == "passwords":
        users = [user for user in users if user.password]
    if not any(user.role == Role.OWNER for user in users):
        raise BadInput(
            "Nobody could log in as an owner.",
            f"{Users(settings.config).path} holds none.",
            "Run: python -m core users add NAME --role owner"
            + ("" if settings.login == "passwords" else " --no-password"),
        )
    if settings.login == "proxy":
        _proxy(settings)
    if settings.login == "oidc" and importlib.util.find_spec("authlib") is None:
        raise BadInput("Login through OIDC needs Authlib.", "It is not installed.", "Run: pip install streamlit[auth]")


def _proxy(settings: Settings) -> None:
    try:
        ipaddress.ip_address(settings.proxy)
    except ValueError as error:
        raise BadInput(
            "Login through a proxy needs the proxy's address.",
            "Anybody else could name himself as he likes.",
            "Give it as numbers: --proxy 10.0.0.2 (TAXON_PROXY).",
        ) from error
    # Uvicorn would put the address that a request claims in place of the one it comes from.
    if os.environ.get("FORWARDED_ALLOW_IPS") != "":
        raise BadInput(
            "Login through a proxy cannot tell the proxy from others.",
            "The web server is set to believe X-Forwarded-For.",
            "Start with `python -m app --login proxy …`, or set FORWARDED_ALLOW_IPS to nothing.",
        )
