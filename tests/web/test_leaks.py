"""What one may not see is marked, then every page, piece and answer is searched for the mark."""

from __future__ import annotations

import io
import re
from collections import Counter
from html import unescape

import pytest
import sqlalchemy as sa

from engine.people import Person, grant
from tests.support.configs import form_of, tiny_app
from tests.support.site import words

#: Stands in hidden fields and in records out of sight. Requests write no more than its first half.
ASKED, MARK = "qzx7", "qzx7vault"
AMOUNT, MARGIN = "7319731.97", "73.19"
MARKS = ("vault", "7,319,731", "7319731", MARGIN)
LINKS = re.compile(r'(?:href|hx-get|data-lookup|action)="(/[^"]*)"')


def guarded_app():
    """Return the small app with hidden fields and closed accounts, read by rules of every kind."""
    config = tiny_app()
    account, deal = form_of(config, "account"), form_of(config, "deal")
    account["fields"].append({"key": "credit", "type": "text", "label": "Credit"})
    for permission in account["permissions"][:2]:
        permission["records"] = "owner == me"
        permission["fields"] = {"credit": "hidden"}
    next(one for one in deal["fields"] if one["key"] == "margin")["decimals"] = 3
    typed_name = "account.name if name == 'x' else ''"
    deal["fields"] += [
        {"key": "secret", "type": "text", "label": "Secret", "unique": True},
        {"key": "account_name", "type": "computed", "label": "A", "expression": typed_name, "result": "text"},
        {"key": "bonus", "type": "text", "label": "Bonus", "visible_if": "account.region == 'south'"},
        {"key": "echo", "type": "text", "label": "Echo", "default_expression": "account.name"},
    ]
    deal["permissions"][0]["fields"] |= {"secret": "hidden"}
    deal["assert"].append({"condition": "is_empty(secret) or amount != 13", "message": "Not thirteen."})
    offer, win, *_ = config["pipelines"][0]["transitions"]
    offer |= {"guard": "margin > 90 and secret != 'x'", "guard_message": "Ask your manager."}
    win |= {"guard": "account.credit == 'good'"}
    rule = config["alerts"][0]
    rule |= {"when": "margin > 50 and account.credit != 'good'", "notify": [{"to": ["owner"]}]}
    rule["message"] = {"en": "{name}: {secret} {margin} {account.credit} {account.name}"}
    config["alerts"].append(
        {
            "key": "behind",
            "label": "Behind",
            "form": "deal",
            "when": "account.name != 'x' and amount > 1",
            "message": "{account.name}",
            "notify": [{"to": ["owner"]}],
        }
    )
    config["okrs"][0]["objectives"][0]["key_results"].append(
        {
            "key": "fat",
            "label": "Fat deals",
            "type": "reach",
            "target": 5,
            "measures": {"fat": {"of": "deal", "agg": "count", "where": "margin > 50", "window": "all"}},
            "formula": "fat",
        }
    )
    return config


@pytest.fixture
def closed(site, tiny):
    """The guarded app, with a deal of Alice's that touches much she may not see, and deals of others."""
    tiny.publish(guarded_app())
    alice, charlie = tiny.user("alice").id, tiny.user("charlie").id
    closed = tiny.create("account", "ada", name=MARK, region="south", credit=MARK)
    own = tiny.create("account", name="Acme", region="north")
    hers = tiny.create("deal", "ada", name="Boiler", account=own.id, owner=alice, margin=MARGIN, secret=f"{MARK}1")
    behind = tiny.create("deal", "ada", name="Pump", account=closed.id, owner=alice, amount="5", echo="-")
    tiny.update(hers, "ada", secret=f"{MARK}2", margin="73.194")
    other = tiny.create("deal", "ada", name=f"{MARK} deal", account=closed.id, owner=charlie, amount=AMOUNT, notes=MARK)
    gone = tiny.create("deal", "ada", name=f"{MARK} gone", account=closed.id, owner=charlie)
    tiny.delete(gone)
    tiny.create("visit", "ada", subject=f"{MARK} visit", account=own.id, deal=hers.id, owner=charlie, notes=MARK)
    with site.db.begin() as session:
        stranger = session.scalars(sa.select(Person).where(Person.sign_in == "bob")).one()
        outsider = Person(sign_in="olga", name="Olga", created_at=site.now, session_stamp="o", password_hash="")
        session.add_all(
            [outsider, Person(sign_in="nemo", name="Nemo", created_at=site.now, session_stamp="n", password_hash="")]
        )
        session.flush()
        grant(session, outsider, "elsewhere", "rep")
        assert stranger.active
    site.later(days=40)
    site.ids = {
        "closed": closed.id,
        "own": own.id,
        "hers": hers.id,
        "behind": behind.id,
        "other": other.id,
        "gone": gone.id,
    }
    return site


