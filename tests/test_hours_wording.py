"""What people write about hours becomes OSM syntax, or nothing, and can be said again."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicemap.hours import in_words, syntax, to_osm

LUNAR_5_10 = "lunar 05,10,15,20,25,30 08:00-11:00"
READ = {
    "周一至周五 8:30-12:00,13:30-17:00": "Mo-Fr 08:30-12:00,13:30-17:00",
    "工作日上午8点半到12点": "Mo-Fr 08:30-12:00; PH off",
    "24小时": "24/7",
    "全天": "24/7",
    "全天24小时自助服务": "24/7",
    "7×24小时": "24/7",
    "全年无休 24小时": "24/7",
    "周一到周日 8:30-17:00": "Mo-Su 08:30-17:00",
    "周一至周五 8:30-12:00，13:30-17:00，法定节假日除外": "Mo-Fr 08:30-12:00,13:30-17:00; PH off",
    "周一至周五（法定节假日除外） 8:30-12:00 13:30-17:00": "Mo-Fr 08:30-12:00,13:30-17:00; PH off",
    "除法定节假日外，每天8:00-17:00": "Mo-Su 08:00-17:00; PH off",
    "周一至周日 ８：３０－１７：００": "Mo-Su 08:30-17:00",
    "星期一至星期五上午8：30—12：00 下午1：30—5：00": "Mo-Fr 08:30-12:00,13:30-17:00",
    "礼拜一到礼拜五 早上8点到下午5点": "Mo-Fr 08:00-17:00",
    "周一至周五 上午8:30-11:30，下午2:00-5:00；周六上午9:00-12:00；法定节假日休息": "Mo-Fr 08:30-11:30,14:00-17:00; Sa 09:00-12:00; PH off",
    "办公时间：周一、三、五 8时30分-11时30分": "Mo,We,Fr 08:30-11:30",
    "周一三五 8:30-11:30": "Mo,We,Fr 08:30-11:30",
    "8:30-17:00（周一至周五）": "Mo-Fr 08:30-17:00",
    "8:30-12:00（周一至周五），9:00-12:00（周六）": "Mo-Fr 08:30-12:00; Sa 09:00-12:00",
    "周一至周五 8:30-17:00（周末及法定节假日休息）": "Mo-Fr 08:30-17:00; Sa-Su off; PH off",
    "周一至周五 8:30-17:00，周六、周日，节假日休息": "Mo-Fr 08:30-17:00; Sa,Su off; PH off",
    "周一至周日9:00-16:00，法定节假日照常": "Mo-Su 09:00-16:00",
    "法定节假日 9:00-12:00，工作日 8:30-17:00": "PH 09:00-12:00; Mo-Fr 08:30-17:00",
    "周一至周六 8:30-17:00 中午不休息": "Mo-Sa 08:30-17:00",
    "夏季（5月1日至9月30日）8:00-12:00；冬季（10月1日至次年4月30日）8:30-12:00": "May 01-Sep 30 08:00-12:00; Oct 01-Apr 30 08:30-12:00",
    "周一至周五 夏季（5月至9月）8:00-12:00，冬季（10月至次年4月）8:30-12:00": "May-Sep Mo-Fr 08:00-12:00; Oct-Apr Mo-Fr 08:30-12:00",
    "农历逢五、逢十 08:00-11:00": LUNAR_5_10,
    "农历逢五逢十上午8点到11点": LUNAR_5_10,
    "赶集日（农历逢五、十）8:00-11:00": LUNAR_5_10,
    "逢五、逢十（农历）8:00-11:00": LUNAR_5_10,
    "周三赶集日 8:00-11:00": "We 08:00-11:00",
    "每月农历初五、十五、廿五 8:00-11:00": "lunar 05,15,25 08:00-11:00",
    "每周二、四 9:00-11:00": "Tu,Th 09:00-11:00",
    "每周星期一 9:00-11:00": "Mo 09:00-11:00",
    "周一/三/五 8:00-11:00": "Mo,We,Fr 08:00-11:00",
    "周1至周5 8:30-17:00": "Mo-Fr 08:30-17:00",
    "农历初五十五廿五 8:00-11:00": "lunar 05,15,25 08:00-11:00",
    "农历每月初一、十五上午8:00-11:00": "lunar 01,15 08:00-11:00",
    "每月第一、三个周三 9:00-11:30": "We[1,3] 09:00-11:30",
    "每月最后一个周五下午2点到4点": "Fr[-1] 14:00-16:00",
    "周六上午9:00-12:00（预约）": 'Sa 09:00-12:00 "by appointment"',
    "周日十点到十二点": "Su 10:00-12:00",
    "22:00-次日6:00": "22:00-06:00",
    "2026年2月14日 9:00-12:00": "2026 Feb 14 09:00-12:00",
    "暂停服务": "off",
    "Mon-Fri 9am-5pm": "Mo-Fr 09:00-17:00",
    "Daily 10-6pm": "Mo-Su 10:00-18:00",
    "weekdays 9:00 to 17:00, closed on public holidays": "Mo-Fr 09:00-17:00; PH off",
    "Monday to Friday: 8.30 am - 12.00 pm and 1.30 pm - 5.00 pm": "Mo-Fr 08:30-12:00,13:30-17:00",
    "Tues, Thurs 9am-noon; closed Sundays": "Tu,Th 09:00-12:00; Su off",
    "first Wednesday of the month 9am-11am": "We[1] 09:00-11:00",
    "May 1 - Sep 30: Mon-Fri 8:00-12:00": "May 01-Sep 30 Mo-Fr 08:00-12:00",
    "24/7": "24/7",
    "Mo-Fr 08:30-12:00,13:30-17:00; PH off": "Mo-Fr 08:30-12:00,13:30-17:00; PH off",
    "Mo-Fr 8:30 - 12:00 , 13:30 - 17:00": "Mo-Fr 08:30-12:00,13:30-17:00",
    "Mo-Fr 8:30-12:00; 13:30-17:00": "Mo-Fr 08:30-12:00,13:30-17:00",
    "mo-fr 9:00-17:00; ph off": "Mo-Fr 09:00-17:00; PH off",
    "sunrise-sunset": "sunrise-sunset",
    LUNAR_5_10: LUNAR_5_10,
}
UNREADABLE = [
    "看情况",
    "周一到周日",  # when?
    "逢五逢十",
    "赶集日 8:00-12:00",  # which days are these?
    "每逢集市日 8:00-12:00",
    "每天 赶场日 8:00-12:00",
    "农历 8:00-11:00",
    "逢五 8:00-11:00（农历）",  # the market days, or the hours of another rule?
    "周8 8:00-9:00",
    "周一至周五上午",
    "周一至周五 8:30-5:00",  # in the morning or in the afternoon?
    "8:30-11:30,2:30-5:30",
    "上午9点到5点",
    "夏季8:00-12:00",  # from when to when?
    "农历二、五、八 8:00-11:00",  # the 2nd, or all days that end in 2?
    "8:30-12:00（夏令时）",
    "9-17",
    "12345",
    "2026",
    "25:00-26:00",
    "8:70-9:00",
    "Apr 31 10:00-12:00",  # no such day
    "农历逢五 8:00-11:00，看情况",
    "周末休息",  # and on the other days?
    "",
    "   ",
    "\n",
]


@pytest.mark.parametrize(("text", "osm"), READ.items())
def test_hours_as_people_write_them_are_read(text, osm):
    """Chinese, English, OSM syntax, and what phones and typewriters make of them."""
    assert to_osm(text) == osm


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_may_mean_two_things_or_nothing_is_not_read(text):
    """A reading would be a guess: the hours are unknown."""
    assert to_osm(text) is None


def test_market_days_are_solar_unless_the_lunar_calendar_is_named():
    """逢五逢十 alone: the days of every month that end in 5 and 0, as OSM spells them."""
    osm = to_osm("逢五逢十 8:00-11:00")
    dates = osm.removesuffix(" 08:00-11:00").split(",")
    assert len(dates) == 12 * 6 - 1  # no 30 February
    assert dates[:7] == [f"Jan {day:02d}" for day in range(5, 31, 5)] + ["Feb 05"]
    assert to_osm("公历逢五、逢十 8:00-11:00") == osm
    assert to_osm("每月5日、10日、15日、20日、25日、30日 8:00-11:00") == osm


@pytest.mark.parametrize("osm", sorted({*READ.values()} | {to_osm("逢双 8:00-10:00")}))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_can_be_read_again(osm, language):
    """OSM syntax -> words -> OSM syntax is where it began."""
    assert to_osm(in_words(osm, language)) == osm


TIMES = st.lists(st.integers(0, 95), min_size=2, max_size=6, unique=True).map(
    lambda quarters: sorted(quarters)[: len(quarters) // 2 * 2]
)
DAYS = st.lists(
    st.sampled_from(["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]), min_size=1, unique=True
)


def spelled(quarters):
    """Spans of quarters of an hour as OSM has them."""
    clock = [f"{one // 4:02d}:{one % 4 * 15:02d}" for one in quarters]
    return ",".join("-".join(pair) for pair in zip(clock[::2], clock[1::2], strict=True))


@given(DAYS, TIMES, st.booleans(), st.sampled_from(["zh", "en"]))
def test_any_office_hours_survive_being_said(days, quarters, has_holidays, language):
    """Whatever weekdays and times: said in words, they are read as they were."""
    osm = f"{','.join(days)} {spelled(quarters)}" + ("; PH off" if has_holidays else "")
    assert to_osm(in_words(osm, language)) == osm


@given(st.lists(st.integers(1, 30), min_size=1, unique=True), st.sampled_from(["zh", "en"]))
def test_any_lunar_days_survive_being_said(days, language):
    """初一, 廿三, 逢三 or a list of numbers."""
    osm = f"lunar {','.join(f'{day:02d}' for day in sorted(days))} 08:00-11:00"
    assert to_osm(in_words(osm, language)) == osm


PIECES = st.sampled_from(
    [
        *"周一二三五六日至到、，；（）逢初廿十月8:30-12.0 ",
        "周一",
        "周五",
        "8:30-12:00",
        "下午2点到5点",
        "法定节假日",
        "除外",
        "休息",
        "照常",
        "农历",
        "逢五",
        "工作日",
        "24小时",
        "每月",
        "Mon",
        "9am-5pm",
        "closed",
        "PH",
        "off",
        "; ",
        "5月1日",
        "夏季",
        "预约",
        '"',
        "Mo-Fr",
        "lunar 05",
        "[1]",
    ]
)


@example("农历廿十五 8:00-11:00")
@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_no_text_breaks_the_reader_and_what_it_reads_is_valid(text):
    """Any text gives OSM syntax, or nothing; and OSM syntax can be said."""
    osm = to_osm(text)
    if osm is not None:
        assert syntax.is_valid(osm), osm
        assert to_osm(osm) == osm
        assert in_words(osm, "zh")
        assert in_words(osm, "en")


@pytest.mark.parametrize("hours", [None, "", "  ", float("nan")])
def test_unknown_hours_have_no_words(hours):
    """Missing stays missing."""
    assert in_words(hours, "zh") == ""


def test_what_cannot_be_said_stays_as_it_is():
    """Half a translation would be worse."""
    assert in_words("week 01-53/2 Mo 10:00-12:00", "zh") == "week 01-53/2 Mo 10:00-12:00"


def test_times_over_midnight_say_so():
    """A night's end is tomorrow."""
    assert in_words("Fr 22:00-06:00", "zh") == "周五22:00–次日06:00"
    assert in_words("Fr 22:00-06:00", "en") == "Fri 22:00–next day 06:00"


def test_market_days_are_said_as_people_know_them():
    """逢五、逢十, not seventy dates."""
    assert in_words(LUNAR_5_10, "zh") == "农历逢五、逢十08:00–11:00"
    assert (
        in_words(to_osm("逢三、六、九 8:00-11:00"), "zh")
        == "每月逢三、逢六、逢九08:00–11:00"
    )
    assert re.match("days 3, 6, 9, 13", in_words(to_osm("逢三、六、九 8:00-11:00"), "en"))
