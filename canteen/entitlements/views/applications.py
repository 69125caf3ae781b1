"""Pages of applications: the desk, one elder, one application, and public lists."""

from flask import Response, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.errors import NotFound
from canteen.base.i18n import choices
from canteen.base.incoming import takes_file
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page
from canteen.base.words import codes
from canteen.entitlements import forms
from canteen.entitlements.applications import desk, public_lists
from canteen.entitlements.applications.page import application_page
from canteen.entitlements.applications.step_rules import ASSESSMENT
from canteen.entitlements.elder_page import elder_page as rights_of
from canteen.entitlements.service import applications
from canteen.entitlements.service import public_lists as publicity
from canteen.entitlements.views.door import blueprint
from canteen.people.finding import looks


def _words(slot: str, *, among: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return choices(slot, among or codes(slot))


@blueprint.get("/")
@allow("take_applications")
def desk_page() -> Answer:
    """The open applications with the days left, the most urgent first."""
    wanted = forms.read_filter(request.args)
    lines = desk.desk(current_actor(), today=clock.today())
    schemes = {line.scheme: line.scheme_name for line in lines}
    shown = [line for line in lines if wanted.scheme in ("", line.scheme) and (line.is_mine or not wanted.mine)]
    return page(
        "entitlements/desk.html",
        lines=shown,
        wanted=wanted,
        count=len(lines),
        schemes=[("", gettext("全部方案")), *schemes.items()],
        mine=sum(line.is_mine for line in lines),
        urgent=sum(line.clock.state in ("red", "over") for line in lines),
    )


@blueprint.get("/apply")
@allow("start_applications")
def choose_elder() -> Answer:
    """Find the elder an application is for."""
    text, actor = forms.read_search(request.args), current_actor()
    found = desk.find_elders(text, actor=actor, day=clock.today())
    if text:
        looks.note_search((one.id for one in found), place="applications", actor=actor, now=clock.now())
    return page("entitlements/choose.html", text=text, found=found)


@blueprint.get("/elders/<int:elder_id>")
@allow("start_applications")
def elder_page(elder_id: int) -> Answer:
    """One elder's rights and applications."""
    found = rights_of(elder_id, actor=current_actor(), today=clock.today())
    looks.note_opened(elder_id, place="applications", actor=current_actor(), now=clock.now())
    return page("entitlements/elder.html", elder=found, today=clock.today())


@blueprint.get("/elders/<int:elder_id>/apply/<int:version_id>")
@allow("start_applications")
def application_form(elder_id: int, version_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """An empty application."""
    found = rights_of(elder_id, actor=current_actor(), today=clock.today())
    offered = next((one for one in found.offered if one.version_id == version_id), None)
    if offered is None or offered.scheme.approval is None:
        raise NotFound("没有找到这个方案", next_step="请返回重新选择")
    return page(
        "entitlements/form.html",
        elder=found,
        offered=offered,
        terms=offered.scheme.approval,
        typed=request.form or {"applied_on": clock.today().isoformat(), "key": new_key()},
        errors=errors,
        applicants=_words("applicant", among=offered.scheme.approval.applicants),
        channels=_words("channel"),
        purposes=_words("purpose"),
    )


@blueprint.post("/elders/<int:elder_id>/apply/<int:version_id>")
@allow("start_applications")
@again(application_form)
def take_application(elder_id: int, version_id: int) -> Answer:
    """Take an application."""
    wanted = forms.read_application(request.form, elder_id=elder_id, version_id=version_id)
    application_id = applications.take_application(wanted, actor=current_actor(), now=clock.now())
    return go_to(".application", gettext("已受理,请核对材料"), application_id=application_id)


@blueprint.get("/applications/<int:application_id>")
@allow("take_applications")
def application(application_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """One application: history, papers, what comes next."""
    found = application_page(application_id, actor=current_actor(), today=clock.today())
    looks.note_opened(found.row.elder_id, place="applications", actor=current_actor(), now=clock.now())
    kinds = [(one.kind, one.words) for one in found.terms.documents]
    kinds += [(ASSESSMENT, gettext("能力评估")), ("other", gettext("其他材料"))]
    return page(
        "entitlements/application.html",
        found=found,
        kinds=kinds,
        abilities=_words("ability"),
        today=clock.today(),
        ways=_words("notice_way"),
        typed=request.form,
        errors=errors,
    )


@blueprint.post("/applications/<int:application_id>/documents")
@allow("take_applications")
@again(application)
@takes_file
def add_document(application_id: int) -> Answer:
    """Tick a paper, with a picture if one was sent."""
    photo = request.files.get("photo")
    wanted = forms.read_document(request.form, photo.stream if photo else None, application_id=application_id)
    applications.add_document(wanted, actor=current_actor(), now=clock.now())
    return go_to(".application", gettext("已登记材料"), application_id=application_id, _anchor="documents")


@blueprint.get("/documents/<int:document_id>/photo")
@allow("take_applications")
def photo(document_id: int) -> Response:
    """The picture of a document; who looked is in the audit."""
    found = applications.open_photo(document_id, actor=current_actor(), now=clock.now())
    return Response(found, mimetype="image/jpeg", headers={"Content-Disposition": "inline; filename=document.jpg"})


@blueprint.post("/applications/<int:application_id>/decision")
@allow("decide_applications")
def decide_step(application_id: int) -> Answer:
    """Pass or refuse the step the officer saw."""
    wanted = forms.DECISION.read(request.form, application_id=application_id)
    state = applications.decide_step(wanted, actor=current_actor(), now=clock.now())
    said = {
        "open": gettext("这一步已通过"),
        "approved": gettext("已批准,资格已建立"),
        "refused": gettext("已登记不予通过,请打印通知书"),
    }[state]
    return go_to(".application", said, application_id=application_id)


@blueprint.post("/applications/<int:application_id>/withdraw")
@allow("take_applications")
def withdraw(application_id: int) -> Answer:
    """The applicant gives up."""
    reason = forms.note(request.form.get("reason", ""))
    applications.withdraw(application_id, reason, actor=current_actor(), now=clock.now())
    return go_to(".application", gettext("已登记撤回"), application_id=application_id)


@blueprint.get("/applications/<int:application_id>/notice")
@allow("take_applications")
def written_notice(application_id: int) -> Answer:
    """The decision as a letter for A4."""
    found = application_page(application_id, actor=current_actor(), today=clock.today())
    if found.case.state not in ("approved", "refused"):
        raise NotFound("这份申请还没有决定,没有通知书", next_step="请先办结")
    right = next(
        (
            one
            for one in rights_of(found.row.elder_id, actor=current_actor(), today=clock.today()).rights
            if one.application_id == application_id
        ),
        None,
    )
    return page("entitlements/notice.html", found=found, right=right)


@blueprint.post("/applications/<int:application_id>/notice")
@allow("take_applications")
def record_notice(application_id: int) -> Answer:
    """The letter was handed over."""
    applications.record_notice(
        application_id, forms.way(request.form.get("way", "")), actor=current_actor(), now=clock.now()
    )
    return go_to(".application", gettext("已登记送达"), application_id=application_id)


@blueprint.post("/applications/<int:application_id>/objections")
@allow("take_applications")
def record_objection(application_id: int) -> Answer:
    """Somebody objects."""
    wanted = forms.OBJECTION.read(request.form, application_id=application_id)
    publicity.record_objection(wanted, actor=current_actor(), now=clock.now())
    return go_to(".application", gettext("已登记异议"), application_id=application_id, _anchor="objections")


@blueprint.post("/objections/<int:objection_id>/answer")
@allow("decide_applications")
def answer_objection(objection_id: int) -> Answer:
    """Answer an objection."""
    answer = forms.ANSWER.read(request.form)
    application_id = publicity.answer_objection(objection_id, **answer, actor=current_actor(), now=clock.now())
    return go_to(".application", gettext("已答复"), application_id=application_id, _anchor="objections")


@blueprint.get("/notices")
@allow("take_applications")
def notices_page() -> Answer:
    """Who waits for a public list, and the lists that hang or hung."""
    actor, today = current_actor(), clock.today()
    groups: dict[tuple[int, int, int], list[desk.DeskLine]] = {}
    for line in desk.desk(actor, today=today):
        if line.action == "post":
            groups.setdefault((line.version_id, line.area_id, line.position), []).append(line)
    return page(
        "entitlements/notices.html", groups=groups, notices=public_lists.notices(actor, today=today), today=today
    )


@blueprint.post("/notices")
@allow("decide_applications")
def post_list() -> Answer:
    """Post a list; the answer is the page that prints it."""
    wanted = forms.read_publicity(request.form, request.form.getlist("applications"))
    notice_id = publicity.post_list(wanted, actor=current_actor(), now=clock.now())
    return go_to(".notice_page", gettext("已登记公示,请打印张贴"), notice_id=notice_id)


@blueprint.get("/notices/<int:notice_id>")
@allow("take_applications")
def notice_page(notice_id: int) -> Answer:
    """A public list for A4: masked names, no status labels, no ID digits."""
    return page("entitlements/public.html", notice=public_lists.notice_page(notice_id, actor=current_actor()))