def told(answer):
    """Return all that an answer holds: head, body, and what the cookie carries."""
    return unescape(body_of(answer)) + str(answer.headers)


def body_of(answer):
    """Return the body as text; what a workbook holds is looked at by the leak fuzz."""
    return answer.get_data().decode(errors="replace")


def marks_in(answer):
    return [mark for mark in MARKS if mark in told(answer)]


def addresses(ids):
    """Return addresses that nobody links to: other people's records, hidden names, every kind of question."""
    deal, account = "/a/tiny/deal", "/a/tiny/account"
    for name in ("secret", "margin", "account.credit", "account.name", "owner.email", "search_text", "nothing"):
        yield f"{deal}/?sort={name}"
        yield f"{deal}/?sort=-{name}"
        yield f"{deal}/?f.{name}={ASKED}"
        yield f"{deal}/?f.{name}.min=73"
        yield f"{deal}/?f.{name}.empty=no"
        yield f"{deal}/new?{name}={ASKED}"
        for record in ids.values():
            yield f"{deal}/expression?text={name}&record={record}"
    for record in ids.values():
        for form in (deal, account, "/a/tiny/visit"):
            yield from (f"{form}/{record}", f"{form}/{record}/edit", f"{form}/{record}/move?to=offer")
        yield f"{deal}/?f.account={record}"
        yield f"{deal}/new?account={record}"
        yield f"/a/tiny/visit/new?deal={record}&account={record}"
        yield f"/inbox/{record}/why"
    for form in ("deal", "account", "visit"):
        yield from (f"/a/tiny/{form}/lookup", f"/a/tiny/{form}/lookup?q={ASKED}", f"/a/tiny/{form}/?q={ASKED}")
        yield f"/a/tiny/{form}/import"
    yield from (f"{deal}/board?q={ASKED}", f"{deal}/board/cards?stage=open&q={ASKED}", f"/search?q={ASKED}")
    yield f"{deal}/?f.account={ASKED}"
    for figure in ("sales/fat/fat", "sales//won", "sales/win_rate/decided"):
        yield f"{deal}/?measure={figure}"
    yield from ("/inbox?closed=1", "/inbox/unread", "/a/tiny/okr/sales", "/a/tiny/people?q=a", "/pulse", "/admin/")
    yield from ("/admin/changes/", "/admin/changes/?search=" + ASKED, "/admin/config/?app=tiny", "/admin/apps/tiny")


#: Questions to one address that links may ask.
FOLLOWED = 12


def crawl(visitor, first):
    """Follow the addresses of the site from page to page; yield each answer.

    Of what only differs in its question (every month of a calendar, every column to sort by) a few are followed.
    """
    waiting, seen, alike = list(first), set(), Counter()
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith(("/static", "/sign-out")):
            continue
        seen.add(address)
        for ask in (visitor.get, visitor.htmx):
            answer = ask(address)
            answer.get_data()  # files are sent while they are made: read one before asking for the next
            yield address, answer
            for link in map(unescape, LINKS.findall(body_of(answer))):
                alike[link.split("?")[0]] += link not in seen
                if alike[link.split("?")[0]] <= FOLLOWED:
                    waiting.append(link)
            if answer.location:
                waiting.append(answer.location)


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_no_page_tells_what_is_hidden(closed, person):
    visitor = closed.visitor(person)

    asked = [
        (address, answer.status_code, marks_in(answer))
        for address, answer in crawl(visitor, ["/", *addresses(closed.ids)])
    ]

    assert [one for one in asked if one[1] >= 500 or one[2]] == []
    assert len(asked) > 300


@pytest.mark.parametrize("person", ["nemo", "olga"])
def test_no_page_tells_a_stranger_that_the_app_exists(closed, person):
    visitor = closed.visitor(person)

    asked = list(crawl(visitor, ["/", *addresses(closed.ids)]))

    assert [
        address for address, answer in asked if "Tiny" in answer.text or "Boiler" in answer.text or marks_in(answer)
    ] == []
    assert {answer.status_code for address, answer in asked if address.startswith("/a/")} == {404}


