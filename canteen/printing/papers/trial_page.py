"""测试页: the page from which the settings of a new printer are read off."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.blocks import head, money
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Gap, Pair, PrintLine, Qr, Rule, Text
from canteen.printing.papers.facts import PaperFacts

#: Characters that tell ROMs apart: each line is printable from its level on. Source: docs/printing.md, "ROM".
PROBES = (("gb2312", "国餐·—①"), ("gbk", "喆堃凃犇頔玥〇"), ("gb18030-2", "䶮㑇"), ("gb18030-4", "𠮷龦鿍㐂"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPageFacts(PaperFacts):
    """Who asked for it, at which printer; the settings it shows are the printer's when it is sent."""

    kind = "test_page"
    has_copies = False

    printer_name: str
    #: Wall time of the canteen.
    asked_at: str
    staff_name: str

    @property
    def subject(self) -> str:
        return self.printer_name

    def layout(self, device: Device) -> Iterator[PrintLine]:
        """Its first lines are ASCII and its first question is drawn: both are readable whatever the encoding is, and
        say what was tried."""
        yield Text("PRINTER TEST", scale=2, bold=True, align="center")
        yield Text(f"WIDTH {device.width_mm} MM  MODE {device.mode.upper()}")
        yield Text(f"ENCODING {device.encoding.upper()}  ROM {device.rom.upper()}")
        yield Text(f"CUTTER {_yes(device.has_cutter)}  QR {_yes(device.has_qr)}  DRAWER {_yes(device.has_drawer)}")
        yield Text(f"ANSWERS {_yes(device.answers)}  FENCE {device.fence.upper().replace('_', ' ')}")
        yield Rule()
        if device.mode == "text":
            yield Text("1.下面的汉字读不出来:换编码", shapes="drawn")
        yield from head(self.site_name, self.day, self.asked_at)
        yield Pair(f"打印机 {self.printer_name}", self.staff_name)
        yield Rule()
        yield Text("2. 下一行应正好占满一行;折行或留空:请换纸宽。", bold=True)
        yield Text(("1234567890" * 5)[: device.columns])
        yield Text("中文" * (device.columns // 4))
        yield Rule()
        if device.mode == "text":  # as pictures all of them would agree
            yield Text("3. 每级两行应相同;选两行相同的最后一级。", bold=True)
            for rom, chars in PROBES:
                yield Text(f"{rom.upper():<10}{chars}", shapes="rom")
                yield Text(f"{'=':<10}{chars}", shapes="drawn")
            yield Rule()
        yield Text("4. 金额靠右对齐,￥ 看得清。", bold=True)
        yield Pair("普通", money(1200))
        yield Pair("两倍", money(123450), scale=2, bold=True)
        yield Text("三倍", scale=3)
        yield Rule()
        yield Text("5. 应能扫出 TEST-0001;没有图:请关二维码。", bold=True)
        yield Qr("TEST-0001")
        yield Rule()
        yield Text("6. 汉字换什么编码都不对,而下一行看得清:打印方式选「图形」。", bold=True)
        yield Text("图形 王秀兰", scale=2, shapes="raster")
        yield Gap()


def _yes(flag: bool) -> str:
    return "YES" if flag else "NO"
