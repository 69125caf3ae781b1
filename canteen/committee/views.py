"""The committee's pages: read-only counts, the names behind them, questions, and files of what is shown."""

from typing import Any

from flask import Blueprint, Response, request

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import read_month
from canteen.base.months import month_bounds, months_on
from canteen.base.sheets.chart import day_chart
from canteen.base.web import Answer, allow, current_actor, file_of, page, sheet_file
from canteen.committee import forms, queries, service, sheets
from canteen.committee.merging import merged_sums_of
from canteen.committee.rules import LEAST_SHOWN, QUESTIONS, day_lines, tally
from canteen.grants.queries import service_calendar, standing_of
from canteen.places.scope import Scope, scope_of
from canteen.welfare import queries as welfare
from canteen.welfare.visits import queries as visits

blueprint = Blueprint("committee", __name__, url_prefix="/oversight")


def _scope() -> Scope:
    return scope_of(current_actor(), forms.number(request.args.get("site", "")))


def _sees_all() -> bool:
    """Whether classes, payers and amounts of a few people may be shown one by one."""
    return may(current_actor(), "see_small_counts")


@blueprint.get("")
@allow("see_people_masked")
def month_page() -> Answer:
    """A month at a glance, and today."""
    scope, today = _scope(), clock.today()
    month = read_month(request.args, today=today)
    first, last = month_bounds(month)
    sums = queries.sums(site_ids=scope.site_ids, first=first, last=last)
    days, is_this_month = day_lines(sums.rows), first <= today <= last
    shown: dict[str, Any] = {
        "scope": scope,
        "scope_text": sheets.scope_name(scope),
        "month": month,
        "first": first,
        "last": last,
        "today": today,
        "is_this_month": is_this_month,
        "sums": sums,
        "sees_all": _sees_all(),
        "least": LEAST_SHOWN,
        "total": tally(sums.rows),
        "of_today": tally(row for row in sums.rows if row.day == today),
        "days": days,
        "slots": sheets.slots_of(days),
        "before": months_on(month, -1),
        "after": months_on(month, 1),
        "questions": queries.question_counts(site_ids=scope.site_ids, first=first, last=last),
        "question_texts": QUESTIONS,
        "checks": welfare.counts_of(site_ids=scope.site_ids, first=first, last=last),
        "visits": visits.counts_of(site_ids=scope.site_ids, first=first, last=last),
        "behind": visits.behind(scope.site_ids, day=today) if is_this_month else 0,
        "address": _address(scope, month=f"{month:%Y-%m}"),
    }
    if shown["sees_all"]:
        shown["classes"] = queries.classes_between(site_ids=scope.site_ids, first=first, last=last)
        shown["classes_today"] = queries.classes_between(site_ids=scope.site_ids, first=today, last=today)
    elif last < today:
        shown["merged"] = merged_sums_of(site_ids=scope.site_ids, first=first, last=last)
    if scope.chosen:
        shown["found"] = standing_of(scope.chosen, year=month.year, today=today)
        shown["weeks"] = service_calendar(scope.chosen.id, month=month)
    return page("committee/month.html", **shown)


@blueprint.get("/chart.svg")
@allow("see_people_masked")
def chart() -> Response:
    """The month's picture: meals by day and slot."""
    month = read_month(request.args, today=clock.today())
    first, last = month_bounds(month)
    rows = queries.rows_between(site_ids=_scope().site_ids, first=first, last=last)
    days, series = sheets.chart_series(day_lines(rows), last=last)
    return Response(day_chart(days, series), mimetype="image/svg+xml")


@blueprint.get("/names")
@allow("see_people_masked")
def names_page() -> Answer:
    """The meals behind a number, names masked."""
    scope = _scope()
    wanted = forms.read_names(request.args, site_ids=scope.site_ids, today=clock.today(), by_class=_sees_all())
    before = forms.number(request.args.get("before", ""))
    found = service.look_at_names(wanted, before=before, actor=current_actor(), now=clock.now())
    return page(
        "committee/names.html",
        scope=scope,
        scope_text=sheets.scope_name(scope),
        wanted=wanted,
        found=found,
        sees_all=_sees_all(),
        address=_address(scope, **wanted.address),
        month=wanted.first.replace(day=1),
    )


@blueprint.get("/questions")
@allow("see_people_masked")
def questions_page() -> Answer:
    """Odd things of a month, as questions."""
    scope = _scope()
    month = read_month(request.args, today=clock.today())
    first, last = month_bounds(month)
    found = service.look_at_questions(scope, first=first, last=last, actor=current_actor(), now=clock.now())
    return page(
        "committee/questions.html",
        scope=scope,
        scope_text=sheets.scope_name(scope),
        month=month,
        questions=found,
        address=_address(scope),
    )


@blueprint.get("/month.<kind>")
@allow("see_people_masked")
def export_month(kind: str) -> Response:
    """The month's table as a file."""
    scope = _scope()
    month = read_month(request.args, today=clock.today())
    first, last = month_bounds(month)
    rows = queries.rows_between(site_ids=scope.site_ids, first=first, last=last)
    sheet = sheets.month_sheet(rows, scope=scope, month=month, with_money=_sees_all())
    return sheet_file(sheet, kind, f"meals-{month:%Y-%m}")


@blueprint.get("/names.<kind>")
@allow("see_people_masked")
def export_names(kind: str) -> Response:
    """The meals behind a number as a file, names masked."""
    scope = _scope()
    wanted = forms.read_names(request.args, site_ids=scope.site_ids, today=clock.today(), by_class=_sees_all())
    file_of(kind)
    found = service.export_names(wanted, actor=current_actor(), now=clock.now())
    sheet = sheets.names_sheet(found.lines, scope=scope, sees_all=_sees_all())
    return sheet_file(sheet, kind, f"names-{wanted.first}-{wanted.last}")


def _address(scope: Scope, **more: str) -> dict[str, str | int]:
    """What links carry along so that the site stays chosen."""
    return {**({"site": scope.chosen.id} if scope.chosen and len(scope.sites) > 1 else {}), **more}
