"""Who may do what, and how far. Roles are few and fixed; actions are the canteen's verbs; everything else is denied."""

from dataclasses import dataclass

#: Action -> the roles that may. ``terminal`` and ``print_agent`` are roles of API tokens, never of a person.
ALLOWED: dict[str, frozenset[str]] = {
    "serve": frozenset({"administrator", "manager", "clerk", "terminal"}),
    "void": frozenset({"administrator", "manager", "clerk", "terminal"}),
    "find_elders": frozenset({"administrator", "manager", "clerk", "terminal"}),
    "keep_elders": frozenset({"administrator", "manager", "civil_affairs"}),
    #: Making and taking back links by which a family sees and orders one elder's meals.
    "keep_family_links": frozenset({"administrator", "manager"}),
    "unmask": frozenset({"administrator", "manager", "civil_affairs"}),
    "keep_menus": frozenset({"administrator", "manager"}),
    "take_orders": frozenset({"administrator", "manager", "clerk"}),
    "keep_site": frozenset({"administrator", "manager"}),
    "keep_routes": frozenset({"administrator", "manager"}),
    "deliver": frozenset({"administrator", "manager", "volunteer"}),
    "see_runs": frozenset({"administrator", "manager", "clerk"}),
    #: The committee only those that were passed on to it or are overdue; who may also see all checks sees the others.
    "close_welfare_checks": frozenset({"administrator", "manager", "clerk", "committee"}),
    "see_all_checks": frozenset({"administrator", "manager", "clerk"}),
    #: Looking in on people by plan, and making the plans.
    "visit": frozenset({"administrator", "manager", "clerk", "volunteer"}),
    "keep_visits": frozenset({"administrator", "manager"}),
    "see_volunteers": frozenset({"administrator", "manager", "civil_affairs"}),
    "keep_volunteers": frozenset({"administrator", "manager"}),
    "keep_points": frozenset({"administrator", "civil_affairs"}),
    "see_counts": frozenset({"administrator", "manager", "civil_affairs", "terminal"}),
    #: Classes, payers and amounts of a few people; others see them merged.
    "see_small_counts": frozenset({"administrator", "manager", "civil_affairs"}),
    "see_people_masked": frozenset({"administrator", "manager", "committee", "civil_affairs"}),
    "see_schemes": frozenset({"administrator", "manager", "clerk", "committee", "civil_affairs"}),
    "keep_schemes": frozenset({"administrator", "civil_affairs"}),
    "see_funding": frozenset({"administrator", "manager", "committee", "civil_affairs"}),
    "keep_funding": frozenset({"administrator", "civil_affairs"}),
    "see_statements": frozenset({"administrator", "manager", "civil_affairs"}),
    "see_books": frozenset({"administrator", "manager", "committee", "civil_affairs"}),
    "close_month": frozenset({"administrator", "manager"}),
    "correct_books": frozenset({"administrator", "manager", "civil_affairs"}),
    "close_day": frozenset({"administrator", "manager", "clerk"}),
    "take_applications": frozenset({"administrator", "manager", "clerk", "committee", "civil_affairs"}),
    #: Finding the elder an application is for, and seeing all rights: who works there, not who decides a step.
    "start_applications": frozenset({"administrator", "manager", "clerk", "civil_affairs"}),
    "decide_applications": frozenset({"administrator", "committee", "civil_affairs"}),
    "keep_entitlements": frozenset({"administrator", "civil_affairs"}),
    "settle_look_back": frozenset({"administrator", "manager", "civil_affairs"}),
    "keep_work_calendar": frozenset({"administrator", "civil_affairs"}),
    "keep_printers": frozenset({"administrator", "manager"}),
    "see_tickets": frozenset({"administrator", "manager", "clerk"}),
    "reprint": frozenset({"administrator", "manager", "clerk"}),
    "print_jobs": frozenset({"print_agent"}),
    "keep_staff": frozenset({"administrator"}),
    "see_purses": frozenset({"administrator", "manager", "clerk", "civil_affairs"}),
    "keep_purses": frozenset({"administrator", "civil_affairs"}),
    "run_credits": frozenset({"administrator", "civil_affairs"}),
    "take_own_money": frozenset({"administrator", "manager", "clerk"}),
    "refund_own_money": frozenset({"administrator", "manager"}),
    "see_services": frozenset({"administrator", "manager", "clerk", "civil_affairs"}),
    "record_services": frozenset({"administrator", "manager", "clerk"}),
    "see_providers": frozenset({"administrator", "manager", "clerk", "committee", "civil_affairs"}),
    "keep_providers": frozenset({"administrator", "civil_affairs"}),
    "see_audit": frozenset({"administrator", "civil_affairs"}),
    "confirm_clock": frozenset({"administrator", "manager", "clerk", "civil_affairs"}),
    "use_own_account": frozenset({"administrator", "manager", "clerk", "volunteer", "committee", "civil_affairs"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is doing something: a signed-in person, a terminal, or the command line."""

    #: ``staff``, ``token`` or ``command``
    kind: str
    #: Row id of the account or token; 0 for the command line.
    id: int
    #: Shown and printed name.
    name: str
    role: str
    #: Area whose sites are in reach ("" reaches all: the command line).
    area_path: str = ""
    #: The only site in reach, or None for all of the area.
    site_id: int | None = None
    #: The elder this person is, if registered as one.
    elder_id: int | None = None

    @property
    def label(self) -> str:
        """What the audit trail keeps: ``staff:3``."""
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @property
    def staff_id(self) -> int | None:
        """The account's id for foreign keys; None for terminals and the command line."""
        return self.id if self.kind == "staff" else None


#: The command line: whoever may start it owns the data anyway.
COMMAND = Actor(kind="command", id=0, name="命令行", role="administrator")
#: Somebody who is not signed in: may nothing, reaches nothing.
NOBODY = Actor(kind="nobody", id=0, name="", role="", area_path="-")


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's role allows the action; an unknown action is a programming error (KeyError)."""
    return actor.role in ALLOWED[action]


def reaches_area(actor: Actor, area_path: str) -> bool:
    """Whether an area lies inside the actor's area (an account bound to one site still has its site's area)."""
    return actor.area_path == "" or (area_path + "/").startswith(actor.area_path + "/")


def reaches_site(actor: Actor, *, site_id: int, area_path: str) -> bool:
    """Whether a site is in the actor's reach."""
    return actor.site_id == site_id if actor.site_id is not None else reaches_area(actor, area_path)
