"""What an alert is about, as the room sorts it: a hazard from its words, a crisis class from hazard and category."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

CrisisClass = Literal["disaster", "health", "political", "other"]

HAZARDS = (
    "hurricane",
    "storm",
    "flood",
    "landslide",
    "earthquake",
    "tsunami",
    "volcano",
    "wildfire",
    "drought",
    "heat",
    "outbreak",
    "oil-spill",
    "chemical",
    "transport",
    "security",
    "cyber",
    "other",
)


def hazard_of(event: str, headline: str, category: Sequence[str]) -> str:
    """The hazard that the event names, else the headline, else what the category usually stands for."""
    return _named(event) or _named(headline) or (_BY_CATEGORY.get(category[0], "other") if category else "other")


def crisis_class_of(hazard: str, category: Sequence[str]) -> CrisisClass:
    """Hazards that doctrine sorts by themselves go first, then the sender's first category, then any other hazard."""
    if hazard in _CLASS_OF_HAZARD:
        return _CLASS_OF_HAZARD[hazard]
    of_category = (_CLASS_OF_CATEGORY[one] for one in category if one in _CLASS_OF_CATEGORY)
    return next(of_category, "disaster" if hazard in _NATURAL else "other")


# No alert makes a crisis political: that is for Heads of Government to say and for the Secretariat to lead. What CAP
# calls Security is led by hazard (security, aviation, major events): the class "other". A person may change it.
_CLASS_OF_CATEGORY: dict[str, CrisisClass] = {
    "Geo": "disaster",
    "Met": "disaster",
    "Safety": "disaster",
    "Fire": "disaster",
    "Env": "disaster",
    "Infra": "disaster",
    "Health": "health",
    "CBRNE": "health",
    "Security": "other",
    "Rescue": "other",
    "Transport": "other",
}

# A spill is led by the maritime authority and a cyber attack by the security side, whatever category the sender chose;
# an outbreak is a health matter even when it was sent as one of safety.
_CLASS_OF_HAZARD: dict[str, CrisisClass] = {"oil-spill": "other", "cyber": "other", "outbreak": "health"}

_NATURAL = frozenset(HAZARDS[: HAZARDS.index("outbreak")])

# Only where the category leaves little doubt: Geo may be an earthquake, a volcano or a landslide.
_BY_CATEGORY = {
    "Met": "storm",
    "Fire": "wildfire",
    "Health": "outbreak",
    "CBRNE": "chemical",
    "Transport": "transport",
    "Security": "security",
}

