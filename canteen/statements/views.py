"""Statements on the screen, on paper and as files; closing months; corrections."""

from typing import Any

from flask import Blueprint, Response, request, stream_with_context
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.errors import NotFound, Refusal
from canteen.base.fields import line, read_site_id, row_id
from canteen.base.fields import month as parse_month
from canteen.base.sheets.writing import Sheet, csv_stream, heads
from canteen.base.web import (
    NO_ERRORS,
    Answer,
    Errors,
    again,
    allow,
    as_file,
    current_actor,
    file_of,
    go_to,
    new_key,
    page,
    sheet_file,
)
from canteen.books.accounts import account_parts
from canteen.people.finding import looks
from canteen.places.scope import Scope, scope_of
from canteen.statements import forms, journal, queries, service, sheets
from canteen.statements.rules import StatementRequest

blueprint = Blueprint("statements", __name__, url_prefix="/statements")

#: Lines in one workbook; a .csv may be as long as it likes.
MOST_ROWS = 20_000


def _scope() -> Scope:
    return scope_of(current_actor(), read_site_id(request.args))


def _wanted(scope: Scope) -> StatementRequest:
    return forms.read_wanted(
        request.args, site_ids=scope.site_ids, today=clock.today(), full_names=may(current_actor(), "keep_elders")
    )


def _address(scope: Scope, wanted: StatementRequest) -> dict[str, Any]:
    """The same statement as a link carries it."""
    found = {
        "of": wanted.subject,
        "first": wanted.first.isoformat(),
        "last": wanted.last.isoformat(),
        "scheme": wanted.scheme,
        "payer": wanted.payer,
        "elder": wanted.elder_id or "",
        "site": scope.chosen.id if scope.chosen else "",
    }
    return {name: value for name, value in found.items() if value}


@blueprint.get("")
@allow("see_statements")
def statement_page() -> Answer:
    """One statement, a page of lines at a time; without a subject the choice of one."""
    scope, actor = _scope(), current_actor()
    wanted = _wanted(scope)
    schemes, payers = journal.schemes_and_payers(scope.site_ids)
    shown: dict[str, Any] = {
        "scope": scope,
        "wanted": wanted,
        "schemes": schemes,
        "payers": ["own", *payers],
        "address": _address(scope, wanted),
        "find": request.args.get("find", "").strip()[:60],
        "account_name": sheets.account_name,
        "reason_of": sheets.reason_of,
        "what_of": sheets.what_of,
        "who_of": sheets.who_of,
        "frame": None,
    }
    if wanted.subject == "elder" and shown["find"]:
        shown["holders"] = journal.find_holders(
            shown["find"], actor=actor, day=clock.today(), full_names=wanted.full_names
        )
        ids = (one.id for one in shown["holders"])
        looks.note_search(ids, place="statements", actor=actor, now=clock.now())
    elif _is_chosen(wanted):
        if wanted.subject == "elder":
            shown["holder"] = journal.holder(wanted.elder_id, actor=actor, full_names=wanted.full_names)
        service.write_down(wanted, action="look", actor=actor, now=clock.now())
        shown["frame"] = queries.statement(wanted)
        shown["found"] = queries.lines(wanted, after=forms.read_place(request.args), size=forms.read_size(request.args))
    return page("statements/statement.html", **shown)


def _is_chosen(wanted: StatementRequest) -> bool:
    return {"scheme": bool(wanted.scheme), "source": bool(wanted.payer), "elder": bool(wanted.elder_id)}.get(
        wanted.subject, True
    )


