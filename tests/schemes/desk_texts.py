"""A scheme to write, change and compare in the desk's tests: it stays as it is when the built-in ones change."""

TEXT = """\
# 金溪县老年助餐。通知没有写明的事项(由谁出资、每月几餐、餐价、休息日)不在这里补写。
id = "jinxi"
version = "1"
name = "金溪县老年助餐"
source = "金溪县 003 篇三"
stack_group = "meals"

# 一个老人只享受一份,符合几类的按最前的一类,其余各类照记(AMB-09)。
choose = "first"

[amount]
kind = "monthly_norm"
yuan = { urban = 550, rural = 400 }
own_percent = 50
source = "金溪县 003 篇三 JX-2(标准)、JX-3(自付一半)"

# 分位四舍五入的是自付部分,其余由公共部分承担。
[rounding]
to = "fen"
mode = "half_up"
source = "通知没有写明,本项目的设定"

[[caps]]
per = "sitting"
meals = 1
source = "通知没有写明,本项目的设定:一个餐次一份"

[[classes]]
code = "一类"
name = "60 周岁以上失独困难老人"
when = { hukou = { in = ["金溪县"] }, age = { from = 60 }, all_status = ["lost_only_child", "hardship"] }
source = "金溪县 003 篇三 JX-1(1)"

[[classes]]
code = "二类"
name = "60 周岁以上优抚军人"
when = { hukou = { in = ["金溪县"] }, age = { from = 60 }, any_status = ["entitled_veteran"] }
source = "金溪县 003 篇三 JX-1(2)"

[[classes]]
code = "三类"
name = "70 周岁以上低保家庭中的老人"
when = { hukou = { in = ["金溪县"] }, age = { from = 70 }, any_status = ["dibao"] }
source = "金溪县 003 篇三 JX-1(3)"

[[classes]]
code = "四类"
name = "70 周岁以上散居特困老人"
source = "金溪县 003 篇三 JX-1(4)"
[classes.when]
hukou = { in = ["金溪县"] }
age = { from = 70 }
any_status = ["tekun"]
not = { any_status = ["institution"] }

[[classes]]
code = "五类"
name = "70 周岁以上经济困难空巢(独居)老人"
source = "金溪县 003 篇三 JX-1(5)"
[classes.when]
hukou = { in = ["金溪县"] }
age = { from = 70 }
all_status = ["hardship"]
any_status = ["empty_nest", "living_alone"]

[[classes]]
code = "六类"
name = "80 周岁以上高龄困难老人"
when = { hukou = { in = ["金溪县"] }, age = { from = 80 }, all_status = ["hardship"] }
source = "金溪县 003 篇三 JX-1(6)"

[[classes]]
code = "关爱"
name = "70 周岁以上农村留守老人"
when = { age = { from = 70 }, settlement = ["rural"], any_status = ["left_behind"] }
amount = { kind = "care" }
source = "金溪县 003 篇三 JX-6"

[operating_grant]
tiers = [{ meals_a_day = 1, yuan = 10000 }, { meals_a_day = 2, yuan = 20000 }]
threshold_percent = 90
pro_rata = "none"
source = "金溪县 003 篇三 JX-10;90% 是本项目的设定(AMB-10),通知没有写按月折算(AMB-11)"
"""
