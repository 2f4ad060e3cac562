"""At least three worked examples per system, with the calculation written out as the document would.

Each line ``calculation = points`` is checked twice: the calculation with exact fractions here, the points by the engine.
"""

# ruff: noqa: E501 - one example reads best on few lines
from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import pytest

from kpi_xl.schemes import list_schemes, load_scheme
from kpi_xl.scoring import score, with_parameters


@dataclass(frozen=True)
class Example:
    scheme: str
    title: str
    entered: str
    points: dict[str, str]
    total: str | None
    grade: str | None = None
    coefficient: str | None = None
    so_far: str | None = None
    provisional: str | None = None
    missing: tuple[str, ...] = ()
    months: int = 1
    waive: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)


def ex(
    scheme: str, title: str, entered: str, points: dict[str, str], total: str | None, grade: str | None = None, **more
) -> Example:
    return Example(scheme, title, entered, points, total, grade, **more)


AGENT_FULL = (
    "fcr=85% handling_hours.normal=24 handling_hours.urgent=4 handling_hours.urgent_share=10% csat=90% repeat_complaint=5% "
    "first_fix=92% professionalism=100 completeness=100% collaboration=100 knowledge=2"
)
HEAD = {
    "complaint_rate_limit": "2%",
    "complaint_days_limit": "3",
    "compensation_limit": "10000",
    "budget_deviation_limit": "5%",
    "cost_ratio_limit": "4%",
}

