"""Settings → People: inviting, accepting, roles, access."""

import threading
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.errors import WrongState
from app.extensions import db
from app.models import Client, Invitation, Membership, User
from app.settings import people_actions
from app.tenancy import company_scope
from tests.support.pages import links, words

PEOPLE = "/settings/people"
PASSWORD = "quiet teal otter lamps"
NEW = "wren@practice.example"


def invite(person, email=NEW, role="accountant"):
    return person.post(PEOPLE, {"email": email, "role": role})


def accept_as_new(person, link, name="Wren Ito", password=PASSWORD, again=None):
    return person.post(link, {"name": name, "password": password, "again": again or password})


def the_invitation(cast, company_id, email=NEW) -> Invitation:
    return cast.read(company_id, select(Invitation).where(Invitation.email == email))[-1]


def members(cast, company_id) -> int:
    return cast.read(company_id, select(func.count(Membership.id)))[0]


def expire(superuser) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update invitations set expires_at = now() - interval '1 second'"))


def test_invited_accepted_and_at_work(browser, outbox, cast, superuser):
    alice = browser("admin@abc.test")
    assert invite(alice, " Wren@practice.example ").location == PEOPLE
    mail = outbox.last("invitation")
    assert (mail.recipient, mail.company_id) == (NEW.replace("w", "W", 1), cast.abc)
    assert "Alice Carter invites you to ABC Accounting as accountant" in mail.text
    assert "Wren@practice.example" in words(alice.get(PEOPLE))
    wren = browser(None)
    page = wren.get(mail.link)
    assert "Join ABC Accounting" in page.text
    assert accept_as_new(wren, mail.link).location == "/"
    assert wren.get("/").status_code == 200
    assert wren.get("/settings").status_code == 403
    listed = words(alice.get(PEOPLE))
    assert "Wren Ito" in listed
    assert "Invited, not here yet" not in listed
    history = words(alice.get(f"{PEOPLE}/invitations"))
    assert "Wren@practice.example Accountant Alice Carter" in history
    assert "Accepted Wren Ito" in history
    page = f"{PEOPLE}/{cast.member(cast.abc, 'Wren').id}"
    assert page in links(alice.get(PEOPLE), page)
    assert "Invited by Alice Carter" in words(alice.get(page))
    with superuser.connect() as connection:
        lasts = connection.scalar(
            text(
                "select extract(epoch from i.expires_at - i.created_at) / 86400 from invitations i"
                " join users u on u.id = i.accepted_by where u.name = 'Wren Ito'"
            )
        )
    assert 6.9 < lasts < 7.1


def test_the_new_person_signs_in_with_their_password(browser, outbox):
    invite(browser("admin@abc.test"))
    accept_as_new(browser(None), outbox.last("invitation").link)
    answer = browser(None).post("/sign-in", {"email": NEW, "password": PASSWORD})
    assert answer.location == "/"


def test_a_link_works_once(browser, outbox, cast):
    invite(browser("admin@abc.test"))
    link = outbox.last("invitation").link
    accept_as_new(browser(None), link)
    before = members(cast, cast.abc)
    again = accept_as_new(browser(None), link, "Somebody Else")
    assert again.status_code == 410
    assert "accepted already" in words(again)
    assert members(cast, cast.abc) == before


