"""Words that rooms, storeys and outdoor places are called by, in some twenty languages.

Stems, folded as `layers.fold` does: lower case, no accents. Tables only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from architecture.understanding.layers import fold

__all__ = ["is_outdoors", "is_room_word", "is_storey_word"]

ROOM_STEMS: Final = """
 living lounge family bed dining kitchen kitch pantry bath toilet toil wc lavat restroom shower
 powder hall corridor lobby foyer entry entrance entr vestibul passage landing stair closet clo.
 wardrobe w.i.c robe storage store laundry util garage office study library room boiler plant
 cellar basement attic loft dressing ensuite nursery studio meeting conference lab class canteen
 reception waiting workshop shop server archive
 wohn schlaf kinder ess kuch kueche bad dusch diele flur gang windfang abstell vorrat keller
 speicher buro buero arbeits zimmer raum gaste gast haus hwr treppen technik heizung garderobe
 sejour salon chambre cuisine salle bain douche entree couloir degagement cellier buanderie
 bureau placard rangement escalier palier cave grenier piece hall
 estar comedor dormitorio habitacion cocina bano aseo pasillo recibidor vestibulo despacho
 lavadero trastero escalera salon sala quarto suite cozinha banho lavabo
 circulacao escritorio arrumo despensa copa servico escadas cuina bany rebedor
 soggiorno pranzo camera letto cucina bagno ingresso corridoio disimpegno ripostiglio studio
 cantina lavanderia anti scala ufficio
 woon slaap keuken badkamer hal gang berging bijkeuken overloop toilet kantoor trap zolder
 kelder eetkamer
 kok vardagsrum sovrum badrum korridor entre klad kontor trapphus forrad tvatt stue soverom
 kjokken gang bod vaerelse badevaerelse entre koridor olohuone makuuhuone keittio kylpy eteinen
 pokoj salon sypialnia kuchnia lazienka przedpokoj korytarz garderoba gabinet spizarnia hol
 schody biuro obyvaci loznice kuchyn koupelna predsin chodba zachod kancelar
 oturma salon yatak mutfak banyo antre hol koridor tuvalet ofis
 nappali halo konyha furdo eloszoba kamra szoba
 гостин спальн кухн ванн санузел туалет коридор прихож холл кабинет кладов комнат лестн
 客厅 起居 餐厅 卧室 主卧 次卧 厨房 卫生间 浴室 书房 玄关 走廊 储藏 过道 门厅 办公 会议 楼梯 衣帽
 居間 洋室 和室 台所 浴室 洗面 便所 廊下 押入 納戸 リビング ダイニング キッチン トイレ ホール
 거실 침실 주방 욕실 화장실 현관 복도 방
"""
OUTDOOR_STEMS: Final = """
 porch deck patio balcon balkon terrac terras terraz garden yard carport veranda outdoor driveway
 loggia pergola garten hof jardin cour tuin altan uteplats taras ogrod pool piscin
 varanda quintal giardino neighbo nachbar sasiedni voisin vecino
 阳台 露台 花园 设备 庭院 ベランダ バルコニー 庭 발코니 테라스
"""
STOREY_STEMS: Final = """
 floor storey story level basement ground mezzanine attic loft
 geschoss obergescho erdgescho kellergescho dachgescho untergescho grundriss
 etage rez-de-chaussee rdc sous-sol niveau comble
 planta piso pavimento terreo cave rez-do-chao sotano atico sous sol
 piano sottotetto interrato rialzato seminterrato pianta
 verdieping begane kelder zolder plattegrond
 plan vaning kallare etasje kjeller stue-etage kerros
 parter pietro pietra piwnica rzut poddasze kondygnac podlazi prizemi pudorys suteren
 kat zemin bodrum cati normal kat foldszint emelet alaprajz
 этаж подвал цоколь мансард план
 层 楼 平面 階 지하 층 평면
"""
ABBREVIATED_STOREY: Final = re.compile(
    r"\b(?:eg|og\d?|\d\.?\s*og|ug|kg|dg|rdc|r\+\d|gf|ff|l\d{1,2}|b\d|[123]f)\b", re.IGNORECASE
)
"""EG, 1.OG, RDC, R+1, GF, L2, 1F."""


def is_room_word(name: str) -> bool:
    """Whether a text calls a room by a word that rooms are called by.

    Examples
    --------
    >>> is_room_word("BEDROOM 2"), is_room_word("see detail 4")
    (True, False)
    """
    return _any_stem(name, ROOM_STEMS)


def is_outdoors(name: str) -> bool:
    """Whether a text names a place outside the rooms: a balcony, a garden, a neighbor."""
    return _any_stem(name, OUTDOOR_STEMS)


def is_storey_word(name: str) -> bool:
    """Whether a text speaks of a storey or a floor plan."""
    return _any_stem(name, STOREY_STEMS) or bool(ABBREVIATED_STOREY.search(name))


@lru_cache(maxsize=8)
def _pattern(stems: str) -> re.Pattern[str]:
    words = sorted(set(stems.split()), key=len, reverse=True)
    ideograms = [re.escape(w) for w in words if re.search(r"[\u3040-\u9fff\uac00-\ud7af]", w)]
    letters = [re.escape(w) for w in words if re.escape(w) not in ideograms]
    return re.compile(rf"\b(?:{'|'.join(letters)})|(?:{'|'.join(ideograms)})")


def _any_stem(name: str, stems: str) -> bool:
    return bool(_pattern(stems).search(fold(name)))
