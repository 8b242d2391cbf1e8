"""Names are found by id, part, address, pinyin, initials and with typos; several are listed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicemap.locator import name_keys
from servicemap.locator.choosing import chosen
from servicemap.locator.names import HOW, MOST_CHARACTERS, Name, Names

ROWS = [
    ("village", "V1", "石岭村", "", "重山乡", "T1"),
    ("village", "V2", "大坪村", "", "重山乡", "T1"),
    ("village", "V3", "大坪村", "", "长兴镇", "T2"),
    ("village", "V4", "吕家社区", "", "长兴镇", "T2"),
    ("hamlet", "H1", "上石岭", "", "重山乡", "T1"),
    ("facility", "P1", "长兴镇便民服务中心", "示范市长兴镇人民路86号", "长兴镇", "T2"),
    ("township", "T1", "重山乡", "", "", "T1"),
    ("village", "V5", "La Seu d'Urgell", "", "Encamp", "T9"),
    ("street", "S1", "Carrer de la Constitució", "", "Encamp", "T9"),
]


@pytest.fixture(scope="module")
def names():
    entries = [
        Name(kind, one, name, address, township, "", of, "", 1.0, 2.0)
        for kind, one, name, address, township, of in ROWS
    ]
    return Names(entries, [name_keys.keys(one.name) for one in entries])


def found(names, text):
    return [(one.name.place_id, one.how) for one in names.search(text)]


@pytest.mark.parametrize(
    ("text", "place", "how"),
    [
        ("V2", "V2", "id"),
        ("石岭村", "V1", "name"),
        ("石岭", "V1", "name"),
        ("  石岭 ", "V1", "name"),
        ("重山乡石岭村", "V1", "name"),
        ("上石", "H1", "start"),
        ("人民路86号", "P1", "part"),
        ("人民路８６号", "P1", "part"),
        ("重山乡石岭村委会往东50米", "V1", "within"),
        ("长兴 大坪", "V3", "words"),
        ("shiling", "V1", "pinyin"),
        ("slc", "V1", "initials"),
        ("lüjia", "V4", "pinyin"),
        ("lvjia", "V4", "pinyin"),
        ("lujia", "V4", "pinyin"),
        ("chongshanxiang", "T1", "pinyin"),
        ("zhongshanxiang", "T1", "pinyin"),
        ("changxing", "P1", "pinyin"),
        ("zhangxing", "P1", "pinyin"),
        ("时岭村", "V1", "sound"),
        ("石领村", "V1", "sound"),
        ("吕加社区", "V4", "sound"),
        ("石岩村", "V1", "similar"),
        ("LA SEU DURGELL", "V5", "name"),
        ("la seu", "V5", "start"),
        ("constitucio", "S1", "part"),
        ("carrer constitució", "S1", "words"),
        ("la sue d'urgell", "V5", "similar"),
        ("shilnig", "V1", "similar"),
    ],
)
def test_a_text_finds_the_place_that_people_mean(names, text, place, how):
    assert found(names, text)[0] == (place, how)


def test_two_places_of_one_name_are_both_listed_and_none_is_chosen(names):
    matches = names.search("大坪村")
    assert [one.name.place_id for one in matches] == ["V2", "V3"]
    assert [one.name.township for one in matches] == ["重山乡", "长兴镇"]
    assert chosen(matches) is None


def test_the_township_before_the_name_tells_them_apart(names):
    assert chosen(names.search("长兴镇大坪村")).name.place_id == "V3"
    assert chosen(names.search("长兴 大坪")).name.place_id == "V3"


def test_one_exact_name_is_chosen_before_names_that_hold_it(names):
    assert chosen(names.search("石岭村")).name.place_id == "V1"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("shilingcun", "V1"),
        ("时岭村", "V1"),
        ("示范市长兴镇人民路86号", "P1"),
        ("zhongshanxiang", "T1"),
    ],
)
def test_a_whole_pinyin_sound_or_address_is_chosen_where_only_one_place_has_it(
    names, text, place
):
    assert chosen(names.search(text)).name.place_id == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        # the township only says where the village is
        ("重山乡石岭村5号", "V1"),
        ("示范市重山乡石岭村委会往东50米", "V1"),
        ("重山石岭村3号", "V1"),
        # of two villages of one name that in the township that is told
        ("长兴镇大坪村12号", "V3"),
        ("示范市重山乡大坪村12号", "V2"),
        # a township alone
        ("重山乡12号", "T1"),
        # no township, or both, or two villages: nobody can tell
        ("大坪村12号", None),
        ("重山乡长兴镇大坪村12号", None),
        ("石岭村到吕家社区的路", None),
    ],
)
def test_of_names_in_an_address_the_innermost_is_chosen_where_there_is_one(
    names, text, place
):
    matches = names.search(text)
    assert matches[0].how == "within"
    found = chosen(matches, text)
    assert (found and found.name.place_id) == place


def test_a_pinyin_of_two_places_is_not_chosen(names):
    assert chosen(names.search("dapingcun")) is None


def test_a_wild_guess_is_not_chosen(names):
    assert chosen(names.search("石头镇")) is None
    assert chosen(names.search("")) is None
    assert chosen(names.search("😀")) is None


HOSTILE = [
    "",
    " ",
    "\x00",
    "\u202e石岭村",
    "שלום",
    "مرحبا بالعالم",
    "𠮷野家",
    "a" * 1_000_000,
    "石" * 1_000_000,
    "%00%0a",
    "'; drop table villages; --",
    "<script>alert(1)</script>",
    "{}$`\\",
    "\ud800",
    "．" * 500,
    "\n" * 99,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_give_matches_or_none(names, text):
    assert len(names.search(text)) <= 10


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=MOST_CHARACTERS + 5))
def test_any_text_gives_matches_in_order_and_each_place_once(names, text):
    matches = names.search(text, 50)
    ranks = [(HOW.index(one.how), -one.score) for one in matches]
    assert ranks == sorted(ranks)
    assert len({one.name.place_id for one in matches}) == len(matches)
    assert names.search(text, 50) == matches


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ROWS), st.data())
def test_a_name_with_one_letter_dropped_is_still_found(names, row, data):
    plain = name_keys.fold(row[2])
    at = data.draw(st.integers(0, len(plain) - 1))
    typed = plain[:at] + plain[at + 1 :]
    if len(plain) > 3:
        assert row[1] in [one.name.place_id for one in names.search(typed, 50)]


def test_a_name_of_many_polyphones_has_a_bounded_number_of_keys():
    made = name_keys.keys("重长乐朝着" * 8)
    assert len(made.pinyin) <= 2 * name_keys.MOST_READINGS
