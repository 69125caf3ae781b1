"""The screens of a chain: paste it, look the drafts through, and what became of them."""

from typing import Any

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, page
from canteen.menus.queries import sitting_sets
from canteen.orders.chain import drafts, forms, service
from canteen.orders.chain.summary import SummaryLine, family_text, reminder_text, summary_text, until_text
from canteen.orders.papers import SittingAt
from canteen.orders.rules import MOST_PORTIONS, cutoff_of
from canteen.orders.views import blueprint, form_site, sitting_of
from canteen.people.finding import looks


@blueprint.get("/orders/chain")
@allow("take_orders")
def chain_page(errors: Errors = NO_ERRORS) -> Answer:
    """Where a chain is pasted."""
    at = sitting_of(form_site(), request.values)
    return page("orders/chain.html", at=at, today=clock.today(), typed=request.form.get("text", ""), errors=errors)


@blueprint.post("/orders/chain/read")
@allow("take_orders")
@again(chain_page)
def read_chain() -> Answer:
    """The chain as drafts; nothing is written but who was looked at."""
    at = sitting_of(form_site(), request.form)
    text = forms.CHAIN_TEXT.read(request.form).text
    chain = drafts.draft_chain(text, at)
    looks.note_search(chain.people(), place="orders", actor=current_actor(), now=clock.now())
    return page(
        "orders/chain_drafts.html",
        at=at,
        chain=chain,
        typed=text,
        errors=NO_ERRORS,
        sets=[(one.name, one.name) for one in sitting_sets(site_id=at.site.id, day=at.day, slot=at.slot)],
        ways=choices("way"),
        most=MOST_PORTIONS,
        hows={
            "nickname": gettext("群里这样叫过"),
            "relative": gettext("联系人是"),
            "pinyin": gettext("拼音相近"),
            "part": gettext("名字相近"),
            "county": gettext("不是本点的人"),
            "name": gettext("同名"),
        },
        doubts={
            "repeat": gettext("名单里出现两次:是两位,还是写重了?"),
            "dropped": gettext("后面那份接龙里没有这一行:可能删了,也可能被别人盖掉了"),
            "slot": gettext("还写了别的餐次,只读了这一餐"),
            "count": gettext("份数请核对"),
            "way": gettext("写了两种取餐方式"),
            "set": gettext("套餐请核对"),
            "which": gettext("这一位只说取消,没说取消哪一份"),
        },
    )


@blueprint.post("/orders/chain")
@allow("take_orders")
def order_chain() -> Answer:
    """Write down what was confirmed; sent again it is the same."""
    at = sitting_of(form_site(), request.form)
    done = service.order_chain(forms.confirmed(request.form), at, actor=current_actor(), now=clock.now())
    return page("orders/chain_done.html", at=at, done=done, **_to_paste(at, done))


def _to_paste(at: SittingAt, done: list[service.LineDone]) -> dict[str, Any]:
    hours = at.site.hours_of(at.slot)
    until = until_text(*cutoff_of(at.day, hours)) if hours else ""
    missing = drafts.regulars_without_order(at, but={one.line.elder_id for one in done if one.line.elder_id})
    when: dict[str, Any] = {"day": at.day, "slot": at.slot}
    lines = [
        SummaryLine(
            said=one.line.said,
            portions=one.line.portions,
            way=one.line.way,
            set_name=one.line.set_name,
            is_ordered=one.is_ordered,
            is_cancelled=one.became == "cancelled",
        )
        for one in done
    ]
    return {
        "summary": summary_text(lines, **when),
        "reminder": reminder_text(missing, until=until, **when),
        "families": [family_text(name, site_name=at.site.name, until=until, **when) for name in missing],
    }
