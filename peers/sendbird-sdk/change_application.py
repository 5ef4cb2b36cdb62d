"""Change a SendBird application with SendBird's own client 2.1.5, and write what came back.

Run with the client's own environment: `change_application.py URL TOKEN USER CHANNEL MESSAGE`. The
client checks the type of every field it gets, so a sloppy server makes this fail.
"""

import json
import sys

import sendbird_platform_sdk
from sendbird_platform_sdk.api import message_api, moderation_api, user_api
from sendbird_platform_sdk.model.freeze_a_group_channel_request import FreezeAGroupChannelRequest
from sendbird_platform_sdk.model.update_a_user_request import UpdateAUserRequest
from sendbird_platform_sdk.model.update_user_metadata_request import UpdateUserMetadataRequest


def changed(url, token, user, channel, message):
    """Each change that our connector makes, made by the client; and the same refused."""
    client = sendbird_platform_sdk.ApiClient(sendbird_platform_sdk.Configuration(host=url))
    users, messages = user_api.UserApi(client), message_api.MessageApi(client)
    moderation, key = moderation_api.ModerationApi(client), {"api_token": token}

    def update(**fields):
        wanted = UpdateAUserRequest(**fields)
        return users.update_a_user(user, update_a_user_request=wanted, **key).to_dict()

    def metadata(**told):
        wanted = UpdateUserMetadataRequest(metadata=told, upsert=True)
        return users.update_user_metadata(user, update_user_metadata_request=wanted, **key)

    def freeze(on):
        wanted = FreezeAGroupChannelRequest(freeze=on)
        call = moderation.freeze_a_group_channel
        return call(channel, freeze_a_group_channel_request=wanted, **key).to_dict()

    def refused(call, *arguments):
        try:
            call(*arguments, **key)
        except sendbird_platform_sdk.ApiException as fault:
            return {"status": fault.status, "code": json.loads(fault.body)["code"]}
        return {}

    metadata(dsr_paused="restriction:profile")
    off = update(is_active=False, leave_all_when_deactivated=False)
    on = update(is_active=True)
    users.delete_specific_user_metadata(user, "dsr_paused", **key)
    tokens = users.list_registration_or_device_tokens(user, "apns", **key).tokens
    removed = [users.remove_a_registration_or_device_token(user, "apns", t, **key) for t in tokens]
    messages.delete_a_message("group_channels", channel, message, **key)
    return {
        "off": off["is_active"],
        "on": on["is_active"],
        "nickname": update(nickname="Ans")["nickname"],
        "frozen": freeze(True)["freeze"],
        "thawed": freeze(False)["freeze"],
        "tokens": len(removed),
        "again": refused(messages.delete_a_message, "group_channels", channel, message),
    }


if __name__ == "__main__":
    url, token, user, channel, message = sys.argv[1:6]
    json.dump(changed(url, token, user, channel, int(message)), sys.stdout, default=str)
