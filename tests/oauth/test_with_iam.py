"""OAuth for programs that have credentials: tokens for one service, bearer tokens, introspection, revocation, exchange of ID tokens."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from accounts.administration.acts import Actor
from accounts.administration.flows import disable
from accounts.credentials.flows import replace_password
from accounts.models import Grant, Principal, SignInSession
from accounts.oauth import access_tokens, id_tokens
from accounts.oauth.grants import end_grant
from policies.models import PolicyDocument
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Failed, Program
from tests.fixtures.people import World
from tests.oauth import agent
from tests.oauth.agent import MCP, SERVICE, Agent, registered
from tests.oauth.tool import BROWSER, Answered, Tool, session_of, somebody
from tests.policies.enforcement.guarded import attach, deny, document

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SERVICE_ARN = "arn:aws:signin:us-east-1:111122223333:service-principal/aws-mcp.amazonaws.com"
CARLOS = "arn:aws:iam::111122223333:user/Carlos"
ROLE = "arn:aws:iam::111122223333:role/Admin"
WITH_IAM = {"grantType": "client_credentials", "resource": SERVICE}


@pytest.fixture
def administrator(world: World) -> Program:
    """A program with the key of Carlos, administrator of the management account."""
    return Program.of(key_of("111122223333", "Carlos"))


@pytest.fixture
def reader(world: World) -> Program:
    """A program with the key of somebody who may only read."""
    return Program.of(key_of("111122223333", "Richard_Roe"))


@pytest.fixture
def member(world: World) -> Program:
    """A program with the key of an administrator of another account."""
    return Program.of(key_of("444455556666", "Mary_Major"))


def carlos() -> Principal:
    return somebody("111122223333", "Carlos")


def allow(action: str, resource: str = SERVICE_ARN, **condition: Any) -> None:
    """Let Richard do something on a resource."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    text = document(statement | ({"Condition": condition} if condition else {}))
    attach(PolicyDocument.Type.IDENTITY, text, "arn:aws:iam::111122223333:user/Richard_Roe", name="Agents", account="111122223333")


def token_of(program: Program, **parameters: Any) -> str:
    token: str = program.answered("signin", "CreateOAuth2TokenWithIAM", **(WITH_IAM | parameters))["accessToken"]
    return token


def introspect(program: Program, token: str, **more: str) -> dict[str, Any]:
    return program.answered("signin", "IntrospectOAuth2TokenWithIAM", token=token, **more)


def revoke(program: Program, token: str) -> dict[str, Any]:
    return program.answered("signin", "RevokeOAuth2TokenWithIAM", token=token)


