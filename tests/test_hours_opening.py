"""Open, closed or unknown: at a moment, for a service, over a week; holidays included."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicemap.hours import (
    DayCalendar,
    country_of,
    intervals,
    next_opening,
    open_by_hour_of_week,
    open_by_hour_of_week_of_many,
    open_dates,
    open_for,
    share_of_week,
    state_at,
    states_at,
)

OFFICE = "Mo-Fr 08:30-12:00,13:30-17:00; PH off"
SATURDAY = "Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00; PH off"
BANK = "Mo-Fr 08:30-17:00; Sa-Su 09:00-16:00"
SOME_DAYS = "Mo,We,Fr 08:30-11:30; PH off"
BUS = "We[1],We[3] 09:00-11:30"
MARKET = "lunar 05,10,15,20,25,30 08:00-11:00"
CHINA = DayCalendar(country="CN")
MONDAY = dt.date(2026, 11, 23)


def at(text):
    """A moment of a test: ``2026-10-01 09:00``."""
    return dt.datetime.fromisoformat(text)


# Dates: notices of the General Office of the State Council on holidays in 2025 (12 November
# 2024) and 2026 (4 November 2025). 2025: National Day and Mid-Autumn 1 to 8 October, work
# on 28 September and 11 October. 2026: National Day 1 to 7 October, work on 20 September and
# 10 October; Spring Festival 15 to 23 February, work on 14 and 28 February.
KINDS = {
    "2025-09-27": "weekend",
    "2025-09-28": "makeup_workday",
    "2025-10-01": "holiday",
    "2025-10-08": "holiday",
    "2025-10-09": "workday",
    "2025-10-11": "makeup_workday",
    "2025-10-12": "weekend",
    "2026-02-14": "makeup_workday",
    "2026-02-15": "holiday",
    "2026-02-23": "holiday",
    "2026-02-24": "workday",
    "2026-02-28": "makeup_workday",
    "2026-09-20": "makeup_workday",
    "2026-09-30": "workday",
    "2026-10-01": "holiday",
    "2026-10-07": "holiday",
    "2026-10-08": "workday",
    "2026-10-10": "makeup_workday",
    "2026-10-11": "weekend",
}


@pytest.mark.parametrize(("date", "kind"), KINDS.items())
def test_days_in_china_are_those_of_the_notices(date, kind):
    """Holidays with the days moved there, and the days worked instead."""
    assert CHINA.day(dt.date.fromisoformat(date)).kind == kind


STATES = [
    # hours, moment, state
    (OFFICE, "2026-11-23 08:29", False),
    (OFFICE, "2026-11-23 08:30", True),
    (OFFICE, "2026-11-23 12:00", False),
    (OFFICE, "2026-11-23 16:59", True),
    (OFFICE, "2026-11-23 17:00", False),
    (OFFICE, "2026-11-21 09:00", False),  # Saturday
    (OFFICE, "2026-10-01 09:00", False),  # Thursday, National Day
    (OFFICE, "2026-10-07 09:00", False),
    (OFFICE, "2026-10-08 09:00", True),
    (OFFICE, "2026-10-10 09:00", True),  # Saturday, worked
    (OFFICE, "2026-09-20 14:00", True),  # Sunday, worked
    (OFFICE, "2025-10-08 09:00", False),
    (OFFICE, "2025-09-28 09:00", True),
    (SATURDAY, "2026-11-21 10:00", True),
    (SATURDAY, "2026-11-21 15:00", False),
    (SATURDAY, "2026-10-10 15:00", True),  # worked like a weekday, not like a Saturday
    (SATURDAY, "2026-10-03 10:00", False),  # Saturday, National Day
    (BANK, "2026-10-01 16:30", True),  # says nothing of holidays: a Thursday
    (BANK, "2026-10-10 16:30", True),  # Saturday, worked
    (BANK, "2026-10-11 16:30", False),
    (SOME_DAYS, "2026-11-25 09:00", True),
    (SOME_DAYS, "2026-11-24 09:00", False),
    (SOME_DAYS, "2026-10-10 09:00", None),  # worked, but as which weekday?
    (SOME_DAYS, "2026-10-10 15:00", False),  # on none of them
    (BUS, "2026-11-04 09:00", True),  # first Wednesday
    (BUS, "2026-11-11 09:00", False),
    (BUS, "2026-11-18 11:29", True),
    (BUS, "2026-10-10 09:00", False),  # a worked Saturday is no third Wednesday
    ("Mo-Fr,PH 10:00-12:00", "2026-10-03 11:00", True),
    ("PH 10:00-12:00", "2026-10-08 11:00", False),
    ("24/7", "2026-10-01 03:00", True),
    ("off", "2026-11-23 09:00", False),
    (MARKET, "2026-02-21 09:00", True),  # 17 February 2026 is New Year: this is the 5th
    (MARKET, "2026-02-20 09:00", False),
    (MARKET, "2026-02-21 11:00", False),
    (MARKET, "2150-02-21 09:00", None),  # no almanac
    ("Fr 22:00-06:00", "2026-11-27 23:00", True),
    ("Fr 22:00-06:00", "2026-11-28 05:59", True),
    ("Fr 22:00-06:00", "2026-11-28 06:00", False),
    ("Fr 22:00-06:00", "2026-11-27 05:00", False),
    ("Mo-Su 22:00-02:00; PH off", "2026-10-01 01:00", True),  # began the evening before
    ("Mo-Su 22:00-02:00; PH off", "2026-10-01 23:00", False),
    ("Mo-Su 22:00-02:00; PH off", "2026-10-08 01:00", False),
    ("sunrise-sunset", "2026-11-23 12:00", True),
    ("sunrise-sunset", "2026-11-23 06:30", None),
    ("sunrise-sunset", "2026-11-23 01:00", False),
    ("Mo-Fr 08:00-12:00; SH off", "2026-11-23 09:00", None),
    ("Mo-Fr 08:00-12:00; SH off", "2026-11-23 13:00", False),
    ('Mo-Fr 08:00-12:00 "by appointment"', "2026-11-23 09:00", None),
    ('Mo-Fr 08:00-12:00 "by appointment"', "2026-11-23 13:00", False),
    ("Mo-Fr 08:00+", "2026-11-23 07:00", False),
    ("Mo-Fr 08:00+", "2026-11-23 15:00", None),
    ("Mo-Fr 08:59+", "2026-11-23 15:00", None),
    ("Mo-Fr 08:59+", "2026-11-24 01:00", False),
    ("Mo-Fr 08:00-12:00 unknown", "2026-11-23 09:00", None),
    ("Mo-Fr 08:00-12:00 || unknown", "2026-11-23 15:00", None),
    ("2026 Oct 10 09:00-10:00", "2026-10-10 09:30", True),
    ("2026 Oct 10 09:00-10:00; Mo-Fr 14:00-15:00", "2026-10-10 14:30", True),
    ("Feb 29 09:00-10:00", "2026-03-01 09:30", False),
    ("看情况", "2026-11-23 09:00", None),
    (None, "2026-11-23 09:00", None),
    ("", "2026-11-23 09:00", None),
]


@pytest.mark.parametrize(("hours", "moment", "state"), STATES)
def test_the_state_at_a_moment(hours, moment, state):
    """Open, closed, or not known, by hand from the notices and the calendar."""
    assert state_at(hours, at(moment), CHINA) is state


def test_the_users_own_table_comes_before_the_countrys_list():
    """A county's fair is a holiday, a flood's weekend is worked, a notice is taken back."""
    own = DayCalendar(
        {
            dt.date(2026, 11, 23): ("holiday", "县庆"),
            dt.date(2026, 11, 22): ("makeup_workday", None),
            dt.date(2026, 10, 1): ("ordinary", None),
        },
        "CN",
    )
    assert own.day(dt.date(2026, 11, 23)).name == "县庆"
    assert state_at(OFFICE, at("2026-11-23 09:00"), own) is False
    assert state_at(OFFICE, at("2026-11-22 09:00"), own) is True
    assert state_at(OFFICE, at("2026-10-01 09:00"), own) is True
    assert state_at(OFFICE, at("2026-10-02 09:00"), own) is False


def test_a_year_that_the_list_does_not_know_is_named():
    """Its days are plain weekdays, unless the user's table says what they are."""
    own = DayCalendar({dt.date(2050, 10, 1): ("holiday", None)}, "CN")
    dates = [dt.date(2050, 10, 1), dt.date(2050, 10, 2), dt.date(2026, 10, 2)]
    assert own.unknown_years(dates) == [2050]
    assert own.unknown_years(dates[:1]) == []
    assert own.day(dates[1]).kind == "weekend"  # a Sunday
    assert DayCalendar().unknown_years(dates) == []


