"""The audit trail: append-only rows, each carrying the hash of the one before it in its chain.

A chain belongs to one site (0: no site), so that sites never wait for one another. The head row of a chain is
locked by the UPDATE below and orders concurrent writers on PostgreSQL; call ``record`` late in a transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from canteen.audit.models import Audit, AuditHead
from canteen.base.access import Actor
from canteen.base.db.prepared import Prepared

_AUDIT = cast(Table, Audit.__table__)
_HEAD = cast(Table, AuditHead.__table__)
#: Both databases understand it; two first writers of a chain at once agree on one head.
_START = text("insert into audit_head (chain, sequence, hash) values (:chain, 0, '') on conflict do nothing")
#: Columns of a row that its hash is made of, in this order for ever.
_FACTS = ("chain", "sequence", "at", "actor", "action", "subject", "detail")
_APPEND = Prepared(insert(_AUDIT), columns=[*_FACTS, "hash"])
_MOVE_HEAD = Prepared(update(_HEAD).where(_HEAD.c.chain == bindparam("of")).values(hash=bindparam("to")))
_STEP = Prepared(
    update(_HEAD)
    .where(_HEAD.c.chain == bindparam("of"))
    .values(sequence=_HEAD.c.sequence + 1)
    .returning(_HEAD.c.sequence, _HEAD.c.hash)
)

#: Verb of the trail -> what people read; the audit page offers them as a filter. Features add theirs.
VERBS = {
    "sign_in": "登录",
    "sign_in_failed": "登录失败",
    "sign_in_paused": "登录暂停",
    "sign_out": "退出",
    "change_password": "更换密码",
    "second_step_failed": "第二步验证失败",
    "set_up_second_step": "设置第二步验证",
    "use_recovery_code": "使用恢复码",
    "new_recovery_codes": "换新恢复码",
    "end_second_step": "关闭第二步验证",
    "reset_second_step": "重置第二步验证",
    "end_sessions": "退出其他登录",
    "reset_password": "重设密码",
    "add_account": "建立账号",
    "lock_account": "停用账号",
    "unlock_account": "启用账号",
    "add_token": "发放终端令牌",
    "revoke_token": "吊销终端令牌",
    "refuse": "被拒绝",
    "serve": "登记用餐",
    "void": "作废",
    "reprint": "补打",
    "settle_paper": "确认纸张",
    "cancel_paper": "取消打印",
    "add_elder": "登记老人",
    "give_up_scheme": "登记不再参加方案",
    "take_back_scheme": "登记重新参加方案",
    "unmask": "查看完整信息",
    "unmask_id": "查看完整身份证号",
    "find_people": "查找老人",
    "open_person": "打开老人资料",
    "save_menu": "修改菜单",
    "set_prepared": "填写备餐数",
    "copy_menus": "复制菜单",
    "import_menu": "导入菜单",
    "keep_site": "修改助餐点",
    "set_exception": "修改日历",
    "remove_exception": "修改日历",
    "init": "初始设置",
    "switch_on_scheme": "启用方案",
    "plan_run": "安排送餐",
    "open_doors": "查看送餐地址",
    "record_drop": "登记送达",
    "close_welfare_check": "完成探访",
    "switch_on_own_draft": "启用自己写的方案",
    "open_photo": "查看材料照片",
    "hand_over_notice": "送达通知书",
    "withdraw_application": "撤回申请",
    "decide_step": "审核申请",
    "add_document": "登记材料",
    "take_application": "受理申请",
    "answer_objection": "答复异议",
    "cancel_order": "取消订餐",
    "confirm_work_year": "确认放假安排",
    "discard_scheme_draft": "删除方案草稿",
    "end_entitlement": "终止资格",
    "end_scheme": "改方案结束日期",
    "enter_work_days": "录入放假",
    "export": "导出",
    "grant_entitlement": "认定资格",
    "halt_entitlement": "停发或恢复资格",
    "import_roster": "导入名册",
    "lift_sanction": "撤销处理",
    "look": "查看",
    "move_paper": "改换打印机",
    "open_drawer": "打开钱箱",
    "place_order": "订餐",
    "post_list": "张榜公示",
    "preview_scheme": "预览方案影响",
    "print_closing": "打印日结单",
    "print_day_sheet": "打印手工登记单",
    "print_for_kitchen": "打印厨房单",
    "print_labels": "打印餐盒标签",
    "print_route_sheet": "打印路线单",
    "record_objection": "登记异议",
    "remove_work_day": "撤销放假",
    "sanction_elder": "处理决定",
    "save_scheme_draft": "修改方案草稿",
    "settle_look_back": "回看处理",
    "start_scheme_draft": "新建方案草稿",
    "want_paper": "要求打印",
    "withdraw_scheme": "撤回方案",
    "set_budget": "录入预算",
    "record_income": "登记到账",
    "close_month": "月结",
    "reopen_month": "撤销月结",
    "confirm_clock": "核对日期",
    "rotate_keys": "更换密钥",
    "undo_lapse": "退回误收的额度",
    "propose_correction": "提出更正",
    "post_correction": "更正入账",
    "refuse_correction": "退回更正",
    "rebuild": "重建累计数",
    "begin_credits": "开始计入额度",
    "credit_month": "计入额度",
    "let_lapse": "收回到期额度",
    "top_up": "存入自有资金",
    "refund_own": "退还自有资金",
    "freeze_purse": "冻结额度",
    "thaw_purse": "解除冻结",
    "close_purses": "结清额度",
    "correct_purse": "更正额度",
    "record_service": "登记服务",
    "void_service": "作废服务",
    "add_provider": "登记服务机构",
    "add_contract": "登记合同",
    "end_contract": "终止合同",
    "assess_provider": "考核服务机构",
    "ban_provider": "取消资格",
    "lift_ban": "撤销取消资格",
}


def row_hash(previous: str, fact: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the previous hash and the facts of a row by their columns; ``check`` recomputes it."""
    facts = [previous, *(fact[name] if name != "at" else fact["at"].astimezone(UTC).isoformat() for name in _FACTS)]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    at: datetime,
    *,
    site_id: int | None = None,
    **detail: Any,
) -> None:
    """Append one row inside the caller's transaction. ``detail`` holds facts, never personal data; a day in it is
    kept as its text."""
    chain = site_id or 0
    detail = {name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in detail.items()}
    sequence, previous = _next(session, chain)
    facts = (chain, sequence, at, actor.label, action, subject, detail)
    row = dict(zip(_FACTS, facts, strict=True))
    fingerprint = row_hash(previous, row)
    _APPEND.run(session, **row, hash=fingerprint)
    _MOVE_HEAD.run(session, of=chain, to=fingerprint)


