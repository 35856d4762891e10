"""Street addresses: a number, a name and a kind of street, in the order of the country; and what an address label says.

Kinds of street in English are those of USPS Publication 28, appendix C1, as people write them.
"""

# ruff: noqa: E501
import re

import regex  # type: ignore[import-untyped]

from redaction.recognizers.kind import Anchor, Kind, Span, around

_REACH = 120
_STREET = (
    r"Alley|Annex|Arcade|Avenue|Ave|Av|Bayou|Beach|Bend|Bluffs?|Bottom|Boulevard|Blvd|Branch|Bridge|Brooks?|Burgs?|Bypass|Camp|Canyon"
    r"|Cape|Causeway|Centers?|Circles?|Cir|Cliffs?|Close|Club|Common|Corners?|Course|Courts?|Ct|Coves?|Creek|Crescent|Cres|Crest|Crossing"
    r"|Crossroad|Curve|Dale|Dam|Divide|Drives?|Dr|End|Estates?|Expressway|Extensions?|Falls|Ferry|Fields?|Flats?|Fords?|Forest|Forges?"
    r"|Forks?|Fort|Freeway|Gardens?|Gateway|Gate|Glens?|Greens?|Groves?|Harbors?|Haven|Heights|Highway|Hwy|Hills?|Hollow|Inlet|Islands?"
    r"|Isle|Junctions?|Keys?|Knolls?|Lakes?|Landing|Lane|Ln|Lights?|Loaf|Locks?|Lodge|Loop|Mall|Manors?|Meadows?|Mews|Mills?|Mission"
    r"|Motorway|Mountains?|Mount|Neck|Orchard|Oval|Overpass|Parade|Parks?|Parkways?|Pkwy|Passage|Pass|Path|Pike|Pines?|Place|Pl|Plains?"
    r"|Plaza|Points?|Ports?|Prairie|Radial|Ramp|Ranch|Rapids?|Rest|Ridges?|River|Roads?|Rd|Route|Row|Rue|Run|Shoals?|Shores?|Skyway"
    r"|Springs?|Spurs?|Squares?|Sq|Station|Stravenue|Stream|Streets?|St|Summit|Terrace|Ter|Throughway|Trace|Track|Trafficway|Trail|Trl"
    r"|Tunnel|Turnpike|Underpass|Unions?|Valleys?|Via|Viaduct|Views?|Villages?|Ville|Vista|Walks?|Wall|Ways?|Wells?|Wharf|Yard"
)
_SURE = (
    r"Avenue|Ave|Boulevard|Blvd|Street|St|Road|Rd|Lane|Ln|Drive|Dr|Highway|Hwy|Parkway|Pkwy|Court|Ct|Terrace|Crescent|Mews|Square"
    r"|Turnpike|Trail|Circle|Place|Close|Way|Row"
)
_W = r"\p{Lu}[\p{L}\p{M}'\u2019.\-]*"
_UNIT = r"(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|Floor|Fl|PH|Bldg)\.? ?#?[\w\-]{1,6}|# ?\w{1,6})"
_ZIP = r"\d{5}(?:-\d{4})?"
_PLACE = rf"(?:(?:,|\\n|\n|,\n)[ ]?{_W}(?:[ \-]{_W}){{0,3}}(?:, ?[A-Z]{{2}})?(?:[ ,]+{_ZIP})?)"
_EN_TAIL = rf"(?:,? {_UNIT})?(?:{_PLACE}(?=[\s,.;)\"'\\]|$))?"
_CONT_TAIL = (
    r"(?:,? ?(?:\n|\\n)?\d{4,5}(?:-\d{3})? \p{Lu}[\p{L}\p{M}'\u2019.\-]*(?: \p{Lu}[\p{L}\p{M}'\u2019.\-]*){0,2})?"
)
_ROMANCE_WORDS = r"(?:[ ]?(?:de(?: la| las| los|l)?|du|des|della?|dell'|d[aeio]s?|d'|l'|la|le|San|Santa) ?)*"

