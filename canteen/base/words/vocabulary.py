"""Every word of the trade, in the order people meet it: what is stored on the left, what screens and paper say on the right.

Here those of the day and of people; those of the office, of money and of paper are in ``office``.

Each with its English beside it. A new word is a line here, and a migration where a CHECK stands.
"""

from typing import TypeAlias

#: Stored word -> Chinese, English.
Words: TypeAlias = dict[str, tuple[str, str]]

#: Household situations that a notice may also ask for as a status.
_ALONE: Words = {
    "living_alone": ("独居", "living alone"),
    "empty_nest": ("空巢", "empty nest"),
    "left_behind": ("留守", "left behind"),
}

#: Kind of word -> stored word -> what people read. "" is what an empty field says.
THE_DAY: dict[str, Words] = {
    # A sitting is one slot of one day at one site.
    "slot": {"breakfast": ("早餐", "Breakfast"), "lunch": ("午餐", "Lunch"), "dinner": ("晚餐", "Dinner")},
    # As a kitchen plans a meal; ``other`` is what has no column of its own (凉菜, 水果).
    "dish_kind": {
        "staple": ("主食", "Staple"),
        "main_meat": ("大荤", "Main meat dish"),
        "small_meat": ("小荤", "Small meat dish"),
        "vegetable": ("素菜", "Vegetables"),
        "soup": ("汤", "Soup"),
        "other": ("其他", "Other"),
    },
    # ISO numbers of the days of the week.
    "weekday": {
        "1": ("周一", "Mon"),
        "2": ("周二", "Tue"),
        "3": ("周三", "Wed"),
        "4": ("周四", "Thu"),
        "5": ("周五", "Fri"),
        "6": ("周六", "Sat"),
        "7": ("周日", "Sun"),
    },
    # How whoever carries meals gets about.
    "moves_by": {
        "e_bike": ("电动车", "Electric bike"),
        "bicycle": ("自行车", "Bicycle"),
        "on_foot": ("步行", "On foot"),
        "car": ("汽车", "Car"),
    },
    # Why planning finds nobody for a door.
    "unreached": {
        "no_place": ("没有填位置", "Its place is not known"),
        "too_far": ("离得太远,直接去也超时", "Too far: late even when gone to first"),
        "too_early": ("要得太早,直接去也来不及", "Wanted too early: late even when gone to first"),
        "no_boxes": ("餐箱装不下了", "No box is left for it"),
        "no_time": ("人手不够,轮到这一户就超时", "Too few people: late by the time it is this door's turn"),
    },
    # How a meal reaches who eats it; ``proxy``: somebody collects it at the counter.
    "way": {
        "dine_in": ("堂食", "Dine in"),
        "take_away": ("自取", "Take away"),
        "proxy": ("代领", "Collected"),
        "delivery": ("送餐", "Delivery"),
    },
    # How the own part is paid; ``purse``: out of the own money an elder paid in before.
    "pay_way": {
        "cash": ("现金", "Cash"),
        "code": ("扫码", "Code"),
        "monthly": ("月结", "Monthly"),
        "purse": ("自有资金", "Own money"),
    },
    # What a clerk may choose; ``mistake`` is the button beside a meal just served.
    "void_reason": {
        "wrong_person": ("刷错了人", "Wrong person scanned"),
        "not_taken": ("老人没有取餐", "The elder did not take the meal"),
        "wrong_set": ("套餐登记错了", "Wrong set recorded"),
        "mistake": ("误操作,当场撤销", "Mistake, undone at once"),
    },
    # Whoever eats without being a registered elder: counted, never subsidised.
    "guest": {
        "villager": ("村民", "Villager"),
        "child": ("儿童", "Child"),
        "staff": ("工作人员", "Staff"),
        "volunteer": ("志愿者", "Volunteer"),
        "free": ("免费招待", "Free of charge"),
        "other": ("其他散客", "Other guest"),
    },
    "role": {
        "administrator": ("系统管理员", "Administrator"),
        "manager": ("站点负责人", "Site manager"),
        "clerk": ("柜台", "Counter"),
        "volunteer": ("送餐志愿者", "Delivery volunteer"),
        "committee": ("村(居)委会", "Village committee"),
        "civil_affairs": ("民政", "Civil affairs"),
        "terminal": ("终端", "Terminal"),
        "print_agent": ("打印代理", "Print agent"),
    },
    # Dated, with issuer and evidence; what a condition of a scheme may name. Never printed.
    "status": {
        "dibao": ("低保", "minimum living allowance"),
        "marginal": ("低保边缘", "near minimum living allowance"),
        "tekun": ("特困", "destitute support"),
        "sanwu": ("三无", "three-no"),
        "wubao": ("五保", "five guarantees"),
        "lost_only_child": ("失独", "lost only child"),
        "entitled_veteran": ("优抚", "entitled veteran"),
        "five_old": ("五老", "five-old veteran"),
        "model_worker": ("劳动模范", "model worker"),
        "hardship": ("经济困难", "hard-up"),
        "disability": ("残疾", "disability"),
        "severe_disability": ("重度残疾", "severe disability"),
        **_ALONE,
        "lonely": ("孤寡", "alone, without kin"),
        "no_child_nearby": ("子女不在本地", "no child nearby"),
        "institution": ("机构供养", "kept by an institution"),
        "low_income": ("低收入", "low income"),
        "veteran": ("退役军人", "veteran"),
        "martyr_family": ("烈属", "martyr's family"),
        "family_planning": ("计划生育特殊家庭", "special family-planning household"),
        "model_worker_city": ("市级以上劳动模范", "model worker of city level or above"),
        "special_contribution": ("特殊贡献", "special contribution"),
        "bereaved": ("丧偶", "bereaved"),
        "severe_illness": ("重病", "severe illness"),
        "dementia": ("失智", "dementia"),
    },
    "living": {
        "with_family": ("与子女同住", "with family"),
        **_ALONE,
        "institution": ("机构", "in an institution"),
        "": ("未登记", "Not recorded"),
    },
    # As it is assessed in three steps, or in five (GB/T 42195).
    "ability": {
        "able": ("自理", "able"),
        "semi_disabled": ("半失能", "semi-disabled"),
        "disabled": ("失能", "disabled"),
        "intact": ("能力完好", "able"),
        "mild": ("轻度失能", "mildly disabled"),
        "moderate": ("中度失能", "moderately disabled"),
        "severe": ("重度失能", "severely disabled"),
        "total": ("完全失能", "totally disabled"),
        "": ("未登记", "Not recorded"),
    },
    # Of people who live somewhere without a hukou there; ``none``: it is known that there is none.
    "permit": {
        "residence": ("居住证", "residence permit"),
        "registration": ("居住登记", "registration of residence"),
        "talent": ("人才证", "talent card"),
        "hmt": ("港澳台居民居住证", "permit of residents of Hong Kong, Macao and Taiwan"),
        "foreign": ("外国人居留证", "foreigner's residence permit"),
        "none": ("没有", "None"),
        "": ("未登记", "Not recorded"),
    },
    # By the residence at approval; decides rates that differ by it.
    "settlement": {"urban": ("城镇", "urban"), "rural": ("农村", "rural"), "": ("未定", "Not set")},
    "sex": {"male": ("男", "male"), "female": ("女", "female"), "": ("未登记", "Not recorded")},
    "life": {"paused": ("暂停", "Paused"), "moved": ("迁出", "Moved away"), "died": ("去世", "Died")},
    "operating_model": {
        "contracted": ("社会化运营", "contracted"),
        "village_run": ("村级自营", "village-run"),
        "mutual": ("互助服务", "mutual help"),
    },
}