@blueprint.get("/file.<kind>")
@allow("see_statements")
def export(kind: str) -> Response:
    """The whole statement as a file."""
    scope = _scope()
    wanted = _wanted(scope)
    file_of(kind if _is_chosen(wanted) else "")
    if wanted.subject == "elder":
        journal.holder(wanted.elder_id, actor=current_actor(), full_names=wanted.full_names)
    if kind == "xlsx" and queries.count_lines(wanted, most=MOST_ROWS) > MOST_ROWS:
        raise Refusal(
            "too_many_rows",
            "超过 %(most)s 行,一个 Excel 文件放不下",
            most=MOST_ROWS,
            next_step="请下载 CSV,或分几个月下载",
        )
    service.write_down(wanted, action="export", actor=current_actor(), now=clock.now())
    frame = queries.statement(wanted)
    name = f"statement-{wanted.subject}-{wanted.first}-{wanted.last}"
    rows = sheets.rows(frame, queries.stream(wanted))
    header = heads(sheets.columns())
    if kind == "csv":
        return as_file(stream_with_context(csv_stream(header, rows)), kind, name)
    title = gettext("对账单 %(first)s 至 %(last)s", first=wanted.first.isoformat(), last=wanted.last.isoformat())
    return sheet_file(Sheet(title, header, list(rows)), kind, name)


@blueprint.get("/books")
@allow("see_books")
def books_page(errors: Errors = NO_ERRORS) -> Answer:
    """Months with their state, and corrections."""
    scope, actor = _scope(), current_actor()
    sites = {site.id: site.name for site in scope.sites if site.id in scope.site_ids}
    corrects = may(actor, "correct_books")
    accounts = journal.accounts_at(scope.chosen.id) if corrects and scope.chosen else []
    return page(
        "statements/books.html",
        scope=scope,
        today=clock.today(),
        months=journal.months(sites, now=clock.now()),
        corrections=journal.corrections(scope.site_ids, actor=actor) if may(actor, "see_statements") else None,
        closes=may(actor, "close_month"),
        corrects=corrects,
        typed=request.form,
        errors=errors,
        key=new_key(),
        account_name=sheets.account_name,
        accounts=[("", "—"), *((account, sheets.account_name(account_parts(account))) for account in accounts)],
    )


@blueprint.post("/months")
@allow("close_month")
def close_month() -> Answer:
    """Close a month of one site, or of all in reach."""
    scope = scope_of(current_actor(), read_site_id(request.form))
    month = parse_month(request.form.get("month", ""))
    sites = [site for site in scope.sites if site.id in scope.site_ids]
    closed = service.close_months(sites, month=month, actor=current_actor(), now=clock.now())
    return go_to(
        ".books_page",
        gettext("已月结 %(n)s 个助餐点的 %(month)s", n=closed, month=f"{month:%Y-%m}"),
        site=scope.chosen.id if scope.chosen else None,
    )


@blueprint.post("/months/reopen")
@allow("close_month")
def reopen_month() -> Answer:
    """Open a month again that was closed while the clock was wrong."""
    month, site_id = parse_month(request.form.get("month", "")), row_id(request.form.get("site", ""))
    reason = line(200, needed=True)(request.form.get("reason", ""))
    service.reopen_month(site_id, month=month, reason=reason, actor=current_actor(), now=clock.now())
    return go_to(".books_page", gettext("已撤销 %(month)s 的月结", month=f"{month:%Y-%m}"), site=site_id)


@blueprint.post("/corrections")
@allow("correct_books")
@again(books_page)
def propose_correction() -> Answer:
    """Propose a correction; another person posts it."""
    scope = _scope()
    if scope.chosen is None:
        raise NotFound("请先选一个助餐点", next_step="更正只能一个助餐点一笔地做")
    form = forms.correction_form(journal.accounts_at(scope.chosen.id))
    new = form.read(request.form, site_id=scope.chosen.id)
    service.propose_correction(new, actor=current_actor(), now=clock.now())
    return go_to(".books_page", gettext("已提出更正,请另一位同事复核"), site=scope.chosen.id)


@blueprint.post("/corrections/<int:correction_id>")
@allow("correct_books")
def check_correction(correction_id: int) -> Answer:
    """Post a proposed correction, or send it back."""
    check = forms.CHECK.read(request.form)
    service.check_correction(correction_id, **check, actor=current_actor(), now=clock.now())
    said = gettext("已入账") if check["accept"] else gettext("已退回")
    return go_to(".books_page", said, site=read_site_id(request.args))
