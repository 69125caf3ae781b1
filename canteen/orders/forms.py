"""The forms of orders: text becomes types here."""

from canteen.base.fields import Field, Form, hidden, iso_day, line, one_of, row_id, whole
from canteen.base.words import SLOTS, WAYS
from canteen.orders.rules import MOST_PORTIONS, OrderChange, OrderRequest

#: Meals of one order.
portions = whole(1, MOST_PORTIONS, "份数要在 1 到 %(most)s 之间")

ORDER = Form(
    OrderRequest,
    site_id=hidden(row_id),
    elder_id=row_id,
    day=iso_day,
    slot=one_of(SLOTS),
    set_name=Field(line(20), "set"),
    way=one_of(WAYS),
    portions=Field(lambda text: portions(text or "1")),
)

CHANGE = Form(OrderChange, set_name=Field(line(20), "set"), way=one_of(WAYS), portions=portions)

#: Which of the kitchen's papers the person saw on the button.
edition = whole(1, 999, next_step="请刷新页面再试")