# English; French; Haitian Kreyòl; Dutch; Spanish, Portuguese and others. Without accents; `*` stands for any ending.
# The first hazard with a word in the text wins, so consequences come before causes ("tsunami after an earthquake")
# and the general words of weather come last.
_WORDS = {
    "tsunami": "tsunami*, seismic sea wave; raz de maree; tsounami, raz de mare; vloedgolf*; maremoto*, цунами",
    "hurricane": "hurricane*, typhoon*, cyclone*, tropical storm*, tropical depression*;"
    " ouragan*, cyclonique*, tempete tropicale, depression tropicale; siklon*, tanpet twopikal;"
    " orkaan*, orkanen, tropische storm*; huracan*, ciclon*, tormenta tropical, depresion tropical, furacao",
    "volcano": "volcano*, volcanic*, ashfall, pyroclastic*; volcan*; vulkaan*, vulkan*, vulcao; erupcion volcanica",
    "oil-spill": "oil spill*, oil slick*, oil leak*; maree noire, hydrocarbures, nappe de petrole; lwil nan lanme;"
    " olielek*, olieramp*, olievervuiling; derrame de petroleo, derrame de crudo, hidrocarburos",
    "cyber": "cyber*, ransomware*, malware*, data breach, computer virus*; rancongiciel*; ciber*, informatic*",
    "outbreak": "outbreak*, epidemic*, pandemic*, disease*, fever, cholera, dengue, ebola, measles, influenza, zika,"
    " chikungunya, covid*, mpox, haemorrhagic, hemorrhagic, virus*; epidemie*, pandemie*, maladie*, fievre, rougeole;"
    " epidemi, maladi*, lafyev; ziekte*, uitbraak, koorts; epidemia*, pandemia*, brote de, enfermedad*, fiebre, colera",
    "chemical": "chemical*, hazmat, hazardous material*, toxic*, gas leak*, radiation, radiological*, nuclear*,"
    " ammonia, chlorine; chimique*, toxique*, fuite de gaz, nucleaire*; pwodui chimik; chemisch*, giftig*, gaslek*;"
    " quimic*, fuga de gas, radiologic*",
    "landslide": "landslide*, landslip*, mudslide*, mudflow*, debris flow*, rockfall*, rock fall*;"
    " glissement* de terrain, coulee* de boue, eboulement*; glisman teren; aardverschuiving*, modderstroom*;"
    " deslizamiento*, deslave*, derrumbe*, alud*",
    "earthquake": "earthquake*, quake*, seismic*, aftershock*; seisme*, sismique*, tremblement* de terre;"
    " tranblemanntè*, tranblemann te; aardbeving*, naschok*; terremoto*, sismo*, temblor*, землетрясение",
    "flood": "flood*, inundation*, storm surge*, high water;"
    " inondation*, crue*, submersion*; inondasyon*; overstroming*, wateroverlast, hoogwater; inundacion*, crecida*,"
    " desbordamiento*, marejada ciclonica, наводнение",
    "wildfire": "wildfire*, wild fire*, forest fire*, bush fire*, bushfire*, brush fire*; feu* de foret, incendie*;"
    " dife nan forè; bosbrand*, natuurbrand*; incendio* forestal*",
    "drought": "drought*; secheresse*; sechrès, seches; droogte; sequia*, seca",
    "heat": "heat, heatwave*, extreme temperature*; canicule*, vague de chaleur, fortes chaleurs; gwo chalè;"
    " hitte*; ola de calor, calor extremo",
    "transport": "aircraft*, aviation, airplane*, plane crash*, airport*, ferry, shipwreck*, vessel in distress,"
    " train derailment*, road closure*; accident d avion, naufrage*; vliegtuig*, schipbreuk;"
    " accidente aereo, naufragio*",
    "security": "terror*, homeland security, bomb*, shooting*, active shooter, civil unrest, riot*, abduction*,"
    " kidnap*, hostage*; attentat*, emeute*, enlevement*; kidnapin*; onrust, rellen, gijzeling;"
    " disturbio*, secuestro*, abduccion*, tiroteo*",
    "storm": "storm*, thunderstorm*, wind, winds, gale*, rain, rains, rainfall, tornado*, waterspout*, squall*, hail*,"
    " snow*, blizzard*, lightning, surf, swell*, high seas, rough seas, small craft; orage*, vent, vents, pluie*,"
    " houle*, tempete*, rafale*, vague*; lapli*, loraj*, tanpet, gwo van; onweer*, wind, regen*, hagel*, windhoos;"
    " tormenta*, viento*, lluvia*, oleaje*, tempestad*, marejada*, tempestade*, ветер, vindur",
}


# A hazard is named at the beginning or not at all.
MAX_TEXT = 2_000


def _named(text: str) -> str:
    plain = _plain(text)
    return next((hazard for hazard, words in _PATTERNS.items() if words.search(plain)), "")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text[:MAX_TEXT].casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def _pattern(words: str) -> re.Pattern[str]:
    """Whole words and phrases only: `heat` is not in `theatre`, and `wind` is not in `Windward`."""
    phrases = (" ".join(map(_word, phrase.split())) for phrase in re.split("[,;]", words))
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


def _word(word: str) -> str:
    return _plain(word) + (r"\w*" if word.endswith("*") else "")


_PATTERNS = {hazard: _pattern(words) for hazard, words in _WORDS.items()}
