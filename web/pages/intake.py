"""`/f/<token>`: a form that anybody with the link may fill in, without signing in. It shows the chosen fields and no more."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.links import INTAKE, Intake, choices_of, intake_at, submit
from engine.links.intake import sent_before, still_shared
from engine.releases import live as live_release
from forms.errors import FormError
from rules.errors import N_, Fault
from web import here
from web.form_view import FormState, Typed, conditional_keys, form_state, read_typed
from web.once import digest
from web.render import go, render

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef
    from web.widgets import Control

bp = Blueprint("intake", __name__)
#: A field that people do not see; what fills it in is no person.
HONEYPOT = "-homepage"
CONSENT, STAMP = "-consent", "-stamp"
#: Steps that fit beside each other on a phone.
MOST_STEPS = 11
MOST_RADIOS = 7


@bp.get("/f/<token>")
def show(token: str) -> Response:
    """Show the empty form."""
    live, intake = _opened(token)
    return _page(token, live, intake, None)


def _opened(token: str) -> tuple[Live, Intake]:
    intake = intake_at(here.db(), token[:100], here.now())
    live: Live = live_release(here.db(), intake.link.app_key)
    if intake.link.form not in live.app.forms or not still_shared(here.db(), live, intake):
        raise NotFound("link", "")
    return live, intake


@bp.post("/f/<token>")
def send(token: str) -> Response:
    """Take what was filled in, or show the form again with what is wrong; the same page sent again is taken once."""
    key = _key()
    if key and sent_before(here.db(), key, here.now()):
        return go(url_for("intake.thanks", token=token))
    live, intake = _opened(token)
    typed = _typed(live, intake)
    if request.form.get("refresh"):
        return _page(token, live, intake, typed)
    if request.form.get(HONEYPOT):
        return go(url_for("intake.thanks", token=token))
    faults = [*_consent_faults(intake), *_haste(intake)]
    if faults:
        return _page(token, live, intake, typed, faults, 422)
    try:
        made = submit(here.db(), live, intake, typed, here.now(), key=key)
    except FormError as error:
        here.db().rollback()
        return _page(token, *_opened(token), typed, error.faults, 422)
    if made is None:
        here.db().rollback()
    here.db().commit()
    return go(url_for("intake.thanks", token=token))


@bp.post("/f/<token>/conditions")
def conditions(token: str) -> Response:
    """Answer which fields are shown and required with what was typed so far."""
    live, intake = _opened(token)
    state = _state(live, intake, _typed(live, intake), ())
    wanted = set(conditional_keys(state.form))
    drawn = [_draw(live, intake, control, oob=True) for control in _controls(state, intake) if control.name in wanted]
    return Response("".join(drawn), mimetype="text/html")


@bp.get("/f/<token>/thanks")
def thanks(token: str) -> Response:
    """Say thank you; also when that was the last submission there was room for."""
    try:
        _, intake = _opened(token)
    except NotFound:
        return _render("intake_thanks.html", text="")
    return _render("intake_thanks.html", text=intake.thanks)


def _typed(live: Live, intake: Intake) -> Typed:
    return read_typed(request.form, live, intake.link.form, intake.fields)


def _consent_faults(intake: Intake) -> list[Fault]:
    if not intake.consent or request.form.get(CONSENT) == "1":
        return []
    return [Fault("link.consent", N_("Please agree, so that this may be stored."), field=CONSENT)]


def _haste(intake: Intake) -> list[Fault]:
    """Refuse what was sent faster than anybody types; pressing once more after a moment is all it takes."""
    try:
        link, moment, _ = _signer().loads(request.form.get(STAMP, ""))
    except (BadSignature, ValueError, TypeError):
        link, moment = None, 0
    if link == intake.link.id and here.now().timestamp() - moment >= intake.min_seconds:
        return []
    return [Fault("link.haste", N_("That was quick. Please look it over once more and send it again."))]


def _key() -> str:
    """Return what tells this page with these entries from all others; nothing for a page that was never handed out."""
    given = request.form.get(STAMP, "")
    try:
        _signer().loads(given)
    except (BadSignature, ValueError, TypeError):
        return ""
    return f"intake:{sha256(given.encode()).hexdigest()}:{digest()}"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="intake")


def _stamp(intake: Intake) -> str:
    """Return when the form was first shown, signed; kept when it is shown again."""
    given = request.form.get(STAMP, "")
    try:
        link, _, _ = _signer().loads(given)
    except (BadSignature, ValueError, TypeError):
        link = None
    if link == intake.link.id:
        return given
    return str(_signer().dumps([intake.link.id, int(here.now().timestamp()), secrets.token_urlsafe(12)]))


def _state(live: Live, intake: Intake, typed: Typed | None, faults: Any) -> FormState:
    with here.acting(INTAKE):
        return form_state(live, intake.link.form, None, typed, faults, given=intake.defaults)


def _controls(state: FormState, intake: Intake) -> list[Control]:
    with here.acting(INTAKE):
        return [state.control(field) for field in state.form.fields if field.key in intake.fields]


def scale_of(field: FieldDef) -> list[int]:
    """Return the steps of a small whole-number scale, which is answered with one touch; nothing for other fields."""
    low = 1 if field.type.key == "rating" else field.params.get("min")
    high = field.params.get("max", 5 if field.type.key == "rating" else None)
    whole = field.type.key in ("integer", "rating") or (
        field.type.key == "number" and field.params.get("decimals") == 0
    )
    if not whole or not isinstance(low, int | float) or not isinstance(high, int | float):
        return []
    return list(range(int(low), int(high) + 1)) if 0 < high - low < MOST_STEPS else []


def _draw(live: Live, intake: Intake, control: Control, *, oob: bool = False) -> str:
    choices = choices_of(here.db(), live, intake, here.now()) if control.field.to else {}
    return _piece(control, choices, oob=oob)


def _piece(control: Control, choices: dict[str, list[tuple[int, str]]], *, oob: bool = False) -> str:
    radios = (
        control.field.options
        if control.field.type.key == "choice" and len(control.field.options) <= MOST_RADIOS
        else ()
    )
    return render_template(
        "_intake_field.html", c=control, oob=oob, scale=scale_of(control.field), radios=radios,
        choices=choices.get(control.name),
    )  # fmt: skip


def _page(token: str, live: Live, intake: Intake, typed: Typed | None, faults: Any = (), status: int = 200) -> Response:
    state = _state(live, intake, typed, faults)
    choices = choices_of(here.db(), live, intake, here.now())
    return _render(
        "intake.html",
        status,
        intake=intake,
        form=state.form,
        pieces=[_piece(one, choices) for one in _controls(state, intake)],
        problems=[one for one in state.problems() if one.text],
        consent_key=CONSENT,
        consent_given=request.form.get(CONSENT) == "1",
        honeypot=HONEYPOT,
        stamp=_stamp(intake),
        action=url_for("intake.send", token=token),
        conditions_url=url_for("intake.conditions", token=token) if conditional_keys(state.form) else "",
    )


def _render(page: str, status: int = 200, **context: Any) -> Response:
    response = render(page, status=status, **context)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