def test_two_who_follow_a_link_at_once_are_one_person(app: Flask, browser, outbox, cast):
    invite(browser("admin@abc.test"))
    link, before = outbox.last("invitation").link, members(cast, cast.abc)
    people, answers = [browser(None), browser(None)], []
    tokens = [person._token() for person in people]
    both = threading.Barrier(2)

    def follow(person, token) -> None:
        both.wait(5)
        data = {"name": "Wren Ito", "password": PASSWORD, "again": PASSWORD, "csrf_token": token}
        answers.append(person.raw.post(link, data=data).status_code)

    threads = [threading.Thread(target=follow, args=pair) for pair in zip(people, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers)[0] == 302
    assert sorted(answers)[1] in {302, 409, 410}
    assert members(cast, cast.abc) == before + 1


@pytest.mark.parametrize("end", ["expired", "withdrawn", "resent", "made up"])
def test_a_link_that_does_not_work(browser, outbox, cast, superuser, end):
    alice = browser("admin@abc.test")
    invite(alice)
    link, found = outbox.last("invitation").link, the_invitation(cast, cast.abc)
    if end == "expired":
        expire(superuser)
    elif end == "made up":
        link = "/invitations/AAAA"
    else:
        verb = "withdraw" if end == "withdrawn" else "resend"
        assert alice.post(f"{PEOPLE}/invitations/{found.id}/{verb}").location == PEOPLE
    before = members(cast, cast.abc)
    answer = accept_as_new(browser(None), link)
    assert answer.status_code == 410
    assert "This invitation does not work any more" in words(answer)
    assert members(cast, cast.abc) == before
    if end == "resent":
        assert accept_as_new(browser(None), outbox.last("invitation").link).location == "/"


def test_withdrawn_and_accepted_are_neither_sent_nor_withdrawn_again(browser, outbox, cast):
    alice = browser("admin@abc.test")
    invite(alice)
    found = the_invitation(cast, cast.abc)
    alice.post(f"{PEOPLE}/invitations/{found.id}/withdraw")
    sent = len(outbox.all())
    for verb in ("resend", "withdraw"):
        alice.post(f"{PEOPLE}/invitations/{found.id}/{verb}")
        assert "was withdrawn. Invite the address again" in words(alice.get(PEOPLE))
    assert len(outbox.all()) == sent
    assert "Withdrawn Alice Carter" in words(alice.get(f"{PEOPLE}/invitations"))


def test_who_has_an_account_uses_it(browser, outbox, cast):
    invite(browser("admin@abc.test"), "PRIYA@smith.test", "admin")
    link = outbox.last("invitation").link
    nobody = browser(None)
    assert "There is an account with this address" in words(nobody.get(link))
    assert (
        nobody.post(link, {"name": "X", "password": PASSWORD, "again": PASSWORD}).location
        == f"/sign-in?next={link}"
    )
    other = browser("admin@smith.test")
    assert "You are signed in as somebody else" in words(other.get(link))
    assert other.post(link).status_code == 409
    priya = browser("priya@smith.test")
    assert "Smith Tax Co." in words(priya.get("/"))
    before = members(cast, cast.abc)
    assert priya.post(link).location == "/"
    assert "ABC Accounting" in words(priya.get("/"))
    assert priya.get("/settings").status_code == 200
    assert members(cast, cast.abc) == before + 1
    places = words(priya.get("/companies"))
    assert "ABC Accounting Practice admin" in places
    assert "Smith Tax Co. Accountant" in places


@pytest.mark.parametrize(
    ("email", "role", "says"),
    [
        ("", "accountant", "missing"),
        ("nonsense", "accountant", "not an e-mail address"),
        (NEW, "client", "must be one of"),
        (NEW, "super", "must be one of"),
        ("JANE@abc.test", "admin", "Jane Doe has a place in your practice already, as accountant"),
        ("client@abc.test", "accountant", "Hannah Whitlock has a place in your practice already, as client"),
    ],
)
def test_whom_one_cannot_invite(browser, outbox, email, role, says):
    answer = invite(browser("admin@abc.test"), email, role)
    assert answer.status_code == 422
    assert says in words(answer)
    assert outbox.all() == []


def test_one_open_invitation_for_an_address(browser, outbox, superuser):
    alice = browser("admin@abc.test")
    invite(alice)
    again = invite(alice, NEW.upper())
    assert again.status_code == 422
    assert "was invited already" in words(again)
    expire(superuser)
    assert invite(alice).location == PEOPLE
    assert accept_as_new(browser(None), outbox.last("invitation").link).location == "/"


def test_an_invitation_is_sent_five_times_a_day(browser, outbox, cast):
    alice = browser("admin@abc.test")
    invite(alice)
    found = the_invitation(cast, cast.abc)
    for _ in range(6):
        alice.post(f"{PEOPLE}/invitations/{found.id}/resend")
    assert len(outbox.all("invitation")) == 6
    assert "was sent 5 times today" in words(alice.get(PEOPLE))


def test_what_became_of_the_mail_stands_beside_it(app: Flask, browser, outbox):
    alice = browser("admin@abc.test")
    invite(alice)
    outbox.set(
        outbox.last("invitation"),
        "state = 'failed', last_error = 'The mail server refused the address (550).'",
    )
    assert "Mail failed The mail server refused the address (550)." in words(alice.get(PEOPLE))
    outbox.set(outbox.last("invitation"), "state = 'queued'")
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"demo": False})
    assert "This installation has no mail server yet" in words(alice.get(PEOPLE))


