"""What the public has questioned, and rules of the data quality that rest or are to rest."""

from __future__ import annotations

from platforms.actions import letter as letters
from platforms.actions import quality
from platforms.choices import LetterKind
from platforms.models import Platform, User

QUESTIONED = (
    ("320000", "示例：办公电话无人接听，请核对。"),
    ("330000", "示例：地址已经搬迁。"),
    ("320000", "示例：服务项目已停止。"),
)


def play(people: dict[str, User]) -> None:
    clerk, approver = people["ministry-clerk"], people["ministry-approver-1"]
    for number, (authority, need) in enumerate(QUESTIONED):
        platform = Platform.objects.active().filter(demo=True, authority=authority).order_by("pk").first()
        if platform is None:
            continue  # in a small set
        nonce = f"demonstration-question-{number}"
        sent = letters.send(kind=LetterKind.ERROR, codes=[platform.code], nonce=nonce, need=need)
        if number == 2:
            letters.answer(
                delivery=sent.letter.deliveries.get(),
                reply="示例：已核实并提出变更。",
                by=people["jiangsu-clerk"],
            )
    resting = quality.pause(rule="equipment", reason="示例：设备台账正在统一补录购置年份。", by=clerk)
    quality.confirm_pause(pause=resting, by=approver)
    quality.pause(rule="scale", reason="示例：规模的计量单位正在修订。", by=clerk)
