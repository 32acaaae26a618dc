"""Passkeys, with a device made of software: what it signs is real, so is what is refused."""

import hashlib
import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html import unescape

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from tests.support.pages import words

PASSWORD = "countinghouse-demo"
JANE = "jane@abc.test"
ORIGIN = "http://localhost:8000"


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


class Device:
    """Keeps one key pair and answers as a browser with it would."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.count = 0
        self.handle = b""

    def _data(self, *, verified: bool = True, host: str = "localhost", new: bool = False) -> bytes:
        self.count += 1
        flags = 0x01 | (0x04 if verified else 0) | (0x40 if new else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": origin}).encode()

    def make(self, options: dict, *, origin: str = ORIGIN, **how) -> str:
        self.handle = urlsafe_b64decode(options["user"]["id"] + "==")
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        data = self._data(new=True, **how) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, origin)
        return self._answer({"attestationObject": b64(attestation), "clientDataJSON": b64(client)})

    def sign(self, options: dict, *, origin: str = ORIGIN, **how) -> str:
        data, client = self._data(**how), self._client("webauthn.get", options, origin)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "authenticatorData": b64(data),
                "clientDataJSON": b64(client),
                "signature": b64(signed),
                "userHandle": b64(self.handle),
            }
        )

    def _answer(self, response: dict) -> str:
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        )


def options_of(page) -> dict:
    return json.loads(unescape(re.search(r'data-passkey="([^"]*)"', page.text)[1]))


def asked_to_make(person, name="Work laptop") -> dict:
    return options_of(person.post("/account/passkeys/new", {"name": name, "password": PASSWORD}))


def register(person, device: Device, name="Work laptop"):
    return person.post("/account/passkeys", {"credential": device.make(asked_to_make(person, name))})


def asked_to_sign(person, **more) -> dict:
    return options_of(person.post("/sign-in/passkey", more))


def sign_in(person, device: Device, **how):
    answer = device.sign(asked_to_sign(person), **how)
    return person.post("/sign-in/passkey/answer", {"credential": answer})


@pytest.fixture
def device(browser) -> Device:
    """Jane's, registered."""
    made = Device()
    assert register(browser(JANE), made).status_code == 200
    return made


def test_the_first_passkey_brings_recovery_codes_and_the_second_does_not(browser):
    person = browser(JANE)
    first = register(person, Device())
    assert len(re.findall(r"<code>([a-z0-9-]{14})</code>", first.text)) == 10
    assert register(person, Device(), "Phone").location == "/account/second-factor"
    page = words(person.get("/account/second-factor"))
    assert "Work laptop" in page
    assert "Phone" in page
    assert "10 codes left" in page


def test_a_passkey_signs_in_without_password_and_code(browser, device):
    person = browser(None)
    options = asked_to_sign(person, next="/requests")
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")
    answer = person.post("/sign-in/passkey/answer", {"credential": device.sign(options)})
    assert answer.location == "/requests"
    assert "Jane Doe" in person.get("/requests").text


def test_it_counts_as_the_second_factor_of_a_practice_that_asks(browser, device, superuser, cast):
    with superuser.begin() as connection:
        connection.execute(text("update companies set second_factor_required = true"))
    person = browser(None)
    sign_in(person, device)
    assert person.get("/requests").status_code == 200


def test_with_a_passkey_the_password_alone_is_not_enough(browser, device):
    person = browser(None)
    asked = person.post("/sign-in", {"email": JANE, "password": PASSWORD, "next": "/clients"})
    assert asked.location == "/sign-in/code"
    assert "Use a passkey" in person.get("/sign-in/code").text
    options = asked_to_sign(person)
    assert [one["id"] for one in options["allowCredentials"]] == [b64(device.id)]
    answer = person.post("/sign-in/passkey/answer", {"credential": device.sign(options)})
    assert answer.location == "/clients"


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"verified": False}, id="without finger, face or PIN"),
        pytest.param({"origin": "http://localhost:8001"}, id="another port"),
        pytest.param({"origin": "https://countinghouse.evil.example"}, id="another site"),
        pytest.param({"host": "evil.example"}, id="another site's device data"),
    ],
)
def test_what_was_not_made_for_us_is_refused(browser, device, how):
    person = browser(None)
    assert sign_in(person, device, **how).location == "/sign-in"
    assert person.get("/requests").status_code == 302
    maker = Device()
    refused = browser("mike@abc.test")
    answer = maker.make(asked_to_make(refused), **how)
    assert refused.post("/account/passkeys", {"credential": answer}).status_code == 422
    assert sign_in(browser(None), device).location == "/"


