"""Short lists of words: what people may be called, what is no name, and what every text holds."""

from __future__ import annotations

_PEOPLE = """
person, people, man, woman, child, baby, boy, girl, adult, old man, old woman, family, crowd, couple, bride, groom,
dancer, athlete, runner, swimmer, cyclist, skier, climber, ballplayer, gymnast, boxer, scuba diver, musician, singer,
guitarist, drummer, painter, cook, waiter, teacher, student, doctor, nurse, scientist, farmer, gardener, fisherman,
firefighter, police officer, soldier, sailor, pilot, astronaut, builder, mechanic, judge, priest, king, queen, clown
"""
_NO_NAMES = """
organism, being, animal, plant, artifact, thing, object, part, piece, whole, structure, instrumentality, equipment,
device, implement, instrument, covering, commodity, article, matter, substance, material, system, creation, product,
work, facility, area, surface, line, section, container, mechanism, decoration, consumer goods, solid, liquid, fluid,
medium, natural object, geological formation, benthos, cell, shape, form, variety, double, singles, doubles, blank,
spread, dildo, vibrator, condom, brothel, suppository, bedpan, gallows, gas chamber, electric chair, guillotine,
swastika
"""
_COMMON = """
a an the and or but if of in on at to for from by with as is are was were be been being it its this that these those i
you he she we they not no do does did has have had can could will would should may might than then so such into over
under about which who whom whose what when where how there here also only each any all more most other some same very s
t der die das den dem des ein eine einer eines einem einen und oder aber mit von zu im ist sind war nicht auf für als
auch es le la les un une des du de et ou dans pour par sur est sont que qui ne pas ce cette el los las una y o en por
con para es son se su al del lo il gli i un di e che per non è sono
"""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(","))


PEOPLE = _listed(_PEOPLE)
NO_NAMES = frozenset(_listed(_NO_NAMES))  # too wide to say what something is, or not what anybody wants to be shown
COMMON = frozenset(_COMMON.split())  # of some languages; in any other one a word that most texts hold is told by that
