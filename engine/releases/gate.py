"""The gate before a release: what the live one demands of the next, the tests of the config and another person's eyes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from engine.config.defs import GateDef
from engine.config.source import Source
from engine.errors import ConfigError, NotFound
from engine.people.users import User
from engine.releases.live import Live, live
from forms.labels import LANGUAGES, Label
from rules.errors import N_, Fault

#: Failing tests that are named.
NAMED = 10


def asks_for_tests(session: Session, app_key: str) -> bool:
    """Tell whether the live release lets only configs through whose tests pass."""
    return _gate(session, app_key).tests


def asks_for_approval(session: Session, app_key: str) -> bool:
    """Tell whether the live release lets only drafts through that somebody else approved."""
    return _gate(session, app_key).approval


def _gate(session: Session, app_key: str) -> GateDef:
    try:
        return live(session, app_key).app.publishing
    except NotFound:
        return GateDef()


def failing_tests(source: Source) -> Iterator[Fault]:
    """Run the tests of a config, in memory, and return a fault when any of them fails."""
    from engine.config_tests import run_tests  # it publishes into its own database, so it lives above

    report = run_tests(source)
    yield from report.faults
    if report.failed:
        names = [one.label or Label({"": one.key}) for one in report.failed]
        template = N_("{count} tests fail: {tests}. This app goes live only while all of its tests pass.")
        facts = {
            "count": len(names),
            "tests": Label({name: ", ".join(one.pick(name) for one in names[:NAMED]) for name in LANGUAGES}),
        }
        yield Fault("gate.tests", template, facts, file=report.failed[0].file)


def pass_tests(source: Source) -> None:
    """Raise ConfigError when tests of a config fail."""
    if faults := list(failing_tests(source)):
        raise ConfigError(*faults)


def pass_approval(before: Live, user: User, *, approved: bool) -> None:
    """Raise ConfigError when the live release asks for an approval that is not there.

    Whoever has the machine itself (the command line, without a person) is not asked: they could take the gate away.
    """
    if before.app.publishing.approval and not approved and user.id is not None:
        template = N_("This app goes live only from a draft that somebody else who may publish approved as it is.")
        raise ConfigError(Fault("gate.approval", template))
