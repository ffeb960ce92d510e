"""`python -m core users …`: who may log in to a server."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from core.errors import BadInput
from core.users import passwords
from core.users.file import Users
from core.users.private import config_folder
from core.users.roles import Role

commands = typer.Typer(help="Say who may log in to a server and what each may do.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As it is typed at the login and shown in the history.")]


@commands.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="viewer looks; labeller edits; owner imports, exports and runs jobs.")],
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")] = False,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input.")] = False,
    without: Annotated[
        bool, typer.Option("--no-password", help="For somebody who comes through OIDC or a proxy.")
    ] = False,
) -> None:
    """Add a user or change one; the password is asked for. Sessions that she has open end."""
    if generate + stdin + without > 1:
        raise BadInput("Give one of --generate, --stdin and --no-password.")
    password: str | None = None
    if generate:
        password = passwords.generated()
    elif stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not without:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    users = Users(config_folder())
    user = users.add(name, role, password)
    typer.echo(f"{user.name} is {user.role}, in {users.path}.")
    if generate:
        typer.echo(f"Password, shown this once: {password}")


@commands.command()
def remove(name: Name) -> None:
    """Take a user away; her sessions end with her next click."""
    Users(config_folder()).remove(name)
    typer.echo(f"{name} may not log in any more.")


@commands.command("list")
def list_() -> None:
    """Say who may log in."""
    users = Users(config_folder())
    for user in users.all():
        typer.echo(f"{user.name}\t{user.role}\t{'password' if user.password else 'no password'}")
    if not users.all():
        typer.echo("Nobody yet.", err=True)
