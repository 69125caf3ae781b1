"""Screens of purses: find one, look at it, own money in and back, and the credits of a month."""

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.errors import NotFound
from canteen.base.fields import or_none, read_day, row_id, search_text
from canteen.base.i18n import choices
from canteen.base.money import yen_sign
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page
from canteen.base.words import TOP_UP_WAYS
from canteen.people.finding import looks
from canteen.places.choice import current_site
from canteen.purses import expiry, forms, queries, service
from canteen.purses.credits import board as credit_runs
from canteen.purses.credits import service as credits_service
from canteen.purses.credits.run import Job
from canteen.schemes.showing import show_scheme

blueprint = Blueprint("purses", __name__, url_prefix="/purses")


@blueprint.get("")
@allow("see_purses")
def purses_page() -> Answer:
    """Find somebody's purse; what lapses soon; what was drawn after a death or move."""
    actor, today = current_actor(), clock.today()
    text = search_text(request.args.get("q", ""))
    found = queries.find(text, actor=actor, day=today) if text else []
    if text:
        looks.note_search((one.id for one in found), place="purses", actor=actor, now=clock.now())
    return page(
        "purses/purses.html",
        block="found",
        text=text,
        found=found,
        soon=expiry.expiring(actor=actor, day=today),
        after=queries.look_back(actor=actor),
        may_run=may(actor, "run_credits"),
        days=expiry.SOON_DAYS,
    )


@blueprint.get("/elders/<int:elder_id>")
@allow("see_purses")
def elder_page(elder_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """One elder's purses and their lines."""
    actor, today = current_actor(), clock.today()
    before = or_none(row_id)(request.args.get("before", ""))
    found = queries.purse_page(elder_id, actor=actor, day=today, before=before)
    looks.note_opened(elder_id, place="purses", actor=actor, now=clock.now())
    return page(
        "purses/elder.html",
        found=found,
        today=today,
        errors=errors,
        typed=request.form,
        before=before,
        key=new_key(),
        pay_ways=choices("pay_way", TOP_UP_WAYS),
        schemes=[(one.scheme, show_scheme(one.scheme)) for one in found.purses],
        never=queries.never,
        may_take=may(actor, "take_own_money"),
        may_refund=may(actor, "refund_own_money"),
        may_keep=may(actor, "keep_purses"),
        may_serve=may(actor, "record_services"),
    )


@blueprint.post("/elders/<int:elder_id>/top-ups")
@allow("take_own_money")
@again(elder_page)
def top_up(elder_id: int) -> Answer:
    """Own money paid in at the counter."""
    wanted = forms.TOP_UP.read(request.form, elder_id=elder_id, site_id=current_site().id)
    held = service.top_up(wanted, actor=current_actor(), now=clock.now())
    said = gettext("已存入 %(sum)s,自有资金现有 %(held)s", sum=yen_sign(wanted.amount_fen), held=yen_sign(held))
    return go_to(".elder_page", said, elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/refunds")
@allow("refund_own_money")
@again(elder_page)
def refund(elder_id: int) -> Answer:
    """Own money paid back."""
    held = service.refund(
        forms.REFUND.read(request.form, elder_id=elder_id, site_id=current_site().id),
        actor=current_actor(),
        now=clock.now(),
    )
    return go_to(".elder_page", gettext("已退款,自有资金还有 %(held)s", held=yen_sign(held)), elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/freezes")
@allow("keep_purses")
@again(elder_page)
def freeze(elder_id: int) -> Answer:
    """Freeze a purse from a day."""
    service.freeze(forms.FREEZE.read(request.form, elder_id=elder_id), actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已冻结"), elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/thaw")
@allow("keep_purses")
def thaw(elder_id: int) -> Answer:
    """End a freeze today."""
    service.thaw(elder_id, row_id(request.form.get("freeze_id", "")), actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已解除冻结"), elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/close")
@allow("keep_purses")
def close(elder_id: int) -> Answer:
    """Take back what is left after a death or move."""
    fen = service.close(elder_id, request.form.get("close_reason", "")[:100], actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已结清,收回 %(sum)s", sum=yen_sign(fen)), elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/corrections")
@allow("keep_purses")
@again(elder_page)
def correct(elder_id: int) -> Answer:
    """Put a purse right by a new line."""
    service.correct(forms.CORRECTION.read(request.form, elder_id=elder_id), actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已更正"), elder_id=elder_id)


@blueprint.get("/credits")
@allow("run_credits")
def credits_page() -> Answer:
    """The months that were credited, and the form that begins a run."""
    now = clock.now()
    board = credit_runs.credit_board(day=clock.day_of(now))
    return page(
        "purses/credits.html",
        board=board,
        months=credit_runs.months_to_credit(now),
        today=clock.day_of(now),
        month=f"{clock.day_of(now):%Y-%m}",
        area=current_actor().area_path,
    )


@blueprint.post("/credits")
@allow("run_credits")
def begin_credits() -> Answer:
    """Begin crediting a month, or go on with it."""
    month, scheme = forms.read_run(request.form)
    credits_service.begin_credits(Job(month, scheme, current_actor().area_path), actor=current_actor(), now=clock.now())
    return go_to(".run_page", month=f"{month:%Y-%m}", scheme=scheme)


def _run(job: Job) -> Answer:
    run = credit_runs.run_of(job)
    if run is None:
        raise NotFound("这个月还没有开始计入", next_step="请从「额度计入」页开始")
    return page(
        "purses/run.html",
        block="progress",
        run=run,
        job=job,
        area=job.area,
        reasons=credit_runs.reason_words(run.reasons, gettext),
    )


@blueprint.get("/credits/run")
@allow("run_credits")
def run_page() -> Answer:
    """How far a run has come; the page goes on with it by itself until it is left."""
    month, scheme = forms.read_run(request.args)
    return _run(Job(month, scheme, current_actor().area_path))


@blueprint.post("/credits/run")
@allow("run_credits")
def step_run() -> Answer:
    """Credit the next few hundred elders of a run."""
    month, scheme = forms.read_run(request.form)
    job = Job(month, scheme, current_actor().area_path)
    if credit_runs.run_of(job) is None:
        raise NotFound("这个月还没有开始计入", next_step="请从「额度计入」页开始")
    credits_service.step_credits(job, actor=current_actor(), now=clock.now())
    if "HX-Request" in request.headers:
        return _run(job)
    return go_to(".run_page", month=f"{month:%Y-%m}", scheme=scheme)


@blueprint.post("/lapses/undo")
@allow("run_credits")
def undo_lapse() -> Answer:
    """Give back what a clock that was ahead took before its last day."""
    lots, fen = service.undo_lapse(actor=current_actor(), now=clock.now())
    return go_to(".credits_page", gettext("已退回 %(lots)s 笔,共 %(sum)s", lots=lots, sum=yen_sign(fen)))


@blueprint.post("/lapses")
@allow("run_credits")
def let_lapse() -> Answer:
    """Take back what was not spent in time."""
    now = clock.now()
    day = read_day(request.form, today=clock.day_of(now))
    lots, fen = service.let_lapse(day, actor=current_actor(), now=now)
    return go_to(".credits_page", gettext("已收回 %(lots)s 笔,共 %(sum)s", lots=lots, sum=yen_sign(fen)))
