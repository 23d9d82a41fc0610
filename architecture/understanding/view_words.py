"""What a title says that is drawn above it: a floor plan, or a section, an elevation, a roof."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from architecture.understanding.layers import fold

__all__ = ["ViewKind", "view_kind"]


class ViewKind(StrEnum):
    """Kind of a view on a sheet."""

    PLAN = "floor plan"
    SECTION = "section"
    ELEVATION = "elevation"
    ROOF = "roof plan"
    CEILING = "ceiling plan"
    FOUNDATION = "foundation plan"
    SITE = "site plan"
    DETAIL = "detail"
    SCHEDULE = "schedule"


_STEMS: Final = (
    (
        ViewKind.DETAIL,
        r"\bdetail|\bdettagl|\bdetalj|\bdetalle|\bpormenor|\bszczegol|大样|详图|节点",
    ),
    (ViewKind.SCHEDULE, r"schedule|legend|raumliste|nomenclature|leyenda|门窗表|图例"),
    (
        ViewKind.ELEVATION,
        r"elevation|ansicht|fassade|\bfacade|\balzado|\bfachada|\bprospett|\balcado|gevel(?!steen)|"
        r"\baanzicht|\bfasad\b|\bfasade\b|\bfacader?\b|elewacj|\bcephe|gorunus|homlokzat|pohled|"
        r"фасад|立面|立面図|입면",
    ),
    (
        ViewKind.SECTION,
        r"\bsection\b|\bschnitt|\bcoupe\b|\bseccion|\bsezion|\bcorte\b|\bdoorsnede|\bsektion\b|"
        r"\bsnitt\b|przekroj|\bkesit|\bmetszet|\brez [a-z]|разрез|剖面|断面|단면",
    ),
    (
        ViewKind.CEILING,
        r"ceiling|deckenspiegel|plafond(?:s|plan)?\b|\btechos?\b|\bforro\b|soffitt|天花|顶棚",
    ),
    (
        ViewKind.FOUNDATION,
        r"foundation|footing|fundament|fondation|cimentacion|fundac|fondazion|fundering|temel|"
        r"алап|фундамент|基础",
    ),
    (
        ViewKind.ROOF,
        r"\broof\b|dachaufsicht|dachdraufsicht|dachplan|toiture|cubierta|cobertura|copertura|"
        r"\bdakplan|\bdak\b|\btakplan|rzut dachu|\bcati plan|tetosik|кровл|屋顶|屋面|屋根|지붕",
    ),
    (
        ViewKind.SITE,
        r"\bsite\b|location plan|block plan|lageplan|situation|plan de masse|emplazamiento|"
        r"implantac|planimetria|situatie|situasjon|situationsplan|zagospodarowani|vaziyet|"
        r"helyszin|генплан|总平面|配置図|배치",
    ),
)  # fmt: skip
"""Kind → its words, folded; the first that is found counts."""


def view_kind(title: str) -> ViewKind | None:
    """Return what a title says that is drawn, None if it names no view but a plan may be meant.

    Examples
    --------
    >>> view_kind("SECTION A-A"), view_kind("Südansicht"), view_kind("ROOF PLAN")
    (<ViewKind.SECTION: 'section'>, <ViewKind.ELEVATION: 'elevation'>, <ViewKind.ROOF: 'roof plan'>)
    >>> view_kind("Ground floor plan") is None
    True
    """
    words = fold(title)
    return next((kind for kind, stems in _STEMS if re.search(stems, words)), None)
