"""Events of the audit trail in words: what was done, to what, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from admin._people import role_of, role_words
from admin.moves_words import moves_words
from admin.words import app_label, part_label
from engine.audit.reading import facts_of
from engine.people import SYSTEM
from rules.errors import N_, Fault
from web.errors import sentence
from web.words import gettext

if TYPE_CHECKING:
    from engine.audit import AuditEvent

KINDS = {
    "config": N_("Configs and releases"),
    "people": N_("People and roles"),
    "sign_in": N_("Signing in"),
    "access": N_("Tokens and public forms"),
}
VERBS = {
    "publish": N_("published a release"),
    "roll_back": N_("rolled a release back"),
    "sent_ahead": N_("moved records ahead of a release"),
    "clone": N_("cloned a template"),
    "upgrade": N_("took over a newer template"),
    "template_saved": N_("saved a template"),
    "template_dropped": N_("took a template out of the gallery"),
    "app_removed": N_("took an app away"),
    "app_restored": N_("brought an app back"),
    "app_purged": N_("deleted an app for good"),
    "expression_refused": N_("saved an expression that was refused"),
    "draft_opened": N_("opened a draft"),
    "draft_edited": N_("edited a draft"),
    "draft_discarded": N_("discarded a draft"),
    "draft_approved": N_("approved a draft"),
    "approval_asked": N_("asked for the approval of a draft"),
    "approval_refused": N_("did not approve a draft"),
    "approval_withdrawn": N_("withdrew a request for approval"),
    "created": N_("added a person"),
    "changed": N_("changed a person"),
    "deactivated": N_("closed an account"),
    "reactivated": N_("opened an account again"),
    "handed_over": N_("handed over what was a person's"),
    "given_back": N_("gave back what was handed over"),
    "role_granted": N_("gave a role"),
    "role_revoked": N_("took a role away"),
    "password_set": N_("set a password"),
    "password_link": N_("made a link for a new password"),
    "invited": N_("invited somebody"),
    "invitation_renewed": N_("renewed an invitation"),
    "invitation_revoked": N_("withdrew an invitation"),
    "joined": N_("came in by an invitation"),
    "substitute_set": N_("wrote down days away"),
    "substitute_removed": N_("removed days away"),
    "team_added": N_("added a team or region"),
    "team_renamed": N_("renamed a team or region"),
    "team_moved": N_("moved a team or region"),
    "team_manager": N_("changed who leads a team or region"),
    "team_removed": N_("removed a team or region"),
    "sign_in": N_("signed in"),
    "sign_out": N_("signed out"),
    "locked": N_("tried to sign in too often"),
    "channel_saved": N_("set up or changed a channel"),
    "link_made": N_("made a public form"),
    "link_closed": N_("closed a public form"),
    "token_made": N_("made a token"),
    "token_first_used": N_("used a token for the first time"),
    "token_revoked": N_("withdrew a token"),
}
FACTS = {
    "reason": N_("Reason"),
    "number": N_("Release"),
    "release": N_("Release"),
    "file": N_("Part of the app"),
    "before": N_("Before"),
    "after": N_("After"),
    "template": N_("Template"),
    "version": N_("Version"),
    "moved": N_("Records moved"),
    "faults": N_("Faults"),
    "refused": N_("Refused"),
    "name": N_("Called"),
    "sign_in": N_("Sign-in name"),
    "email": N_("E-mail"),
    "region": N_("Region"),
    "team": N_("Team"),
    "manager": N_("Manager"),
    "locale": N_("Language"),
    "is_admin": N_("Administrator"),
    "role": N_("Role"),
    "roles": N_("Roles"),
    "people": N_("People"),
    "type": N_("Kind"),
    "enabled": N_("On"),
    "form": N_("Form"),
    "expires_at": N_("Until"),
    "ip": N_("Address"),
    "agent": N_("Program"),
    "handed": N_("Handed over"),
    "scopes": N_("Scopes"),
    "days": N_("Days"),
    "substitute": N_("Who stands in"),
    "starts_on": N_("First day"),
    "ends_on": N_("Last day"),
}
#: Facts that are ids of people.
PEOPLE = ("manager", "substitute")
#: Facts of which only machines can make something.
UNSAID = ("checksum", "count", "edit", "kind", "via", "known", "how", "invitation")


@dataclass(frozen=True)
class EventView:
    """An event as a page draws it."""

    event: AuditEvent
    who: str
    app: str
    #: Who or what it was done to, and where that is to be seen.
    subject: str
    address: str
    names: Mapping[int, str]

    @property
    def what(self) -> str:
        """Say what was done."""
        return verb_words(self.event.verb)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Return what the event tells, as names and values."""
        facts = facts_of(self.event)
        if "role" in facts and self.event.app_key:
            facts["role"] = role_words([(self.event.app_key, str(facts["role"]))])[0]
        if isinstance(facts.get("roles"), list):
            facts["roles"] = role_words([role_of(str(one)) for one in facts["roles"]])
        if isinstance(facts.get("moved"), list) and self.event.app_key:
            numbers = (facts.get("before"), facts.get("number"))
            facts["moved"] = moves_words(self.event.app_key, facts["moved"], numbers)
        if isinstance(facts.get("parts"), list):
            facts["faults"] = [_fault_told(self.event.app_key or "", one) for one in facts.pop("parts")]
        if "file" in facts and self.event.app_key:
            facts["file"] = part_label(self.event.app_key, str(facts["file"]))
        return [*_told(facts, self.names)]


