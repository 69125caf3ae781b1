"""Meals by day as an SVG picture. Its table stands beside it: the picture says nothing the table does not."""

import re
from collections.abc import Mapping, Sequence

#: As in app.css: system fonts with Chinese characters.
_FONTS = '"Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC","WenQuanYi Micro Hei",sans-serif'
#: Dark on white, told apart by lightness too: printed in grey they still differ.
_COLOURS = ("#c2843c", "#9a3412", "#1f3a5f")
#: pygal always writes its settings into a script for tooltips; a picture runs no script and needs none.
_SCRIPT = re.compile(rb"<script.*?</script>", re.DOTALL)


def day_chart(days: Sequence[int], series: Mapping[str, Sequence[int]]) -> bytes:
    """A stacked bar a day: ``series`` holds, for each legend, one number a day."""
    import pygal  # 60 ms that the counter's process does not need
    from pygal.style import Style

    style = Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#22201c",
        foreground_strong="#22201c",
        foreground_subtle="#57524a",
        opacity="1",
        opacity_hover="1",
        colors=_COLOURS,
        font_family=_FONTS,
        label_font_size=17,
        major_label_font_size=17,
        legend_font_size=20,
        no_data_font_size=28,
    )
    chart = pygal.StackedBar(
        style=style,
        js=(),
        width=1000,
        height=420,
        margin=12,
        spacing=8,
        legend_at_bottom=True,
        legend_box_size=18,
        truncate_legend=-1,
        y_labels_major_count=3,
        min_scale=1,
        max_scale=6,
        show_minor_y_labels=True,
        formatter=lambda value: f"{value:.0f}",
        no_data_text="",
    )
    chart.x_labels = [str(day) for day in days]
    for legend, numbers in series.items():
        chart.add(legend, list(numbers))
    return _SCRIPT.sub(b"", chart.render())
