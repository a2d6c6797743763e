"""The sample bases of the demo, taken over like any base that exists already."""

from collections.abc import Iterable

from app import importing
from app.import_row import Row
from demo.people import SampleBase
from demo.stories import bases_of
from domain.calendar import BusinessTime, business_day
from persistence.database import Database
from persistence.rounds import Rounds
from workflows.gateway import Gateway

_LATER = ("副联系人姓名", "副联系人电话", "负责人姓名", "负责人电话")
"""The office registers these people over the API, as one would that has taken its bases over already."""


async def load(database: Database, gateway: Gateway, clock: BusinessTime) -> None:
    """Those of the story that is being played; a second time changes nothing."""
    today = business_day(clock.now())
    async with database.transaction() as tx:
        bases = bases_of(await Rounds(tx).slugs(), today)
    rows = [Row.model_validate(cells, context={"today": today}) for cells in cells_of(bases)]
    await importing.take_in(rows, database, gateway, clock)


def cells_of(bases: Iterable[SampleBase]) -> list[dict[str, object]]:
    """The rows of an import file, by heading."""
    return [
        {
            "基地编号": base.code,
            "基地名称": base.name,
            "牵头单位": base.lead,
            "牵头单位类型": base.lead_kind,
            "级别": base.level,
            "城市": base.city,
            "产业方向序号": str(base.direction),
            "阶段": base.stage,
            "试点起始日期": base.pilot_start,
            "认定文件号": f"示例发改认定〔{base.certified_on.year}〕1号" if base.certified_on else None,
            "认定日期": base.certified_on,
            "计划总投资(万元)": str(base.planned_total),
            "开工以来累计完成投资(万元)": str(base.invested),
            "联系人姓名": base.contact,
            "联系人电话": None,
            "行业主管部门": base.department,
            **dict.fromkeys(_LATER),
        }
        for base in bases
    ]
