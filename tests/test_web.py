"""The service over HTTP: the locator's answers, errors in words, and nothing else."""

import base64
import gzip
import json
import math
import re
from pathlib import Path

import pytest
import schemathesis
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

import small_study
from servicemap import pipeline
from servicemap.locator.as_json import answer_json
from servicemap.locator.engine import Locator
from servicemap.outputs.summary import as_json, summary
from servicemap.web import replies
from servicemap.web.app import application
from servicemap.web.guards import MOST_BODY, Guards

URL = "http://127.0.0.1:8000"
PLACES = (
    "/health",
    "/search",
    "/locate",
    "/isochrone",
    "/matrix",
    "/coverage",
    "/points",
    "/villages",
)


@pytest.fixture(scope="module")
def locator(tmp_path_factory, own_cache):
    """Six villages within 20 minutes of two points."""
    return Locator(small_study.write(tmp_path_factory.mktemp("small") / "study"))


@pytest.fixture(scope="module")
def app(locator):
    """Its application, guarded as on loopback."""
    return Guards(
        application(locator),
        hosts=["127.0.0.1"],
        any_address=False,
        token=None,
        language="en",
    )


@pytest.fixture
def client(app):
    """A client on loopback."""
    with TestClient(app, base_url=URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def home(locator):
    """Where V01 is."""
    place = locator.place("V01")
    return {"lon": place.lon, "lat": place.lat}


def strict(response):
    """JSON without NaN."""
    return json.loads(response.content, parse_constant=pytest.fail)


def test_locate_is_the_locators_answer(client, locator, home):
    for parameters in ({"where": "V01", "k": 2}, {**home, "k": 1, "minutes": 4}):
        response = client.get("/locate", params=parameters)
        assert response.status_code == 200
        where = parameters.get("where") or (home["lon"], home["lat"])
        options = {one: parameters[one] for one in ("k", "minutes") if one in parameters}
        assert strict(response) == answer_json(locator.locate(where, **options), "en")


def test_matrix_is_the_batch_table_with_reasons(client, locator):
    places = [locator.place(one) for one in ("V01", "V03", "V05", "V06")]
    origins = [[one.lon, one.lat] for one in places]
    answer = strict(client.post("/matrix", json={"origins": origins, "minutes": 10}))
    assert answer["destination_ids"] == ["P1", "P2"]
    first = [one.travel_ms / 1000 for one in locator.locate("V01").points]
    assert answer["travel_time_s"] == [first, [None] * 2, [None] * 2, [None] * 2]
    assert answer["reason"] == [
        [None] * 2,
        ["too_far"] * 2,
        ["no_route"] * 2,
        ["off_network"] * 2,
    ]
    assert answer["origins"][3] is None
    own = strict(
        client.post("/matrix", json={"origins": origins[:2], "destinations": origins[:2]})
    )
    assert own["travel_time_s"][0][0] <= own["travel_time_s"][0][1]
    assert own["destination_ids"] is None


def test_coverage_is_that_of_a_whole_run(client, locator):
    answer = strict(client.get("/coverage", params={"question": "headline"}))
    result = pipeline.run(locator.state.asked)
    assert answer["questions"] == json.loads(json.dumps(summary(result)["coverage"]))
    table = result.coverage[
        (result.coverage["level"] == "village") & (result.coverage["group"] == "people")
    ]
    expected = dict(zip(table["id"], table["status"], strict=True))
    assert {one["village_id"]: one["status"] for one in answer["villages"]} == expected
    table = table.rename(columns={"id": "village_id"}).sort_values("village_id")
    rows = as_json(table[list(replies.VILLAGE_COLUMNS)].to_dict("records"))
    assert answer["villages"] == rows
    assert strict(client.get("/coverage"))["villages"] is None


def test_areas_and_points_are_geojson_of_rfc_7946(client, home):
    areas = client.get("/isochrone", params={**home, "minutes": [5, 10]})
    points, villages = client.get("/points"), client.get("/villages")
    for response in (areas, points, villages):
        assert response.headers["content-type"] == "application/geo+json"
        collection = strict(response)
        assert collection["type"] == "FeatureCollection"
        assert collection.keys() == {"type", "features"}  # no crs member
        for feature in collection["features"]:
            shape = shapely.geometry.shape(feature["geometry"])
            assert shape.is_valid
            assert -180 <= shape.bounds[0] <= shape.bounds[2] <= 180
            for part in getattr(shape, "geoms", []):
                assert part.exterior.is_ccw
                assert not any(hole.is_ccw for hole in part.interiors)
    large, small = strict(areas)["features"]
    assert large["properties"]["cutoff_min"] == 10
    assert shapely.geometry.shape(large["geometry"]).contains(
        shapely.geometry.shape(small["geometry"])
    )


def test_a_place_off_the_roads_has_no_area_and_a_reason(client, locator):
    place = locator.place("V06")
    answer = strict(
        client.get("/isochrone", params={"lon": place.lon, "lat": place.lat, "minutes": 5})
    )
    assert answer["features"][0]["geometry"] is None
    assert answer["features"][0]["properties"]["reason"] == "off_network"


BAD = [
    ("/locate", {}, "either where"),
    ("/locate", {"where": "V01", "lon": 1, "lat": 2}, "either where"),
    ("/locate", {"lon": "NaN", "lat": "1"}, "number in digits"),
    ("/locate", {"lon": "1_0", "lat": "1"}, "number in digits"),
    ("/locate", {"lon": "Infinity", "lat": "1"}, "number in digits"),
    ("/locate", {"lon": "１０", "lat": "1"}, "number in digits"),
    ("/locate", {"lon": "181", "lat": "1"}, "no place on earth"),
    ("/isochrone", {"lon": 47, "lat": 121, "minutes": 5}, "no place on earth"),
    ("/locate", {"lon": "100", "lat": "-70"}, "outside the map data"),
    ("/locate", {"where": "V01", "item": "x"}, "no catalogue"),
    ("/locate", {"where": "V01", "at": "yesterday"}, "date and time"),
    ("/locate", {"where": "V01", "mode": "fly"}, "walk"),
    ("/locate", {"where": "V01", "k": "1.5"}, "whole number"),
    ("/locate", {"where": "V01", "k": "1000"}, "at most 50"),
    ("/locate", {"where": "V01", "minutes": "0"}, "above 0"),
    ("/locate", {"where": "V01", "finish": "perhaps"}, "true or false"),
    ("/locate", {"where": "V01", "home": "nobody"}, "no village"),
    ("/locate", {"where": "x" * 201}, "at most 200"),
    ("/locate", {"where": "nowhere at all"}, "not found"),
    ("/locate", {"where": "Village"}, "several places"),
    (
        "/locate",
        {"where": "V01", "minuts": 5},
        "minuts: is not known here. Known are: where",
    ),
    ("/health", {"q": "V"}, "q: is not known here"),
    ("/locate", {"lon": ["1", "2"], "lat": 1}, "lon: is given more than once: 1, 2"),
    ("/search", {}, "q: is needed"),
    ("/search", {"q": ""}, "at least 1"),
    ("/isochrone", {"lon": 1, "lat": 1}, "needed"),
    ("/isochrone", {"lon": 1, "lat": 1, "minutes": ["5"] * 11}, "at most 10"),
    ("/isochrone", {"lon": 1, "lat": 1, "minutes": 5, "direction": "up"}, "one of"),
    ("/coverage", {"question": "none"}, "headline"),
    ("/points", {"tier": "none"}, "one of"),
]


@pytest.mark.parametrize(("path", "parameters", "said"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_asked_gets_422_in_words_of_both_languages(
    client, path, parameters, said
):
    response = client.get(path, params=parameters)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    answer = strict(response)
    assert {"type", "title", "status", "detail"} <= answer.keys()
    assert said in response.text
    chinese = client.get(path, params={**parameters, "language": "zh"})
    assert chinese.status_code == 422
    assert re.search(r"[\u4e00-\u9fff]", strict(chinese)["detail"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "body: is not JSON."),
        ("{}", "origins: is needed."),
        ('{"origins": []}', "origins: has too few entries; at least 1."),
        ('{"origins": [["x", 1]]}', "origins.0.0 = x: must be a number in digits"),
    ],
)
def test_a_fault_in_a_body_is_told_by_name_and_value_without_python(client, body, said):
    response = client.post(
        "/matrix", content=body, headers={"content-type": "application/json"}
    )
    answer = strict(response)
    assert answer["errors"][0].startswith(said)
    assert answer["detail"] == "Values that cannot be used: 1."


def test_what_is_refused_at_the_door_is_told_in_the_language_asked_for(client):
    large = b" " * (MOST_BODY + 1)
    english = client.post("/matrix", content=large, params={"language": "en"})
    chinese = client.post("/matrix", content=large, params={"language": "zh"})
    assert strict(english)["title"] == "Too much"
    assert strict(chinese)["title"] == "超出上限"
    browser = client.get("/health", headers={"host": "evil", "accept-language": "zh-CN"})
    assert strict(browser)["title"] == "主机名不符"
    other = strict(client.get("/health", params={"language": "fr"}))
    assert other["errors"] == ["language = fr: must be one of 'en' or 'zh'."]


def test_swapped_coordinates_are_called_swapped(client, home):
    response = client.get("/locate", params={"lon": home["lat"], "lat": home["lon"]})
    assert response.status_code == 422
    assert "swapped" in response.text


def test_several_places_come_with_the_problem(client):
    answer = strict(client.get("/locate", params={"where": "Village"}))
    assert [one["id"] for one in answer["matches"]][:2] == ["V00", "V01"]
    assert {one["township"] for one in answer["matches"]} == {"Town"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"origins": []}', 422),
        (b'{"origins": [[1]]}', 422),
        (b'{"origins": [[NaN, 1]]}', 422),
        (b'{"origins": [["1_0", 1]]}', 422),
        (b'{"origins": [[true, 1]]}', 422),
        (b'{"origins": [[1, 1]], "more": 1}', 422),
        (b'{"origins": [[1e400, 1]]}', 422),
        (b"\xff\xfe", 422),
        (b" " * (MOST_BODY + 1), 413),
    ],
    ids=range(12),
)
def test_a_body_that_cannot_be_read_is_refused_in_words(client, body, status):
    response = client.post(
        "/matrix", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == status
    assert strict(response)["detail"]


def test_too_many_pairs_get_413(client, home):
    some = [[home["lon"], home["lat"]]] * (math.isqrt(replies.MOST_PAIRS) + 1)
    response = client.post("/matrix", json={"origins": some, "destinations": some})
    assert response.status_code == 413
    assert "too many" in strict(response)["detail"]


def test_a_page_or_method_that_is_not_there_is_a_problem_too(client):
    for response, status in (
        (client.get("/nothing"), 404),
        (client.post("/points"), 405),
        (client.delete("/locate"), 405),
        (client.put("/matrix", content=b"{}"), 405),
    ):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


def test_a_mistake_of_ours_is_a_problem_without_its_inside(
    client, locator, monkeypatch, capsys
):
    def broken(*_, **__):
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(type(locator), "locate", broken)
    response = client.get("/locate", params={"where": "V01"})
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_no_answer_holds_a_path_of_the_machine(client, locator, home):
    folder = Path(locator.state.asked.folder)
    texts = [
        client.get(one, params={**home, "where": "", "q": "V", "minutes": 5}).text
        for one in PLACES
    ]
    texts += [client.get("/openapi.json").text, client.get("/docs").text]
    for text in texts:
        assert str(folder) not in text
        assert "/tmp/" not in text
        assert "Traceback" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::2]"]
)
def test_a_host_that_is_not_ours_is_refused(client, host):
    response = client.get("/health", headers={"host": host})
    assert response.status_code == 421
    assert strict(response)["type"].endswith(":host")


