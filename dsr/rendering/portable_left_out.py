"""What stays out of the part to take along, counted, each with its reason (Art. 12(4), 20(1))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson

from dsr.core.package import PackageContents, WithheldItem
from dsr.core.portable import LeftOut, Origin, Verdict, verdict
from dsr.core.request import Outcome
from dsr.law.grounds import cited
from dsr.rendering.archive import Archive
from dsr.rendering.member import Member
from dsr.rendering.pages import page
from dsr.rendering.portable_portion import Left
from dsr.rendering.portable_words import portable_words

#: the first page of the part, which the list leads back to
README = {"nl": "LEES-MIJ-EERST.html", "en": "READ-ME-FIRST.html"}
#: the reason for what could go along and was not asked for
NOT_SEARCHED = "not_searched"
SCHEMA = "https://schema.privacybalie.example/portable-left-out.schema.json"


@dataclass(frozen=True, kw_only=True)
class LeftGroup:
    """Things alike; the words are in the language of the package.

    `reason` is a `LeftOut` or, with `withheld`, a `WithholdReason`: the desk gives it to nobody.
    Where nothing was `searched` there is no count; `reason` may then be `NOT_SEARCHED` as well.
    """

    system: str
    system_name: str
    dataset: str
    dataset_name: str
    reason: str
    why: str
    article: str
    partly: bool
    withheld: bool
    searched: bool = True
    words: str = ""
    count: int = 0


def left_groups(contents: PackageContents, archive: Archive) -> list[LeftGroup]:
    """All that stays, alike things counted together: by scope first, then what is withheld."""
    groups = [_by_scope(contents, left, count) for left, count in archive.portable.left.items()]
    held: dict[LeftGroup, int] = {}
    for item in contents.withheld():
        alike = _by_desk(contents, item)
        held[alike] = held.get(alike, 0) + item.count
    groups += [replace(alike, count=count) for alike, count in held.items()]
    return groups + list(_not_searched(contents))


def left_out_members(
    contents: PackageContents, groups: list[LeftGroup], root: str
) -> Iterator[Member]:
    """The list as a page and as JSON; `root` is empty where there is no copy beside it."""
    told, readme = portable_words(contents.language), README[contents.language]
    instead = told["left_out"]["copy_within" if root else "copy"]
    values = {"p": told, "groups": groups, "instead": instead, "names": {"readme": readme}}
    yield Member(
        path=f"{root}niet-overdraagbaar.html",
        media_type="text/html",
        chunks=page("portable_left_out.html", contents, "", **values),
    )
    document = {
        "schema": SCHEMA,
        "reference": contents.reference,
        "exported_at": contents.answered.isoformat(),
        "left_out": groups,
        "instead": instead,
    }
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    yield Member(
        path=f"{root}niet-overdraagbaar.json",
        media_type="application/json",
        chunks=(content,),
        size=len(content),
    )


def _by_scope(contents: PackageContents, left: Left, count: int) -> LeftGroup:
    language = contents.language
    system = contents.register.system(left.system)
    told = portable_words(language)["left"]
    return LeftGroup(
        system=left.system,
        system_name=system.name.in_(language),
        dataset=left.dataset,
        dataset_name=system.dataset(left.dataset).name.in_(language),
        reason=str(left.reason),
        why=told["judgements"] if left.partly else told[left.reason],
        article=cited(left.articles, language),
        partly=left.partly,
        withheld=False,
        count=count,
    )


def _not_searched(contents: PackageContents) -> Iterator[LeftGroup]:
    """Kinds that were not asked for: nobody knows how much of them there is."""
    for source in contents.sources:
        if source.outcome is not Outcome.NOT_KEPT or source.searched_at is not None:
            continue
        for dataset in contents.register.system(source.system).datasets:
            origin = Origin(
                system=source.system,
                dataset=dataset.id,
                kind="",
                author="subject",
                portable=dataset.portable,
                medical_file=dataset.medical_file,
            )
            found = verdict(contents.register, contents.portable, origin)
            yield _unsearched(contents, origin, found)


def _unsearched(contents: PackageContents, origin: Origin, found: Verdict) -> LeftGroup:
    language = contents.language
    system = contents.register.system(origin.system)
    reason = found.reason if isinstance(found.reason, LeftOut) else NOT_SEARCHED
    return LeftGroup(
        system=origin.system,
        system_name=system.name.in_(language),
        dataset=origin.dataset,
        dataset_name=system.dataset(origin.dataset).name.in_(language),
        reason=str(reason),
        why=portable_words(language)["left"][reason],
        article=cited(found.articles, language),
        partly=False,
        withheld=False,
        searched=False,
    )


def _by_desk(contents: PackageContents, item: WithheldItem) -> LeftGroup:
    language = contents.language
    system = contents.register.system(item.system)
    return LeftGroup(
        system=item.system,
        system_name=system.name.in_(language),
        dataset=item.dataset,
        dataset_name=system.dataset(item.dataset).name.in_(language),
        reason=str(item.reason),
        why=item.ground.why.in_(language),
        article=item.ground.article.in_(language),
        partly=item.partly,
        withheld=True,
        words=item.words,
    )
