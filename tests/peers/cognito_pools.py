"""A user pool of its own in one of the two Cognito emulators, filled with made-up people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from connectors.cognito import CognitoConnector
from connectors.cognito_calls import Bounds, UserPool, client_of
from connectors.cognito_changes import Rules
from connectors.cognito_stop import Stop
from demo.person import Person
from demo.standins import cognito
from tests.peers.running import Peer

KEYS = ("testing", "testing")
STOPS = {"A.2": Stop("group", "stopped"), "A.5": Stop("attribute", "nickname", "A.5")}
PASSWORD = "Voor-Beeld!0001"
#: moto signs with the issuer of the real service, cognito-local with its own address
_ISSUER = {
    "moto": "https://cognito-idp.eu-west-1.amazonaws.com/{pool}",
    "cognito-local": "{url}/{pool}",
}


@dataclass(frozen=True)
class Emulated:
    """One pool: the emulator's name and address, a client with all rights, and who is in it."""

    name: str
    url: str
    client: Any  # Any: boto3's clients have no types
    pool: str
    app: str
    subs: Mapping[int, str]

    @property
    def issuer(self) -> str:
        """What its tokens name as their maker."""
        return _ISSUER[self.name].format(url=self.url, pool=self.pool)

    @property
    def jwks_url(self) -> str:
        """Where its public keys are."""
        return f"{self.url}/{self.pool}/.well-known/jwks.json"

    def connector(self, page_size: int = 60, rules: Rules | None = None) -> CognitoConnector:
        """Our connector to this pool, with one try a call.

        Neither emulator keeps devices or sign-ins. cognito-local cannot sign anybody out: that
        one call is answered here in its place, all others are its own.
        """
        client = client_of("eu-west-1", self.url, KEYS, seconds=10.0)
        if self.name == "cognito-local":
            client.meta.events.register(
                "before-call.cognito-identity-provider.AdminUserGlobalSignOut", _answered
            )
        pool = UserPool(client, self.pool, bounds=Bounds(tries=1, page_size=page_size))
        made = CognitoConnector(
            pool,
            system="cognito",
            number_attribute="custom:number",
            rules=rules or Rules(stop=STOPS),
        )
        made.datasets = ("account", "groups")
        return made

    def do(self, operation: str, person: Person, **more: object) -> Any:
        """An operation of an administrator on the account of a person."""
        who = {"UserPoolId": self.pool, "Username": person.email}
        return getattr(self.client, operation)(**who, **more)

    def tokens(self, person: Person) -> dict[str, str]:
        """What a sign-in with name and password gives: `IdToken`, `AccessToken`."""
        self.do("admin_set_user_password", person, Password=PASSWORD, Permanent=True)
        told = {"USERNAME": person.email, "PASSWORD": PASSWORD}
        answer = self.client.initiate_auth(
            ClientId=self.app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=told
        )
        return dict(answer["AuthenticationResult"])


def _answered(**_: object) -> tuple[AWSResponse, dict[str, object]]:
    """Signed out, says nobody but this test."""
    return AWSResponse("", 200, {}, None), {}


def pool_in(peer: Peer, *people: Person) -> Emulated:
    """A fresh pool whose user names are e-mail addresses, with one group that all are in."""
    client = boto3.client(
        "cognito-idp",
        region_name="eu-west-1",
        endpoint_url=peer.url,
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
    )
    made = client.create_user_pool(PoolName="app", UsernameAttributes=["email"])
    pool = made["UserPool"]["Id"]
    for group in ("patients", "stopped"):
        client.create_group(GroupName=group, UserPoolId=pool)
    app = client.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    subs = {person.number: _account(client, pool, person) for person in people}
    return Emulated(peer.name, peer.url, client, pool, app, subs)


def _account(client: Any, pool: str, person: Person) -> str:
    told = [a for a in cognito.attributes(person) if a["Name"] not in ("sub", "custom:practice")]
    made = client.admin_create_user(
        UserPoolId=pool, Username=person.email, UserAttributes=told, MessageAction="SUPPRESS"
    )["User"]
    client.admin_add_user_to_group(UserPoolId=pool, Username=made["Username"], GroupName="patients")
    return next(str(a["Value"]) for a in made["Attributes"] if a["Name"] == "sub")
