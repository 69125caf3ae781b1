"""Screens of budgets, of the gap, and of money that came."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.errors import NotFound
from canteen.base.fields import read_site_id, read_year
from canteen.base.i18n import choices
from canteen.base.sheets.chart import day_chart
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page, sheet_file
from canteen.funding import budgets, forms, queries, service, sheets, sources
from canteen.funding.rules import GAP
from canteen.places.scope import Scope, scope_of
from canteen.schemes.showing import show_payer, show_scheme

blueprint = Blueprint("funding", __name__, url_prefix="/funding")

#: Lines in one file.
MOST_ROWS = 20_000


@blueprint.get("")
@allow("see_funding")
def budgets_page(errors: Errors = NO_ERRORS) -> Answer:
    """The budgets of a year with what is left and how long it lasts."""
    actor, today = current_actor(), clock.today()
    year = read_year(request.args, today=today)
    keeps = may(actor, "keep_funding")
    lines = queries.budget_lines(actor, year=year, today=today)
    return page(
        "funding/budgets.html",
        year=year,
        today=today,
        keeps=keeps,
        typed=request.form,
        errors=errors,
        lines=[*lines, *budgets.stated_lines(actor, year=year, today=today, shown=lines)],
        sources=budgets.sources_of(actor, day=today) if keeps else [],
        areas=queries.areas_of(actor) if keeps else [],
    )


@blueprint.post("/budgets")
@allow("keep_funding")
@again(budgets_page)
def set_budget() -> Answer:
    """Write a budget down, or change it."""
    change = forms.read_budget(request.form)
    service.set_budget(change, actor=current_actor(), now=clock.now())
    return go_to(".budgets_page", gettext("已保存"), year=change.period[:4])


@blueprint.get("/budgets/<int:use_id>")
@allow("see_funding")
def history_page(use_id: int) -> Answer:
    """One budget with everything that was ever typed about it."""
    budget, area_path, rows = queries.budget_history(current_actor(), use_id)
    return page(
        "funding/history.html",
        budget=budget,
        area_path=area_path,
        rows=rows,
        keeps=may(current_actor(), "keep_funding"),
    )


@blueprint.get("/sources")
@allow("see_funding")
def sources_page(errors: Errors = NO_ERRORS) -> Answer:
    """What every source carried by month, the gap of every site, and money that came."""
    actor, scope, today = current_actor(), _scope(), clock.today()
    year = read_year(request.args, today=today)
    keeps = may(actor, "keep_funding")
    sites = [(site.id, site.name) for site in scope.sites if site.id in scope.site_ids]
    names = dict(sites)
    against = [
        (
            f"{site_id}|{scheme}|{payer}",
            gettext(
                "%(site)s:%(payer)s(%(scheme)s)还差 %(open)s 元",
                site=names[site_id],
                payer=show_payer(payer),
                scheme=show_scheme(scheme),
                open=f"{fen / 100:.2f}",
            ),
        )
        for site_id, scheme, payer, fen in (sources.open_accounts(names) if keeps else [])
    ]
    return page(
        "funding/sources.html",
        scope=scope,
        year=year,
        today=today,
        keeps=keeps,
        typed=request.form,
        errors=errors,
        sees_all=may(actor, "see_small_counts"),
        months=sources.source_months(scope.site_ids, year=year),
        lines=sources.gap_lines(sites, year=year),
        incomes=sources.incomes(scope.site_ids, year=year),
        against=against,
        key=new_key(),
        gap=GAP,
        kinds=choices("income"),
    )


@blueprint.post("/incomes")
@allow("keep_funding")
@again(sources_page)
def record_income() -> Answer:
    """Record money that came."""
    new = forms.read_income(request.form)
    service.record_income(new, actor=current_actor(), now=clock.now())
    return go_to(".sources_page", gettext("已登记到账"), year=new.day.year)


def _scope() -> Scope:
    return scope_of(current_actor(), read_site_id(request.args))


@blueprint.get("/chart.svg")
@allow("see_small_counts")
def chart() -> Response:
    """The year by month and source, in yuan."""
    year = read_year(request.args, today=clock.today())
    series: dict[str, list[int]] = {}
    for line in sources.source_months(_scope().site_ids, year=year):
        months = series.setdefault(show_payer(line.payer), [0] * 12)
        months[int(line.month[5:]) - 1] += line.carried_fen // 100
    return Response(day_chart(range(1, 13), series), mimetype="image/svg+xml")


@blueprint.get("/<what>.<kind>")
@allow("see_funding")
def export(what: str, kind: str) -> Response:
    """The gap, the sources or money received as a file."""
    scope, year = _scope(), read_year(request.args, today=clock.today())
    if what == "gap":
        sites = [(site.id, site.name) for site in scope.sites if site.id in scope.site_ids]
        sheet = sheets.gap_sheet(sources.gap_lines(sites, year=year), year=year)
    elif what == "sources" and may(current_actor(), "see_small_counts"):
        sheet = sheets.source_sheet(sources.source_months(scope.site_ids, year=year), year=year)
    elif what == "incomes":
        sheet = sheets.income_sheet(sources.incomes(scope.site_ids, year=year, most=MOST_ROWS))
    else:
        raise NotFound()
    return sheet_file(sheet, kind, f"{what}-{year}")
