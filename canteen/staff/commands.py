"""``flask --app wsgi user …`` and ``token …``: accounts and terminals' tokens from the command line."""

import os
import sys

import click
from flask.cli import AppGroup

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.clock import SHANGHAI
from canteen.base.console import plain_trouble
from canteen.base.words import ROLES, TOKEN_ROLES
from canteen.places.queries import site_named
from canteen.staff import queries, service
from canteen.staff.rules import NewAccount, tidy_username
from canteen.staff.second import service as second_service

user = AppGroup("user", help="账号。Accounts of the people who work here.")
token = AppGroup("token", help="终端令牌。Bearer tokens of card and face terminals.")

_from_stdin = click.option("--password-stdin", is_flag=True, help="从标准输入读密码 (read it from standard input)")


def _ask_password(is_from_stdin: bool) -> str:
    if is_from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given = os.environ.get("CANTEEN_ADMIN_PASSWORD", "")
    if given:
        return given
    found: str = click.prompt("密码 (password)", hide_input=True, confirmation_prompt="再输入一次 (again)", err=True)
    return found


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="显示的姓名 (shown name)")
@click.option("--role", required=True, type=click.Choice(ROLES), help="角色 (role)")
@click.option("--area", default="", help="范围:金溪县/云溪镇/枫林村 (path of the area in reach)")
@click.option("--site", default="", help="范围:助餐点编号或名称 (the only site in reach)")
@_from_stdin
def add_user(username: str, name: str, role: str, area: str, site: str, password_stdin: bool) -> None:
    """建立账号。Add an account; the password is asked for, or taken from CANTEEN_ADMIN_PASSWORD."""
    if bool(area) == bool(site):
        raise click.UsageError("--area 和 --site 要写一个,也只写一个 (exactly one of --area and --site)")
    with plain_trouble():
        place = site_named(COMMAND, site) if site else None
        request = NewAccount(
            username=username,
            name=name,
            role=role,
            password=_ask_password(password_stdin),
            area_id=place.area_id if place else queries.area_at(area),
            site_id=place.id if place else None,
        )
        service.add_user(COMMAND, request, now=clock.now())
    click.echo(f"已建立账号 {tidy_username(username)}")


@user.command("list")
def list_users() -> None:
    """列出账号。List the accounts."""
    with plain_trouble():
        for row in queries.accounts_of(COMMAND):
            state = "" if row.is_active else "\t停用 locked"
            click.echo(f"{row.username}\t{row.name}\t{row.role}\t{row.site_name or row.area_path}{state}")


@user.command("password")
@click.argument("username")
@_from_stdin
def reset_password(username: str, password_stdin: bool) -> None:
    """重设密码。Give an account another password; its sessions end."""
    with plain_trouble():
        row = queries.account_named(COMMAND, tidy_username(username))
        password = _ask_password(password_stdin)
        service.reset_password(COMMAND, row.id, password=password, must_change_password=False, now=clock.now())
    click.echo(f"已重设 {row.username} 的密码")


@user.command("lock")
@click.argument("username")
def lock_user(username: str) -> None:
    """停用账号。Lock an account; its sessions end at once."""
    with plain_trouble():
        row = queries.account_named(COMMAND, tidy_username(username))
        service.lock_account(COMMAND, row.id, now=clock.now())
    click.echo(f"已停用 {row.username}")


@user.command("unlock")
@click.argument("username")
def unlock_user(username: str) -> None:
    """启用账号。Let a locked account sign in again."""
    with plain_trouble():
        row = queries.account_named(COMMAND, tidy_username(username))
        service.unlock_account(COMMAND, row.id, now=clock.now())
    click.echo(f"已启用 {row.username}")


@user.group("second-factor")
def second_step() -> None:
    """第二步验证。The second step at sign-in."""


@second_step.command("reset")
@click.argument("username")
def reset_second_step(username: str) -> None:
    """手机和恢复码都丢了时重置。Take an account's second step away; its sessions end, and the person is told."""
    with plain_trouble():
        row = queries.account_named(COMMAND, tidy_username(username))
        second_service.reset(COMMAND, row.id, now=clock.now())
    click.echo(f"已重置 {row.username} 的第二步验证 (reset)")


@token.command("add")
@click.argument("name")
@click.option("--site", required=True, help="助餐点编号或名称 (code or name of the site)")
@click.option("--role", required=True, type=click.Choice(TOKEN_ROLES), help="角色 (role)")
def add_token(name: str, site: str, role: str) -> None:
    """发放令牌。Make a bearer token; it is shown once, alone on the last line."""
    with plain_trouble():
        place = site_named(COMMAND, site)
        made = service.add_token(COMMAND, name=name, site_id=place.id, role=role, now=clock.now())
    click.echo(f"终端「{name}」({place.code} {place.name})的令牌,只显示这一次 (shown once):")
    click.echo(made)


@token.command("list")
def list_tokens() -> None:
    """列出令牌。List the tokens, without what they are."""
    with plain_trouble():
        for row in queries.tokens_of(COMMAND):
            made = row.created_at.astimezone(SHANGHAI).strftime("%Y-%m-%d")
            state = "已吊销 revoked" if row.revoked_at else "有效 in force"
            click.echo(f"{row.name}\t{row.code} {row.site_name}\t{row.role}\t{made}\t{state}")


@token.command("revoke")
@click.argument("name")
@click.option("--site", required=True, help="助餐点编号或名称 (code or name of the site)")
def revoke_token(name: str, site: str) -> None:
    """吊销令牌。End a token at once."""
    with plain_trouble():
        place = site_named(COMMAND, site)
        service.revoke_token(COMMAND, name=name, site_id=place.id, now=clock.now())
    click.echo(f"已吊销终端「{name}」({place.code})的令牌")


commands = [user, token]
