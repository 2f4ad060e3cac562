"""Invented Chinese names, put together from common surnames and given-name characters. No list of real people is used."""

from __future__ import annotations

from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_SURNAME_WEIGHTS = [max(1, 90 - i) for i in range(len(_SURNAMES))]
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文晓海波鹏飞宇浩然子轩梓涵雨欣怡佳琪思"
    "远嘉诚俊峰婷雪莹倩慧颖琳璐瑶丹萍燕玲凤云龙翔斌辉健宁凯博瑞天翼泽昊晨阳乐安若曦诗语依诺可心志远立新春"
    "生永"
)

NAMESAKES = ("王伟", "王伟")
"""Two people of one name: only their ids tell them apart."""
NUMBERED = ("张伟", "张伟2")
"""Two people of one name whom the ticket system tells apart by a digit behind the second one's name."""
RARE = "李䶮"
"""A name whose last character GBK lacks: only GB18030 writes it."""
_FIXED = (*NAMESAKES, *NUMBERED, RARE)


def invent_names(rng: Random, count: int) -> list[str]:
    """Return `count` names; the planned difficult ones are among them when there is room for them (8 people or more).

    All others differ from one another, as long as the pool (about half a million names) has enough.
    """
    fixed = _FIXED if count >= 8 else ()
    used = {*_FIXED}
    names = [*fixed]
    while len(names) < count:
        name = _one(rng)
        for _ in range(20):
            if name not in used:
                break
            name = _one(rng)
        used.add(name)
        names.append(name)
    rng.shuffle(names)
    return names


def _one(rng: Random) -> str:
    surname = rng.choices(_SURNAMES, _SURNAME_WEIGHTS)[0]
    given = rng.choice(_GIVEN)
    return surname + given + (rng.choice(_GIVEN) if rng.random() < 0.72 else "")