EXAMPLES = [
    # 1 appliance-agent
    ex("appliance-agent", "每项都在目标上", AGENT_FULL, {
        "fcr": "85 / 85 x 20 = 20.00", "handling_hours": "15 x 9/10 + 15 x 1/10 = 15.00", "csat": "90 / 90 x 15 = 15.00",
        "repeat_complaint": "5 / 5 x 10 = 10.00", "first_fix": "92 / 92 x 10 = 10.00", "professionalism": "100 / 100 x 10 = 10.00",
        "completeness": "100 / 100 x 10 = 10.00", "collaboration": "100 / 100 x 5 = 5.00", "knowledge": "2 / 2 x 5 = 5.00",
    }, "100.00", "高级客服", coefficient="1.2"),
    ex("appliance-agent", "一个普通月", "fcr=82% handling_hours.normal=20 handling_hours.urgent=5 handling_hours.urgent_share=10% "
       "csat=88% repeat_complaint=6% first_fix=90% professionalism=88 completeness=97% collaboration=90 knowledge=1", {
        "fcr": "82 / 85 x 20 = 19.29", "handling_hours": "15 x 9/10 + 4/5 x 15 x 1/10 = 14.70", "csat": "88 / 90 x 15 = 14.67",
        "repeat_complaint": "5 / 6 x 10 = 8.33", "first_fix": "90 / 92 x 10 = 9.78", "professionalism": "88 / 100 x 10 = 8.80",
        "completeness": "97 / 100 x 10 = 9.70", "collaboration": "90 / 100 x 5 = 4.50", "knowledge": "1 / 2 x 5 = 2.50",
    }, "92.27", "高级客服", coefficient="1.2"),
    ex("appliance-agent", "89.99 不是 90", AGENT_FULL.replace("professionalism=100", "professionalism=0") + " ", {
        "professionalism": "0 / 100 x 10 = 0.00",
    }, "90.00", "高级客服", coefficient="1.2"),
    ex("appliance-agent", "少 0.01 就低一级", AGENT_FULL.replace("professionalism=100", "professionalism=0").replace("completeness=100%", "completeness=99.9%"), {
        "completeness": "99.9 / 100 x 10 = 9.99",
    }, "89.99", "中级客服", coefficient="1.0"),
    ex("appliance-agent", "质化未录入：待评与预估", "fcr=85% handling_hours=24 csat=90% repeat_complaint=0 first_fix=46%", {
        "handling_hours": "24 / 24 x 15 = 15.00", "repeat_complaint": "10 = 10.00", "first_fix": "46 / 92 x 10 = 5.00",
    }, None, so_far="65.00", provisional="92.86", missing=("professionalism", "completeness", "collaboration", "knowledge")),
    ex("appliance-agent", "待改进没有系数", "fcr=17% handling_hours=48 csat=45% repeat_complaint=10% first_fix=46% professionalism=50 "
       "completeness=50% collaboration=50 knowledge=1", {
        "fcr": "17 / 85 x 20 = 4.00", "handling_hours": "24 / 48 x 15 = 7.50", "csat": "45 / 90 x 15 = 7.50", "knowledge": "1 / 2 x 5 = 2.50",
    }, "44.00", "待改进", coefficient=None),
    ex("appliance-agent:technical+promotion", "两个变体合用", AGENT_FULL.replace("first_fix=92%", "first_fix=69%") + " alert_follow_up=76%", {
        "fcr": "85 / 85 x 15 = 15.00", "first_fix": "69 / 92 x 15 = 11.25", "handling_hours": "10 x 9/10 + 10 x 1/10 = 10.00",
        "alert_follow_up": "76 / 95 x 5 = 4.00",
    }, "95.25", "高级客服", coefficient="1.2"),
    ex("appliance-agent", "季度：知识库目标 2 x 3", AGENT_FULL.replace("knowledge=2", "knowledge=3"), {
        "knowledge": "3 / (2 x 3) x 5 = 2.50",
    }, "97.50", "高级客服", coefficient="1.2", months=3),
    # 2 team-core
    ex("team-core", "全部达标", "csat=90% resolution=95% first_response_minutes=30 quality=90 knowledge_sharing=2 teamwork=90 development=1", {
        "csat": "90 / 90 x 20 = 20.00", "first_response_minutes": "30 / 30 x 15 = 15.00", "quality": "90 / 90 x 15 = 15.00",
    }, "100.00"),
    ex("team-core", "有目标的评分按达成率", "csat=81% resolution=76% first_response_minutes=45 quality=81 knowledge_sharing=1 teamwork=72 development=0", {
        "csat": "81 / 90 x 20 = 18.00", "resolution": "76 / 95 x 20 = 16.00", "first_response_minutes": "30 / 45 x 15 = 10.00",
        "quality": "81 / 90 x 15 = 13.50", "knowledge_sharing": "1 / 2 x 10 = 5.00", "teamwork": "72 / 90 x 10 = 8.00", "development": "0 / 1 x 10 = 0.00",
    }, "70.50"),
    ex("team-core", "缺个人发展：待评", "csat=90% resolution=95% first_response_minutes=15 quality=100 knowledge_sharing=4 teamwork=95", {
        "quality": "15 = 15.00",
    }, None, so_far="90.00", provisional="100.00", missing=("development",)),
    # 3 department-annual
    ex("department-annual", "工作量等于中位数", "volume=1200 volume.median=1200 resolution=95% quality=90 efficiency=80 training=100 teamwork=80", {
        "volume": "1200 / 1200 x 20 = 20.00", "resolution": "95 / 95 x 20 = 20.00", "quality": "90 / 100 x 20 = 18.00",
        "efficiency": "80 / 100 x 15 = 12.00", "training": "100 / 100 x 10 = 10.00", "teamwork": "80 / 100 x 15 = 12.00",
    }, "92.00", "优秀"),
    ex("department-annual", "不到中位数", "volume=900 volume.median=1200 resolution=76% quality=80 efficiency=80 training=60 teamwork=80", {
        "volume": "900 / 1200 x 20 = 15.00", "resolution": "76 / 95 x 20 = 16.00", "training": "60 / 100 x 10 = 6.00",
    }, "77.00", "合格"),
    ex("department-annual", "正好 60 分", "volume=0 volume.median=1200 resolution=95% quality=50 efficiency=80 training=60 teamwork=80", {
        "volume": "0 / 1200 x 20 = 0.00", "quality": "50 / 100 x 20 = 10.00",
    }, "60.00", "合格"),
    ex("department-annual", "缺中位数", "volume=900 resolution=95% quality=80 efficiency=80 training=60 teamwork=80", {}, None,
       so_far="66.00", provisional="82.50", missing=("volume",)),
    # 4 role-360
    ex("role-360", "专员只有上级", "superior=88", {"superior": "88 / 100 x 100 = 88.00"}, "88.00"),
    ex("role-360:supervisor", "主管三方", "superior=90 peers=80 subordinates=85 goals=95", {
        "superior": "90 / 100 x 60 = 54.00", "peers": "80 / 100 x 20 = 16.00", "subordinates": "85 / 100 x 20 = 17.00",
    }, "87.00"),
    ex("role-360:supervisor", "缺一组：没有总分", "superior=90 subordinates=85", {}, None, so_far="71.00", missing=("peers",)),
    ex("role-360:supervisor", "豁免同级：60 → 75，20 → 25", "superior=90 subordinates=85", {
        "superior": "90 / 100 x 60 x 100 / 80 = 67.50", "subordinates": "85 / 100 x 20 x 100 / 80 = 21.25",
    }, "88.75", waive=("peers",)),
    ex("role-360:manager", "经理 70 / 30", "superior=92 subordinates=81", {
        "superior": "92 / 100 x 70 = 64.40", "subordinates": "81 / 100 x 30 = 24.30",
    }, "88.70"),
    # 5 manager-kpi (each band edge: test_band_edges)
    ex("manager-kpi", "一个季度", "late_answers=2 invalid_service_rate=1.5% report_on_time=92% complaints=5 plm_usage=87% training_coverage=80% "
       "training_failures=0 ad_hoc_tasks=较满意 periodic_reports_on_time=95% cooperation=81%", {
        "late_answers": "20 - 1 x 2 = 18.00", "invalid_service_rate": "10 - 2 x 1/2 = 9.00", "report_on_time": "12 + 3 x 2/5 = 13.20",
        "complaints": "15 - 1 x (5 - 3) = 13.00", "plm_usage": "5 + 2 x 2/5 = 5.80", "training_coverage": "3 = 3.00",
        "training_failures": "4 = 4.00", "ad_hoc_tasks": "8 x 2/3 = 5.33", "periodic_reports_on_time": "95 / 95 x 5 = 5.00",
        "cooperation": "81 / 90 x 10 = 9.00",
    }, "85.33"),
    ex("manager-kpi", "全部满分", "late_answers=0 invalid_service_rate=1% report_on_time=95% complaints=3 plm_usage=95% training_coverage=100% "
       "training_failures=0 ad_hoc_tasks=很满意 periodic_reports_on_time=100% cooperation=90%", {"ad_hoc_tasks": "8 x 3/3 = 8.00"}, "100.00"),
    ex("manager-kpi", "扣完为止", "late_answers=25 invalid_service_rate=25% report_on_time=50% complaints=30 plm_usage=79% training_coverage=79% "
       "training_failures=1 ad_hoc_tasks=很不满意 periodic_reports_on_time=0% cooperation=0%", {
        "late_answers": "0 = 0.00", "training_failures": "0 = 0.00", "training_coverage": "0 = 0.00", "ad_hoc_tasks": "8 x 0/3 = 0.00",
    }, "0.00"),
    ex("manager-kpi", "全年：投诉允许 3 x 4", "late_answers=0 invalid_service_rate=1% report_on_time=95% complaints=13 plm_usage=95% training_coverage=100% "
       "training_failures=0 ad_hoc_tasks=不满意 periodic_reports_on_time=100% cooperation=90%", {
        "complaints": "15 - 1 x (13 - 12) = 14.00", "ad_hoc_tasks": "8 x 1/3 = 2.67",
    }, "93.67", months=12),
    # 6 department-quant
    ex("department-quant", "全部达标", "csat=90% resolution=90% response_24h=95% resolved_48h=95% tickets_per_head=40 tickets_per_head.median=40 quality=90 individual=90",
       {"csat": "90 / 90 x 25 = 25.00", "tickets_per_head": "40 / 40 x 10 = 10.00"}, "100.00"),
    ex("department-quant", "有高有低", "csat=81% resolution=72% response_24h=76% resolved_48h=57% tickets_per_head=30 tickets_per_head.median=40 quality=45 individual=99", {
        "csat": "81 / 90 x 25 = 22.50", "resolution": "72 / 90 x 20 = 16.00", "response_24h": "76 / 95 x 15 = 12.00", "resolved_48h": "57 / 95 x 15 = 9.00",
        "tickets_per_head": "30 / 40 x 10 = 7.50", "quality": "45 / 90 x 10 = 5.00", "individual": "5 = 5.00",
    }, "77.00"),
    ex("department-quant", "高于中位数也只得满分", "csat=100% resolution=100% response_24h=100% resolved_48h=100% tickets_per_head=80 tickets_per_head.median=40 quality=60 individual=90", {
        "tickets_per_head": "10 = 10.00", "quality": "60 / 90 x 10 = 6.67",
    }, "96.67"),
    # 7 staff-five
    ex("staff-five", "全部达标", "csat=90% complaint_rate=5% first_response_minutes=30 handling_hours=24 solved=95% handling_satisfaction=90% teamwork=4.5 "
       "communication=80% knowledge_test=100 trainings=1", {"teamwork": "4.5 / 4.5 x 10 = 10.00"}, "100.00"),
    ex("staff-five", "投诉率 8%、首响 40 分钟", "csat=72% complaint_rate=8% first_response_minutes=40 handling_hours=30 solved=76% handling_satisfaction=81% teamwork=3.6 "
       "communication=60% knowledge_test=85 trainings=0", {
        "csat": "72 / 90 x 10 = 8.00", "complaint_rate": "5 / 8 x 10 = 6.25", "first_response_minutes": "30 / 40 x 10 = 7.50",
        "handling_hours": "24 / 30 x 10 = 8.00", "solved": "76 / 95 x 10 = 8.00", "handling_satisfaction": "81 / 90 x 10 = 9.00",
        "teamwork": "3.6 / 4.5 x 10 = 8.00", "communication": "60 / 80 x 10 = 7.50", "knowledge_test": "85 / 100 x 10 = 8.50", "trainings": "0 = 0.00",
    }, "70.75"),
    ex("staff-five", "没有投诉得满分", "csat=90% complaint_rate=0% first_response_minutes=10 handling_hours=12 solved=95% handling_satisfaction=90% teamwork=5 "
       "communication=90% knowledge_test=70 trainings=2", {"complaint_rate": "10 = 10.00", "knowledge_test": "70 / 100 x 10 = 7.00"}, "97.00"),
    # 8 monthly-bonus
    ex("monthly-bonus:manager", "94.2% 按 1 个百分点扣", "rework_completion=94.2% data_accuracy=98% cpi_errors=0", {
        "rework_completion": "30 - 1 x 1 = 29.00", "data_accuracy": "10 = 10.00", "cpi_errors": "60 = 60.00",
    }, "99.00"),
    ex("monthly-bonus:manager", "正好差 1 个百分点与 1 个多", "rework_completion=94% data_accuracy=96.9% cpi_errors=4", {
        "rework_completion": "30 - 1 x 1 = 29.00", "data_accuracy": "10 - 1 x 2 = 8.00", "cpi_errors": "60 - 3 x 4 = 48.00",
    }, "85.00"),
    ex("monthly-bonus:specialist", "客服专员", "repair_quality=97.5% cpi_errors=2", {
        "repair_quality": "40 - 1 x 2 = 38.00", "cpi_errors": "60 - 3 x 2 = 54.00",
    }, "92.00"),
    ex("monthly-bonus:other", "正好 95% 满分，超额也只满分", "repair_quantity=95% cpi_errors=21", {
        "repair_quantity": "40 = 40.00", "cpi_errors": "0 = 0.00",
    }, "40.00"),
    # 9 department-head
    ex("department-head", "都在限内", "regulations=90 plan=80 complaint_rate=2% complaint_days=3 compensation=0 budget_deviation=-5% cost_ratio=4% daily_affairs=100", {
        "regulations": "90 / 100 x 15 = 13.50", "plan": "80 / 100 x 25 = 20.00", "complaints": "20 x 1/3 + 20 x 1/3 + 20 x 1/3 = 20.00",
        "budget_deviation": "5 / 5 x 15 = 15.00", "cost_ratio": "4 / 4 x 15 = 15.00", "daily_affairs": "100 / 100 x 10 = 10.00",
    }, "93.50", parameters=HEAD),
    ex("department-head", "偏差按绝对值", "regulations=100 plan=100 complaint_rate=4% complaint_days=4 compensation=40000 budget_deviation=-10% cost_ratio=8% daily_affairs=50", {
        "complaints": "2/4 x 20 x 1/3 + 3/4 x 20 x 1/3 + 10000/40000 x 20 x 1/3 = 10.00", "budget_deviation": "5 / 10 x 15 = 7.50",
        "cost_ratio": "4 / 8 x 15 = 7.50",
    }, "70.00", parameters=HEAD),
    ex("department-head", "缺处理天数：投诉一项缺", "regulations=100 plan=100 complaint_rate=1% compensation=0 budget_deviation=0 cost_ratio=0 daily_affairs=100", {
        "budget_deviation": "15 = 15.00",
    }, None, so_far="80.00", provisional="100.00", missing=("complaints",), parameters=HEAD),
    # 10 enterprise-service
    ex("enterprise-service", "全部达标", "csat=90% fcr=80% response_seconds=60 handling_seconds=600 complaint_handling=95% stability=90 learning=90 answered_30s=90% replied_1min=90%",
       {"csat": "90 / 90 x 25 = 25.00"}, "100.00"),
    ex("enterprise-service", "有高有低", "csat=81% fcr=64% response_seconds=80 handling_seconds=750 complaint_handling=76% stability=81 learning=72 answered_30s=72% replied_1min=45%", {
        "csat": "81 / 90 x 25 = 22.50", "fcr": "64 / 80 x 15 = 12.00", "response_seconds": "60 / 80 x 10 = 7.50", "handling_seconds": "600 / 750 x 10 = 8.00",
        "complaint_handling": "76 / 95 x 10 = 8.00", "stability": "81 / 90 x 10 = 9.00", "learning": "72 / 90 x 10 = 8.00",
        "answered_30s": "72 / 90 x 5 = 4.00", "replied_1min": "45 / 90 x 5 = 2.50",
    }, "81.50"),
    ex("enterprise-service", "没有电话数据", "csat=90% fcr=80% response_seconds=30 handling_seconds=300 complaint_handling=95% stability=90 learning=90 replied_1min=90%", {
        "response_seconds": "10 = 10.00",
    }, None, so_far="95.00", provisional="100.00", missing=("answered_30s",)),
    # 11 service-quality-policy
    ex("service-quality-policy", "优秀", "satisfaction=90% complaint_handling=95% complaint_rate=3% retention=85% repurchase=24%", {
        "satisfaction": "90 / 90 x 30 = 30.00", "complaint_rate": "3 / 3 x 20 = 20.00", "repurchase": "24 / 30 x 15 = 12.00",
    }, "97.00", "优秀"),
    ex("service-quality-policy", "合格", "satisfaction=72% complaint_handling=76% complaint_rate=4% retention=68% repurchase=15%", {
        "satisfaction": "72 / 90 x 30 = 24.00", "complaint_handling": "76 / 95 x 20 = 16.00", "complaint_rate": "3 / 4 x 20 = 15.00",
        "retention": "68 / 85 x 15 = 12.00", "repurchase": "15 / 30 x 15 = 7.50",
    }, "74.50", "合格"),
    ex("service-quality-policy", "不合格", "satisfaction=45% complaint_handling=38% complaint_rate=6% retention=34% repurchase=3%", {
        "satisfaction": "45 / 90 x 30 = 15.00", "complaint_handling": "38 / 95 x 20 = 8.00", "complaint_rate": "3 / 6 x 20 = 10.00",
        "retention": "34 / 85 x 15 = 6.00", "repurchase": "3 / 30 x 15 = 1.50",
    }, "40.50", "不合格"),
    # 12 dealer-cs
    ex("dealer-cs", "销售四题", "q1=100 q2=75 q3=100 q4=20", {
        "q1": "25 x 100/100 = 25.00", "q2": "25 x 75/100 = 18.75", "q3": "25 x 100/100 = 25.00", "q4": "25 x 20/100 = 5.00",
    }, "73.75"),
    ex("dealer-cs:advisor", "服务顾问：四题各计一次", "q1=100 q2=75 q3=75 q4=0 q5=100 q6=75", {
        "q1": "25 x 100/100 = 25.00", "q2": "25 x 75/100 = 18.75", "q3": "25 x 75/100 = 18.75", "q4": "25 x 0/100 = 0.00",
    }, "62.50"),
    ex("dealer-cs:as_printed", "照印刷公式：25 x (q1 + q3 + q4 + q4) / 100", "q1=100 q2=75 q3=75 q4=20", {
        "q1": "25 x 100/100 = 25.00", "q3": "25 x 75/100 = 18.75", "q4": "25 x (20 + 20)/100 = 10.00",
    }, "53.75"),
    ex("dealer-cs:workshop", "车间只看第 3 题", "q3=75", {"q3": "100 x 75/100 = 75.00"}, "75.00"),
    # 13 service-quality-five
    ex("service-quality-five", "全部达标", "response_hours=24 resolution=95% knowledge=100 communication=100 quality=100", {"response_hours": "24 / 24 x 20 = 20.00"}, "100.00"),
    ex("service-quality-five", "有高有低", "response_hours=30 resolution=76% knowledge=85 communication=70 quality=92.5", {
        "response_hours": "24 / 30 x 20 = 16.00", "resolution": "76 / 95 x 20 = 16.00", "knowledge": "85 / 100 x 20 = 17.00",
        "communication": "70 / 100 x 20 = 14.00", "quality": "92.5 / 100 x 20 = 18.50",
    }, "81.50"),
    ex("service-quality-five", "立即响应", "response_hours=0 resolution=100% knowledge=0 communication=0 quality=0", {"response_hours": "20 = 20.00"}, "40.00"),
    # 14 staff-service-50
    ex("staff-service-50", "45 分优秀", "attitude=9 expertise=9 problem_solving=9 teamwork=9 satisfaction=9", {"attitude": "9 / 10 x 10 = 9.00"}, "45.00", "优秀"),
    ex("staff-service-50", "44.99 良好", "attitude=9 expertise=9 problem_solving=9 teamwork=9 satisfaction=8.99", {"satisfaction": "8.99 / 10 x 10 = 8.99"}, "44.99", "良好"),
    ex("staff-service-50", "30 分合格", "attitude=6 expertise=6 problem_solving=6 teamwork=6 satisfaction=6", {}, "30.00", "合格"),
    ex("staff-service-50", "29.5 不合格", "attitude=6 expertise=6 problem_solving=6 teamwork=6 satisfaction=5.5", {}, "29.50", "不合格"),
    # 15 outsourced-maintenance
    ex("outsourced-maintenance", "缺两项、加 3、扣 5", "complaints_on_time=95% tests_done=100% management=90 missing_resources=2 additions=3 deductions=5", {
        "complaints_on_time": "95 / 95 x 40 = 40.00", "tests_done": "100 / 100 x 30 = 30.00", "management": "90 / 100 x 30 = 27.00",
        "missing_resources": "0 - 2 x 2 = -4.00", "additions": "3 = 3.00", "deductions": "0 - 5 = -5.00",
    }, "91.00"),
    ex("outsourced-maintenance", "加分最多 10，总分最多 110", "complaints_on_time=100% tests_done=100% management=100 missing_resources=0 additions=25 deductions=0", {
        "additions": "10 = 10.00",
    }, "110.00"),
    ex("outsourced-maintenance", "总分最低 0", "complaints_on_time=0% tests_done=0% management=10 missing_resources=3 additions=0 deductions=50", {
        "management": "10 / 100 x 30 = 3.00",
    }, "0.00"),
    # 16 satisfaction-survey
    ex("satisfaction-survey", "20 份答卷", "product_service=4.5 communication=4 relationship=3.5 answers=20 sent=40", {
        "product_service": "4.5 / 5 x 34 = 30.60", "communication": "4 / 5 x 33 = 26.40", "relationship": "3.5 / 5 x 33 = 23.10",
    }, "80.10"),
    ex("satisfaction-survey", "4 份：样本不足", "product_service=4.5 communication=4 relationship=3.5 answers=4 sent=40", {}, None,
       so_far="0.00", missing=("product_service", "communication", "relationship")),
    ex("satisfaction-survey", "5 份就够", "product_service=5 communication=5 relationship=5 answers=5 sent=5", {"product_service": "5 / 5 x 34 = 34.00"}, "100.00"),
    # 17 service-awareness
    ex("service-awareness", "演练", "needs_understanding=90 needs_solution=80 communication=100 attitude=60 problem_solving=70 complaint_handling=50", {
        "needs_understanding": "90 / 100 x 20 = 18.00", "needs_solution": "80 / 100 x 20 = 16.00", "communication": "100 / 100 x 15 = 15.00",
        "attitude": "60 / 100 x 15 = 9.00", "problem_solving": "70 / 100 x 15 = 10.50", "complaint_handling": "50 / 100 x 15 = 7.50",
    }, "76.00"),
    ex("service-awareness", "满分", "needs_understanding=100 needs_solution=100 communication=100 attitude=100 problem_solving=100 complaint_handling=100", {}, "100.00"),
    ex("service-awareness", "缺态度", "needs_understanding=90 needs_solution=80 communication=100 problem_solving=70 complaint_handling=50", {}, None,
       so_far="67.00", provisional="78.82", missing=("attitude",)),
    # 18 satisfaction-special
    ex("satisfaction-special", "五项", "attitude=90 efficiency=80 quality=85 customer=95 employee=70", {
        "attitude": "90 / 100 x 20 = 18.00", "efficiency": "80 / 100 x 20 = 16.00", "quality": "85 / 100 x 20 = 17.00",
        "customer": "95 / 100 x 20 = 19.00", "employee": "70 / 100 x 20 = 14.00",
    }, "84.00"),
    ex("satisfaction-special", "三分之一", "attitude=33.33 efficiency=33.33 quality=33.33 customer=33.33 employee=33.33", {
        "attitude": "33.33 / 100 x 20 = 6.67",
    }, "33.35"),
    ex("satisfaction-special", "零分", "attitude=0 efficiency=0 quality=0 customer=0 employee=0", {}, "0.00"),
    # 19 ob-satisfaction
    ex("ob-satisfaction", "均分 4.25", "ratings.1=1 ratings.2=1 ratings.3=2 ratings.4=4 ratings.5=12 not_asked=0 mismatches=0", {
        "ratings": "5 x (1x1 + 2x1 + 3x2 + 4x4 + 5x12) / (1 + 1 + 2 + 4 + 12) / 5 = 4.25",
    }, "4.25"),
    ex("ob-satisfaction", "一次评价不符扣 3", "ratings.5=10 not_asked=0 mismatches=1", {"ratings": "5 x 5 / 5 - 3 x 1 = 2.00"}, "2.00"),
    ex("ob-satisfaction", "两次扣完为止", "ratings.5=10 not_asked=0 mismatches=2", {"ratings": "0 = 0.00"}, "0.00"),
    ex("ob-satisfaction", "无故未邀评全扣", "ratings.5=10 not_asked=1 mismatches=0", {"ratings": "0 = 0.00"}, "0.00"),
    ex("ob-satisfaction", "没有评分：缺少数据，不是 0", "not_asked=0 mismatches=0", {}, None, so_far="0.00", missing=("ratings",)),
    # 20 after-sales-3d
    ex("after-sales-3d", "五星", "csat=90% innovation=80 first_response_minutes=30 cycle_hours=24 nps=50 first_fix=92% cost_ratio=10% tickets_per_head=50 tickets_per_head.median=50", {
        "csat": "90 / 90 x 50 = 50.00", "innovation": "80 / 100 x 20 = 16.00", "nps": "50 / 50 x 5 = 5.00", "cost_ratio": "10 / 10 x 5 = 5.00",
    }, "96.00", "五星"),
    ex("after-sales-3d", "NPS 为负得 0，三星", "csat=81% innovation=75 first_response_minutes=40 cycle_hours=30 nps=-20 first_fix=69% cost_ratio=12.5% tickets_per_head=45 tickets_per_head.median=50", {
        "csat": "81 / 90 x 50 = 45.00", "innovation": "75 / 100 x 20 = 15.00", "first_response_minutes": "30 / 40 x 5 = 3.75", "cycle_hours": "24 / 30 x 5 = 4.00",
        "nps": "0 = 0.00", "first_fix": "69 / 92 x 5 = 3.75", "cost_ratio": "10 / 12.5 x 5 = 4.00", "tickets_per_head": "45 / 50 x 5 = 4.50",
    }, "80.00", "三星"),
    ex("after-sales-3d", "未达标", "csat=45% innovation=50 first_response_minutes=60 cycle_hours=48 nps=10 first_fix=46% cost_ratio=20% tickets_per_head=25 tickets_per_head.median=50", {
        "csat": "45 / 90 x 50 = 25.00", "nps": "10 / 50 x 5 = 1.00",
    }, "48.50", "未达标"),
]  # fmt: skip