def _next(session: Session, chain: int) -> tuple[int, str]:
    """Lock the head of a chain and take the next number; also the hash of the row before."""
    head = _STEP.first(session, of=chain)
    if head is None:
        session.execute(_START, {"chain": chain})
        head = _STEP.first(session, of=chain)
    return head[0], head[1]


def broken_chains(session: Session) -> Iterable[str]:
    """One line for every place where a chain does not hold: a row removed, changed or added beside it.

    Rows written while this reads are no fault: the end of a chain must lie between its heads before and after.
    """
    before = _heads(session)
    ends: dict[int, tuple[int, str]] = dict.fromkeys(before, (0, ""))
    for row in session.execute(select(_AUDIT).order_by(_AUDIT.c.chain, _AUDIT.c.sequence)).yield_per(1000):
        sequence, previous = ends.get(row.chain, (0, ""))
        expected = row_hash(previous, row._asdict())
        if row.sequence != sequence + 1 or row.hash != expected:
            yield f"audit chain {row.chain}: row {row.sequence} does not follow row {sequence}"
        ends[row.chain] = (row.sequence, row.hash)
    after = _heads(session)
    for chain, (sequence, hash_) in ends.items():
        first, last = before.get(chain, (0, "")), after.get(chain, (0, ""))
        if not first[0] <= sequence <= last[0] or (sequence == last[0] and hash_ != last[1]):
            yield f"audit chain {chain}: ends at row {sequence}, its head says {last[0]}"


def _heads(session: Session) -> dict[int, tuple[int, str]]:
    rows = session.execute(select(_HEAD.c.chain, _HEAD.c.sequence, _HEAD.c.hash))
    return {chain: (sequence, hash_) for chain, sequence, hash_ in rows}
