"""The demo world in the database, and what a reset leaves of everything else."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.core.management import CommandError, call_command

from accounts.credentials.rules import OPERATOR, problems, root_problems, rule_of
from accounts.models import Account, Organization, OrganizationalUnit, OutgoingMail, PasswordPolicy, PolicyAttachment, Principal, Role, SignInSession
from policies.enforcement.identity import policies_of
from policies.models import PolicyDocument
from portal.conf import conf
from portal.core import clock
from portal.core.throttle import Window
from portal.inbox.models import Message
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import record
from portal.world.dumping import dump_world
from portal.world.errors import WorldNotEmptyError
from portal.world.flows import load_world, loaded_name, reset_world
from portal.world.people import Person, people
from portal.world.reading import read_world
from tests.console.browsing import Browser

World = dict[tuple[str, str], Person]


def _stored(person: Person) -> Principal:
    if person.kind == "root":
        return Principal.objects.get(kind="root", email=person.email)
    return Principal.objects.get(kind=person.kind, name=person.username, account_id=person.account or None)


def test_every_listed_password_is_the_stored_one(world: World) -> None:
    assert len(world) >= 20
    for person in people():
        stored = _stored(person)
        assert check_password(person.password, stored.password) if person.password else not stored.has_usable_password()


def test_listed_passwords_are_distinct_and_fit_the_rules(world: World) -> None:
    with_password = [person for person in people() if person.password]
    assert len({person.password for person in with_password}) == len(with_password)
    for person in with_password:
        if person.kind == "root":
            account = Account.objects.get(pk=person.account)
            assert not root_problems(person.password, account_name=account.name, email=person.email)
        else:
            policy = PasswordPolicy.objects.filter(pk=person.account).first()
            rule = OPERATOR if person.kind == "operator" else rule_of(policy)
            assert not problems(person.password, rule=rule, words=(person.username,))


def test_the_documented_ids_are_there(world: World) -> None:
    organization = Organization.objects.get(pk="o-exampleorg")
    assert organization.management_account_id == "111122223333"
    assert set(organization.accounts.values_list("pk", flat=True)) == {"111122223333", "444455556666", "777788889999"}
    assert Account.objects.get(pk="111122223333").alias == "anycompany"
    assert Account.objects.get(pk="123456789012").organization is None
    assert not Account.objects.get(pk="777788889999").has_root_credentials
    assert OrganizationalUnit.objects.get(name="Production").parent == OrganizationalUnit.objects.get(name="Workloads")
    names = set(Principal.objects.filter(kind="iam_user", account="111122223333").values_list("name", flat=True))
    assert {"Carlos", "zhang@example.com", "alice", "EmergencyAdmin"} <= names
    carlos = Principal.objects.get(account="111122223333", name="Carlos")
    assert list(carlos.policy_attachments.values_list("policy_arn", flat=True)) == ["arn:aws:iam::aws:policy/AdministratorAccess"]


def test_every_state_that_the_guide_has_a_message_for_is_there(world: World) -> None:
    now = clock.now()
    assert Account.objects.filter(status="suspended").exists()
    recently, long_ago = (
        Account.objects.get(status="closed", closed_at__gt=now - timedelta(days=90), pk="333333333333"),
        Account.objects.get(pk="555555555555"),
    )
    assert recently.closed_at is not None
    assert long_ago.closed_at is not None
    assert long_ago.closed_at < now - timedelta(days=90)
    expired = Principal.objects.get(name="Richard_Roe")
    assert expired.password_changed_at is not None
    assert expired.password_changed_at < now - timedelta(days=90)
    assert PasswordPolicy.objects.get(pk=Principal.objects.get(name="Paulo_Santos").account_id).hard_expiry
    assert Principal.objects.get(name="Martha_Rivera").must_change_password
    assert not Principal.objects.get(name="Terry_Whitlock").is_active
    exposed = Principal.objects.get(email="exposed@example.com")
    assert exposed.reset_required_because
    assert OutgoingMail.objects.get().recipient == "exposed@example.com"


def test_ages_count_from_the_simulated_clock_at_the_load(db: None) -> None:
    clock.advance(timedelta(days=400))
    load_world(replace=True)
    closed = Account.objects.get(pk="333333333333").closed_at
    assert closed is not None
    assert timedelta(0) <= clock.now() - timedelta(days=10) - closed < timedelta(minutes=1)


def test_each_person_says_what_happens_in_both_languages(world: World) -> None:
    for person in people():
        assert person.note
    definition = read_world("anycompany")
    notes = [account.root.note for account in definition.accounts]
    notes += [user.note for account in definition.accounts for user in account.users]
    assert all(note.en and note.ja and note.en != note.ja for note in notes)


def test_loading_is_quick(db: None) -> None:
    started = time.perf_counter()
    load_world(replace=True)
    assert time.perf_counter() - started < 2


def test_a_world_is_not_loaded_over_another_by_accident(world: World) -> None:
    with pytest.raises(WorldNotEmptyError):
        load_world()
    with pytest.raises(CommandError, match="holds accounts or principals already"):
        call_command("world", "load")


def test_reset_takes_everything_that_was_made_since(world: World, iam_user: Person, cache_client: redis.Redis) -> None:
    browser = Browser()
    session = browser.opens(iam_user)
    assert browser.is_in(session)
    origin = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="", host="")
    record(EventName.CONSOLE_LOGIN, identity=Identity.root("123456789012"), origin=origin, succeeded=True)
    Message.objects.create(message_id="m", sender="a@example.com", recipient="b@example.com", subject="s", text="t")
    Account.objects.create(id="999999999999", name="Later")
    Principal.objects.filter(name="Carlos").update(is_active=False, password="!")
    cache.set("unfinished", {"sign": "in"})
    throttle = Window("reset-test", allowed=1, seconds=600)
    throttle.hit("somebody")
    cache_client.lpush("celery", "a task")
    cache_client.set("somebody-elses", "1")
    clock.advance(timedelta(days=3))
    newest = SignInSession.objects.latest("pk").pk

    reset_world()

    assert clock.offset() == timedelta(0)
    assert not SignInSession.objects.exists()
    assert not Event.objects.exists()
    assert not Message.objects.exists()
    assert not Account.objects.filter(pk="999999999999").exists()
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["reset_required"]
    assert check_password(iam_user.password, Principal.objects.get(name="Carlos").password)
    assert cache.get("unfinished") is None
    assert throttle.count("somebody") == 0
    assert cache_client.llen("celery") == 1
    assert cache_client.get("somebody-elses") == b"1"
    assert not browser.is_in(session)
    assert browser.opens(iam_user).pk > newest


def test_ids_stay_the_same_over_a_reset(world: World) -> None:
    before = set(Principal.objects.filter(kind="iam_user").values_list("unique_id", flat=True))
    reset_world()
    assert before == set(Principal.objects.filter(kind="iam_user").values_list("unique_id", flat=True))
    assert all(len(name) == 21 and name.startswith("AIDA") for name in before)


def test_a_dumped_world_loads_as_the_same_world(world: World, tmp_path: Path) -> None:
    Account.objects.filter(pk="123456789012").update(name="Renamed", status="suspended")
    changed = Principal.objects.get(account="111122223333", name="Carlos")
    changed.set_password("Something-Private-77")
    changed.save()
    file = tmp_path / "mine.yaml"
    call_command("world", "dump", str(file))
    text = file.read_text("utf-8")
    assert "Something-Private-77" not in text
    assert "argon2" not in text
    call_command("world", "load", str(file), "--replace")
    try:
        assert loaded_name() == str(file)
        assert Account.objects.get(pk="123456789012").name == "Renamed"
        assert Account.objects.get(pk="123456789012").status == "suspended"
        assert not Principal.objects.get(account="111122223333", name="Carlos").has_usable_password()
        assert check_password("Marble-Falcon-7714", Principal.objects.get(account="111122223333", name="alice").password)
        assert dump_world(name="mine") == text
        reset_world()
        assert Account.objects.get(pk="123456789012").name == "Renamed"
    finally:
        load_world(replace=True)
    assert loaded_name() == "anycompany"
    assert (conf.data_dir / "world").is_file()


def test_a_world_file_that_is_wrong_changes_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("name: wrong\naccounts: 3\n", "utf-8")
    with pytest.raises(CommandError, match=r"wrong\.yaml: accounts: expected a list, found `3`\."):
        call_command("world", "load", str(file), "--replace")
    assert Principal.objects.count() == len(world)


@pytest.mark.parametrize(
    ("variables", "enters"),
    [({}, True), ({"PORTAL_PUBLIC": "1"}, False), ({"PORTAL_BASE_URL": "https://portal.training.company.org"}, False)],
    ids=["this machine alone", "bound beyond loopback", "behind a proxy"],
)
def test_a_worlds_operator_has_no_known_password_where_others_reach_the_portal(
    db: None, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], enters: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    load_world(replace=True)
    assert Principal.objects.get(kind="operator").has_usable_password() is enters


def test_operators_outlive_a_reset_where_others_reach_the_portal(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    load_world(replace=True)
    before = Principal.objects.get(kind="operator")
    before.set_password("a password of the operator's own")
    before.save()
    Principal(kind="operator", name="second", password=before.password, is_staff=True).save(force_insert=True)

    reset_world()

    assert set(Principal.objects.filter(kind="operator").values_list("name", flat=True)) == {before.name, "second"}
    assert check_password("a password of the operator's own", Principal.objects.get(pk=before.pk).password)


def test_a_policy_with_a_path_and_who_has_it_come_through_a_dump(world: World, tmp_path: Path) -> None:
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    row = PolicyDocument(type="identity", name="Work", path="/team/", description="Words", account_id="111122223333", text=text)
    row.save()
    PolicyAttachment(principal=Principal.objects.get(account="111122223333", name="alice"), policy_arn=row.arn).save()
    Role.objects.filter(account="111122223333", name="Admin").update(description="Of everything")
    file = tmp_path / "mine.yaml"
    call_command("world", "dump", str(file))
    call_command("world", "load", str(file), "--replace")
    try:
        loaded = PolicyDocument.objects.get(account="111122223333", name="Work")
        assert (loaded.arn, loaded.description) == (row.arn, "Words")
        assert policies_of(Principal.objects.get(account="111122223333", name="alice"))
        assert Role.objects.get(account="111122223333", name="Admin").description == "Of everything"
    finally:
        load_world(replace=True)