def _fault_told(app_key: str, part: Mapping[str, Any]) -> str:
    """Say a fault that was written down, in the reader's language, after the part of the app it was in."""
    said = sentence(Fault("", str(part.get("template", "")), part.get("facts", {})))
    file = str(part.get("file", ""))
    return str(gettext("%(name)s: %(value)s", name=part_label(app_key, file), value=said)) if app_key and file else said


def verb_words(verb: str) -> str:
    """Say a verb."""
    return str(gettext(VERBS[verb])) if verb in VERBS else verb.replace("_", " ")


def kind_words(kind: str) -> str:
    """Say a kind of event."""
    return str(gettext(KINDS[kind])) if kind in KINDS else kind


def event_view(event: AuditEvent, names: Mapping[int, str]) -> EventView:
    """Return an event in words; `names` are those of the people it speaks of."""
    who = names.get(event.person_id or 0) or ("" if event.person == SYSTEM.sign_in else event.person)
    strange = gettext("somebody without sign-in") if event.kind == "sign_in" else gettext("the system")
    subject, address = _subject(event, names)
    return EventView(event, who or strange, app_label(event.app_key) if event.app_key else "", subject, address, names)


def people_in(events: list[AuditEvent]) -> set[int]:
    """Return the ids of the people some events speak of."""
    found = {event.person_id for event in events if event.person_id}
    found |= {_number(event.subject) for event in events if event.subject.startswith("person:")}
    return found | {one for event in events for one in _people_told(facts_of(event))}


def _people_told(facts: Mapping[str, Any]) -> Iterator[int]:
    """Go through the ids of people among the facts."""
    changed = facts.get("changed", {})
    pairs = [changed[key] for key in PEOPLE if isinstance(changed, Mapping) and isinstance(changed.get(key), list)]
    for value in (*(facts.get(key) for key in PEOPLE), *(one for pair in pairs for one in pair)):
        if isinstance(value, int):
            yield value


def _number(subject: str) -> int:
    text = subject.rpartition(":")[2]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _subject(event: AuditEvent, names: Mapping[int, str]) -> tuple[str, str]:
    kind, number = event.subject.partition(":")[0], _number(event.subject)
    if kind == "person":
        return names.get(number, f"#{number}"), url_for("people.person", person_id=number)
    if kind == "release" and event.app_key:
        address = url_for("admin.release", app_key=event.app_key, number=number)
        return gettext("Release %(number)s", number=number), address
    name = str(facts_of(event).get("name", ""))
    return name or "", ""


def _told(facts: Mapping[str, Any], names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    for key, value in facts.items():
        if key in UNSAID or value in (None, "", [], {}):
            continue
        if key == "changed" and isinstance(value, Mapping):
            for one, pair in value.items():
                before, after = (_value(_called(one, part, names)) for part in pair)
                yield _name(one), f"{before} → {after}"
        else:
            yield _name(key), _value(_called(key, value, names))


def _called(key: str, value: Any, names: Mapping[int, str]) -> Any:
    return names.get(value, value) if key in PEOPLE and isinstance(value, int) else value


def _name(key: str) -> str:
    return str(gettext(FACTS[key])) if key in FACTS else key


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_value(one)}" for key, one in value.items())
    if isinstance(value, list):
        return str(gettext(", ")).join(_value(one) for one in value)
    return "–" if value in (None, "") else str(value)
