"""Erase a user by a GDPR request with SendBird's own client 0.0.16, looked at to its end.

Run with the client's own environment: `gdpr_erasure.py URL TOKEN USER OPTION`.
"""

import json
import sys

import sendbird_platform_sdk
from sendbird_platform_sdk.api import privacy_api
from sendbird_platform_sdk.model.register_gdpr_request_data import RegisterGdprRequestData

MOST = 10


def erased(url, token, user, option):
    """Every stage of the request, from its registration to the end."""
    client = sendbird_platform_sdk.ApiClient(sendbird_platform_sdk.Configuration(host=url))
    api = privacy_api.PrivacyApi(client)
    wanted = RegisterGdprRequestData(
        action="delete", user_ids=[user], channel_delete_option=option, user_id=user
    )
    made = api.register_gdpr_request(token, register_gdpr_request_data=wanted).to_dict()
    stages = [made["status"]]
    while stages[-1] != "done" and len(stages) < MOST:
        stages.append(api.view_gdpr_request_by_id(token, made["request_id"]).to_dict()["status"])
    return {"made": made, "stages": stages}


if __name__ == "__main__":
    json.dump(erased(*sys.argv[1:5]), sys.stdout, default=str)
