import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from app.xero.webhooks import UnreadableWebhookError, is_genuine, read, signature

KEY = "a+Base64/Looking==Key"
# Irregular spaces, as Xero writes it: only these very bytes carry the signature.
BODY = (
    b'{"events":[{"resourceUrl": "https://api.xero.com/api.xro/2.0/Contacts/c1","resourceId":  "c1",'
    b'"eventDateUtc":"2026-11-20T01:02:03.456","eventType":"UPDATE","eventCategory":"CONTACT",'
    b'"tenantId":"t1","tenantType":"ORGANISATION"},{"eventCategory":"SOMETHING_NEW","data":{"Type":"x"}}],'
    b'"lastEventSequence": 7,"firstEventSequence": 6, "entropy":"XYZ"}'
)


def test_the_signature_is_of_the_raw_bytes_and_the_key_as_text() -> None:
    expected = base64.b64encode(hmac.new(KEY.encode(), BODY, hashlib.sha256).digest()).decode()
    assert signature(BODY, KEY) == expected
    assert is_genuine(BODY, expected, KEY)


@pytest.mark.parametrize("position", [0, 10, len(BODY) - 1])
def test_one_flipped_bit_is_enough(position: int) -> None:
    spoilt = bytearray(BODY)
    spoilt[position] ^= 1
    assert not is_genuine(bytes(spoilt), signature(BODY, KEY), KEY)


@pytest.mark.parametrize(
    ("given", "key"),
    [(None, KEY), ("", KEY), ("ungültig", KEY), (signature(BODY, ""), ""), (signature(BODY, "x"), KEY)],
)
def test_what_is_not_genuine(given: str | None, key: str) -> None:
    assert not is_genuine(BODY, given, key)


def test_reading() -> None:
    delivery = read(BODY)
    assert (delivery.first_sequence, delivery.last_sequence) == (6, 7)
    first, second = delivery.events
    assert (first.category, first.type, first.resource_id, first.xero_tenant_id) == (
        "CONTACT",
        "UPDATE",
        "c1",
        "t1",
    )
    assert first.at == datetime(2026, 11, 20, 1, 2, 3, 456000, UTC)
    assert (second.category, second.at) == ("SOMETHING_NEW", None)
    assert first.key == read(BODY).events[0].key
    assert first.key != second.key


def test_the_intent_to_receive() -> None:
    delivery = read(b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy":"S"}')
    assert (delivery.events, delivery.first_sequence) == ((), 0)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"events":[{"eventDateUtc":"soon"}]}'])
def test_what_cannot_be_read(body: bytes) -> None:
    with pytest.raises(UnreadableWebhookError):
        read(body)
