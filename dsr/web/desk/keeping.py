"""The clinician's page on a destruction: single items of the file that stay, with the ground."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, NotFound
from dsr.core.stages import Stage
from dsr.services import keeping_back, stages
from dsr.services.keeping_back import Kept
from dsr.web.current import house
from dsr.web.desk import viewing
from dsr.web.desk.acting import Fault, opened
from dsr.web.desk.door import me, staff_only
from dsr.web.desk.items import line_of
from dsr.web.desk.on_item import Place, What, act_on
from dsr.web.words import language

PAGE = 50


@staff_only("clinician")
def keeping_page(reference: str, item_id: str) -> ResponseReturnValue:
    """The items of the file in one system."""
    with house().reading() as db:
        row = opened(db, reference)
        stages.item_of(row, item_id)
        if (asked := viewing.barred(db, row, "item")) is not None:
            return asked
    return _page((reference, item_id), None)


@staff_only("clinician")
@viewing.with_reason("item")
def keep_items(reference: str, item_id: str) -> ResponseReturnValue:
    """Keep the items that were ticked."""

    def keep(db: Session, what: What) -> None:
        numbers = request.form.getlist("n", type=int)
        if not numbers:
            raise BadInput("pick", "Choose one or more items.")
        for number in numbers[:PAGE]:
            kept = Kept(system=_system(), number=number, ground=request.form.get("ground", ""))
            keeping_back.keep(db, house().office, what, kept, me().who)

    return act_on((reference, item_id), keep, _page, to=_back(reference, item_id))


@staff_only("clinician")
@viewing.with_reason("item")
def let_go(reference: str, item_id: str) -> ResponseReturnValue:
    """Keep an item no longer."""
    key = request.form.get("key", "")
    return act_on(
        (reference, item_id),
        lambda db, what: keeping_back.let_go(db, house().office, what, key, me().who),
        _page,
        to=_back(reference, item_id),
    )


def _page(place: Place, fault: Fault | None) -> str:
    office = house().office
    with house().reading() as db:
        row = opened(db, place[0])
        item = stages.item_of(row, place[1])
        systems = keeping_back.systems(db, office, row)
        system = _chosen(systems)
        first = max(0, request.values.get("first", 0, type=int) // PAGE * PAGE)
        seen = keeping_back.page(db, office, row, system, first) if system else []
        kept = keeping_back.of(item)
    return render_template(
        "desk/keeping.html",
        row=row,
        item=item,
        tabs=[(one, office.register.system(one).name.in_(language())) for one in systems],
        system=system,
        first=first,
        lines=[line_of(one, language()) for one in seen if one.dataset.medical_file],
        more=len(seen) == PAGE,
        kept=kept,
        open=Stage(item.stage) in keeping_back.OPEN,
        fault=fault,
    )


def _chosen(systems: list[str]) -> str:
    wanted = request.values.get("system", "")
    if wanted and wanted not in systems:
        raise NotFound("Nothing of the medical file was found in this system.")
    return wanted or (systems[0] if systems else "")


def _system() -> str:
    return request.form.get("system", "")


def _back(reference: str, item_id: str) -> str:
    first = request.form.get("first", 0, type=int)
    return url_for(
        "desk.keeping_page", reference=reference, item_id=item_id, system=_system() or None,
        first=first or None,
    )  # fmt: skip
