"""Read a whole SendBird application with SendBird's own client 2.1.5, and write it as JSON.

Run with the client's own environment: `read_application.py URL TOKEN USER...`. The client checks
the type of every field it gets, so a sloppy server makes this fail.
"""

import json
import sys

import sendbird_platform_sdk
from sendbird_platform_sdk.api import group_channel_api, message_api, open_channel_api, user_api

MOST = 200
SWITCHES = {
    "including_removed": True,
    "include_reply_type": "ALL",
    "include_reactions": True,
    "include_thread_info": True,
    "include_parent_message_info": True,
    "with_sorted_meta_array": True,
}


class Application:
    """The calls of one application."""

    def __init__(self, url, token):
        client = sendbird_platform_sdk.ApiClient(sendbird_platform_sdk.Configuration(host=url))
        self.token = {"api_token": token}
        self.users = user_api.UserApi(client)
        self.groups = group_channel_api.GroupChannelApi(client)
        self.open = open_channel_api.OpenChannelApi(client)
        self.messages = message_api.MessageApi(client)

    def every(self, call, name, *path, **wanted):
        """All records of a list with `next` tokens."""
        found, more = [], {}
        while True:
            body = call(*path, limit=100, **wanted, **more, **self.token)
            found += body[name]
            if not body.get("next"):
                return found
            more = {"token": body["next"]}

    def talk(self, kind, channel, **wanted):
        """All messages of a channel. The client insists on both anchors: 0 is none."""
        found, anchor = [], {"message_ts": 0, "message_id": 0, "include": True}
        while True:
            body = self.messages.list_messages(
                kind, channel, prev_limit=0, next_limit=MOST, **anchor, **SWITCHES, **wanted,
                **self.token,
            )  # fmt: skip
            page = [told(message) for message in body.messages]
            found += page
            if len(page) < MOST:
                return found
            anchor = {"message_ts": 0, "message_id": page[-1]["message_id"], "include": False}


def told(message):
    """What two readers of one message have to agree on."""
    one = message.to_dict()
    files = one.get("files") or [one["file"]] if one.get("file") or one.get("files") else []
    return {
        "message_id": one["message_id"],
        "type": one["type"],
        "writer": one.get("user", {}).get("user_id", ""),
        "message": one["message"],
        "created_at": one["created_at"],
        "is_removed": one["is_removed"],
        "parent": one.get("parent_message_id", 0),
        "reactions": [reaction["key"] for reaction in one.get("reactions", [])],
        "files": [file.get("name") or file.get("file_name") for file in files],
    }


def read(app, users):
    """Everything of these users, and what each wrote in any channel."""
    mine = {user: channels_of(app, user) for user in users}
    urls = {url for found in mine.values() for url in found}
    everywhere = everything(app)
    known = app.every(app.users.list_users, "users", active_mode="all")
    return {
        "users": [one["user_id"] for one in known],
        "profiles": {user: profile(app.users.view_a_user(user, **app.token)) for user in users},
        "channels": mine,
        "messages": {url: app.talk("group_channels", url) for url in urls},
        "counts": {url: total(app, url) for url in urls},
        "written": {
            user: {url: app.talk(kind, url, sender_id=user) for kind, url in everywhere}
            for user in users
        },
        "push": {user: tokens(app, user) for user in users},
    }


def channels_of(app, user):
    """The addresses of all channels of a user, also those hidden by default."""
    wanted = {"show_empty": True, "hidden_mode": "all", "member_state_filter": "all"}
    call = app.users.list_my_group_channels
    found = app.every(call, "channels", user, show_member=True, **wanted)
    return [one["channel_url"] for one in found]


def everything(app):
    """Kind and address of every channel of the application."""
    groups = app.every(app.groups.list_channels, "channels", show_empty=True, show_member=True)
    opened = app.every(app.open.list_open_channels, "channels")
    return [
        *(("group_channels", one["channel_url"]) for one in groups),
        *(("open_channels", one["channel_url"]) for one in opened),
    ]


def total(app, url):
    """How many messages a channel says it holds."""
    call = app.messages.get_total_number_of_messages_in_a_channel
    return call("group_channels", url, **app.token).total


def tokens(app, user):
    """The device tokens of a user."""
    call = app.users.list_registration_or_device_tokens
    return [token for kind in ("gcm", "apns") for token in call(user, kind, **app.token).tokens]


def profile(user):
    """What two readers of one user have to agree on."""
    one = user.to_dict()
    return {key: one[key] for key in ("nickname", "created_at", "is_active", "metadata")}


def nobody(app):
    """How the client sees that there is no such user."""
    try:
        app.users.view_a_user("nobody-at-all", **app.token)
    except sendbird_platform_sdk.ApiException as fault:
        return {"status": fault.status, "code": json.loads(fault.body)["code"]}
    return {}


if __name__ == "__main__":
    application = Application(sys.argv[1], sys.argv[2])
    json.dump(
        {**read(application, sys.argv[3:]), "nobody": nobody(application)}, sys.stdout, default=str
    )
