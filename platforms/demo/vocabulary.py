"""The words demonstration platforms are made of, read from ``vocabulary.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "vocabulary.toml"

#: What platforms of any trade have.
COMMON_EQUIPMENT = (
    "高低温试验箱 | −40～150 ℃", "万能材料试验机 | 100 kN", "扫描电子显微镜 | 分辨率 3 nm", "气相色谱仪 | 双检测器",
    "纯水制备系统 | 2 m³/h", "分布式控制系统 | 512 点", "循环冷却机组 | 100 kW", "在线红外分析仪 | 多组分",
)  # fmt: skip
COMMON_SERVICES = (
    "中试技术咨询 | consulting_training", "中试设备开放共享 | equipment_sharing", "产品性能检测 | testing_certification",
    "中试人才实训 | consulting_training", "技术概念验证 | proof_of_concept", "样品样机设计验证 | design_verification",
)  # fmt: skip
SURNAMES_OF_FIRMS = (
    "云澜", "启辰", "泓测", "明拓", "瑞衡", "中垣", "海川", "天枢", "博源", "合谱", "远澄", "正辰", "同砺", "精研", "广途", "新垚",
    "立方舟", "知行", "晟合", "南屿", "北岭", "东策", "西澄", "景和", "凯原", "禾际", "力行", "澄星", "安砺", "智瓴",
)  # fmt: skip
TRADES = {"1": "新材料", "2": "装备", "3": "生物科技", "4": "微电子", "5": "未来科技", "6": "技术服务"}


@dataclass(frozen=True)
class Trade:
    """The vocabulary of one direction; tuples as in the file."""

    topics: tuple[str, ...]
    english: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    equipment: tuple[tuple[str, ...], ...]
    services: tuple[tuple[str, ...], ...]


@cache
def trades() -> dict[str, Trade]:
    """Vocabulary by direction code; the code ``<area>-00`` stands for an area without directions."""
    with SOURCE.open("rb") as file:
        raw = tomllib.load(file)
    return {
        code: Trade(
            topics=tuple(words["topics"]),
            english=tuple(words["english"]),
            lines=split(words["lines"]),
            equipment=split(words["equipment"]) + split(COMMON_EQUIPMENT),
            services=split(words["services"]) + split(COMMON_SERVICES),
        )
        for code, words in raw.items()
    }


def split(rows: tuple[str, ...] | list[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row.split(" | ")) for row in rows)
