"""What people write in a chat chain (接龙), as patterns. None of them repeats a repeat, so that none takes long."""

import re


def _listed(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


#: Numbers as they are written beside 份; 俩 and 仨 are counts themselves.
COUNTS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {
    "两": 2,
    "俩": 2,
    "仨": 3,
    "壹": 1,
    "贰": 2,
}
_N = r"(\d{1,2}|[零一二两三四五六七八九十俩仨壹贰])"

# -- lines -----------------------------------------------------------------------------------------------------------
_TIME = r"(?:[上下中]午|凌晨|早上|晚上)?\s?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?"
_DATE = r"(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?|今天|昨天|前天|(?:星期|周|礼拜)[一二三四五六日天]"
#: The name of a writer above or before what they wrote: 张三 2026/11/30 18:22, [18:22] 张三: …, 11-30 18:22 张三.
HEADER = re.compile(rf"(?P<who>\S.{{0,29}}?)\s+(?:(?:{_DATE})\s*)?{_TIME}")
PREFIX = re.compile(rf"[\[(]?(?:(?:{_DATE})\s*)?{_TIME}[\])]?\s*(?P<rest>.*)")
COLON = re.compile(r"(?P<who>[^:]{1,20}?)\s*:\s*(?P<rest>.*)")
#: A number of the list before a name; not 2份, 3组, 12:30, 13900001111.
NUMBER = re.compile(
    r"(?:[(#]\s?|第)?(?P<n>\d{1,3})(?:号|个(?=[取退]|不))?(?:\s?[.、,)\]:。．\-—⃣]+|(?=[^\d\s.:/年月日份个位盒套人餐组楼栋号幢单元点时岁元块两]))\s*"
)
NUMBER_SPACE = re.compile(r"#?\s?(?P<n>\d{1,3})\s+(?=[^\d\s])")
#: 3号改两份, 第3个取消: what another line asked for.
POINTS_AT = re.compile(r"(?:第\s?(?P<nth>\d{1,3})\s?[个位号条]?|(?P<n>\d{1,3})\s?号)(?![楼栋幢室])")
DIVIDER = re.compile(r"[-—–_=~*·.。…\s]{3,}")
EXAMPLE = re.compile(r"(?:例|示例|样例|格式|接龙格式)(?=[\s:]|\d|$)")
CHAIN = re.compile(r"#?\s?(?:群)?接龙\s?:?")
TOTAL = re.compile(r"(?:合计|共计|总计|总共|一共|共|总)\s?:?\s?\d")
#: A line of nothing but these words is a title: 12月1日 周二 午餐接龙,9:30截止.
TITLE = re.compile(
    rf"#|(?:群)?接龙|{_DATE}|{_TIME}|\d{{1,2}}[.:点]\d{{0,2}}半?|明天|后天|[早午晚中]餐|[早午晚中]饭|中午|晚上|早上|报名|订[餐饭]|预[定订]|登记|统计"
    r"|名单|截止|[以之]?前|请|大家|各位|家属|老人|(?:需要|要)?(?:的|用餐)?|助餐点|食堂|接|开始|[ \t,。!;、()\-—~.:]"
)
#: What stands before a colon and is no name.
HEADINGS = re.compile(
    r"备注|日期|时间|地点|套餐|菜单|主食|[早午晚中]餐|截止|价格|今[日天]|明[日天]|说明|通知|提醒|合计|共计|总[计共]|统计|电话|注"
)
#: What people say between: no order.
CHATTER = _listed(
    "收到 好的 好 嗯 谢谢 多谢 谢谢了 辛苦了 辛苦 OK ok 可以 知道了 明白 早上好",
    "大家好 是的 对 行 哈哈 没问题 感谢 已接 已报 报名 早 晚安 同意",
)

# -- parts of a line -------------------------------------------------------------------------------------------------
EMOTICON = re.compile(r"\[[一-鿿A-Za-z]{1,6}\]")
GROUP = re.compile(r"(?P<group>\d{1,2}|[一二三四五六七八九十]{1,3})\s?(?:组|队|小组)")
LONG_NUMBER = re.compile(r"\d[\d-]{5,}\d")
NOT_CANCELLED = re.compile(r"[不别勿没]\s?(?:要)?取消")
CANCEL = re.compile(
    r"取消|撤销|作废|退[订餐]|请假|(?:今天|明天|后天|这次|中午|晚上)?(?:先|就|都)?(?:不要|不用|不订|不吃|不来|不去|退|删|算|不定)(?:餐|饭)?(?:了|啦|哈|吧|掉|除)+"
    r"|(?:不要|不用|不订|不吃|不来|不去)(?=$|[\s,;!])"
)
CHANGE = re.compile(r"改成|改为|改订|更正为?|更改为?|换成|换为|变成|改(?![一-鿿]{0,1}[名姓])")
ADD = re.compile(rf"(?:再|另)?(?:加|多|添|再要|再来)\s?{_N}\s?(?:份|个|盒|位|客)")
LESS = re.compile(rf"(?:减|少|退)\s?{_N}\s?(?:份|个|盒|位|客)")
#: Most telling first. 不送 is said of a door that needs nothing carried.
WAY_WORDS = (
    ("", re.compile(r"不用?送餐?了?")),
    (
        "delivery",
        re.compile(r"(?:需要?|要|请|麻烦)?(?:送餐上门|送餐到家|送餐|送上门|送到?家里?|上门|外送|配送|派送|送)"),
    ),
    (
        "proxy",
        re.compile(r"代领|代取|代拿|帮忙?[拿取带领]|(?:儿子|女儿|孙子|孙女|媳妇|女婿|老伴|邻居|家人|家属)来?[拿取领]"),
    ),
    ("take_away", re.compile(r"自取|自己[来去]?[取拿]|自提|打包带走|打包|带走|外带")),
    ("dine_in", re.compile(r"堂食|在?店里?吃|到店|现场吃|[过]?来吃|[去到在]食堂吃?|食堂吃")),
)
SLOT_WORDS = re.compile(
    r"(?P<breakfast>早[餐饭上]|早(?=\d))|(?P<lunch>[午中][餐饭]|中午|午(?=\d))|(?P<dinner>晚[餐饭上]|下午|晚(?=\d))"
)
SET_LETTER = re.compile(r"(?:套餐\s?(?P<a>[A-Da-d])|(?P<b>[A-Da-d])\s?(?:套餐|套|餐))(?![A-Za-z])")
PORTIONS = re.compile(
    rf"\+\s?{_N}\s?(?:[份个位人盒客套])?|{_N}\s?(?:人份|个人|份|个|位|盒|客|套餐|套|单|人)(?:[饭餐])?|[xX×*]\s?{_N}(?:[份个位人盒客套])?|(?P<bare>俩|仨)"
)
EACH = re.compile(r"[各每]人?(?=\s?\d|[一二两三四五六七八九十])|各(?=\s|$)|都是?(?=\s?\d|[一二两三四五六七八九十])")
TAIL_NUMBER = re.compile(r"(?:(?<=[^\d\s.])\s?|^)(?P<n>\d{1,2})$")
#: 零 of something, 半份: to be read by a person.
ODD_COUNT = re.compile(r"半份|\d{3,}\s?份|[一二三四五六七八九]?十[一二三四五六七八九]?份")
#: Never a name by themselves: they stand for whose meal it is.
RELATIVE = re.compile(
    r"(?:我家|我们家|我|俺家?|咱家?|的|\()?\s?(?P<word>老妈|老爸|妈妈|妈咪|姆妈|母亲|爸爸|父亲|老爹|岳母|岳父|丈母娘|老丈人|公公|婆婆|外婆|外公|姥姥|姥爷|家婆|家公"
    r"|老伴|老太太|老爷子|老头子?|老人家?|父母|爸妈|老两口|两老|(?<=我)妈|(?<=我)爸|(?<=我)娘|(?<=我)爹|妈|爸)\)?"
)
#: After a name an address (王秀兰奶奶), without one whose meal it is (奶奶一份).
TITLE_WORD = re.compile(
    r"奶奶|爷爷|阿姨|阿婆|阿公|大爷|大妈|大娘|大伯|大叔|伯伯|伯母|婶婶?|叔叔?|姨|嬢嬢?|老师|师傅|先生|女士|大哥|大姐|哥|姐|嫂子?|姑姑?|舅舅?"
)
FEMALE = _listed(
    "妈妈 老妈 妈咪 姆妈 母亲 岳母 丈母娘 婆婆 外婆 姥姥 家婆 老太太 奶奶 阿姨 阿婆 大妈 大娘",
    "伯母 婶 婶婶 姨 嬢 嬢嬢 女士 大姐 姐 嫂 嫂子 姑 姑姑 妈 娘",
)
MALE = _listed(
    "爸爸 老爸 父亲 老爹 岳父 老丈人 公公 外公 姥爷 家公 老爷子 老头 老头子 爷爷 阿公",
    "大爷 大伯 大叔 伯伯 叔 叔叔 先生 大哥 哥 舅 舅舅 爸 爹",
)
BOTH = _listed("父母 爸妈 老两口 两老")
#: Wishes that are often written on to a name without a space.
WISH = re.compile(
    r"少[盐油糖饭辣菜]|多[饭菜汤盐]|软[饭一的点食]|不辣|微辣|不要\S|不吃\S|不放\S|忌口|低[盐糖油脂]|无糖|清淡|加[饭菜蛋]|半份|糖尿病|米饭|面条|稀饭|馒头|谢谢|麻烦|感谢"
)
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝骆路游辛靳管柴蒙鲍华"
    "喻祁房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
SEPARATORS = re.compile(r"[\s,。!?;、/|&()<>《》【】「」『』\"'“”‘’~^_:@#]+")
