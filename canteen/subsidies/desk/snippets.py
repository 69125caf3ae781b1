"""Pieces of text to begin with: an empty scheme, and blocks an officer may put in and fill out. What the notice does not
state stays ``"?"``, so a piece that is forgotten makes the scheme incomplete and never wrong."""

from __future__ import annotations

#: What an empty sheet begins with: the keys every scheme needs, each with a word about it.
EMPTY = """\
# 方案编号:小写字母开头,以后各版本不变
id = "example"
version = "1"
name = ""
# 依据的文件
source = ""
# 同一组里只取最高的一项
stack_group = "meals"

# 通知没有写明的数字写 "?",不要猜
[amount]
kind = "per_meal"
yuan = "?"

[eligible]
age = { from = 60 }
"""

#: Name -> what it is, and its text. ``{area}`` is the area that was chosen.
SNIPPETS = {
    "override": ("分区规定(某个乡镇或村不同)", """
# 分区规定:{area} 的助餐点,下面写的代替全县的
[[overrides]]
area = "{area}"
# 只写不同的地方,例如自付比例;整段换掉的还可以写 slots、spend、caps、funding
amount = {{ own_percent = "?" }}
source = "第几条"
"""),
    "class": ("一类人", """
[[classes]]
code = "新类"
name = "通知里的说法"
source = "第几条"
when = {{ age = {{ from = 80 }}, any_status = ["living_alone", "empty_nest"] }}
amount = {{ kind = "per_meal", yuan = "?" }}
"""),
    "cap": ("限额", """
# 每 sitting 餐次、day 天、week 周、month 月或 year 年;meals 是餐数,yuan 是金额,写一个
[[caps]]
per = "month"
yuan = "?"
source = "第几条"
"""),
    "funding": ("谁出钱", """
# 各方合计 100
[[funding]]
payer = "县财政"
percent = 60
source = "第几条"

[[funding]]
payer = "乡镇"
percent = 40
"""),
}  # fmt: skip


def with_snippet(text: str, name: str, *, area: str) -> str:
    """The text with a block put at its end; unchanged for a name that is not known."""
    if name not in SNIPPETS:
        return text
    return f"{text.rstrip()}\n{SNIPPETS[name][1].format(area=area)}"
