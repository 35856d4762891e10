"""Street addresses: a number, a name and a kind of street, in the order of the country; and what an address label says.

One kind per order, with its anchor beside it. Kinds of street in English are those of USPS Publication 28, appendix C1,
as people write them.
"""

import re

import regex  # type: ignore[import-untyped]  # it comes without type stubs

from redaction.recognizers.kind import BREAK, QUOTE, Anchor, Kind, Span, around, find_nothing, nowhere

_REACH = 120
_STREET = (
    r"(?:Alley|Annex|Arcade|Avenue|Ave|Av|Bayou|Beach|Bend|Bluffs?|Bottom|Boulevard|Blvd|Branch|Bridge|Brooks?|Burgs?"
    r"|Bypass|Camp|Canyon|Cape|Causeway|Centers?|Circles?|Cir|Cliffs?|Close|Club|Common|Corners?|Course|Courts?|Ct"
    r"|Coves?|Creek|Crescent|Cres|Crest|Crossing|Crossroad|Curve|Dale|Dam|Divide|Drives?|Dr|End|Estates?|Expressway"
    r"|Extensions?|Falls|Ferry|Fields?|Flats?|Fords?|Forest|Forges?|Forks?|Fort|Freeway|Gardens?|Gateway|Gate|Glens?"
    r"|Greens?|Groves?|Harbors?|Haven|Heights|Highway|Hwy|Hills?|Hollow|Inlet|Islands?|Isle|Junctions?|Keys?|Knolls?"
    r"|Lakes?|Landing|Lane|Ln|Lights?|Loaf|Locks?|Lodge|Loop|Mall|Manors?|Meadows?|Mews|Mills?|Mission|Motorway"
    r"|Mountains?|Mount|Neck|Orchard|Oval|Overpass|Parade|Parks?|Parkways?|Pkwy|Passage|Pass|Path|Pike|Pines?|Place"
    r"|Pl|Plains?|Plaza|Points?|Ports?|Prairie|Radial|Ramp|Ranch|Rapids?|Rest|Ridges?|River|Roads?|Rd|Route|Row|Rue"
    r"|Run|Shoals?|Shores?|Skyway|Springs?|Spurs?|Squares?|Sq|Station|Stravenue|Stream|Streets?|St|Summit|Terrace|Ter"
    r"|Throughway|Trace|Track|Trafficway|Trail|Trl|Tunnel|Turnpike|Underpass|Unions?|Valleys?|Via|Viaduct|Views?"
    r"|Villages?|Ville|Vista|Walks?|Wall|Ways?|Wells?|Wharf|Yard)"
)
_SURE = (
    r"(?:Avenue|Ave|Boulevard|Blvd|Street|St|Road|Rd|Lane|Ln|Drive|Dr|Highway|Hwy|Parkway|Pkwy|Court|Ct|Terrace"
    r"|Crescent|Mews|Square|Turnpike|Trail|Circle|Place|Close|Way|Row)"
)
_W = r"\p{Lu}[\p{L}\p{M}'\u2019.\-]*"
_UNIT = r"(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|Floor|Fl|PH|Bldg)\.? ?#?[\w\-]{1,6}|# ?\w{1,6})"
_ZIP = r"\d{5}(?:-\d{4})?"
_SIDE = r"(?:[NSEW]{1,2}\.? )?"
_PLACE = rf"(?:(?:,|\\n|\n|,\n)[ ]?{_W}(?:[ \-]{_W}){{0,3}}(?:, ?[A-Z]{{2}})?(?:[ ,]+{_ZIP})?)"
_EN_TAIL = rf"(?:,? {_UNIT})?(?:{_PLACE}(?=[\s,.;)\"'\\]|$))?"
_CONT_TAIL = (
    r"(?:,? ?(?:\n|\\n)?\d{4,5}(?:-\d{3})? \p{Lu}[\p{L}\p{M}'\u2019.\-]*(?: \p{Lu}[\p{L}\p{M}'\u2019.\-]*){0,2})?"
)
_NO_NUMBER_BEFORE = r"(?<![\w.,$€£#\-/])"
_NO_WORD_BEFORE = r"(?<![\p{L}\p{N}_])"