def posts(ids):
    """Return what somebody may send to see more than they should."""
    deal = "/a/tiny/deal"
    texts = (
        "secret",
        "margin",
        "secret == 'x'",
        "account.credit",
        "account.name",
        "contains(secret, 'a')",
        "mar",
        "account.",
    )
    for text in texts:
        for record in ids.values():
            yield f"{deal}/expression/try", {"text": text, "record": str(record)}
        yield f"{deal}/expression/check", {"text": text}
        yield f"{deal}/expression/complete", {"text": text, "position": str(len(text))}
    for record in ids.values():
        typed = {"name": "x", "account": str(record)}
        yield f"{deal}/new", typed
        yield f"{deal}/new", {**typed, "refresh": "1"}
        yield f"{deal}/conditions", typed
        for own in (ids["hers"], ids["other"]):
            yield f"{deal}/{own}/edit", {**typed, "version": "1"}
            yield f"{deal}/{own}/edit", {**typed, "refresh": "1"}
            yield f"{deal}/conditions?record={own}", typed
        yield "/a/tiny/visit/new", {"subject": "x", "account": str(record), "deal": str(record), "refresh": "1"}
        for to in ("offer", "make_offer", "win", "won", "nowhere"):
            yield f"{deal}/{record}/move", {"to": to, "account": str(record), "amount": "13"}
        yield f"{deal}/{record}/delete", {}
        yield f"{deal}/{record}/restore", {}
        yield f"/inbox/{record}/acknowledge", {}
    yield f"{deal}/{ids['hers']}/edit", {"amount": "13"}
    yield f"{deal}/{ids['hers']}/edit", {"secret": ASKED, "margin": "1"}
    yield "/a/tiny/account/new", {"name": MARK.upper(), "region": "north"}
    yield "/admin/config/check", {"text": "{}"}


@pytest.mark.parametrize("person", ["alice", "bob", "nemo", "olga"])
def test_no_answer_to_a_post_tells_what_is_hidden(closed, person):
    visitor = closed.visitor(person)

    asked = [(address, sent, visitor.post(address, **sent)) for address, sent in posts(closed.ids)]

    told_too_much = [(address, sent, marks_in(answer)) for address, sent, answer in asked if marks_in(answer)]
    assert told_too_much == []
    assert [address for address, _, answer in asked if answer.status_code >= 500] == []


def imported(visitor, form, text, **more):
    """Bring a file to the preview of its verdicts, and return that page."""
    address = f"/a/tiny/{form}/import"
    page = visitor.post(address, step="upload", file=(io.BytesIO(text.encode()), "file.csv"))
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    return visitor.post(address, step="preview", token=token[1], **more) if token else page


@pytest.mark.parametrize("person", ["alice", "bob"])
@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("deal", f"name,account\nx,{ASKED}\ny,{MARK[:-1]}\n"),
        ("deal", f"name,account,secret\nx,Acme,{ASKED}\n"),
        ("deal", "name,account,owner\nBoiler,Acme,charlie\n"),
        ("account", f"name,region\n{ASKED},north\n"),
        ("account", f"name,region,credit\n{ASKED},north,x\n"),
    ],
)
def test_import_tells_nothing_of_others(closed, person, form, text):
    page = imported(closed.visitor(person), form, text, key="name", key_asked="1")

    assert page.status_code in (200, 422)
    assert "vault" not in told(page).replace(MARK[:-1], "")


def test_guard_of_hidden_values_gives_the_config_s_words_alone(closed):
    answer = closed.visitor("alice").post(f"/a/tiny/deal/{closed.ids['hers']}/move", to="offer")

    assert answer.status_code == 409
    assert "Ask your manager." in words(answer)
    assert "What was found" not in words(answer)


def test_alert_is_told_without_what_its_reader_may_not_see(closed):
    inbox = words(closed.visitor("alice").get("/inbox"))

    assert "Boiler: — — — Acme" in inbox
    assert "Behind" in inbox


def test_marks_are_found_where_they_may_be_seen(closed):
    """The tests above would say nothing, were the marks never shown to anybody."""
    ada = closed.visitor("ada")

    shown = [set(marks_in(ada.get(f"/a/tiny/deal/{closed.ids[name]}"))) for name in ("hers", "other")]

    assert shown[0] >= {"vault", MARGIN}
    assert shown[1] >= {"vault", "7,319,731"}
