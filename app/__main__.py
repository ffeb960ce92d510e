"""`python -m app`: start the server, on this machine or, with a login, for others."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.server.settings import Settings, check, is_loopback
from core.errors import TaxonError

Address = Annotated[str, typer.Option(help="To listen on; 0.0.0.0 = every address of this machine.")]
Port = Annotated[int, typer.Option(help="To listen on.")]
Login = Annotated[str, typer.Option(help="passwords, oidc or proxy; needed for any address but this machine's own.")]
Names = Annotated[
    list[str] | None, typer.Option("--name", help="What people type into the browser, without port; may be repeated.")
]
Proxy = Annotated[str, typer.Option(help="Address of the proxy that has logged people in.")]
Header = Annotated[str, typer.Option(help="The header in which it names them.")]
Certificate = Annotated[Path | None, typer.Option(help="PEM file, for https.")]
Key = Annotated[Path | None, typer.Option(help="PEM file of the certificate's key.")]


def serve(
    address: Address = "127.0.0.1",
    port: Port = 8501,
    login: Login = "",
    name: Names = None,
    proxy: Proxy = "",
    proxy_header: Header = "X-Remote-User",
    certificate: Certificate = None,
    key: Key = None,
) -> None:
    """Start Taxon. Who may log in: python -m core users --help"""
    told = {
        "TAXON_LOGIN": login,
        "TAXON_HOSTS": ",".join(name or []),
        "TAXON_PROXY": proxy,
        "TAXON_PROXY_HEADER": proxy_header,
    }
    if login == "proxy":
        told["FORWARDED_ALLOW_IPS"] = ""
    os.environ.update(told)
    settings = Settings.read()
    try:
        check(settings, address)
    except TaxonError as error:
        print(error, file=sys.stderr)  # noqa: T201
        raise typer.Exit(2) from error
    scheme = "https" if certificate else "http"
    if not is_loopback(address) and not certificate and login == "passwords":
        told_once = "Without --certificate passwords travel in the clear, unless a proxy in front speaks https."
        print(told_once, file=sys.stderr)  # noqa: T201
    print(f"Taxon: {scheme}://{_shown(settings)}:{port}", flush=True)  # noqa: T201
    arguments = _arguments(settings, address, port, certificate, key)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", *arguments])


def _shown(settings: Settings) -> str:
    return (settings.hosts or ("127.0.0.1",))[0]


def _arguments(settings: Settings, address: str, port: int, certificate: Path | None, key: Path | None) -> list[str]:
    options = {
        "address": address,
        "port": port,
        "headless": "true",
        "sslCertFile": certificate and certificate.absolute(),
        "sslKeyFile": key and key.absolute(),
    }
    given = [f"--server.{option}={value}" for option, value in options.items() if value]
    hosts = [f"--server.allowedHosts={host}" for host in settings.allowed_hosts]
    given.append(f"--browser.serverAddress={_shown(settings)}")
    return ["run", str(Path(__file__).resolve().parent / "main.py"), *given, *hosts]


if __name__ == "__main__":
    typer.run(serve)