_ENGLISH = (
    (
        "number, name, kind of street",
        rf"{_NO_NUMBER_BEFORE}(?:{_UNIT},? )?\d{{1,6}}[A-Za-z]?,? {_SIDE}(?:{_W} ){{1,4}}{_SURE}(?![\p{{L}}\p{{N}}_])"
        rf"\.?{_EN_TAIL}",
        0.7,
    ),
    (
        "number, name, rarer kind of street, and a unit or a town with its code",
        rf"{_NO_NUMBER_BEFORE}\d{{1,6}},? {_SIDE}(?:{_W} ){{1,3}}{_STREET}\b(?:,? {_UNIT}|{_PLACE}(?<={_ZIP}))"
        rf"(?:{_PLACE}(?<={_ZIP}))?",
        0.7,
    ),
)
_AT = (
    r"(?:address(?:es)?|lives? (?:at|on)|ship(?:ped)? (?:it )?to|deliver(?:ed)? to|located at|moved to|street|home is)"
)
_ENGLISH_AT = (
    (
        "number, name, rarer kind of street after a word that speaks of an address",
        rf"(?i:\b{_AT}\s?[:=\-]?\s{{0,2}})[\"']?\K\d{{1,6}},? (?:{_W} ){{1,3}}{_STREET}\b{_EN_TAIL}",
        0.7,
    ),
)
_GERMANIC_STREET = (
    r"(?:straße|strasse|str\.|gasse|allee|platz|damm|ufer|chaussee|weg|ring|straat|laan|plein|gracht|dreef|singel|hof"
    r"|steeg|kade|boulevard|pad|baan|dijk|kamp|hout)"
)
# Most hits are `during 2026` and `without 12`: the word, or the one of its own, begins with a capital.
_GERMANIC_LIKE = re.compile(
    rf"[A-Z\x80-\U0010ffff][\w\-.]*{_GERMANIC_STREET} \d|(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Gasse) \d"
)
_GERMANIC = (
    (
        "German and Dutch: name, number",
        rf"{_NO_WORD_BEFORE}(?:{_W}[ -])?\p{{Lu}}[\p{{L}}\-.]*(?:straße|strasse|str\.|gasse|allee|platz|damm|ufer"
        r"|chaussee|(?<=\p{L}{3})weg|(?<=\p{L}{3})ring|straat|laan|(?<=\p{L}{3})plein|gracht|dreef|singel|hof|steeg"
        rf"|kade|boulevard|pad|baan|dijk|kamp|hout) \d{{1,4}}(?: ?[a-z]\b|-\d{{1,4}}|/\d{{1,3}})?{_CONT_TAIL}",
        0.7,
    ),
    (
        "German: words, number",
        rf"{_NO_WORD_BEFORE}(?:{_W}[ -])(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Gasse) "
        rf"\d{{1,4}}(?: ?[a-z]\b|/\d{{1,3}})?{_CONT_TAIL}",
        0.7,
    ),
)
_FRENCH_STREET = "(?:rue|avenue|boulevard|chemin|place|allée|impasse|quai|route|cours|passage|square)"
_FRENCH = (
    (
        "French: number, kind, name",
        rf"(?<![\w.,])\d{{1,4}}(?: ?(?:bis|ter))?,? (?i:{_FRENCH_STREET})"
        r"(?: (?:de(?: la)?|du|des|le|la|les|l'|d')){0,2} ?(?:[\p{L}'\u2019.\-]+)(?: \p{Lu}[\p{L}'\u2019.\-]+){0,3}"
        rf"{_CONT_TAIL}",
        0.7,
    ),
)
_ROMANCE_STREET = (
    r"(?:Calle|C/|C\.|Avenida|Avda\.?|Av\.|Paseo|Plaza|Camino|Ronda|Glorieta|Cuesta|Pasaje|Rambla|Acceso|Callejón"
    r"|Cañada|Alameda|Urbanización|Via|Viale|Piazza|Corso|Vicolo|Largo|Strada|Contrada|Stretto|Borgo|Canale|Incrocio"
    r"|Rotonda|Rua|Travessa|Praça|Estrada|Rodovia|Vila|Viela|Trecho|Setor|Recanto|Passarela|Parque|Pátio|Núcleo|Morro"
    r"|Loteamento|Ladeira|Lagoa|Lago|Jardim|Fazenda|Favela|Esplanada|Distrito|Conjunto|Condomínio|Chácara|Campo"
    r"|Aeroporto|Área|Sítio|Residencial|Quadra|Colônia|Feira|Estação|Vereda|Viaduto|Vale)"
)
_ROMANCE_LINK = r"(?:[ ]?(?:de(?: la| las| los|l)?|du|des|della?|dell'|d[aeio]s?|d'|l'|la|le|San|Santa) ?)*"
_ROMANCE_WORD = r"\p{Lu}[\p{L}\p{M}'\u2019.\-]*"
_ROMANCE = (
    (
        "Spanish, Italian, Portuguese: kind, name, number",
        rf"{_NO_WORD_BEFORE}{_ROMANCE_STREET} {_ROMANCE_LINK}{_ROMANCE_WORD}(?:{_ROMANCE_LINK} ?{_ROMANCE_WORD}){{0,4}}"
        r",? (?:n[º°.]? ?)?\d{1,5}(?!\d|[.,:]\d)(?: ?(?:Piso \d{1,2}|Puerta \d{1,2}|Apt\. ?\d{1,3}"
        r"|Appartamento \d{1,3}))?",
        0.7,
    ),
)
_BOX = (("box", r"(?i:\bP\.? ?O\.? ?Box \d{1,6}\b)", 0.6),)
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