def test_a_client_is_invited_from_their_page_and_bound_to_it(browser, outbox, cast):
    alice, client = browser("admin@abc.test"), cast.client(cast.abc)
    stranger = cast.read(cast.abc, select(Client).order_by(Client.number))[-1]
    place = f"{PEOPLE}/clients/{client.id}"
    assert place in links(alice.get(f"/clients/{client.id}"), place)
    assert alice.post(place, {"email": NEW}).location == place
    mail = outbox.last("invitation")
    assert "follow your work with the practice" in mail.text
    assert NEW in words(alice.get(place))
    wren = browser(None)
    assert accept_as_new(wren, mail.link).location == "/"
    assert wren.get("/").location == "/portal"
    assert wren.get(f"/clients/{stranger.id}").status_code == 404
    (member,) = cast.read(cast.abc, select(Membership).join(User).where(User.email == NEW))
    assert (member.role, member.client_id) == ("client", client.id)
    assert "Wren Ito" in words(alice.get(f"/clients/{client.id}"))
    assert alice.post(f"{PEOPLE}/{member.id}", {"role": "admin"}).status_code == 409
    alice.post(f"{PEOPLE}/{member.id}/deactivate")
    assert wren.get("/portal").location == "/companies"


def test_nobody_is_invited_to_an_archived_client(browser, outbox, cast):
    alice, client = browser("admin@abc.test"), cast.client(cast.abc)
    alice.post(f"/clients/{client.id}/archive")
    assert "Invite somebody" not in words(alice.get(f"{PEOPLE}/clients/{client.id}"))
    assert alice.post(f"{PEOPLE}/clients/{client.id}", {"email": NEW}).status_code == 409
    assert outbox.all() == []


def test_a_suspended_practice_takes_nobody_in(browser, outbox, cast, superuser):
    invite(browser("admin@abc.test"))
    with superuser.begin() as connection:
        connection.execute(text("update companies set suspended_at = now() where id = :i"), {"i": cast.abc})
    answer = accept_as_new(browser(None), outbox.last("invitation").link)
    assert answer.status_code == 409
    assert "suspended" in words(answer)


def test_a_role_counts_from_the_next_click(browser, api, cast):
    alice, jane, program = browser("admin@abc.test"), browser("jane@abc.test"), api("jane@abc.test")
    page = f"{PEOPLE}/{cast.member(cast.abc, 'Jane').id}"
    assert jane.get("/settings").status_code == 403
    assert program.get("/api/people").status_code == 403
    assert alice.post(page, {"role": "admin"}).location == page
    assert jane.get("/settings").status_code == 200
    assert program.get("/api/people").status_code == 200
    alice.post(page, {"role": "accountant"})
    assert jane.get("/settings").status_code == 403
    assert alice.post(page, {"role": "super"}).status_code == 422


def test_access_ends_at_once_for_this_practice_and_no_other(browser, api, outbox, cast):
    invite(browser("admin@abc.test"), "priya@smith.test")
    priya = browser("priya@smith.test")
    priya.post(outbox.last("invitation").link)
    program = api("jane@abc.test")
    alice, jane = browser("admin@abc.test"), browser("jane@abc.test")
    assert program.get("/api/requests").status_code == 200
    for name in ("Jane", "Priya"):
        member = cast.member(cast.abc, name)
        assert alice.post(f"{PEOPLE}/{member.id}/deactivate").status_code == 302
    assert jane.get("/requests").location == "/companies"
    assert jane.post("/requests/new").location == "/companies"
    assert program.get("/api/requests").status_code == 409
    assert priya.get("/requests").location == "/companies"
    priya.post("/companies", {"company_id": str(cast.smith)})
    assert priya.get("/requests").status_code == 200
    member = cast.member(cast.abc, "Jane")
    assert "No access" in words(alice.get(f"{PEOPLE}/{member.id}"))
    assert alice.post(f"{PEOPLE}/{member.id}/deactivate").status_code == 409
    alice.post(f"{PEOPLE}/{member.id}/reactivate")
    assert jane.get("/requests").status_code == 200
    assert alice.post(f"{PEOPLE}/{member.id}/reactivate").status_code == 409