def test_credentials_give_a_token_for_one_service(administrator: Program) -> None:
    answer = administrator.answered("signin", "CreateOAuth2TokenWithIAM", **WITH_IAM)
    assert answer["accessToken"].startswith("ASOA")
    assert (answer["tokenType"], answer["expiresIn"]) == ("Bearer", 3600)
    assert set(answer) == {"accessToken", "tokenType", "expiresIn"}
    record = json.loads(Event.objects.latest("id").record)
    assert (record["eventName"], record["readOnly"], record["responseElements"]) == ("CreateOAuth2TokenWithIAM", True, None)
    assert record["additionalEventData"]["grant_type"] == "client_credentials"
    assert record["additionalEventData"]["signInSessionArn"].startswith("arn:aws:signin:us-east-1:111122223333:session/")
    assert answer["accessToken"] not in Event.objects.latest("id").record


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"resource": "s3.amazonaws.com"}, "invalid_target"),
        ({"resource": "aws-mcp.amazonaws.com.evil.example"}, "invalid_target"),
        ({"resource": "https://aws-mcp.us-east-1.api.aws.evil.example/"}, "invalid_target"),
        ({"resource": "https://aws-mcp.us-east-1.api.aws@evil.example/"}, "invalid_target"),
        ({"resource": "x" * 2049}, "INVALID_REQUEST"),
        ({"grantType": "password"}, "INVALID_REQUEST"),
        ({"grantType": None}, "INVALID_REQUEST"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(administrator: Program, parameters: dict[str, Any], word: str) -> None:
    given = {name: value for name, value in (WITH_IAM | parameters).items() if value is not None}
    failed = administrator.refused("signin", "CreateOAuth2TokenWithIAM", **given)
    assert (failed.code, failed.status, failed.more["error"]) == ("ValidationException", 400, word)


def test_the_address_of_a_service_means_its_principal(administrator: Program) -> None:
    assert introspect(administrator, token_of(administrator, resource=MCP))["aud"] == SERVICE


def test_policies_are_asked_on_the_service(reader: Program) -> None:
    failed = reader.refused("signin", "CreateOAuth2TokenWithIAM", **WITH_IAM)
    assert (failed.code, failed.more["error"]) == ("AccessDeniedException", "INSUFFICIENT_PERMISSIONS")
    assert f"signin:CreateOAuth2Token on resource: {SERVICE_ARN}" in failed.message
    allow("signin:CreateOAuth2Token", StringEquals={"signin:OAuthGrantType": "client_credentials"})
    token_of(reader)
    attach(
        PolicyDocument.Type.IDENTITY,
        deny("signin:*", StringEquals={"signin:OAuthClientId": "arn:aws:signin:::client-credentials/sigv4"}),
        "arn:aws:iam::111122223333:user/Richard_Roe",
        name="No keys",
        account="111122223333",
    )
    assert reader.refused("signin", "CreateOAuth2TokenWithIAM", **WITH_IAM).code == "AccessDeniedException"


def test_a_token_ends_with_the_session_that_asked(administrator: Program) -> None:
    credentials = administrator.answered("sts", "GetSessionToken", DurationSeconds=900)["Credentials"]
    seconds = administrator.within(credentials).answered("signin", "CreateOAuth2TokenWithIAM", **WITH_IAM)["expiresIn"]
    assert 890 <= seconds <= 900


def test_bearer_tokens_last_as_long_as_was_asked_for(administrator: Program, reader: Program) -> None:
    given = WITH_IAM | {"resource": "ecr.amazonaws.com"}
    assert administrator.answered("signin", "CreateBearerToken", **given)["expiresIn"] == 43200
    assert administrator.answered("signin", "CreateBearerToken", durationSeconds=300, **given)["expiresIn"] == 300
    for seconds in (299, 43201):
        assert administrator.refused("signin", "CreateBearerToken", durationSeconds=seconds, **given).code == "ValidationException"
    assert administrator.refused("signin", "CreateOAuth2TokenWithIAM", **given).more["error"] == "invalid_target"
    assert "signin:CreateBearerToken" in reader.refused("signin", "CreateBearerToken", **given).message
    role = administrator.answered("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="drill", DurationSeconds=900)
    assert administrator.within(role["Credentials"]).answered("signin", "CreateBearerToken", **given)["expiresIn"] <= 900


def test_an_access_token_is_introspected(administrator: Program) -> None:
    found = introspect(administrator, token_of(administrator), tokenTypeHint="refresh_token")
    identity = administrator.answered("sts", "GetCallerIdentity")
    assert found["active"] is True
    assert (found["sub"], found["userId"], found["accountId"]) == (CARLOS, identity["UserId"], "111122223333")
    assert (found["tokenType"], found["aud"], found["iss"]) == ("access_token", SERVICE, "signin.amazonaws.com")
    assert found["clientId"] == "arn:aws:signin:::client-credentials/sigv4"
    assert found["exp"] - found["iat"] == 3600
    assert found["iat"] == found["nbf"]
    assert found["signinSession"].startswith("arn:aws:signin:us-east-1:111122223333:session/")
    assert "resource" not in found
    assert found["jti"] != introspect(administrator, token_of(administrator))["jti"]


def test_a_role_and_a_federated_user_are_subjects(administrator: Program) -> None:
    role = administrator.within(administrator.answered("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="drill")["Credentials"])
    assert introspect(administrator, token_of(role))["sub"] == "arn:aws:sts::111122223333:assumed-role/Admin/drill"
    policy = document({"Effect": "Allow", "Action": "signin:*", "Resource": "*"})
    guest = administrator.within(administrator.answered("sts", "GetFederationToken", Name="guest", Policy=policy)["Credentials"])
    token = token_of(guest)
    assert len(token) <= 4096
    assert introspect(administrator, token)["sub"] == "arn:aws:sts::111122223333:federated-user/guest"


def test_tokens_of_others_and_of_nobody_are_not_active(administrator: Program, member: Program) -> None:
    token = token_of(administrator)
    for program, text in ((member, token), (administrator, token[:-6] + "AAAAAA"), (administrator, "ASOAx"), (administrator, "ASORx")):
        assert introspect(program, text) == {"active": False}
    assert administrator.refused("signin", "IntrospectOAuth2TokenWithIAM", token="nonsense").code == "ValidationException"


def test_a_token_expires_and_dies_with_its_user(administrator: Program, world: World) -> None:
    other = Program.of(key_of("111122223333", "Carlos"))
    token = token_of(administrator)
    clock.advance(timedelta(minutes=61))
    assert introspect(other, token) == {"active": False}
    role = other.within(other.answered("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="drill")["Credentials"])
    token = token_of(other)
    assert introspect(role, token)["active"] is True
    disable(carlos(), by=Actor(Principal.objects.get(kind="operator"), BROWSER))
    assert introspect(role, token) == {"active": False}


def test_introspection_is_asked_with_the_tokens_type_and_client(administrator: Program, reader: Program) -> None:
    token = token_of(administrator)
    assert reader.refused("signin", "IntrospectOAuth2TokenWithIAM", token=token).code == "AccessDeniedException"
    keys = {"signin:OAuthTokenType": "access_token", "signin:OAuthClientId": "arn:aws:signin:::client-credentials/sigv4"}
    allow("signin:IntrospectOAuth2Token", StringEquals=keys)
    assert introspect(reader, token)["active"] is True
    login = Tool().signs_in(session_of(carlos())).refresh_token
    assert reader.refused("signin", "IntrospectOAuth2TokenWithIAM", token=login).code == "AccessDeniedException"


def test_a_refresh_token_is_introspected_while_it_is_the_newest(administrator: Program) -> None:
    tool = Tool()
    first = tool.signs_in(session_of(carlos())).refresh_token
    found = introspect(administrator, first)
    assert (found["active"], found["tokenType"], found["clientId"], found["sub"]) == (True, "refresh_token", tool.client_id, CARLOS)
    assert "aud" not in found
    second = tool.refreshes(first).refresh_token
    assert introspect(administrator, first) == {"active": False}
    assert introspect(administrator, second)["signinSession"] == found["signinSession"]
    replace_password(carlos(), "Granite-Willow-7731", origin=BROWSER, event=EventName.CHANGE_PASSWORD)
    assert introspect(administrator, second) == {"active": False}


def test_a_revoked_token_gives_nothing_and_access_tokens_live_on(administrator: Program) -> None:
    own = registered()
    body = own.signs_in(session_of(carlos()))
    access, refresh = body["access_token"], body["refresh_token"]
    assert introspect(administrator, refresh)["resource"] == MCP
    assert revoke(administrator, refresh) == {}
    assert revoke(administrator, refresh) == {}
    assert own.refreshes(refresh).body["error"] == "invalid_grant"
    assert introspect(administrator, refresh) == {"active": False}
    assert introspect(administrator, access)["active"] is True
    record = json.loads(Event.objects.filter(event_name="RevokeOAuth2TokenWithIAM").earliest("id").record)
    assert record["requestParameters"] == {"token": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    clock.advance(timedelta(minutes=61))
    assert introspect(administrator, access) == {"active": False}


def test_a_replayed_token_takes_the_access_tokens_along(administrator: Program) -> None:
    own = registered()
    body = own.signs_in(session_of(carlos()))
    own.refreshes(body["refresh_token"])
    own.refreshes(body["refresh_token"])
    assert introspect(administrator, body["access_token"]) == {"active": False}


def test_who_may_revoke_what(administrator: Program, reader: Program, member: Program) -> None:
    tool = Tool()
    token = tool.signs_in(session_of(carlos())).refresh_token
    assert revoke(member, token) == {}
    assert Grant.objects.get().ended_at is None
    assert reader.refused("signin", "RevokeOAuth2TokenWithIAM", token=token).code == "AccessDeniedException"
    allow(
        "signin:RevokeOAuth2Token",
        "arn:aws:signin:us-east-1:111122223333:oauth2/public-client/localhost",
        StringEquals={"signin:OAuthTokenType": "refresh_token"},
    )
    assert revoke(reader, token) == {}
    assert Grant.objects.get().end_reason == Grant.End.REVOKED
    assert administrator.refused("signin", "RevokeOAuth2TokenWithIAM", token=token_of(administrator)).code == "ValidationException"


# Exchange of ID tokens

EXCHANGE = "/v1/token?x-amz-oauth-token-method=token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"


def exchange(token: str, *, form: bool = False, **changes: str | None) -> Answered:
    given = {"grant_type": TYPE, "subject_token": token, "subject_token_type": JWT, "resource": "glue.amazonaws.com"} | changes
    kept = {name: value for name, value in given.items() if value is not None}
    if form:
        return agent.posts(EXCHANGE, urlencode(kept).encode(), agent.FORM)
    return agent.posts(EXCHANGE, json.dumps(kept).encode(), agent.JSON)


@pytest.fixture
def root_session(world: World) -> SignInSession:
    """A session of a root user, who needs no permission."""
    return session_of(somebody("123456789012", "standalone@example.com"))


@pytest.mark.parametrize("form", [False, True])
def test_an_id_token_becomes_an_access_token(root_session: SignInSession, form: bool) -> None:
    answer = exchange(Tool().signs_in(root_session).body["idToken"], form=form)
    assert answer.status == 200, answer
    assert (answer.body["token_type"], answer.body["issued_token_type"]) == ("Bearer", "urn:ietf:params:oauth:token-type:access_token")
    assert 0 < answer.body["expires_in"] <= 900
    root = Program.of(key_of("123456789012", "standalone@example.com"))
    found = introspect(root, answer.body["access_token"])
    assert (found["active"], found["aud"], found["sub"]) == (True, "glue.amazonaws.com", "arn:aws:iam::123456789012:root")
    end_grant(Grant.objects.get(), Grant.End.REVOKED, origin=BROWSER)
    assert introspect(root, answer.body["access_token"]) == {"active": False}


def test_oa_16_oa_17_only_a_good_id_token_is_exchanged(root_session: SignInSession, administrator: Program) -> None:
    tool = Tool()
    answer = tool.signs_in(root_session)
    good = answer.body["idToken"]
    key, key_id = id_tokens._key(conf.secret_keys[0])  # tokens that only the portal could sign
    claims = jwt.decode(good, options={"verify_signature": False})
    own = registered().signs_in(root_session)

    def signed(headers: dict[str, Any] | None = None, **changes: Any) -> str:
        made = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(made, key, algorithm="ES256", headers={"kid": key_id, **(headers or {})})

    none = jwt.encode(claims, "", algorithm="none", headers={"kid": key_id})
    public = id_tokens.key_set()["keys"][0]["x"]
    bad = (
        *(good[:-6] + "AAAAAA", none, jwt.encode(claims, public, algorithm="HS256", headers={"kid": key_id})),
        *(signed(iss=claims["iss"] + ".evil.example"), signed(iss=None), signed(exp=claims["iat"] - 1), signed(iat=claims["exp"])),
        *(signed(aud="arn:aws:signin:::console/vestibule"), signed(aud=None), signed(sub="arn:aws:iam::111122223333:root")),
        *(signed(signin_session=None), signed(signin_session="x"), signed(signin_session=7), signed(exp="soon"), signed(aud=["x"])),
        *(signed({"kid": "other"}), signed({"kid": ""}), signed({"crit": ["x"]}), tool.proof(), own["access_token"], own["refresh_token"]),
        *(answer.refresh_token, answer.body["accessToken"]["sessionToken"], "a.b.c", "....", "x" * 20000, token_of(administrator)),
    )
    for token in bad:
        found = exchange(token)
        assert (found.status, found.kind, found.body["error"]) == (400, "InvalidGrantException", "invalid_grant"), token[:80]
    assert exchange(signed()).status == 200


def test_oa_17_an_id_token_is_no_other_token(root_session: SignInSession, administrator: Program) -> None:
    answer = Tool().signs_in(root_session)
    assert access_tokens.read(answer.body["idToken"]) is None
    assert access_tokens.read("ASOA" + answer.body["accessToken"]["sessionToken"]) is None
    given = answer.body["accessToken"]
    for token in (answer.body["idToken"], token_of(administrator)):
        forged = Program(given["accessKeyId"], given["secretAccessKey"], token).calls("sts", "GetCallerIdentity")
        assert isinstance(forged, Failed)
        assert forged.code == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("changes", "kind", "word"),
    [
        ({"subject_token": None}, "ValidationException", "invalid_request"),
        ({"resource": None}, "ValidationException", "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "ValidationException", "invalid_request"),
        ({"resource": "s3.amazonaws.com"}, "ValidationException", "invalid_target"),
        ({"scope": "openid"}, "InvalidScopeException", "invalid_scope"),
        ({"scope": "arn:aws:iam::aws:policy/Nothing"}, "InvalidScopeException", "invalid_scope"),
        ({"scope": "arn:aws:iam::444455556666:policy/Agents"}, "InvalidScopeException", "invalid_scope"),
        ({"grant_type": "authorization_code"}, "ValidationException", "INVALID_REQUEST"),
    ],
)
def test_what_is_wrong_with_an_exchange_is_told(root_session: SignInSession, changes: dict[str, Any], kind: str, word: str) -> None:
    answer = exchange(Tool().signs_in(root_session).body["idToken"], **changes)
    assert (answer.status, answer.kind, answer.body["error"]) == (400, kind, word)


def test_policies_limit_an_exchanged_token(root_session: SignInSession) -> None:
    answer = exchange(Tool().signs_in(root_session).body["idToken"], scope="arn:aws:iam::aws:policy/ReadOnlyAccess")
    found = access_tokens.read(answer.body["access_token"])
    assert found is not None
    assert found.scope == "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_policies_are_asked_of_an_exchange(world: World) -> None:
    member = somebody("444455556666", "Mary_Major")
    token = Tool().signs_in(session_of(member)).body["idToken"]
    assert exchange(token).status == 200
    attach(PolicyDocument.Type.SCP, deny("signin:CreateOAuth2Token"), "444455556666", name="No agents")
    answer = exchange(token)
    assert (answer.kind, answer.body["error"]) == ("InvalidGrantException", "invalid_grant")
    record = json.loads(Event.objects.filter(event_name=EventName.CREATE_OAUTH2_TOKEN).latest("id").record)
    assert record["errorMessage"]


def test_ses_05_after_a_new_password_nothing_is_exchanged(world: World) -> None:
    token = Tool().signs_in(session_of(carlos())).body["idToken"]
    replace_password(carlos(), "Granite-Willow-7731", origin=BROWSER, event=EventName.CHANGE_PASSWORD)
    assert exchange(token).body["error"] == "invalid_grant"


def test_oa_12_a_token_is_of_its_own_kind_at_the_token_endpoint(root_session: SignInSession) -> None:
    own: Agent = registered()
    body = own.signs_in(root_session)
    assert own.refreshes(body["access_token"]).body["error"] == "invalid_grant"
