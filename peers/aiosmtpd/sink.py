"""SMTP sink on loopback: stores each message as a file; bounce@ -> 550, slow@ -> 451 (greylisting)."""

import os, sys, time, uuid
from aiosmtpd.controller import Controller

out = sys.argv[2]
os.makedirs(out, exist_ok=True)


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("bounce@"):
            return "550 5.1.1 no such user"
        if address.startswith("slow@"):
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with open(os.path.join(out, f"{time.time_ns()}-{uuid.uuid4().hex}.eml"), "wb") as f:
            f.write(envelope.content)
        return "250 OK"


Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
while True:
    time.sleep(3600)