def test_whoever_lost_access_is_not_invited_but_let_in_again(browser, outbox, cast):
    alice, member = browser("admin@abc.test"), cast.member(cast.abc, "Jane")
    alice.post(f"{PEOPLE}/{member.id}/deactivate")
    answer = invite(alice, "jane@abc.test")
    assert answer.status_code == 422
    assert "give access back instead" in words(answer)


@pytest.mark.parametrize("what", ["demoted", "deactivated"])
def test_the_last_admin_stays(browser, cast, superuser, what):
    alice, member = browser("admin@abc.test"), cast.member(cast.abc, "Alice")
    page = f"{PEOPLE}/{member.id}"

    def do():
        if what == "demoted":
            return alice.post(page, {"role": "accountant"})
        return alice.post(f"{page}/deactivate")

    answer = do()
    assert answer.status_code == 409
    assert "Alice Carter is the practice’s only admin" in words(answer)
    jane = cast.member(cast.abc, "Jane").id
    with superuser.begin() as connection:
        connection.execute(
            text("update memberships set role = 'admin', active = false where id = :i"), {"i": jane}
        )
    assert do().status_code == 409, "an admin without access is none"
    with superuser.begin() as connection:
        connection.execute(text("update memberships set active = true where id = :i"), {"i": jane})
    assert do().location == "/"
    assert alice.get("/settings").status_code in {302, 403}


def test_two_admins_cannot_take_away_each_other_at_once(app: Flask, browser, cast, superuser):
    jane = cast.member(cast.abc, "Jane").id
    with superuser.begin() as connection:
        connection.execute(text("update memberships set role = 'admin' where id = :i"), {"i": jane})
    both, said = threading.Barrier(2), []

    def take_away(member_id) -> None:
        with app.app_context(), company_scope(cast.abc):
            person = db.session.scalars(select(Membership).where(Membership.id == member_id)).one()
            both.wait(5)
            try:
                people_actions.deactivate(person, "Somebody")
                db.session.commit()
                said.append("done")
            except WrongState as problem:
                db.session.rollback()
                said.append(problem.message)

    alice = cast.member(cast.abc, "Alice").id
    threads = [threading.Thread(target=take_away, args=(member,)) for member in (alice, jane)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(said) == 2
    assert said.count("done") == 1
    left = select(Membership).where(Membership.role == "admin", Membership.active)
    assert len(cast.read(cast.abc, left)) == 1


def test_for_admins_only_and_never_for_another_practice(browser, outbox, cast):
    tom = browser("admin@smith.test")
    invite(browser("admin@abc.test"))
    ids = (cast.member(cast.abc, "Jane").id, uuid4())
    invitations = (the_invitation(cast, cast.abc).id, uuid4())
    clients = (cast.client(cast.abc).id, uuid4())
    sent = len(outbox.all())
    for member, invitation, client in zip(ids, invitations, clients, strict=True):
        assert tom.get(f"{PEOPLE}/{member}").status_code == 404
        assert tom.get(f"{PEOPLE}/clients/{client}").status_code == 404
        assert tom.post(f"{PEOPLE}/clients/{client}", {"email": NEW}).status_code == 404
        assert tom.post(f"{PEOPLE}/{member}", {"role": "admin"}).status_code == 404
        for verb in ("deactivate", "reactivate"):
            assert tom.post(f"{PEOPLE}/{member}/{verb}").status_code == 404
        for verb in ("resend", "withdraw"):
            assert tom.post(f"{PEOPLE}/invitations/{invitation}/{verb}").status_code == 404
    assert len(outbox.all()) == sent
    for email, status in (("jane@abc.test", 403), ("client@abc.test", 404)):
        person = browser(email)
        for path in (PEOPLE, f"{PEOPLE}/invitations", f"{PEOPLE}/{ids[0]}", f"{PEOPLE}/clients/{clients[0]}"):
            assert person.get(path).status_code == status
        assert invite(person, "x@practice.example").status_code == status
    history = words(tom.get(f"{PEOPLE}/invitations"))
    assert NEW not in history
    assert "priya@smith.test" in history


def test_the_secret_of_a_link_is_not_in_the_database(browser, outbox, superuser):
    invite(browser("admin@abc.test"))
    secret = outbox.last("invitation").link.rpartition("/")[2]
    with superuser.connect() as connection:
        rows = connection.scalars(text("select invitations::text from invitations")).all()
        mails = connection.scalars(text("select mails::text from mails")).all()
    assert not [row for row in (*rows, *mails) if secret in row]
