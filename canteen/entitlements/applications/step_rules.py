"""Who may decide a step, what it still needs, and how much time is left. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from canteen.base.errors import Refusal
from canteen.base.months import months_after
from canteen.schemes.language.approval import RECORDER, ApprovalTerms, Step
from canteen.schemes.workdays import WorkCalendar, days_left, deadline, is_provisional, working_days_between

#: Documents of this kind are assessments of ability.
ASSESSMENT = "ability_assessment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """An account as the steps look at it."""

    staff_id: int | None
    role: str
    #: Level of the account's area: village, township, county …
    level: str
    area_path: str
    #: The elder this person is, if any.
    elder_id: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper that was shown."""

    kind: str
    #: Its own date: of issue, or of the assessment.
    day: date | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A public list with its days."""

    posted_on: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationCase:
    """An application as the steps look at it."""

    elder_id: int
    #: Path of the area whose offices act.
    area_path: str
    class_code: str
    state: str
    #: The step it waits for.
    position: int
    step_since: date
    taken_by: int | None
    #: Step number -> who decided it.
    deciders: Mapping[int, int | None]
    shown: tuple[Shown, ...]
    #: The list of the step it waits for.
    posted: Posted | None
    open_objections: int


@dataclass(frozen=True, slots=True)
class Clock:
    """How a step stands against its limit."""

    #: Last day of the limit; None: the notice states none.
    due: date | None
    #: Working days left; negative once it is broken.
    left: int
    #: ``none``, ``calm``, ``soon``, ``red`` or ``over``: red comes before it breaks.
    state: str
    #: The holidays of a year it touches are not known yet.
    is_provisional: bool


NO_LIMIT = Clock(None, 0, "none", False)


def step_clock(step: Step, since: date, posted: Posted | None, *, today: date, calendar: WorkCalendar) -> Clock:
    """The clock of a step that began on a day.

    Publicity apart from the limit stops the clock from the day of posting to the last day of the list.
    """
    if step.limit is None:
        return NO_LIMIT
    start, limit = since, step.limit
    if posted and step.publicity and not step.publicity.is_inside:
        limit = max(0, limit - max(0, working_days_between(since, posted.posted_on, calendar)))
        start = posted.last_day
    due = deadline(start, limit, calendar)
    left = days_left(today, due, calendar)
    return Clock(due, left, clock_state(left, step.limit), is_provisional(since, due, calendar))


def clock_state(left: int, limit: int) -> str:
    """``over`` once broken; ``red`` on the last fifth (at least the last day but one), ``soon`` before that."""
    if left < 0:
        return "over"
    if left <= max(1, limit // 5):
        return "red"
    return "soon" if left <= max(2, limit * 2 // 5) else "calm"


def missing_documents(terms: ApprovalTerms, case: ApplicationCase) -> tuple[str, ...]:
    """Words of the papers that must be shown and were not."""
    kinds = {one.kind for one in case.shown}
    needed = (one for one in terms.documents if not one.optional and one.asked_of(case.class_code))
    return tuple(one.words for one in needed if one.kind not in kinds)


def assessment_needed(terms: ApprovalTerms, case: ApplicationCase, today: date) -> bool:
    """Is an assessment of ability missing, or too old?"""
    rule = terms.assessment
    if rule is None or (rule.only_for and case.class_code not in rule.only_for):
        return False
    days = [one.day for one in case.shown if one.kind == ASSESSMENT and one.day is not None]
    if rule.valid_months is not None:
        days = [day for day in days if months_after(day, rule.valid_months) > today]
    return not days


def refuse_officer(
    officer: Officer, step: Step, case: ApplicationCase, terms: ApprovalTerms, *, nobody_else: bool
) -> Refusal | None:
    """Why this person may not act at this step, or None.

    The role and the level of the account's area must be the step's. Nobody acts on an own application, nor after
    taking it down or deciding an earlier step (maker differs from checker; ``not_same_as``). An administrator acts
    only where no other account could (``nobody_else``).
    """
    if officer.elder_id is not None and officer.elder_id == case.elder_id:
        return Refusal("own_case", "不能审核自己的申请", next_step="请由其他人员审核")
    barred = {case.taken_by} if RECORDER in step.not_same_as else set()
    barred |= {who for number, who in case.deciders.items() if terms.steps[number].name in step.not_same_as}
    if officer.staff_id is not None and officer.staff_id in barred:
        return Refusal(
            "same_person", "这份申请由您受理或审核过前面的环节,这一步要由另一个人决定", next_step="请由其他人员审核"
        )
    if not f"{case.area_path}/".startswith(f"{officer.area_path}/"):
        return Refusal("wrong_area", "这份申请不在您的辖区", next_step="请由申请人所在地的人员审核")
    if officer.role == "administrator":
        if nobody_else:
            return None
        return Refusal(
            "not_stand_in",
            "「%(step)s」有别的账号可以审核,系统管理员不代办",
            step=step.name,
            next_step="请由该级审核人员登录办理",
        )
    if (officer.role, officer.level) != (step.role, step.level):
        return Refusal(
            "wrong_level", "「%(step)s」不由您这一级审核", step=step.name, next_step="请由该级审核人员登录办理"
        )
    return None


def refuse_open(case: ApplicationCase, position: int) -> Refusal | None:
    """Why a step cannot be acted on: closed, or decided by somebody else meanwhile."""
    if case.state != "open":
        return Refusal("application_closed", "这份申请已经办结", next_step="请刷新页面查看结果")
    if case.position != position:
        return Refusal("step_decided", "这一步刚刚已由别人决定", next_step="请刷新页面查看结果")
    return None


def refuse_pass(case: ApplicationCase, terms: ApprovalTerms, *, today: date) -> Refusal | None:
    """What a step still needs before it can be passed, or None."""
    step, is_last = terms.steps[case.position], case.position == len(terms.steps) - 1
    if missing := missing_documents(terms, case):
        return Refusal(
            "documents_missing",
            "还缺材料:%(missing)s",
            missing="、".join(missing),
            next_step="请先核对并勾选材料;补不齐的可以不予通过并写明原因",
        )
    if is_last and assessment_needed(terms, case, today):
        return Refusal("assessment_missing", "还没有有效的能力评估", next_step="请先登记评估结果和日期")
    if step.publicity is None:
        return None
    if case.posted is None:
        return Refusal("not_posted", "「%(step)s」要先公示", step=step.name, next_step="请先张榜公示,到期后再通过")
    if today <= case.posted.last_day:
        return Refusal(
            "still_posted",
            "公示到 %(day)s 结束,还不能通过",
            day=case.posted.last_day.isoformat(),
            next_step="请在公示结束后的第二天起办理",
        )
    if case.open_objections:
        return Refusal(
            "objection_open",
            "还有 %(count)s 条异议没有答复",
            count=case.open_objections,
            next_step="请先调查并答复异议",
        )
    return None


def next_action(case: ApplicationCase, terms: ApprovalTerms, *, today: date) -> str:
    """What an open application waits for: ``documents``, ``assessment``, ``post``, ``wait``, ``objection``, ``decide``."""
    if case.state != "open":
        return case.state
    refusal = refuse_pass(case, terms, today=today)
    codes = {
        "documents_missing": "documents",
        "assessment_missing": "assessment",
        "not_posted": "post",
        "still_posted": "wait",
        "objection_open": "objection",
    }
    return codes[refusal.code] if refusal else "decide"
