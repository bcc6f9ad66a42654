"""Made-up data, by Faker, which is a package for development."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker


def get_fake(locale: str = "ko_KR", seed: int | None = None) -> "Faker":
    """Return a maker of believable data; with a seed it makes the same data every time."""
    try:
        from faker import Faker
    except ImportError as error:
        raise RuntimeError(
            "Faker is for development: pip install -r requirements/dev.txt"
        ) from error
    fake = Faker(locale)
    fake.seed_instance(seed)
    return fake


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