def _tell_by(
    patterns: tuple[tuple[str, str, float], ...], *anchors: Anchor, probe: re.Pattern[str] | None = None
) -> Kind:
    doubtful = probe is not None
    return Kind(
        "STREET_ADDRESS", anchors, address_window, patterns=patterns, probe=probe, doubtful=doubtful, whole=False
    )


# Words without an upper bound: counting makes the databases larger, and slower.
_X = r"[\w'.\-\x80-\xff]"
KINDS = (
    _tell_by(
        _ENGLISH,
        Anchor(rf"\d[A-Za-z]?,? {_SIDE}(?:[A-Z\xc3-\xc5\xc8]{_X}* ){{1,4}}{_STREET}", lane="capitals"),
    ),
    _tell_by(_ENGLISH_AT, Anchor(rf"{_AT}(?:\s|[:=\-\\\"']|{BREAK}){{0,12}}\d", caseless=True)),
    _tell_by(
        _GERMANIC,
        Anchor(rf"{_GERMANIC_STREET} \d", caseless=True),
        probe=_GERMANIC_LIKE,
    ),
    _tell_by(_FRENCH, Anchor(rf"\d(?: ?(?:bis|ter))?,? {_FRENCH_STREET} ", caseless=True)),
    _tell_by(
        _ROMANCE,
        Anchor(rf"{_ROMANCE_STREET} (?:{_X}+ ?){{1,8}},? (?:n[\x80-\xff.]{{0,3}} ?)?\d"),
    ),
    _tell_by(_BOX, Anchor(r"P\.? ?O\.? ?Box \d", caseless=True)),
    # finds nothing by itself: a hit makes the walk through JSON look at the key, and so at its value
    Kind(
        "STREET_ADDRESS",
        (Anchor(rf"(?:address|addr|street)(?:[_\- ]?line)?[_\- ]?[123]?{QUOTE}[ \t]{{0,4}}[:=]", caseless=True),),
        nowhere,
        find=find_nothing,
    ),
)