def values_of(entered: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in entered.split())


def exact(calculation: str) -> Fraction:
    numbers = re.sub(r"\d+(\.\d+)?", lambda m: f"Fraction('{m[0]}')", calculation.replace("x", "*"))
    return eval(numbers, {"Fraction": Fraction})  # noqa: S307 - the expressions above


def half_up(value: Fraction) -> str:
    cents = int(abs(value) * 100 + Fraction(1, 2))
    return f"{'-' if value < 0 else ''}{cents // 100}.{cents % 100:02d}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.scheme} {e.title}")
def test_worked_example(example: Example) -> None:
    scheme = with_parameters(load_scheme(example.scheme), example.parameters)
    appraisal = score(scheme, values_of(example.entered), months=example.months, waive=example.waive)
    for indicator, line in example.points.items():
        calculation, _, printed = line.rpartition(" = ")
        assert half_up(exact(calculation)) == printed, "the example itself is miscalculated"
        assert f"{appraisal.result(indicator).points}" == printed, appraisal.result(indicator).why
    assert (None if appraisal.total is None else f"{appraisal.total}") == example.total
    assert appraisal.grade == example.grade
    assert (None if appraisal.coefficient is None else f"{appraisal.coefficient}") == example.coefficient
    assert appraisal.missing == example.missing
    if example.so_far is not None:
        assert appraisal.so_far == Decimal(example.so_far)
        assert appraisal.provisional == (Decimal(example.provisional) if example.provisional else None)


