"""A file that the patient sent along, for whoever decides on the correction (P6b, T40)."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from dsr.services import proof_files, stages
from dsr.web.current import house
from dsr.web.desk import viewing
from dsr.web.desk.acting import opened
from dsr.web.desk.door import CASE_ROLES, staff_only


@staff_only(*CASE_ROLES)
def proof_file(reference: str, item_id: str, proof_id: str) -> ResponseReturnValue:
    """The file as an attachment: a browser shows nothing of it within our pages."""
    with house().reading() as db:
        row = opened(db, reference)
        item = stages.item_of(row, item_id)
        if (asked := viewing.barred(db, row, "item")) is not None:
            return asked
        found, content = proof_files.read(db, house().office, (row, item), proof_id)
    number = proof_files.of(item).index(found) + 1
    answer = Response(content, mimetype=proof_files.MEDIA_TYPES[found.kind])
    name = f"{row.reference}-bewijs-{number}.{found.kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
