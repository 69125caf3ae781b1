"""What people write in a diet, and by which words the food it means is known in ingredients and names of dishes. Pure.

No medical advice: a word of an illness stands for the tag a kitchen puts on the set it cooks for it.
"""

import re

#: The classes of allergens a package must name (GB 7718): offered where a dish is described.
ALLERGENS = ("麸质谷物", "甲壳类", "鱼类", "蛋类", "花生", "大豆", "奶类", "坚果")

_CRUSTACEANS = "甲壳 虾 蟹 龙虾"
_FISH = "鱼"
_SHELLFISH = "贝 蛤 蛏 蚝 牡蛎 鱿 墨鱼 章鱼 螺 海鲜 海参 海蜇"
_PORK = "猪 肉 排骨 五花 肘 里脊 火腿 香肠 腊肠 狮子头 大肠 肥肠 扣肉 荤油"
_OTHER_MEAT = "牛 羊 鸡 鸭 鹅 鸽 兔 驴"
#: Food -> the words it is known by.
_SIGNS = {
    "海鲜": f"{_CRUSTACEANS} {_FISH} {_SHELLFISH}",
    "甲壳类": _CRUSTACEANS,
    "贝类": _SHELLFISH,
    "鱼": _FISH,
    "蛋": "蛋",
    "花生": "花生",
    "大豆": "大豆 黄豆 毛豆 豆腐 豆浆 豆干 豆皮 豆花 腐竹 千张 豆制品 素鸡",
    "奶": "奶 乳 黄油 芝士",
    "麸质": "麸 麦 面 馒头 包子 饺 馄饨 花卷 烧饼 油条",
    "坚果": "坚果 核桃 杏仁 腰果 榛 松仁 松子 开心果 瓜子 芝麻",
    "芝麻": "芝麻",
    "猪肉": _PORK,
    "牛肉": "牛",
    "羊肉": "羊",
    "牛羊肉": "牛 羊",
    "鸡肉": "鸡",
    "荤": f"{_PORK} {_OTHER_MEAT} {_CRUSTACEANS} {_FISH} {_SHELLFISH} 荤",
    "内脏": "内脏 肝 腰花 肚 肠 杂 肾 脑花",
    "辣": "辣 椒 麻婆 水煮肉 水煮鱼",
    "酒": "酒 醪糟",
    "葱姜蒜": "葱 姜 蒜",
}
#: What a food is called besides.
_ALSO = {
    "海鲜": "海产品 水产 水产品 海味 鱼虾",
    "甲壳类": "虾蟹 虾 蟹 螃蟹 甲壳 甲壳动物 河虾 虾类",
    "贝类": "贝 贝壳类",
    "鱼": "鱼类 鱼肉 吃鱼",
    "蛋": "鸡蛋 蛋类 蛋制品",
    "大豆": "豆类 豆制品 黄豆 豆腐 豆",
    "奶": "牛奶 奶类 奶制品 乳制品 乳糖 乳类 乳",
    "麸质": "麸质谷物 小麦 面粉 面食 麦麸",
    "坚果": "坚果类 果仁",
    "猪肉": "猪 大肉 猪油 吃猪",
    "牛肉": "牛",
    "羊肉": "羊 羊膻",
    "牛羊肉": "牛羊",
    "鸡肉": "鸡",
    "荤": "荤腥 荤菜 肉 肉类",
    "内脏": "动物内脏 下水",
    "辣": "辣椒 辣的 辛辣 麻辣",
    "酒": "酒精 料酒",
    "葱姜蒜": "葱蒜",
}
#: Names (patterns) in which a sign means something else.
_NOT_MEANT = {
    "鱼": "鱼香 鱼腥草 木鱼 鲍鱼 鱿鱼 墨鱼 章鱼 甲鱼",
    "蛋": "蛋白粉",
    "奶": "奶白菜 豆腐乳 腐乳",
    "麸质": "面筋 米面 面藕 荞麦",
    "猪肉": "[牛羊鸡鸭鹅鱼兔驴虾蟹果素][腿胸腱腩颈后前小]{0,2}(?:肉|排骨|里脊|火腿|香肠)",
    "鸡肉": "鸡蛋 素鸡 鸡精 鸡毛菜 鸡枞 田鸡",
    "荤": "鸡蛋 素鸡 素肉 果肉 鱼香茄 鱼腥草 鸡毛菜 牛油果 羊肚菌 鸡枞 牛奶 羊奶 蜗牛",
    "牛肉": "牛奶 牛油果 蜗牛",
    "牛羊肉": "牛奶 羊奶 牛油果 羊肚菌",
    "羊肉": "羊奶 羊肚菌",
    "内脏": "杂粮 杂蔬 香肠 腊肠 火腿肠 羊肚菌",
    "辣": "青椒 甜椒 彩椒 菜椒 圆椒 胡椒 花椒",
}
FOODS = {food: tuple(signs.split()) for food, signs in _SIGNS.items()}
_FOOD_OF = {name: food for food, names in _ALSO.items() for name in names.split()} | {food: food for food in FOODS}
#: Words of a diet that name no food -> the foods that are left out.
LEAVES_OUT = {
    "清真": ("猪肉", "酒"),
    "回族": ("猪肉", "酒"),
    "穆斯林": ("猪肉", "酒"),
    "素食": ("荤",),
    "吃素": ("荤",),
    "全素": ("荤",),
    "纯素": ("荤", "蛋", "奶"),
    "痛风": ("海鲜", "内脏"),
    "高尿酸": ("海鲜", "内脏"),
}
#: Words of a diet that a tag answers -> any tag that holds one of these words.
ANSWERED_BY = {
    "少盐": "少盐 低盐 无盐 减盐 控盐",
    "少油": "少油 低油 低脂 无油",
    "少糖": "少糖 低糖 无糖 控糖",
    "糖尿病": "糖尿病 少糖 低糖 无糖 控糖",
    "高血压": "高血压 少盐 低盐 无盐 减盐 控盐",
    "高血脂": "高血脂 少油 低油 低脂",
    "软食": "软食 软烂 软饭 烂饭 易嚼 半流 流食",
    "半流食": "半流 流食",
    "流食": "流食",
    "清淡": "清淡 少油 少盐",
}
#: The same, also by the other words for it: 低盐 asks for what 少盐 asks for.
_WANTED = {one: tuple(words.split()) for words in reversed(ANSWERED_BY.values()) for one in words.split()}
_WANTED |= {word: tuple(words.split()) for word, words in ANSWERED_BY.items()}
_AVOIDED = re.compile(
    r"(?:对\s*)?(?P<allergy>.+?)\s*(?:严重)?(?:过敏|不耐受)|"
    r"(?:不吃|不能吃|不可吃|不食|不爱吃|不喝|不能喝|忌食|忌口|忌|禁食|禁|怕)[::]?\s*(?P<food>.+)|不(?P<hot>辣)"
)


def avoided(word: str) -> tuple[tuple[str, ...], bool]:
    """The foods a word of a diet leaves out (花生过敏, 不吃猪肉, 清真), and whether it is an allergy; none: it asks for a tag."""
    if word in LEAVES_OUT:
        return LEAVES_OUT[word], False
    found = _AVOIDED.fullmatch(word)
    if not found:
        return (), False
    named = found["allergy"] or found["food"] or found["hot"]
    return (_FOOD_OF.get(named, named),), found["allergy"] is not None


def sign_of(food: str, text: str) -> str:
    """The word by which a food stands in a text; "": it does not."""
    if food in _NOT_MEANT:
        text = re.sub(_NOT_MEANT[food].replace(" ", "|"), "", text)
    return next((sign for sign in FOODS.get(food, (food,)) if sign in text), "")


def answers(word: str, tags: str) -> bool:
    """Whether tags answer what a word of a diet asks for."""
    return any(one in tags for one in _WANTED.get(word, (word,)))


def is_known(word: str) -> bool:
    """Whether a word of a diet asks for a tag that is known."""
    return word in _WANTED
