"""The sample bases of the demo, taken over like any base that exists already."""

from app import importing
from app.import_row import Row
from demo.people import BASES
from domain.calendar import BusinessTime, business_day
from persistence.database import Database
from workflows.gateway import Gateway


async def load(database: Database, gateway: Gateway, clock: BusinessTime) -> None:
    """Three bases in mid-pilot; a second time changes nothing."""
    cells = [
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
            "认定文件号": None,
            "认定日期": None,
            "计划总投资(万元)": str(base.planned_total),
            "开工以来累计完成投资(万元)": str(base.invested),
            "联系人姓名": base.contact,
            "联系人电话": None,
        }
        for base in BASES
    ]
    today = {"today": business_day(clock.now())}
    rows = [Row.model_validate(row, context=today) for row in cells]
    await importing.take_in(rows, database, gateway, clock)
