"""Ask for a person's data and for erasure with SendBird's own client 0.0.16, and write the answers.

Run with the client's own environment: `gdpr_requests.py URL TOKEN USER`. Later clients have no
privacy calls. `RegisterGdprRequestData` wants all four fields, whatever the action.
"""

import json
import sys

import sendbird_platform_sdk
from sendbird_platform_sdk.api import privacy_api
from sendbird_platform_sdk.model.register_gdpr_request_data import RegisterGdprRequestData


def asked(api, token, action, user):
    """Register a request and give what came back."""
    wanted = RegisterGdprRequestData(
        action=action, user_ids=[user], channel_delete_option="do_not_delete", user_id=user
    )
    return api.register_gdpr_request(token, register_gdpr_request_data=wanted).to_dict()


def refused(call, *arguments):
    """The code of SendBird's refusal."""
    try:
        call(*arguments)
    except sendbird_platform_sdk.ApiException as fault:
        return {"status": fault.status, "code": json.loads(fault.body)["code"]}
    return {}


def walk(url, token, user):
    """Register both kinds, look, list, and cancel the one that erases."""
    client = sendbird_platform_sdk.ApiClient(sendbird_platform_sdk.Configuration(host=url))
    api = privacy_api.PrivacyApi(client)
    access, erase = asked(api, token, "access", user), asked(api, token, "delete", user)
    done = api.view_gdpr_request_by_id(token, access["request_id"]).to_dict()
    api.cancel_the_registration_of_gdpr_request_by_id(token, erase["request_id"])
    left = api.list_gdpr_requests(token).to_dict()
    return {
        "access": access,
        "erase": erase,
        "done": done,
        "left": left,
        "nobody": refused(asked, api, token, "access", "nobody-at-all"),
        "gone": refused(api.view_gdpr_request_by_id, token, erase["request_id"]),
        "bad token": refused(api.list_gdpr_requests, "wrong"),
    }


if __name__ == "__main__":
    json.dump(walk(*sys.argv[1:4]), sys.stdout, default=str)