def test_other_countries_have_their_own_holidays_or_none():
    """Liechtenstein's national day; no list, no holidays; no such country, an error."""
    holiday = dt.date(2025, 8, 15)
    assert DayCalendar(country="LI").day(holiday).kind == "holiday"
    assert DayCalendar().day(holiday).kind == "workday"
    with pytest.raises(ValueError, match="XX"):
        DayCalendar(country="XX")
    assert country_of("Asia/Shanghai") == "CN"
    assert country_of("Europe/Vaduz") is None


@pytest.mark.parametrize(
    ("moment", "service_min", "state"),
    [
        ("2026-11-23 11:30", 30, True),  # it closes at the last minute
        ("2026-11-23 11:31", 30, False),
        ("2026-11-23 11:30:01", 30, False),
        ("2026-11-23 11:59:59", 0, True),
        ("2026-11-23 08:00", 60, False),  # closed on arrival
        ("2026-11-23 12:30", 90, False),
        ("2026-11-23 13:30", 210, True),
        ("2026-11-23 13:30", 211, False),
    ],
)
def test_a_service_needs_the_point_open_to_its_end(moment, service_min, state):
    """On arrival and for every minute of the service."""
    assert open_for(OFFICE, at(moment), service_min, CHINA) is state


def test_closed_for_a_part_outweighs_unknown_for_a_part():
    """It cannot be done, whatever is not known."""
    hours = 'Mo-Fr 08:00-09:00 "x"'
    assert open_for(hours, at("2026-11-23 08:30"), 20, CHINA) is None
    assert open_for(hours, at("2026-11-23 08:30"), 40, CHINA) is False