def test_a_challenge_is_answered_once(browser, device):
    person = browser(None)
    options = asked_to_sign(person)
    cookie = person.raw.get_cookie("countinghouse").value
    assert person.post("/sign-in/passkey/answer", {"credential": device.sign(options)}).location == "/"
    thief = browser(None)
    thief.raw.set_cookie("countinghouse", cookie)
    again = thief.post("/sign-in/passkey/answer", {"credential": device.sign(options)})
    assert again.location == "/sign-in"
    assert thief.get("/requests").status_code == 302


def test_a_wrong_answer_uses_the_challenge_up(browser, device, superuser):
    person = browser(None)
    options = asked_to_sign(person)
    assert person.post("/sign-in/passkey/answer", {"credential": "{}"}).location == "/sign-in"
    right = person.post("/sign-in/passkey/answer", {"credential": device.sign(options)})
    assert right.location == "/sign-in"
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from sign_in_steps")) == 0


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '{"id":"a"}', '{"id":1,"rawId":"!"}', "x" * 30_000]
)
def test_nonsense_is_refused(browser, answer):
    person = browser(None)
    asked_to_sign(person)
    assert person.post("/sign-in/passkey/answer", {"credential": answer}).location == "/sign-in"
    jane = browser(JANE)
    asked_to_make(jane)
    assert jane.post("/account/passkeys", {"credential": answer}).status_code == 422


def test_a_copy_of_the_device_is_noticed(browser, device):
    sign_in(browser(None), device)
    sign_in(browser(None), device)
    device.count = 0
    assert sign_in(browser(None), device).location == "/sign-in"


def test_another_persons_challenge_makes_no_passkey_for_me(browser):
    jane, mike = browser(JANE), browser("mike@abc.test")
    answer = Device().make(asked_to_make(jane))
    asked_to_make(mike)
    assert mike.post("/account/passkeys", {"credential": answer}).status_code == 422


def test_a_passkey_is_registered_once(browser, device):
    mike = browser("mike@abc.test")
    answer = device.make(asked_to_make(mike))
    assert mike.post("/account/passkeys", {"credential": answer}).status_code == 422


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"name": "", "password": PASSWORD}, "The passkey’s name is missing"),
        ({"name": "x" * 61, "password": PASSWORD}, "Use 60 at most"),
        ({"name": "Phone", "password": "no"}, "This is not your password."),
    ],
)
def test_a_passkey_needs_a_name_and_the_password(browser, sent, says):
    answer = browser(JANE).post("/account/passkeys/new", sent)
    assert answer.status_code == 422
    assert says in words(answer)


def test_removing_needs_the_password_and_ends_it(browser, device, superuser):
    person = browser(None)
    sign_in(person, device)
    with superuser.connect() as connection:
        own = str(connection.scalar(text("select id from passkeys")))
    sent = {"passkey_id": own, "password": PASSWORD}
    assert person.post("/account/passkeys/remove", {**sent, "password": "no"}).status_code == 422
    assert browser("mike@abc.test").post("/account/passkeys/remove", sent).status_code == 409
    assert person.post("/account/passkeys/remove", sent).status_code == 302
    assert sign_in(browser(None), device).location == "/sign-in"
    assert browser(None).post("/sign-in", {"email": JANE, "password": PASSWORD}).location == "/"
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from recovery_codes")) == 0


def test_who_may_no_longer_sign_in_does_not_by_passkey(browser, device, superuser):
    with superuser.begin() as connection:
        connection.execute(text("update users set active = false where email = :jane"), {"jane": JANE})
    assert sign_in(browser(None), device).location == "/sign-in"
