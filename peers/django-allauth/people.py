"""Two invented people, made through Django's and allauth's own models."""

from datetime import UTC, datetime

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken  # noqa: E402
from django.contrib.admin.models import CHANGE, LogEntry  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402


def person(number: int, name: str, family: str) -> User:
    """A person with two addresses, a social login, two groups and an entry in the admin's log."""
    user = User.objects.create_user(
        f"{name.lower()}{number}",
        f"{name.lower()}@voorbeeld.example",
        "a secret password",
        first_name=name,
        last_name=family,
        date_joined=datetime(2024, 7, 1, 10, 0, number, tzinfo=UTC),
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    EmailAddress.objects.create(user=user, email=f"{name.lower()}@thuis.example", primary=False)
    account = SocialAccount.objects.create(
        user=user, provider="google", uid=f"uid-{number}", extra_data={"locale": "nl", "n": number}
    )
    app, _ = SocialApp.objects.get_or_create(provider="google", name="Google", client_id="x")
    SocialToken.objects.create(app=app, account=account, token=f"token-{number}")
    for group in ("patients", "readers"):
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    LogEntry.objects.create(
        user_id=User.objects.get(username="boss").pk,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=user.username,
        action_flag=CHANGE,
        change_message='[{"changed": {"fields": ["Last name"]}}]',
    )
    return user


User.objects.create_user("boss", is_staff=True)
person(1, "Nora", "de Wit")
person(2, "Sem", "de Wit")
