"""Tokens that must not count, and refresh tokens that count once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import jwt
import pytest
from flask_jwt_extended import create_access_token, decode_token

from tests.api.test_sign_in import login


@pytest.fixture
def tokens(api) -> dict:
    return login(api, "admin@abc.test").json


def me(api, token: str):
    return api().with_token(token).get("/api/auth/me")


def refused(answer) -> bool:
    return answer.status_code == 401 and answer.json["error"]["code"] == "bad_token"


def test_an_expired_token(api, app, tokens):
    with app.app_context():
        claims = decode_token(tokens["access_token"])
        kept = {name: claims[name] for name in ("sid", "cid", "super")}
        late = create_access_token(claims["sub"], expires_delta=timedelta(seconds=-1), additional_claims=kept)
        fresh = create_access_token(
            claims["sub"], expires_delta=timedelta(seconds=60), additional_claims=kept
        )
    assert refused(me(api, late))
    assert me(api, fresh).status_code == 200


def test_an_access_token_lasts_fifteen_minutes(app, tokens):
    with app.app_context():
        claims = decode_token(tokens["access_token"])
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 900


def test_a_token_with_other_claims_or_another_signature(api, tokens):
    header, payload, signature = tokens["access_token"].split(".")
    other = jwt.utils.base64url_encode(
        jwt.utils.base64url_decode(payload).replace(b'"super":false', b'"super":true')
    ).decode()
    assert other != payload
    assert refused(me(api, f"{header}.{other}.{signature}"))
    assert refused(me(api, f"{header}.{payload}.{signature[:-4]}AAAA"))
    assert refused(me(api, f"{header}.{payload}."))


def test_a_token_signed_with_nothing_or_another_secret(api, app, tokens):
    with app.app_context():
        claims = decode_token(tokens["access_token"])
    assert refused(me(api, jwt.encode(claims, "", algorithm="none")))
    assert refused(me(api, jwt.encode(claims, "x" * 40, algorithm="HS256")))
    assert refused(me(api, jwt.encode(claims, app.config["SECRET_KEY"] * 2, algorithm="HS512")))


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(api, tokens):
    assert refused(me(api, tokens["refresh_token"]))
    assert refused(api().post("/api/auth/refresh", {"refresh_token": tokens["access_token"]}))


def test_headers_that_are_no_token(api):
    for header in ("", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "bearer", "nonsense"):
        program = api()
        program.headers["Authorization"] = header
        answer = program.get("/api/auth/me")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), header


def test_a_browsers_cookie_alone_opens_nothing(browser):
    client = browser("admin@abc.test").raw
    answer = client.get("/api/requests")
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "not_signed_in"
    assert client.post("/api/clients", json={"name": "By cookie"}).status_code == 401


def test_refreshing_gives_a_pair_that_works(api, tokens):
    new = api().post("/api/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json
    assert new["access_token"] != tokens["access_token"]
    assert new["refresh_token"] != tokens["refresh_token"]
    assert (new["company"], new["role"]) == (tokens["company"], tokens["role"])
    assert me(api, new["access_token"]).status_code == 200
    assert api().post("/api/auth/refresh", {"refresh_token": new["refresh_token"]}).status_code == 200


def test_a_refresh_token_used_twice_ends_the_whole_sign_in(api, tokens):
    new = api().post("/api/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json
    again = api().post("/api/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert (again.status_code, again.json["error"]["code"]) == (401, "refresh_reused")
    assert me(api, new["access_token"]).status_code == 401
    assert me(api, tokens["access_token"]).status_code == 401
    assert api().post("/api/auth/refresh", {"refresh_token": new["refresh_token"]}).status_code == 401


def test_refreshing_needs_no_access_token_that_still_counts(api, tokens):
    stale = api().with_token("an.old.token")
    assert stale.post("/api/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 200


def test_of_two_programs_that_refresh_at_the_same_moment_one_is_the_second(app, api, tokens):
    start = Barrier(2)

    def refresh() -> int:
        start.wait()
        body = {"refresh_token": tokens["refresh_token"]}
        return app.test_client().post("/api/auth/refresh", json=body).status_code

    with ThreadPoolExecutor(2) as pool:
        codes = [one.result() for one in [pool.submit(refresh) for _ in range(2)]]
    assert sorted(codes) == [200, 401]
    assert me(api, tokens["access_token"]).status_code == 401


def test_a_refresh_token_of_no_session(api, app, tokens):
    with app.app_context():
        claims = decode_token(tokens["refresh_token"])
    invented = jwt.encode({**claims, "sid": str(uuid4())}, app.config["SECRET_KEY"], algorithm="HS256")
    answer = api().post("/api/auth/refresh", {"refresh_token": invented})
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "session_ended")