def test_an_etag_spares_the_answer_until_the_study_changes(client):
    first = client.get("/points")
    tag = first.headers["etag"]
    for said in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = client.get("/points", headers={"if-none-match": said})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get("/points", headers={"if-none-match": '"x"'}).status_code == 200
    assert client.get("/villages").headers["etag"] != tag


def test_answers_are_zipped_for_those_who_take_it(client):
    plain = client.get("/villages", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for said in ("gzip", "deflate, gzip;q=0.5", "*"):
        zipped = client.get("/villages", headers={"accept-encoding": said})
        assert zipped.headers["content-encoding"] == "gzip"
        assert zipped.content == plain.content
        assert int(zipped.headers["content-length"]) < len(plain.content)
    assert (
        "content-encoding"
        not in client.get("/villages", headers={"accept-encoding": "gzip;q=0"}).headers
    )
    sent = []
    for _ in range(2):
        with client.stream("GET", "/villages") as answer:
            sent.append(b"".join(answer.iter_raw()))
    assert gzip.decompress(sent[0]) == plain.content
    assert sent[0] == sent[1]


def test_a_token_is_asked_for_where_there_is_one(locator):
    token = "a-token-of-some-length"
    app = Guards(
        application(locator),
        hosts=["127.0.0.1"],
        any_address=True,
        token=token,
        language="en",
    )
    client = TestClient(app, base_url=URL)
    basic = base64.b64encode(f"planner:{token}".encode()).decode()
    for said, status in (
        (None, 401),
        ("Bearer x", 401),
        (f"Bearer {token}x", 401),
        (f"Digest {token}", 401),
        ("Basic !!!", 401),
        ("Bearer \xe9", 401),
        (f"Bearer {token}", 200),
        (f"bearer  {token}", 200),
        (f"Basic {basic}", 200),
    ):
        headers = {} if said is None else {"authorization": said.encode("latin-1")}
        response = client.get("/health", headers=headers)
        assert response.status_code == status, said
        if status == 401:
            assert response.headers["www-authenticate"].startswith("Bearer")
    headers = {"authorization": f"Bearer {token}", "host": "192.0.2.7:8000"}
    assert client.get("/health", headers=headers).status_code == 200
    assert (
        client.get("/health", headers={**headers, "host": "evil.example"}).status_code
        == 421
    )


def test_health_says_when_the_study_can_no_longer_be_read(tmp_path, own_cache):
    folder = small_study.write(tmp_path / "study")
    locator = Locator(folder)
    client = TestClient(application(locator), base_url=URL)
    assert client.get("/health").json()["status"] == "ok"
    (folder / "points.csv").write_text("", encoding="utf-8")
    assert client.get("/locate", params={"where": "V01"}).status_code == 200
    told = client.get("/health").json()
    assert told["status"] == "stale"
    assert told["trouble"]
    assert str(folder) not in json.dumps(told)


def test_the_page_of_requests_needs_no_other_server_and_lets_only_itself_run(client):
    for language in ("en", "zh"):
        response = client.get("/docs", params={"language": language})
        assert response.status_code == 200
        assert "://" not in re.sub(r"http://127.0.0.1:8000", "", response.text).replace(
            "\\u003c", ""
        )
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert client.get("/").status_code == 200


def test_every_request_and_parameter_is_described_with_an_example_that_works(client):
    for language in ("en", "zh"):
        content = client.get("/openapi.json", params={"language": language}).json()
        assert set(PLACES) <= set(content["paths"])
        for path, operations in content["paths"].items():
            for method, operation in operations.items():
                assert operation["summary"]
                given = {
                    one["name"]: one["example"]
                    for one in operation.get("parameters", ())
                    if "example" in one and one["name"] != "item"
                }
                assert all(one["description"] for one in operation.get("parameters", ()))
                body = operation.get("requestBody", {}).get("content", {})
                sent = next(iter(body.values()), {}).get("example")
                response = client.request(method, path, params=given, json=sent)
                assert response.status_code == 200, (path, response.text)


@pytest.fixture
def api(app):
    """The OpenAPI document as schemathesis reads it."""
    return schemathesis.openapi.from_asgi(
        "/openapi.json", app=app, headers={"host": "127.0.0.1:8000"}
    )


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", PLACES)
def test_random_requests_never_break_the_schema(api, path, mode):
    """No 500; statuses, media types and bodies are as the document has them.

    What the document allows may still be refused with a reason: a place elsewhere.
    """
    operation = api[path]["POST" if path == "/matrix" else "GET"]

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(
            headers={"host": "127.0.0.1:8000"}, excluded_checks=[positive_data_acceptance]
        )

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong in no parameter
