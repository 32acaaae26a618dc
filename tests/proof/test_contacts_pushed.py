"""A thousand clients pushed: twenty calls make their contacts, twenty change them, and one bad row is told alone."""

import time

import pytest

from tests.proof.weakened import built
from tests.sync.contacts.practice import NO_LIMITS, Pair

CLIENTS = 1000


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_a_thousand_in_twenty_calls(app, cast, simulator, work):
    simulator.limits(**NO_LIMITS)
    pair = Pair(app, cast.abc, "ABC Pty Ltd", simulator, work)
    pair.settings(push_client_changes=True)
    taken = pair.make("Taken By Somebody")
    clients = pair.add_many([f"Thousand {number:04} Pty Ltd" for number in range(CLIENTS)])
    with built("generous"):
        begun, before = time.monotonic(), pair.mark()
        pair.push(*clients)
        made = pair.calls(before)
        print(
            f"made: {len(made)} calls, {made.count('PUT /Contacts')} of them writing, {time.monotonic() - begun:.1f} s"
        )
        assert made.count("PUT /Contacts") == CLIENTS // 50
        assert pair.mapped(clients) == CLIENTS

        begun, before = time.monotonic(), pair.mark()
        pair.edit(clients[333], name="Taken By Somebody")
        pair.edit_many(clients, city="Hobart")
        pair.work()
        changed = pair.calls(before)
        print(
            f"changed: {len(changed)} calls, {changed.count('POST /Contacts')} of them writing,"
            f" {time.monotonic() - begun:.1f} s"
        )
        assert changed.count("POST /Contacts") == CLIENTS // 50
    assert pair.theirs(pair.contact_id(clients[0]))["Addresses"][0]["City"] == "Hobart"
    assert pair.theirs(pair.contact_id(clients[-1]))["Addresses"][0]["City"] == "Hobart"
    errand = pair.errand(clients[333])
    assert errand is not None
    assert "already assigned to another contact" in (errand.refused or "")
    refused = [client_id for client_id in clients[300:360] if pair.errand(client_id) is not None]
    assert refused == [clients[333]], "told alone"
    assert pair.theirs(taken)["Name"] == "Taken By Somebody"
