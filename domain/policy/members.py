"""Member units of the 省促进产教融合厅际联席会议 (A16): seven in 2021, fourteen since 2023."""

from domain.policy.source import CALL_DATE, MEASURES_DATE, Dated, call, measures

_FOUNDERS = (
    "省发展改革委",
    "省教育厅",
    "省工业和信息化厅",
    "省财政厅",
    "省人力资源社会保障厅",
    "省国资委",
    "省小企业发展促进局",
)

_SINCE_2023 = (
    "省发展改革委",
    "省教育厅",
    "省科技厅",
    "省工业和信息化厅",
    "省财政厅",
    "省人力资源社会保障厅",
    "省自然资源厅",
    "省国资委",
    "省地方金融监管局",
    "省小企业发展促进局",
    "省总工会",
    "省税务局",
    "人民银行太原中心支行",
    "山西银保监局",
)

MEMBER_UNITS: tuple[Dated[tuple[str, ...]], ...] = (
    Dated(CALL_DATE, _FOUNDERS, call("发文机关")),
    Dated(MEASURES_DATE, _SINCE_2023, measures("发文机关")),
)

ALL_MEMBER_UNITS = _SINCE_2023
"""The fourteen units a base can ask for help in its monthly dispatch."""

LEADING_UNIT = "省发展改革委"