@pytest.mark.parametrize(
    ("hours", "moment", "opens"),
    [
        (OFFICE, "2026-11-23 09:10", "2026-11-23 09:10"),
        (OFFICE, "2026-11-23 12:10", "2026-11-23 13:30"),
        (OFFICE, "2026-11-20 17:30", "2026-11-23 08:30"),
        (OFFICE, "2026-09-30 18:00", "2026-10-08 08:30"),
        (OFFICE, "2026-09-19 09:00", "2026-09-20 08:30"),
        (MARKET, "2026-11-23 11:00", "2026-11-28 08:00"),  # 20th of the tenth month
        ("24/7", "2026-11-23 03:33", "2026-11-23 03:33"),
        ("off", "2026-11-23 03:33", None),
        (None, "2026-11-23 03:33", None),
        ("2027 Mar 01 09:00-10:00", "2026-11-23 03:33", None),  # not within two weeks
    ],
)
def test_when_a_point_opens_next(hours, moment, opens):
    """Over lunch, the weekend, a week of holidays; or not within the days looked at."""
    found = next_opening(hours, at(moment), CHINA)
    assert found == (opens and at(opens))


def test_the_next_opening_is_long_enough_for_the_service():
    """Ten minutes before lunch are no use for half an hour."""
    found = next_opening(OFFICE, at("2026-11-23 11:50"), CHINA, service_min=30)
    assert found == at("2026-11-23 13:30")


def test_a_day_is_told_without_gaps():
    """From 0 to 1440 minutes."""
    assert intervals(OFFICE, MONDAY, CHINA) == [
        (0, 510, False),
        (510, 720, True),
        (720, 810, False),
        (810, 1020, True),
        (1020, 1440, False),
    ]
    assert intervals(None, MONDAY, CHINA) == [(0, 1440, None)]


def test_lunar_market_days_become_dates():
    """The sixth month of 2026 has 30 days.

    It begins with the new moon of 14 July; the next is that of the eclipse of 12 August,
    17:46 UTC, the 13th in Beijing.
    """
    found = open_dates(MARKET, dt.date(2026, 7, 14), dt.date(2026, 8, 12), CHINA)
    assert [one.isoformat() for one in found] == [
        "2026-07-18",
        "2026-07-23",
        "2026-07-28",
        "2026-08-02",
        "2026-08-07",
        "2026-08-12",
    ]