def test_every_system_has_three_examples() -> None:
    counts = {scheme.id: 0 for scheme in list_schemes()}
    for example in EXAMPLES:
        counts[example.scheme.partition(":")[0]] += 1
    assert len(counts) == 20
    assert min(counts.values()) >= 3


# a border belongs to the band that gives more points; linear inside, in the order in which the document prints the band
BAND_EDGES = [
    ("invalid_service_rate", "0", "10.00"), ("invalid_service_rate", "0.01", "10.00"), ("invalid_service_rate", "0.015", "9.00"),
    ("invalid_service_rate", "0.02", "8.00"), ("invalid_service_rate", "0.0200001", "7.00"), ("invalid_service_rate", "0.035", "6.00"),
    ("invalid_service_rate", "0.05", "5.00"), ("invalid_service_rate", "0.0500001", "4.00"), ("invalid_service_rate", "0.075", "3.00"),
    ("invalid_service_rate", "0.1", "2.00"), ("invalid_service_rate", "0.1000001", "1.00"), ("invalid_service_rate", "0.15", "0.50"),
    ("invalid_service_rate", "0.2", "0.00"), ("invalid_service_rate", "1", "0.00"),
    ("report_on_time", "1", "15.00"), ("report_on_time", "0.95", "15.00"), ("report_on_time", "0.925", "13.50"), ("report_on_time", "0.9", "12.00"),
    ("report_on_time", "0.85", "10.00"), ("report_on_time", "0.8", "8.00"), ("report_on_time", "0.7", "4.00"), ("report_on_time", "0.6", "0.00"),
    ("report_on_time", "0.5999", "0.00"), ("report_on_time", "0", "0.00"),
    ("plm_usage", "1", "10.00"), ("plm_usage", "0.95", "10.00"), ("plm_usage", "0.925", "9.00"), ("plm_usage", "0.9", "8.00"),
    ("plm_usage", "0.8999999", "7.00"), ("plm_usage", "0.875", "6.00"), ("plm_usage", "0.85", "5.00"), ("plm_usage", "0.8499999", "4.00"),
    ("plm_usage", "0.825", "3.00"), ("plm_usage", "0.8", "2.00"), ("plm_usage", "0.7999", "0.00"), ("plm_usage", "0", "0.00"),
]  # fmt: skip


@pytest.mark.parametrize(("indicator", "actual", "points"), BAND_EDGES)
def test_band_edges(indicator: str, actual: str, points: str) -> None:
    appraisal = score(load_scheme("manager-kpi"), {indicator: actual})
    assert f"{appraisal.result(indicator).points}" == points