PATTERNS: tuple[tuple[str, str, float], ...] = (
    (
        "number, name, kind of street",
        rf"(?<![\w.,$€£#\-/])(?:{_UNIT},? )?\d{{1,6}}[A-Za-z]?,? (?:[NSEW]{{1,2}}\.? )?(?:{_W} ){{1,4}}(?:{_SURE})(?![\p{{L}}\p{{N}}_])\.?{_EN_TAIL}",
        0.7,
    ),
    (
        "number, name, rarer kind of street, and a unit or a town with its code",
        rf"(?<![\w.,$€£#\-/])\d{{1,6}},? (?:[NSEW]{{1,2}}\.? )?(?:{_W} ){{1,3}}(?:{_STREET})\b(?:,? {_UNIT}|{_PLACE}(?<={_ZIP}))(?:{_PLACE}(?<={_ZIP}))?",
        0.7,
    ),
    (
        "number, name, rarer kind of street after a word that speaks of an address",
        rf"(?i:\b(?:address(?:es)?|lives? (?:at|on)|ship(?:ped)? (?:it )?to|deliver(?:ed)? to|located at|moved to|street|home is)"
        rf"\s?[:=\-]?\s{{0,2}})[\"']?\K\d{{1,6}},? (?:{_W} ){{1,3}}(?:{_STREET})\b{_EN_TAIL}",
        0.7,
    ),
    (
        "German and Dutch: name, number",
        rf"(?<![\p{{L}}\p{{N}}_])(?:{_W}[ -])?\p{{Lu}}[\p{{L}}\-.]*(?:straße|strasse|str\.|gasse|allee|platz|damm|ufer|chaussee|(?<=\p{{L}}{{3}})weg|(?<=\p{{L}}{{3}})ring"
        rf"|straat|laan|(?<=\p{{L}}{{3}})plein|gracht|dreef|singel|hof|steeg|kade|boulevard|pad|baan|dijk|kamp|hout) \d{{1,4}}(?: ?[a-z]\b|-\d{{1,4}}|/\d{{1,3}})?{_CONT_TAIL}",
        0.7,
    ),
    (
        "German: words, number",
        rf"(?<![\p{{L}}\p{{N}}_])(?:{_W}[ -])(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Gasse) \d{{1,4}}(?: ?[a-z]\b|/\d{{1,3}})?{_CONT_TAIL}",
        0.7,
    ),
    (
        "French: number, kind, name",
        rf"(?<![\w.,])\d{{1,4}}(?: ?(?:bis|ter))?,? (?i:rue|avenue|boulevard|chemin|place|allée|impasse|quai|route|cours|passage|square)"
        rf"(?: (?:de(?: la)?|du|des|le|la|les|l'|d')){{0,2}} ?(?:[\p{{L}}'\u2019.\-]+)(?: \p{{Lu}}[\p{{L}}'\u2019.\-]+){{0,3}}{_CONT_TAIL}",
        0.7,
    ),
    (
        "Spanish, Italian, Portuguese: kind, name, number",
        rf"(?<![\p{{L}}\p{{N}}_])(?:Calle|C/|C\.|Avenida|Avda\.?|Av\.|Paseo|Plaza|Camino|Ronda|Glorieta|Cuesta|Pasaje|Rambla|Acceso|Callejón|Cañada"
        rf"|Alameda|Urbanización|Via|Viale|Piazza|Corso|Vicolo|Largo|Strada|Contrada|Stretto|Borgo|Canale|Incrocio|Rotonda|Rua|Travessa"
        rf"|Praça|Estrada|Rodovia|Vila|Viela|Trecho|Setor|Recanto|Passarela|Parque|Pátio|Núcleo|Morro|Loteamento|Ladeira|Lagoa|Lago|Jardim"
        rf"|Fazenda|Favela|Esplanada|Distrito|Conjunto|Condomínio|Chácara|Campo|Aeroporto|Área|Sítio|Residencial|Quadra|Colônia|Feira"
        rf"|Estação|Vereda|Viaduto|Vale|Via) {_ROMANCE_WORDS}\p{{Lu}}[\p{{L}}\p{{M}}'\u2019.\-]*(?:{_ROMANCE_WORDS} ?\p{{Lu}}[\p{{L}}\p{{M}}'\u2019.\-]*){{0,4}}"
        rf",? (?:n[º°.]? ?)?\d{{1,5}}(?!\d|[.,:]\d)(?: ?(?:Piso \d{{1,2}}|Puerta \d{{1,2}}|Apt\. ?\d{{1,3}}|Appartamento \d{{1,3}}))?",
        0.7,
    ),
    ("box", r"(?i:\bP\.? ?O\.? ?Box \d{1,6}\b)", 0.6),
)
ADDRESS_KEY = re.compile(
    r"(?i)(?:^|[._\-])(?:street|postal|shipping|billing|home|mailing|delivery|residential|customer|user|contact|recipient)"
    r"[._\- ]?(?:address|addr)(?:[_\- ]?line)?[_\- ]?[123]?$"
    r"|^(?:address|addr)(?:[_\- ]?line)?[_\- ]?[123]?$|(?:^|[._\-])street(?:[_\-]?(?:name|line))?[_\-]?[12]?$"
)
_STREETY = regex.compile(r"(?=.*\d)(?=.*\p{L}{2})[\p{L}\p{M}\p{N} ,.'\u2019#/\-\n°º]{6,160}")


