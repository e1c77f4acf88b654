"""Write the demonstration records beside this file: `python generate.py`. Seeded, so the same files every time.

All names are made up from the lists below; the telephone numbers cannot be dialled (no Chinese mobile number begins
with 120, no local number with 0), and mail and web addresses end in `.example`. Dates are relative to the moment of
cloning, see docs/howto/import-data.md: `@-12d` is twelve days before it, `@q:0.4` is two fifths of the running quarter
so far, `@pq:0.4` two fifths of the previous quarter, and `?` at the end leaves the cell empty while it lies ahead.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

HERE = Path(__file__).parent
WON = ("delivery", "after_sales")

SURNAMES = "陈chen 林lin 周zhou 吴wu 郑zheng 许xu 沈shen 韩han 唐tang 宋song 邓deng 曹cao 彭peng 曾zeng 萧xiao 田tian 董dong 袁yuan 潘pan 蒋jiang 余yu 杜du 叶ye 程cheng 苏su 魏wei 吕lv 丁ding 任ren 姚yao"
GIVEN = "嘉宁jianing 思远siyuan 雨桐yutong 俊杰junjie 若曦ruoxi 明哲mingzhe 晓彤xiaotong 子墨zimo 佳怡jiayi 宇航yuhang 静雯jingwen 立诚licheng 慧敏huimin 文博wenbo 婉清wanqing 国栋guodong 丽娟lijuan 志强zhiqiang 春燕chunyan 海涛haitao 梦琪mengqi 建国jianguo 雅婷yating 鹏飞pengfei"
BRANDS = "澜岳lanyue 启川qichuan 云枢yunshu 拓衡tuoheng 凌沃lingwo 锦程jincheng 朗屿langyu 浩岑haocen 瑞泽ruize 鼎禾dinghe 博澜bolan 清源qingyuan 星垣xingyuan 诺川nuochuan 恒屹hengyi 嘉木jiamu 远帆yuanfan 禾润herun 明屿mingyu 致衡zhiheng 万象wanxiang 安澜anlan 卓岩zhuoyan 弘毅hongyi 晨禾chenhe 翊元yiyuan 聚贤juxian 蓝屿lanyu 丰澈fengche 盛泽shengze 沐阳muyang 天枢tianshu 景行jingxing 正合zhenghe 新岸xinan 弘森hongsen 广渡guangdu 思齐siqi 临溪linxi 观澜guanlan 青梧qingwu 永琛yongchen 和畅hechang 知远zhiyuan 慕川muchuan 崇文chongwen 泰屹taiyi 筑梦zhumeng"
TRADES = {
    "manufacturing": ("精密制造", "智能装备", "机电"),
    "energy": ("新能源", "储能科技", "光伏"),
    "medical": ("医疗器械", "生物科技"),
    "retail": ("商贸", "连锁零售"),
    "logistics": ("供应链", "物流"),
    "software": ("软件", "信息技术"),
    "education": ("教育科技",),
    "finance": ("融资租赁", "保险经纪"),
}
CITIES = {
    "east": (("上海", "021"), ("杭州", "0571"), ("苏州", "0512"), ("南京", "025"), ("宁波", "0574")),
    "south": (("广州", "020"), ("深圳", "0755"), ("佛山", "0757"), ("厦门", "0592"), ("东莞", "0769")),
    "north": (("北京", "010"), ("天津", "022"), ("青岛", "0532")),
    "west": (("成都", "028"), ("重庆", "023"), ("西安", "029")),
}
ROADS = ["创新路", "科园大道", "滨江路", "新港街", "文汇路", "星湖街", "望江路", "云杉路"]
REP = {"east": "li", "south": "zhao", "north": "li", "west": "zhao"}
POSITIONS = (
    ("总经理", "decider"),
    ("信息部经理", "influencer"),
    ("采购经理", "buyer"),
    ("生产总监", "decider"),
    ("运营主管", "user"),
    ("财务总监", "influencer"),
)
PROJECTS = {
    "new": ("智能巡检平台", "产线数据看板", "客户服务机器人", "能耗管理系统"),
    "standard": ("生产管理系统", "仓储管理系统", "渠道订货系统", "质量追溯系统", "会员管理系统"),
    "service": ("年度运维服务", "数据治理咨询", "系统升级服务"),
}
COMPETITORS = ("某国际厂商", "某本地集成商", "客户自研团队", "")
CAMPAIGNS = ("春季行业峰会", "线上直播课", "官网白皮书下载", "搜索推广", "展会扫码")
VISIT_TOPICS = {
    "on_site": ("现场调研", "方案汇报", "高层拜访", "需求确认会"),
    "phone": ("电话跟进报价", "电话确认预算", "约定演示时间"),
    "online": ("产品演示", "技术答疑", "方案评审"),
    "care_call": ("售后回访", "满意度回访", "续约沟通"),
}
SUMMARIES = (
    "客户认可总体方案，关注与现有系统的对接周期。",
    "已确认预算区间，采购流程约需三周。",
    "对方希望先做小范围试点，再全面推广。",
    "决策人参加了会议，对交付团队的经验提出疑问。",
    "现场走访两个车间，记录了十二项需求。",
    "竞品报价更低，客户更看重服务响应速度。",
    "使用情况良好，提出两项改进建议。",
)
NEXT_STEPS = ("发送报价单", "安排技术交流", "提交试点方案", "邀请参观标杆客户", "确认合同条款", "")
REQUIREMENTS = (
    "替换现有手工台账，实现订单到交付的全流程跟踪。",
    "打通仓库与财务数据，月结时间缩短一半。",
    "设备数据实时采集，异常自动提醒班组长。",
    "统一客户资料，减少跨部门重复沟通。",
)
TICKETS = {
    "question": ("如何导出月度报表", "新员工账号如何开通", "移动端如何审批"),
    "fault": ("报表打开缓慢", "扫码枪无法识别", "数据同步中断", "登录后页面空白"),
    "request": ("希望增加批量修改功能", "申请增加接口", "需要定制打印模板"),
    "complaint": ("响应时间过长", "上门服务迟到"),
}
SOLUTIONS = (
    "远程协助处理，已恢复正常。",
    "升级到最新版本后解决。",
    "已提供操作手册并电话指导。",
    "上门更换部件并复测。",
)
LOSS_NOTES = (
    "报价阶段才接触到决策人，应更早建立高层关系。",
    "竞品在当地有服务网点，需补足服务承诺。",
    "客户内部优先级调整，保持每月联系。",
)


@dataclass
class Draw:
    """The dice, and what was drawn so far where it must not come twice."""

    dice: random.Random = field(default_factory=lambda: random.Random(20260101))
    names: set[str] = field(default_factory=set)
    #: Every fifth deal is about a new product, and customers are mostly content.
    products: Iterator[str] = field(
        default_factory=lambda: cycle(["standard", "new", "standard", "service", "standard"])
    )
    scores: Iterator[int] = field(default_factory=lambda: cycle([5, 4, 5, 3, 5, 5, 4]))

    def person(self) -> tuple[str, str]:
        """A name nobody else has, and its spelling in Latin letters."""
        while True:
            (surname, family), (given, first) = (
                _split(self.dice.choice(SURNAMES.split())),
                _split(self.dice.choice(GIVEN.split())),
            )
            if surname + given not in self.names:
                self.names.add(surname + given)
                return surname + given, f"{first}.{family}"

    def mobile(self) -> str:
        return f"+86 120 {self.dice.randrange(10000):04} {self.dice.randrange(10000):04}"

    def money(self, low: int, high: int) -> int:
        """Thousands of yuan between two bounds, the smaller ones more often."""
        return round(low + (high - low) * self.dice.random() ** 2) * 1000


def _split(word: str) -> tuple[str, str]:
    """`陈chen` → 陈, chen."""
    cut = next(i for i, char in enumerate(word) if char.isascii())
    return word[:cut], word[cut:]


def customers(draw: Draw) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    regions = ["east"] * 18 + ["south"] * 16 + ["north"] * 8 + ["west"] * 6
    for number, (word, region) in enumerate(zip(BRANDS.split(), regions, strict=True), start=1):
        brand, latin = _split(word)
        industry = draw.dice.choice(list(TRADES))
        city, area = draw.dice.choice(CITIES[region])
        tier = "key" if number % 4 == 1 else draw.dice.choice(["growing", "growing", "small"])
        acquired = f"@q:{draw.dice.uniform(0.05, 0.95):.2f}" if number % 3 == 0 else f"@-{draw.dice.randint(130, 900)}d"
        tags = [
            t
            for t, share in (("reference_site", 0.15), ("competitor_user", 0.2), ("group_company", 0.2))
            if draw.dice.random() < share
        ]
        rows.append({
            "code": f"C-{number:04}", "name": f"{city}{brand}{draw.dice.choice(TRADES[industry])}有限公司", "tier": tier, "industry": industry,
            "region": region, "city": city, "address": f"{city}市{draw.dice.choice(ROADS)} {draw.dice.randint(1, 899)} 号",
            "website": f"https://www.{latin}.example", "phone": f"{area}-0{draw.dice.randrange(10**3):03} {draw.dice.randrange(10**4):04}",
            "employees": draw.dice.choice([40, 85, 120, 260, 480, 900, 2300]), "annual_revenue": draw.money(8_000, 900_000),
            "acquired_on": acquired, "tags": ";".join(tags), "notes": "", "owner": REP[region], "created_at": acquired,
            "_brand": brand, "_latin": latin,
        })  # fmt: skip
    return rows


def contacts(draw: Draw, customers: list[dict[str, object]]) -> list[dict[str, object]]:
    rows = []
    for customer in customers:
        for place in range(draw.dice.choice([1, 2, 2])):
            name, latin = draw.person()
            position, role = draw.dice.choice(POSITIONS)
            rows.append({
                "name": name, "customer": customer["name"], "position": position, "decision_role": role, "mobile": draw.mobile(),
                "email": f"{latin}@{customer['_latin']}.example", "is_primary": "true" if place == 0 else "false",
                "birthday": f"{draw.dice.randint(1968, 1998)}-{draw.dice.randint(1, 12):02}-{draw.dice.randint(1, 28):02}",
                "owner": customer["owner"],
            })  # fmt: skip
    return rows


def leads(draw: Draw, customers: list[dict[str, object]]) -> list[dict[str, object]]:
    """Two cohorts of accepted MQLs (20 % and 15 % converted), leads at work, and four that still wait."""
    plan = [("q", 30, 6), ("pq", 26, 4)]
    rows: list[dict[str, object]] = []
    buyers = [c for c in customers if str(c["acquired_on"]).startswith("@q")]
    for period, count, converted in plan:
        for number in range(count):
            stage = "converted" if number < converted else "accepted"
            rows.append(
                _lead(draw, f"@{period}:{draw.dice.uniform(0.03, 0.9):.3f}", stage, buyers[number % len(buyers)])
            )
        rows += [
            _lead(draw, f"@{period}:{draw.dice.uniform(0.03, 0.95):.3f}", s, None)
            for s in ["following"] * 8 + ["invalid"] * 7
        ]
    rows += [_lead(draw, f"@-{hours}h", "new", None) for hours in (2, 5, 11, 30)]
    return rows


def _lead(draw: Draw, received: str, stage: str, customer: dict[str, object] | None) -> dict[str, object]:
    name, latin = draw.person()
    region = (
        str(customer["region"]) if customer else draw.dice.choice(["east", "east", "south", "south", "north", "west"])
    )
    city = draw.dice.choice(CITIES[region])[0]
    brand, domain = _split(draw.dice.choice(BRANDS.split()))
    company = (
        str(customer["name"])
        if customer
        else f"{city}{brand}{draw.dice.choice(['科技', '贸易', '实业', '食品', '建材'])}有限公司"
    )
    accepted, waited = stage in ("accepted", "converted"), draw.dice.choice([2, 4, 6, 9, 14, 22, 31])
    source = (
        "marketing" if stage == "new" else draw.dice.choice(["marketing"] * 4 + ["outbound", "partner", "referral"])
    )
    return {
        "company": company, "person": name, "mobile": draw.mobile(), "email": f"{latin}@{customer['_latin'] if customer else domain}.example",
        "source": source, "campaign": draw.dice.choice(CAMPAIGNS) if source == "marketing" else "", "region": region,
        "score": draw.dice.randint(60, 95) if accepted else draw.dice.randint(15, 70), "budget": draw.money(30, 900),
        "received_at": received, "first_followup_at": "" if stage == "new" else f"{received}+{waited}h",
        "is_mql": "true" if accepted else "false", "mql_at": f"{received}+{waited}h" if accepted else "",
        "sdr_accepted": "true" if accepted else "false", "converted": "true" if stage == "converted" else "false",
        "converted_on": f"{received}+3d" if stage == "converted" else "", "customer": company if stage == "converted" else "",
        "invalid_reason": draw.dice.choice(["no_need", "no_budget", "wrong_contact", "duplicate"]) if stage == "invalid" else "",
        "stage": stage, "stage_entered_at": received if stage == "new" else f"{received}+{waited}h",
        "owner": "sun" if stage in ("new", "following", "invalid") else REP[region], "created_at": received,
    }  # fmt: skip


#: (stage, how many, when closed, when qualified, days since the stage was entered): what the quarter's figures rest on.
DEALS = (
    ("acquisition", 10, "", "", (1, 20)),
    ("analysis", 12, "", "", (2, 30)),
    ("negotiation", 12, "", "q", (2, 25)),
    ("negotiation", 3, "", "pq", (50, 75)),
    ("delivery", 7, "q", "q", (0, 0)),
    ("after_sales", 4, "q", "pq", (0, 0)),
    ("lost", 5, "q", "q", (0, 0)),
    ("lost", 4, "q", "pq", (0, 0)),
    ("lost", 13, "q", "", (0, 0)),
    ("after_sales", 6, "pq", "pq", (0, 0)),
    ("delivery", 3, "pq", "", (0, 0)),
    ("lost", 18, "pq", "", (0, 0)),
    ("after_sales", 8, "old", "", (0, 0)),
)
PROBABILITY = {"acquisition": 10, "analysis": 30, "negotiation": 60, "delivery": 100, "after_sales": 100, "lost": 0}


def opportunities(
    draw: Draw, customers: list[dict[str, object]], contacts: list[dict[str, object]]
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    names: set[str] = set()
    for stage, count, closing, qualifying, stay in DEALS:
        for _ in range(count):
            customer = draw.dice.choice(customers)
            rows.append(_opportunity(draw, stage, closing, qualifying, stay, customer, contacts, names))
    return rows


def _opportunity(
    draw: Draw, stage: str, closing: str, qualifying: str, stay: tuple[int, int], customer: dict[str, object],
    contacts: list[dict[str, object]], names: set[str],
) -> dict[str, object]:  # fmt: skip
    share = draw.dice.uniform(0.35, 0.95)
    closed = {"": "", "old": f"@-{draw.dice.randint(200, 330)}d"}.get(closing, f"@{closing}:{share:.2f}")
    since = draw.dice.randint(*stay)
    entered = closed or f"@-{since}d"
    length = draw.dice.randint(42, 66)
    opened = f"{closed}-{length}d" if closed else f"@-{since + draw.dice.randint(3, 30)}d"
    qualified = (
        f"@{qualifying}:{share * draw.dice.uniform(0.3, 0.8):.2f}"
        if qualifying
        else f"{closed}-30d"
        if stage in WON
        else ""
    )
    product = next(draw.products)
    base = f"{customer['_brand']}{draw.dice.choice(PROJECTS[product])}"
    name = next(n for n in (base, *(f"{base}{p}期" for p in "二三四五六七八九")) if n not in names)
    names.add(name)
    known = [c for c in contacts if c["customer"] == customer["name"]]
    early = stage == "acquisition" and draw.dice.random() < 0.5
    return {
        "name": name, "customer": customer["name"], "contact": "" if early else draw.dice.choice(known)["name"], "product_type": product,
        "amount": "" if early else draw.money(290, 420) if qualifying == "q" else draw.money(200, 330) if qualified else draw.money(60, 1600), "probability": PROBABILITY[stage],
        "gross_margin": round(draw.dice.uniform(18, 46), 1), "opened_on": opened,
        "expected_close_on": closed or f"@+{draw.dice.randint(5, 70)}d",
        "qualification": "need;budget;authority" if qualified else "need" if stage == "analysis" else "", "qualified_on": qualified,
        "requirements": draw.dice.choice(REQUIREMENTS), "competitor": draw.dice.choice(COMPETITORS), "closed_on": closed,
        "loss_reason": draw.dice.choice(["price", "price", "competitor", "no_budget", "no_decision", "product_fit"]) if stage == "lost" else "",
        "loss_note": draw.dice.choice(LOSS_NOTES) if stage == "lost" else "", "stage": stage, "stage_entered_at": entered,
        "owner": customer["owner"], "created_at": opened,
    }  # fmt: skip


def visits(
    draw: Draw, customers: list[dict[str, object]], contacts: list[dict[str, object]], deals: list[dict[str, object]]
) -> list[dict[str, object]]:
    """Three key customers were not seen for more than 90 days, and one never."""
    rows: list[dict[str, object]] = []
    long_ago = {"C-0005": 96, "C-0013": 121, "C-0025": 150}
    for customer in customers:
        if customer["code"] == "C-0029":
            continue
        oldest = long_ago.get(str(customer["code"]), 0)
        days = (
            [oldest + draw.dice.randint(0, 60) for _ in range(2)] + [oldest]
            if oldest
            else [draw.dice.randint(0, 170) for _ in range(draw.dice.randint(1, 4))]
        )
        if customer["tier"] == "key" and not oldest:
            days.append(draw.dice.randint(2, 60))
        rows += [_visit(draw, customer, contacts, deals, ago) for ago in days]
    return rows


def _visit(
    draw: Draw, customer: dict[str, object], contacts: list[dict[str, object]], deals: list[dict[str, object]], ago: int
) -> dict[str, object]:
    kind = draw.dice.choice(["on_site", "on_site", "phone", "online", "care_call"])
    own = [d for d in deals if d["customer"] == customer["name"] and d["stage"] != "lost"]
    return {
        "subject": draw.dice.choice(VISIT_TOPICS[kind]), "customer": customer["name"],
        "contact": draw.dice.choice([c for c in contacts if c["customer"] == customer["name"]])["name"],
        "opportunity": draw.dice.choice(own)["name"] if own else "", "kind": kind, "visited_on": f"@-{ago}d",
        "summary": draw.dice.choice(SUMMARIES), "next_step": draw.dice.choice(NEXT_STEPS), "next_on": f"@-{ago}d+{draw.dice.randint(7, 30)}d",
        "owner": "zhou" if kind == "care_call" else customer["owner"], "created_at": f"@-{ago}d",
    }  # fmt: skip


def contracts(draw: Draw, deals: list[dict[str, object]]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, deal in enumerate([d for d in deals if d["stage"] in WON], start=1):
        closed = str(deal["closed_on"])
        recent = deal["stage"] == "delivery"
        rows.append({
            "number": f"HT-{number:04}", "name": f"{deal['name']}合同", "customer": deal["customer"], "opportunity": deal["name"],
            "product_type": deal["product_type"], "status": draw.dice.choice(["signed", "delivering"]) if recent else "completed",
            "amount": deal["amount"], "signed_on": closed, "deliver_by": f"{closed}+60d", "delivered_on": "" if recent else f"{closed}+{draw.dice.randint(20, 75)}d?",
            "owner": deal["owner"], "created_at": closed,
        })  # fmt: skip
    open_deals = [d for d in deals if d["stage"] == "negotiation"][:3]
    rows += [{
        "number": f"HT-{len(rows) + place:04}", "name": f"{deal['name']}合同", "customer": deal["customer"], "opportunity": deal["name"],
        "product_type": deal["product_type"], "status": "legal_review", "amount": deal["amount"], "owner": "qian",
    } for place, deal in enumerate(open_deals, start=1)]  # fmt: skip
    return rows


def payments(draw: Draw, contracts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Three instalments of every signed contract; most come in time, some late, a few not at all."""
    rows: list[dict[str, object]] = []
    for contract in contracts:
        if contract["status"] == "legal_review":
            continue
        total, signed = int(str(contract["amount"])), str(contract["signed_on"])
        parts = [total * 3 // 10, total * 6 // 10]
        for place, (amount, after) in enumerate(zip([*parts, total - sum(parts)], (7, 30, 60), strict=True), start=1):
            late = draw.dice.choices([-2, 0, 3, 12, None], [3, 6, 3, 2, 1])[0]
            rows.append({
                "number": f"{contract['number']}-{place}", "contract": contract["number"], "amount": amount, "due_on": f"{signed}+{after}d",
                "received_on": "" if late is None else f"{signed}+{after + late}d?", "method": draw.dice.choice(["transfer", "transfer", "acceptance"]),
                "owner": contract["owner"], "created_at": signed,
            })  # fmt: skip
    return rows


def tickets(
    draw: Draw, contracts: list[dict[str, object]], contacts: list[dict[str, object]]
) -> list[dict[str, object]]:
    plan = (
        [("closed", "q")] * 14
        + [("resolved", "q")] * 4
        + [("closed", "pq")] * 14
        + [("opened", "now")] * 4
        + [("working", "now")] * 6
    )
    signed = [c for c in contracts if c["status"] != "legal_review"]
    return [
        _ticket(draw, stage, period, place, draw.dice.choice(signed), contacts)
        for place, (stage, period) in enumerate(plan)
    ]


def _ticket(
    draw: Draw, stage: str, period: str, place: int, contract: dict[str, object], contacts: list[dict[str, object]]
) -> dict[str, object]:
    opened = (
        f"@-{draw.dice.randint(1, 20) + 26 * (place % 2)}h"
        if period == "now"
        else f"@{period}:{draw.dice.uniform(0.05, 0.9):.3f}"
    )
    done, hours = period != "now", draw.dice.choice([2, 4, 7, 20, 30, 52])
    category = draw.dice.choice(list(TICKETS))
    return {
        "subject": draw.dice.choice(TICKETS[category]), "customer": contract["customer"],
        "contact": draw.dice.choice([c for c in contacts if c["customer"] == contract["customer"]])["name"], "contract": contract["number"],
        "category": category, "priority": "urgent" if place % 9 == 5 else draw.dice.choice(["normal", "normal", "high"]), "opened_at": opened,
        "resolved_at": f"{opened}+{hours}h" if done else "", "satisfaction": next(draw.scores) if stage == "closed" else "",
        "description": "客户来电反映，详见录音摘要。", "solution": draw.dice.choice(SOLUTIONS) if done else "", "stage": stage,
        "stage_entered_at": f"{opened}+{hours}h" if done else opened, "owner": "zhou", "created_at": opened,
    }  # fmt: skip


def meetings(draw: Draw) -> list[dict[str, object]]:
    """A weekly lead review in most weeks, a forecast every fourth week."""
    rows: list[dict[str, object]] = []
    for week in range(26):
        if week not in (3, 7, 15):
            rows.append({
                "topic": "销售与市场线索复盘", "kind": "weekly_lead_review", "held_on": f"@-{1 + 7 * week}d", "departments": "sales;marketing",
                "host": "sun", "conclusions": draw.dice.choice(["调整搜索推广关键词，减少无效线索。", "展会线索当日分配，次日回访。", "评分低于 60 的线索转入培育名单。"]), "owner": "sun",
            })  # fmt: skip
        if week % 4 == 0:
            rows.append({
                "topic": "月度销售预测会", "kind": "forecast", "held_on": f"@-{3 + 7 * week}d", "departments": "sales;delivery",
                "host": "mona", "conclusions": "逐单核对预计成交日期与金额。", "owner": "mona",
            })  # fmt: skip
    return rows


PEOPLE = """\
sign_in,name,email,region,team,manager,roles
ada,艾达,ada@steerway.example,,,,admin
mona,王梦娜,mona@steerway.example,east,华东销售,ada,manager
hong,洪涛,hong@steerway.example,south,华南销售,ada,manager
li,李想,li@steerway.example,east,华东销售,mona,rep
zhao,赵敏之,zhao@steerway.example,south,华南销售,hong,rep
sun,孙悦,sun@steerway.example,east,市场,mona,sdr
qian,钱律,qian@steerway.example,,法务,ada,legal
zhou,周亦安,zhou@steerway.example,,客服,ada,service
"""


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write one file; names that begin with an underscore were only needed here."""
    columns = [c for c in dict.fromkeys(key for row in rows for key in row) if not c.startswith("_")]
    with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}.csv: {len(rows)}")


def main() -> None:
    draw = Draw()
    companies = customers(draw)
    people = contacts(draw, companies)
    enquiries = leads(draw, companies)
    deals = opportunities(draw, companies, people)
    seen = visits(draw, companies, people, deals)
    signed = contracts(draw, deals)
    files = {
        "customer": companies, "contact": people, "lead": enquiries, "opportunity": deals, "visit": seen, "contract": signed,
        "payment": payments(draw, signed), "ticket": tickets(draw, signed, people), "meeting": meetings(draw),
    }  # fmt: skip
    (HERE / "people.csv").write_text(PEOPLE, encoding="utf-8")
    for name, rows in files.items():
        write(name, rows)


if __name__ == "__main__":
    main()
