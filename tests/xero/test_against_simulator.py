"""The client and the governor against the simulator over real HTTP: the whole road, with nothing replaced."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from redis import Redis

from app.sync.governor import Governor, Limits
from app.xero.accounting import AccountingApi, ContactFields
from app.xero.config import XeroApp
from app.xero.errors import (
    Again,
    MissingScope,
    OrganisationGone,
    Permanent,
    ReconnectNeeded,
    WaitUntil,
    XeroError,
)
from app.xero.identity import connections, disconnect
from app.xero.oauth import TokenSet, authorize_url, exchange_code, new_verifier, refresh, revoke
from app.xero.scopes import scopes_for
from launcher.redis import EmbeddedRedis
from tests.support.simulator import SimulatorProcess
from tests.xero.road import BACK, Road


def consent(app: XeroApp, features: list[str], organisation: str) -> tuple[TokenSet, dict[str, str]]:
    """Press Allow on the consent page, as a browser would."""
    verifier = new_verifier()
    url = authorize_url(app, scopes_for(features), "state-1", verifier)
    form = dict(parse_qsl(urlsplit(url).query))
    page = requests.get(url, timeout=5)
    assert page.status_code == 200
    option = page.text.split(organisation.replace("&", "&amp;"))[0].rsplit('value="', 1)[1].split('"')[0]
    answer = requests.post(
        url.split("?")[0],
        data={**form, "decision": "allow", "organisation": option},
        allow_redirects=False,
        timeout=5,
    )
    back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    return exchange_code(app, back["code"], verifier), back


class TestConsent:
    def test_from_the_page_to_the_organisation(self, live_app: XeroApp, road: Callable[..., Road]) -> None:
        tokens, back = consent(live_app, ["jobs"], "XYZ Partners Pty Ltd")
        assert back["state"] == "state-1"
        assert tokens.scopes == frozenset(scopes_for(["jobs"]))
        assert tokens.xero_user_id
        assert tokens.authentication_event_id
        assert tokens.expires_at - datetime.now(UTC) <= timedelta(minutes=30)
        spare = road()
        spare.tokens.access = tokens.access_token
        (found,) = connections(spare.make(None), tokens.authentication_event_id)
        assert found.name == "XYZ Partners Pty Ltd"
        assert found.tenant_type == "ORGANISATION"
        assert found.created_at is not None

    def test_a_code_is_good_once(self, live_app: XeroApp) -> None:
        _, back = consent(live_app, ["jobs"], "XYZ Partners Pty Ltd")
        with pytest.raises(Permanent) as caught:
            exchange_code(live_app, back["code"], "verifier" * 8)
        assert caught.value.code == "code_refused"

    def test_refreshing_rotates(self, live_app: XeroApp, road: Callable[..., Road]) -> None:
        grant = road()
        tokens = refresh(live_app, grant.tokens.refresh_token)
        assert tokens.refresh_token != grant.tokens.refresh_token
        with pytest.raises(ReconnectNeeded):
            refresh(live_app, "no such token")

    def test_an_app_xero_does_not_know(self, xero: SimulatorProcess) -> None:
        stranger = XeroApp("nobody", "wrong", BACK, xero.url, xero.url, xero.url)
        with pytest.raises(Permanent) as caught:
            refresh(stranger, "x")
        assert caught.value.whose_move == "us"

    def test_disconnecting_and_revoking(self, live_app: XeroApp, road: Callable[..., Road]) -> None:
        abc = road()
        abc.accounting.organisation()
        (row,) = connections(abc.make(None), abc.token["auth_event_id"])
        disconnect(abc.make(None), row.id)
        disconnect(abc.make(None), row.id)
        with pytest.raises(OrganisationGone):
            abc.accounting.organisation()
        revoke(live_app, abc.tokens.refresh_token)
        with pytest.raises(ReconnectNeeded):
            refresh(live_app, abc.tokens.refresh_token)


class TestAccounting:
    def test_the_organisation_and_its_people(self, road: Callable[..., Road]) -> None:
        abc = road().accounting
        organisation = abc.organisation()
        assert organisation.name == "ABC Pty Ltd"
        assert organisation.base_currency == "AUD"
        assert {"jane@abc.test", "mike@abc.test"} <= {user.email for user in abc.users()}

    def test_a_contacts_life(self, road: Callable[..., Road]) -> None:
        abc = road().accounting
        made = abc.create_contact(
            ContactFields(name="Brown  & Söhne", number="CL-901", email="b@brown.test", phone="08 5550 0000"),
            "k1",
        )
        assert (made.name, made.number, made.status) == ("Brown & Söhne", "CL-901", "ACTIVE")
        assert abc.contact("CL-901").id == made.id
        assert [found.id for found in abc.search_contacts("söhne")] == [made.id]
        changed = abc.update_contact(made.id, ContactFields(email="new@brown.test"))
        assert (changed.email, changed.name) == ("new@brown.test", "Brown & Söhne")
        with pytest.raises(Permanent) as caught:
            abc.create_contact(ContactFields(name="brown & söhne"))
        assert caught.value.code == "contact_name_taken"
        abc.archive_contact(made.id)
        assert made.id not in {c.id for page in abc.contacts() for c in page}
        assert made.id in {c.id for page in abc.contacts(include_archived=True) for c in page}

    def test_pages_and_changes_since(self, road: Callable[..., Road]) -> None:
        abc = road()
        everything = [c.id for page in abc.accounting.contacts() for c in page]
        abc.calls.clear()
        small = [c.id for page in abc.accounting.contacts(page_size=5) for c in page]
        assert sorted(small) == sorted(everything)
        assert len(abc.calls) == -(-len(everything) // 5)
        before = datetime.now(UTC) - timedelta(seconds=1)
        made = abc.accounting.create_contact(ContactFields(name="Brand New"))
        assert made.id in {c.id for page in abc.accounting.contacts(since=before) for c in page}

    def test_the_same_key_makes_one(self, road: Callable[..., Road]) -> None:
        abc = road().accounting
        first = abc.create_contact(ContactFields(name="Once"), "same-key")
        assert abc.create_contact(ContactFields(name="Once"), "same-key").id == first.id
        with pytest.raises(Permanent) as caught:
            abc.create_contact(ContactFields(name="Other"), "same-key")
        assert caught.value.code == "idempotency_key_reused"

    def test_what_is_not_there(self, road: Callable[..., Road]) -> None:
        with pytest.raises(Permanent) as caught:
            road().accounting.contact("CL-none")
        assert caught.value.code == "not_found"

    def test_a_batch(self, road: Callable[..., Road]) -> None:
        abc = road().accounting
        abc.create_contact(ContactFields(name="Taken"))
        good, bad = abc.create_contacts([ContactFields(name="Free"), ContactFields(name="Taken")])
        assert good.record is not None
        assert bad.record is None
        assert "already assigned" in bad.errors[0]


class TestProjects:
    def test_a_jobs_life(self, road: Callable[..., Road]) -> None:
        abc = road()
        contact = abc.accounting.create_contact(ContactFields(name="Job Holder"))
        made = abc.projects.create_project(
            contact.id, "BAS - Job Holder (R-1)", date(2026, 12, 31), Decimal("880.50"), "p1"
        )
        assert made.deadline is not None
        assert made.deadline.date() == date(2026, 12, 31)
        assert made.estimate is not None
        assert (made.estimate.value, made.currency) == (Decimal("880.50"), "AUD")
        assert [p.id for p in abc.projects.projects(contact.id)] == [made.id]
        task = abc.projects.create_task(made.id, "Lodge", Decimal("150.00"), "AUD", "FIXED", 90, "t1")
        assert [t.id for t in abc.projects.tasks(made.id)] == [task.id]
        assert task.rate is not None
        assert (task.rate.value, task.estimate_minutes) == (Decimal(150), 90)
        abc.projects.update_project(made.id, "Renamed", date(2027, 1, 1))
        abc.projects.set_status(made.id, "CLOSED")
        found = abc.projects.project(made.id)
        assert (found.name, found.status) == ("Renamed", "CLOSED")
        assert made.id not in {p.id for p in abc.projects.projects(contact.id, "INPROGRESS")}
        assert {user.email for user in abc.projects.users()} >= {"jane@abc.test"}

    def test_a_contact_of_another_organisation(self, road: Callable[..., Road]) -> None:
        smith = road("Smith & Co").accounting.create_contact(ContactFields(name="Stranger"))
        with pytest.raises(Permanent):
            road().projects.create_project(smith.id, "X")


class TestFaults:
    def test_dropped_after_the_change(self, road: Callable[..., Road], xero: SimulatorProcess) -> None:
        abc = road()
        contact = abc.accounting.create_contact(ContactFields(name="Holder"))
        xero.fault("drop_after", path="/Projects", method="POST", count=1)
        with pytest.raises(Again) as caught:
            abc.projects.create_project(contact.id, "Made all the same")
        assert caught.value.maybe_done is True
        assert [p.name for p in abc.projects.projects(contact.id)] == ["Made all the same"]

    def test_slower_than_we_wait(self, road: Callable[..., Road], xero: SimulatorProcess) -> None:
        abc = road()
        xero.fault("slow", path="/Organisation", count=1, seconds=3)
        with pytest.raises(Again) as caught:
            abc.accounting.organisation()
        assert (caught.value.code, caught.value.maybe_done) == ("timed_out", False)

    def test_an_expired_token_is_renewed_unseen(
        self, road: Callable[..., Road], xero: SimulatorProcess
    ) -> None:
        abc = road()
        xero.advance(3600)
        assert abc.accounting.organisation().name == "ABC Pty Ltd"
        assert abc.tokens.refreshes == 1
        assert [call.status for call in abc.calls] == [401, 200]

    def test_a_consent_without_the_scope(self, live_app: XeroApp, road: Callable[..., Road]) -> None:
        tokens, _ = consent(live_app, ["contacts"], "XYZ Partners Pty Ltd")
        xyz = road("XYZ Partners Pty Ltd")
        xyz.tokens.access = tokens.access_token
        with pytest.raises(MissingScope) as caught:
            xyz.projects.projects()
        assert caught.value.scope.startswith("projects")

    def test_an_organisation_not_ours(self, road: Callable[..., Road]) -> None:
        abc = road()
        with pytest.raises(OrganisationGone):
            AccountingApi(abc.make("00000000-1111-2222-3333-444444444444")).organisation()

    @pytest.mark.parametrize("kind", ["500_before", "500_after", "503", "html", "truncated"])
    def test_whatever_goes_wrong_has_a_name(
        self, road: Callable[..., Road], xero: SimulatorProcess, kind: str
    ) -> None:
        abc = road()
        xero.fault(kind, count=1)
        with pytest.raises(XeroError) as caught:
            abc.accounting.create_contact(ContactFields(name="Perhaps"))
        assert isinstance(caught.value, Again)
        assert caught.value.maybe_done is True

    @pytest.mark.parametrize("limit", ["minute", "day", "concurrent", "app"])
    def test_each_limit_is_told_apart(
        self, road: Callable[..., Road], xero: SimulatorProcess, limit: str
    ) -> None:
        abc = road()
        xero.fault("429", problem=limit, retry_after=17, count=1)
        with pytest.raises(WaitUntil) as caught:
            abc.accounting.organisation()
        assert (caught.value.limit, caught.value.seconds) == (limit, 17)


@pytest.mark.parametrize("window", ["fixed", "rolling"])
def test_with_the_governor_no_limit_is_ever_met(
    road: Callable[..., Road], xero: SimulatorProcess, redis_server: EmbeddedRedis, window: str
) -> None:
    xero.limits(enabled=True, window=window)
    with Redis.from_url(redis_server.url) as redis:
        redis.flushall()
        governor = Governor(redis, limits=Limits(minute_reserve=0, lease_reserve=0))
        abc = road(gate=governor)
        abc.accounting.organisation()

        def one(_: int) -> str:
            while True:
                try:
                    AccountingApi(abc.make()).organisation()
                except WaitUntil as wait:
                    if wait.limit == "concurrent":
                        continue
                    return wait.limit
                return "sent"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(one, range(70)))
        assert outcomes.count("sent") == 59
        assert set(outcomes) == {"sent", "minute"}
        assert 429 not in {call.status for call in abc.calls}
        usage = governor.snapshot(abc.tenant_id)
        assert usage is not None
        assert (usage.minute_used, usage.in_flight) == (60, 0)
        assert usage.day_used == 60
