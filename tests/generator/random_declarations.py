"""Declarations at random: nouns of the world, every type and mark, and bad names among them."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.generator.judge import LONGEST_ENUM

RESOURCES = """
animal answer apartment appointment aquarium badge bakery basket bicycle bill blueprint_2 boat
book booking_reference box branch bridge brush budget bus camera candle car_part castle chapter
church city class_room coach color company contract country course customer_address day_trip
delivery_note department desk device dish drug duty engine_part enquiry event exercise
expense_report factory festival film_2000 fish fixture flight folder forest friend gallery game
garden gas gateway goal guest half hero history_lesson hobby holiday hotel_room house image
index_card industry invoice island item job journey key_ring kitchen language laptop leaf lecture
lens letter library licence_plate location machine measurement_of_pressure medal member message
mountain museum news_item note number_plate office opera_house order painting parcel park
passenger payment penalty_of_second_half person photo piano planet player post prize product
project purchase_order question quiz race_track radio recipe region reply report restaurant river
road robot route_map school sea season sheep shelf ship shop signal_box sky song speech station
statue story street student subject newspaper_subscription survey task team theatre ticket tool
topping tower town toy_2 trail train_of_thought tree trip unit vehicle village vote wallet
warehouse_compartment watch weather_report wedding week window_pane wine wish wolf workshop x
yacht year zoo z9
"""
PLURALS = {"person": "people", "half": "halves", "leaf": "leaves", "shelf": "shelves"}
PLURALS |= {"wolf": "wolves", "fish": "fishes", "sheep": "flock", "hero": "heroes"}

FIELDS = """
a a1 account_no active address amount available_from balance best_before_of_the_day born_on
capacity category city_name code color comment_text content cost count country_code data day
description details difficulty discount done due duration e_mail ends_at external_reference_no
filter_size finished first_name format given_name half hash height homepage icon index_no is_open
isbn item_no job kind label last_name latitude length level limit_of_people location longitude
message model_no money month motto name nick note number of_age opened_on opening_hours_of_week
order_no page_count paid_at part payload percentage phone picture_of_whole_family place position
price priority published quantity rating reason remark resource room score seats sequence serial
size slug starts_at state status subject tag_line task tax temperature_in_celsius text_of_song
theme title total_of_everything_paid type unit url_of_page user_name version visible volume weight
width word_count year z z_9
"""

BAD_NAMES = """
class import match select group_ Person 2nd däy a__b _x table order select_ user_ id created_at
updated_at json flask
"""
MARKS_OF_REFERENCE = ("", "", "?", "!", "?!")


@dataclass
class Declared:
    """A declaration as it is typed, and what is to come of it."""

    name: str
    words: list[str]
    options: list[str] = field(default_factory=list)
    plural: str = ""
    is_private: bool = False
    is_wrong: bool = False

    @property
    def arguments(self) -> list[str]:
        """What follows `flask new`."""
        return [self.name, *self.words, *self.options]


def declarations(seed: int, number: int) -> Iterator[Declared]:
    """Yield declarations of which so many are good; each may name those before it."""
    chance = random.Random(seed)
    names = RESOURCES.split()
    chance.shuffle(names)
    parents, private = ["user"], set()
    for name in names[:number]:
        if chance.random() < 0.3:
            yield spoiled(chance, declared(chance, names[-1], parents, private))
        good = declared(chance, name, parents, private)
        yield good
        private |= {name} if good.is_private else set()
        parents.append(name)


def declared(chance: random.Random, name: str, parents: list[str], private: set[str]) -> Declared:
    """Return a good declaration."""
    made = Declared(name, [], plural=PLURALS.get(name, ""))
    names = [
        one for one in chance.sample(FIELDS.split(), chance.choice([1, 2, 4, 6, 10])) if one != name
    ]
    fields = {one: typed(chance) for one in names}
    # The class of an enum is called after both.
    fields |= {
        one: "int"
        for one, type_ in fields.items()
        if type_.startswith("enum") and len(name) + 3 * len(one) > LONGEST_ENUM
    }
    for parent in chance.sample(parents, min(len(parents), chance.choice([0, 0, 1, 1, 2]))):
        called = parent if chance.random() < 0.6 else f"{chance.choice(['main', 'old'])}_{parent}"
        fields[called if len(called) <= 24 else parent] = (
            f"{parent}{chance.choice(MARKS_OF_REFERENCE)}"
        )
    if len(parents) > 1 and chance.random() < 0.2:
        parent = chance.choice(parents[1:])
        fields |= {"first_of_two": parent, "second_of_two": f"{parent}?"}
    if chance.random() < 0.6:
        fields["owner"] = "user"
        made.is_private = chance.random() < 0.5
    if private & {type_.rstrip("?!") for type_ in fields.values()}:
        # What belongs to something private is private.
        fields["owner"] = "user"
        made.is_private = True
    made.words = [f"{one}:{type_}" for one, type_ in fields.items() if one != name]
    chance.shuffle(made.words)
    texts = [one for one, type_ in fields.items() if re.match(r"text|str:(?!1\b)", type_)]
    if texts and chance.random() < 0.5:
        made.options += ["--search", chance.choice(texts)]
    made.options += ["--private"] * made.is_private
    made.options += ["--plural", made.plural] if made.plural else []
    return made


def typed(chance: random.Random) -> str:
    """Return a type with its marks, and a default now and then."""
    choices = chance.sample(["draft", "active", "done", "A-1", "x", "on_hold", "null"], 3)
    digits = chance.randint(1, 18)
    type_, default = chance.choice(
        [
            (f"str:{chance.choice([1, 2, 5, 40, 120, 255, 256, 16000])}", "x"),
            ("text", 'It\'s a "text"'),
            ("int", "-7"),
            ("float", "2.5"),
            (f"decimal:{digits},{chance.randint(0, digits)}", "0"),
            ("bool", chance.choice(["true", "false"])),
            ("date", "2026-02-28"),
            ("datetime", "2026-02-28T12:00:00Z"),
            ("uuid", "6f1c8b9e-0a51-4a7c-9a53-0d5a0f6b7c11"),
            ("email", "who@example.com"),
            ("url", "https://example.com/?a=1"),
            (f"enum:{','.join(choices)}", choices[-1]),
        ]
    )
    null = chance.choice(["", "", "?"])
    if chance.random() < 0.25:
        return f"{type_}{null}={default}"
    longest = int(type_[4:]) if type_.startswith("str:") else 2
    unique = 2 <= longest <= 255 and not type_.startswith(("text", "bool", "enum", "url"))
    unique = unique and (digits > 1 or not type_.startswith("decimal"))
    return f"{type_}{null}{'!' if unique and chance.random() < 0.2 else ''}"


def spoiled(chance: random.Random, good: Declared) -> Declared:
    """Return a declaration of which one word is wrong."""
    good.is_wrong = True
    bad = chance.choice(BAD_NAMES.split())
    spoil = chance.randrange(5)
    if spoil == 0:
        good.name = "user"
    elif spoil == 1:
        good.words.append(f"{bad}:nothing" if bad != "user_" else "id:int")
    elif spoil == 2:
        good.words.append(chance.choice(["code_no:str", "code_no:str:0", "code_no:int:4"]))
    elif spoil == 3:
        good.words.append("best_friend:nobody")
    else:
        good.options = ["--search", "nothing"]
    return good