def address_span(value: str) -> Span | None:
    """A value under an address's key: all of it when it has words and a number, and no `@`, `:` or path."""
    text = value.strip()
    if " " not in text or not _STREETY.fullmatch(text):
        return None
    start = value.index(text)
    return start, start + len(text)


def address_window(text: str, position: int) -> Span:
    """The text around a hit, cut where there is a blank."""
    return around(text, position, _REACH)


_X = r"[\w'.\-\x80-\xff]"
ADDRESS = Kind(
    "STREET_ADDRESS",
    (
        Anchor(
            rf"\d[A-Za-z]?,? (?:[NSEW]{{1,2}}\.? )?(?:[A-Z\xc3-\xc5]{_X}{{0,24}} ){{1,4}}(?:{_STREET})", lane="capitals"
        ),
        Anchor(
            r"(?:stra\xc3\x9fe|strasse|str\.|gasse|allee|platz|damm|ufer|chaussee|weg|ring|straat|laan|plein|gracht|dreef|singel"
            r"|hof|steeg|kade|boulevard|pad|baan|dijk|kamp|hout) \d",
            caseless=True,
        ),
        Anchor(
            r"\d(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|place|all\xc3\xa9e|impasse|quai|route|cours|passage|square) ",
            caseless=True,
        ),
        Anchor(
            rf"(?:Calle|C/|C\.|Avenida|Avda|Av\.|Paseo|Plaza|Camino|Ronda|Glorieta|Cuesta|Pasaje|Rambla|Acceso|Callej|Ca\xc3\xb1ada|Alameda"
            rf"|Urbaniz|Via|Viale|Piazza|Corso|Vicolo|Largo|Strada|Contrada|Stretto|Borgo|Canale|Incrocio|Rotonda|Rua|Travessa|Pra\xc3\xa7a"
            rf"|Estrada|Rodovia|Vila|Viela|Trecho|Setor|Recanto|Passarela|Parque|P\xc3\xa1tio|N\xc3\xbacleo|Morro|Loteamento|Ladeira|Lagoa|Lago"
            rf"|Jardim|Fazenda|Favela|Esplanada|Distrito|Conjunto|Condom|Ch\xc3\xa1cara|Campo|Aeroporto|\xc3\x81rea|S\xc3\xadtio|Residencial"
            rf"|Quadra|Col\xc3\xb4nia|Feira|Esta\xc3\xa7|Vereda|Viaduto|Vale)[a-z\x80-\xff]{{0,6}} (?:{_X}{{1,24}} ?){{1,8}},? (?:n[\x80-\xff.]{{0,3}} ?)?\d"
        ),
        Anchor(r"P\.? ?O\.? ?Box \d", caseless=True),
        Anchor(r"(?:address|addr|street)(?:[_\- ]?line)?[_\- ]?[123]?\\?[\"']?[ \t]{0,4}[:=]", caseless=True),
    ),
    address_window,
    patterns=PATTERNS,
    whole=False,
)
KINDS = (ADDRESS,)