def test_a_week_by_the_hour_and_by_the_quarter():
    """From Monday midnight; the share counts every minute."""
    week = open_by_hour_of_week(OFFICE, MONDAY, CHINA)
    assert week.shape == (168,)
    assert np.flatnonzero(week[:24] == 1).tolist() == [9, 10, 11, 14, 15, 16]
    quarters = open_by_hour_of_week(OFFICE, MONDAY, CHINA, step_min=15)
    assert quarters.shape == (672,)
    assert (quarters == 1).mean() == share_of_week(OFFICE, MONDAY, CHINA) == 35 / 168
    assert np.isnan(share_of_week(None, MONDAY, CHINA))
    assert (open_by_hour_of_week(None, MONDAY, CHINA) == -1).all()
    served = open_by_hour_of_week(OFFICE, MONDAY, CHINA, service_min=61)
    assert np.flatnonzero(served[:24] == 1).tolist() == [9, 10, 14, 15]


def test_many_points_are_each_as_one_alone():
    """In their order, missing hours included."""
    hours = [OFFICE, None, BANK, OFFICE, float("nan"), "24/7"]
    moment = at("2026-11-21 09:30")
    assert states_at(hours, moment, CHINA).tolist() == [0, -1, 1, 0, -1, 1]
    table = open_by_hour_of_week_of_many(hours, MONDAY, CHINA)
    assert table.shape == (6, 168)
    for row, text in zip(table, hours, strict=True):
        alone = text if isinstance(text, str) else None
        assert (row == open_by_hour_of_week(alone, MONDAY, CHINA)).all()
    assert open_by_hour_of_week_of_many([], MONDAY, CHINA).shape == (0, 168)


def test_moments_with_a_time_zone_are_refused():
    """Local times only: a silent shift of eight hours would be worse."""
    with pytest.raises(ValueError, match="time zone"):
        state_at(OFFICE, dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC), CHINA)


# An oracle without the package: rules that overrule one another, times within a day.
WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
RULE = st.tuples(
    st.lists(st.sampled_from([*WEEKDAYS, "PH"]), min_size=1, unique=True),
    st.lists(st.integers(0, 96), min_size=0, max_size=4, unique=True).map(
        lambda quarters: sorted(quarters)[: len(quarters) // 2 * 2]
    ),
)
DATES = st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31))


def text_of(rules):
    """The rules in OSM syntax."""
    parts = []
    for days, quarters in rules:
        clock = [f"{one // 4:02d}:{one % 4 * 15:02d}" for one in quarters]
        spans = ["-".join(pair) for pair in zip(clock[::2], clock[1::2], strict=True)]
        # the syntax has holidays at the end of a list
        names = ",".join(sorted(days, key=lambda day: day == "PH"))
        parts.append(f"{names} {','.join(spans) or 'off'}")
    return "; ".join(parts)


def expected(rules, weekday, is_holiday, quarter):
    """The last rule that names the day decides."""
    state = False
    for days, quarters in rules:
        if WEEKDAYS[weekday] in days or (is_holiday and "PH" in days):
            spans = zip(quarters[::2], quarters[1::2], strict=True)
            state = any(start <= quarter < end for start, end in spans)
    return state


@given(st.lists(RULE, min_size=1, max_size=4), DATES, st.integers(0, 95))
def test_rules_and_holidays_agree_with_an_oracle(rules, date, quarter):
    """Any rules, any day of two years: as the last rule that names the day says."""
    day = CHINA.day(date)
    weekdays = range(5) if day.kind == "makeup_workday" else [date.weekday()]
    wanted = {expected(rules, one, day.kind == "holiday", quarter) for one in weekdays}
    moment = dt.datetime.combine(date, dt.time(quarter // 4, quarter % 4 * 15))
    state = state_at(text_of(rules), moment, CHINA)
    assert state == (wanted.pop() if len(wanted) == 1 else None)


@given(st.text(max_size=30) | st.sampled_from([MARKET, BUS, OFFICE]), DATES)
def test_no_text_breaks_a_state(text, date):
    """Whatever stands in the cell."""
    assert state_at(text, dt.datetime.combine(date, dt.time(9)), CHINA) in (
        True,
        False,
        None,
    )
