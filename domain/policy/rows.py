"""Every row of the two documents that this system carries: its clause, what it says, and where it is enforced."""

from typing import NamedTuple

from domain.policy.source import Clause, call, measures


class Row(NamedTuple):
    """One row. Places are dotted names of what enforces it; the tests that show it name its id."""

    id: str
    clause: Clause
    rule: str
    places: tuple[str, ...]
    open: str = ""  # what the clause says besides and nothing here carries


ROWS = (
    Row(
        "B1",
        call("一"),
        "牵头申报的只能是市人民政府、行业骨干企业、高等学校（含高职高专）和各类开发区，并与登记的类别一致；名称与登记不一致的须人工核实。",
        ("domain.terms.LeadKind", "domain.policy.conditions.lead_fits"),
    ),
    Row(
        "B2",
        call("二、附件1说明1"),
        "基地分省级、市级、县级。“十四五”期间省级基地 10 个左右，每个产业方向最多 2 个；名额之外的为市级、县级。",
        (
            "domain.terms.Level",
            "domain.policy.quotas.QUOTAS",
            "domain.policy.quotas.propose",
            "domain.policy.quotas.check_list",
            "domain.rounds.changes.commands",
        ),
    ),
    Row(
        "B3",
        call("三-1"),
        "申报主体应有地市政府或省直单位出具的支持政策清单。",
        ("domain.policy.conditions.has_support_list",),
    ),
    Row(
        "B4",
        call("三-2"),
        "企业牵头的，应已纳入省级产教融合型试点企业，或者随申报同时提交入库申请；优质企业可以由办公室决定简化遴选。",
        ("domain.policy.conditions.is_pilot_enterprise", "domain.policy.materials.required"),
        "办公室决定简化遴选的登记入口；在此之前，选择这一项的申报须人工核实。",
    ),
    Row(
        "B5",
        call("三-3"),
        "企业应具备研发应用和生产性全要素条件、引领带动实力和服务意愿：申报时说明，由人核实。",
        ("domain.forms.application.asked", "domain.policy.conditions.statement_to_judge"),
        "引领带动实力和服务意愿的单独填报项目，现在写在全要素条件的说明里。",
    ),
    Row(
        "B6",
        call("三-4"),
        "省外、境外企业须在山西设立子公司；世界 500 强可以代之以固定的本地化服务体系和团队。",
        ("domain.policy.conditions.is_local",),
    ),
    Row(
        "B7",
        call("三-5"),
        "职业院校和应用型本科应有与该产业方向拟对接专业（群）相符的骨干学科专业群；同分时国家级、省级“双高计划”建设单位优先。",
        (
            "domain.policy.conditions.has_matching_major",
            "domain.policy.eligibility.claims",
            "domain.policy.ranking.rank",
        ),
    ),
    Row(
        "B8",
        call("三-6"),
        "普通本科应说明在基础研究、应用开发等方面的突出贡献，由人核实；同分时有重大科技转化成果的优先。",
        (
            "domain.policy.conditions.statement_to_judge",
            "domain.policy.eligibility.claims",
            "domain.policy.ranking.rank",
        ),
    ),
    Row(
        "B9",
        call("四"),
        "发展改革部门综合管理；形式审查时省财政厅审预算，省教育厅审每一所院校，省国资委、省工信厅、省小企业局审各自领域的每一家企业，谁也不能替别人签。",
        (
            "domain.policy.duties.duties",
            "domain.policy.formal_review.FormalReview",
            "domain.policy.authority.AUTHORITY",
            "domain.checks.check",
        ),
        "省财政厅的资金拨付和监督，省人社厅的等级评价备案、发证和质量监控。",
    ),
    Row(
        "B10",
        call("四"),
        "申报主体的行业主管部门指导基地的建设、运行和绩效考核。现在做到的是：企业不写明主管部门就不能申报，其他参与主体的主管部门一并登记，并据此审查企业、排除结对单位。",
        ("domain.forms.parties.parse_party", "domain.policy.conditions.paired_unit_fits"),
        "主管部门对运行的指导和绩效考核本身。",
    ),
    Row(
        "B11",
        call("五"),
        "依次经过公开发榜、自愿申报、专家评议、揭榜落地、试点培育、认定授牌，不能跳过，也不能回头。",
        (
            "domain.lifecycle.TRANSITIONS",
            "domain.checks.check",
            "domain.rounds.checks.check",
            "workflows.call_round.CallRound",
            "workflows.base.Base",
        ),
    ),
    Row(
        "B12",
        call("五"),
        "市级、县级基地由各市在本市范围内评选培育，县级须在省级布局之内；各级都由省级授牌。",
        (
            "domain.policy.authority.AUTHORITY",
            "domain.policy.quotas.check_layout",
            "domain.rounds.checks.check",
        ),
    ),
    Row(
        "B13",
        call("五(二)"),
        "专家评议由第三方组织，按主体类别分别评分，采用基础资料评审、“互联网+现场答辩”、视频转播考察；评分在结束前密封，专家所在单位参与的回避，按平均分排名。",
        (
            "domain.policy.rubric.RUBRICS",
            "domain.policy.recusal.takes_part",
            "domain.policy.ranking.rank",
            "persistence.review.Scores",
            "domain.rounds.decisions.CloseExpertReview",
        ),
    ),
    Row(
        "B14",
        call("五(三)"),
        "成员单位讨论名单，报请省政府同意，向社会公示，无异议后公布。公示期间可以实名提出异议，该基地的公示期即停止计算；不成立的走完余下的工作日，成立的退出名单。",
        (
            "domain.rounds.checks.check",
            "domain.checks.check",
            "domain.policy.notice.check_window",
            "domain.policy.notice.rest_of_window",
            "domain.policy.objections.shortcomings",
            "domain.rounds.changes.to_publish",
        ),
    ),
    Row("B15", call("五(四)"), "试点培育期一年，自公布之日起算。", ("domain.policy.pilot.pilot_last_day",)),
    Row(
        "B16",
        call("五(五)"),
        "试点期满后由申报主体申请认定，成员单位组织验收，下达认定文件，授予相应级别的称号。",
        (
            "domain.checks.check",
            "domain.policy.authority.AUTHORITY",
            "domain.policy.pilot.lapse_at",
            "domain.base.title_of",
        ),
    ),
    Row(
        "B17",
        call("六"),
        "2021 年的发榜于 12 月 30 日解读，材料以 PDF 于 2022 年 1 月 21 日当天结束前报送；以开始上传的时刻为准。",
        (
            "domain.policy.rounds.ROUND_2021",
            "domain.policy.uploads.check_open",
            "domain.checks.check",
            "persistence.pdf.check_pdf",
            "casework.registration.register",
        ),
    ),
    Row(
        "B18",
        call("附件1"),
        "30 个产业方向各有名称、重点和拟对接专业；第 30 个由申报主体命名；一个主体可以同时申报多个方向；准确名称以正式公布的为准。",
        (
            "domain.policy.directions.DIRECTIONS_2021",
            "domain.forms.application.asked",
            "casework.registration.register",
            "domain.decisions.Publish",
        ),
    ),
    Row(
        "B19",
        call("附件2"),
        "支持政策清单含土地规划 2 项、申报建设与运行管理 6 项、配套 5 项；某一组一项也没有的须人工核实。",
        ("domain.policy.materials.SUPPORT_POLICIES", "domain.policy.conditions.support_covers"),
    ),
    Row(
        "B20",
        call("附件3"),
        "申报材料为参与主体简介、含八个部分的建设实施方案和四项支撑材料；须承诺材料真实、自愿承担改革任务。缺什么一次说清。",
        (
            "domain.policy.materials.required",
            "domain.policy.eligibility.check_submission",
            "domain.policy.conditions.plan_is_whole",
            "domain.policy.conditions.pledges",
        ),
    ),
    Row(
        "A1",
        measures("一"),
        "一主多分：一个产业方向一个主基地，分基地写明所属的主基地；两者不能互为主从。",
        ("domain.policy.hubs.hub_problem", "domain.policy.conditions.hub_fits"),
    ),
    Row(
        "A2",
        measures("一"),
        "可以由第三方运营机构运营，可以设理事会、专委会、联盟：申报时逐项登记。",
        ("domain.application.Body", "domain.application.Application", "domain.forms.application.asked"),
    ),
    Row(
        "A3",
        measures("一"),
        "全省产业教育科技一体化大数据库：报送的每一个数都能跨基地、跨期间查询，全部数据可一次导出，附由报表生成的数据字典。",
        (
            "persistence.figures.Figures",
            "app.exporting.export",
            "app.export_tables.exported",
            "persistence.dictionary.dictionary",
        ),
    ),
    Row(
        "A4",
        measures("二"),
        "按高校在校生、企业职工、农村转移就业劳动者、城镇失业人员、退役军人五类统计实训，并统计等级证书和技能大赛。",
        ("domain.forms.dispatch.QUESTIONS",),
    ),
    Row(
        "A5",
        measures("二"),
        "分别登记有偿社会培训、技术服务、成果孵化与交易转化的收入；收入是否用于设备更新、实训耗材和薪酬分配，每季自查。",
        ("domain.forms.dispatch.QUESTIONS", "domain.forms.supervision.QUESTIONS"),
    ),
    Row(
        "A6",
        measures("三"),
        "试点企业按符合规定的投资额的 30% 抵免当年应缴的教育费附加和地方教育附加，不足抵免的结转以后年度；职工教育经费 60% 以上"
        "用于一线职工。按企业逐年计算并列出算式；没有纳入试点企业记录的，只作试算并写明。",
        (
            "domain.policy.tax.account",
            "domain.policy.tax.standing",
            "domain.policy.tax.totals",
            "persistence.tax.Taxes",
            "bot.handlers.figures.explained",
        ),
    ),
    Row(
        "A7",
        measures("四"),
        "计划投资和到位资金都按中央预算内资金、省级补助投资、地方政府债券、国内外贷款、主体自筹五个来源分列。",
        ("domain.application.INVESTMENT_KEYS", "domain.forms.dispatch.QUESTIONS"),
    ),
    Row(
        "A8",
        measures("五"),
        "科教用地上的兼容设施不超过总建筑面积的 15%。",
        ("domain.policy.conditions.MAX_COMPATIBLE_PERCENT", "domain.policy.conditions.compatible_share"),
        "不得分割转让。",
    ),
    Row(
        "A9",
        measures("七"),
        "申报须签署信用承诺书；任何一方在严重失信名单上的不能参与；条件相同的，守信主体优先。每个牵头单位一本信用账，分 A 至 D 四级，变动逐笔向联系人说明；督导方式和整改期限随等级不同；评价结果可推送省信用信息共享平台。",
        (
            "domain.policy.conditions.nobody_dishonest",
            "domain.policy.conditions.commits",
            "domain.policy.credit.found",
            "domain.policy.ranking.rank",
            "domain.policy.credit_account.applied",
            "domain.policy.credit_finding.check_finding",
            "domain.policy.supervision.approach_for",
            "domain.policy.supervision.default_due",
        ),
        "与省平台的自动对接：导出由办公室上传。",
    ),
    Row(
        "A10",
        measures("八"),
        "试点培育和授牌后的每个基地报送月调度、季督导自查、年考核自评；谁应报哪一期以期末当日为准，暂停期间不报。按工作时间提醒，逾期逐级报告，锁定后记为缺报；办公室可以退回、延期，季督导由办公室登记问题、责令整改并核验。",
        (
            "domain.policy.obligations.CADENCES",
            "domain.policy.obligations.owes",
            "domain.policy.obligations.schedule",
            "domain.policy.obligations.check_open",
            "domain.obligation.check",
            "domain.office_hours.office_instant",
            "workflows.obligation.Obligation",
            "workflows.supervision.Supervision",
            "workflows.assessment.Assessment",
        ),
    ),
    Row(
        "A11",
        measures("八"),
        "享受中央预算内投资的学校承担改革任务；项目建成后开展改革工作考评，推进不力的收回中央投资：载明金额、文号、分期，直到收回到账。",
        (
            "domain.forms.supervision.QUESTIONS",
            "domain.grounds.check_grounds",
            "domain.policy.grounds.GROUNDS",
            "domain.policy.recall.check_within",
            "domain.policy.recall.outstanding",
        ),
    ),
    Row(
        "A12",
        measures("八"),
        "第三方凭链接对运营主体作效能评价，评分在结束前密封；拟定等次告知基地，可以在申诉期内申诉；结果向社会公布。",
        (
            "domain.policy.effectiveness.result",
            "domain.policy.effectiveness.grade_of",
            "domain.assessment_checks.check",
            "workflows.assessment.Assessment",
        ),
    ),
    Row(
        "A13",
        measures("八"),
        "牵头单位从厅际联席会议成员单位中选定一个结对单位，不能选自己的主管部门。",
        ("domain.policy.conditions.paired_unit_fits",),
    ),
    Row(
        "A14",
        measures("八"),
        "每半年向省内主要媒体发布体系指标能力建设运行情况，每年提出年度综合报告：基地各自报送，全省的由数据起草、办公室修改后"
        "登记发布日期和媒体，已发布的不能不写明理由就替换。",
        (
            "domain.forms.publication.QUESTIONS",
            "domain.forms.report.QUESTIONS",
            "domain.policy.province_reports.check_release",
            "domain.policy.province_reports.check_replaced",
            "domain.province_report.report_of",
            "casework.reports.draft",
            "casework.reporting.Reporting",
            "domain.policy.obligations.PUBLICATION_CADENCE",
            "domain.policy.obligations.REPORT_CADENCE",
        ),
    ),
    Row(
        "A15",
        measures("八"),
        "闭环管理的八个要素（计划规划、组织方式、目标定位、重点任务、指标体系、规模价值、预期效益、绩效评价）：年考核逐项自评，第三方逐项评分。",
        ("domain.forms.assessment.QUESTIONS", "domain.policy.effectiveness.result"),
    ),
    Row(
        "A16",
        measures("发文机关"),
        "联席会议成员单位 2021 年为 7 个，2023 年 7 月 5 日起为 14 个；以当日为准。",
        ("domain.policy.members.MEMBER_UNITS", "domain.policy.conditions.paired_unit_fits"),
    ),
)
"""In the order of the documents: B of 《发榜公告》, A of 《推进措施》."""
