"""Limits on Redis, where a hit costs the database nothing."""

import logging
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from model.frame.error import ConfigurationError
from model.limit import MOST_HITS, HitRow, Limits

PREFIX = "retort:limit:"
ANSWER_SECONDS = 0.25
# So long nobody waits for it again.
AWAY_SECONDS = 5.0


class Limit:
    """Counts on Redis. While it does not answer, the database counts, from the beginning.

    The addresses that accounts signed in from stay in the database.
    """

    def __init__(self, url: str, own: Limits) -> None:
        times = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
        try:
            # Once again: the connection may be older than a restart of Redis.
            self._redis = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 1), **times)
            self._redis.connection_pool.make_connection()  # which looks at the URL's options
        except (ValueError, TypeError) as error:
            raise ConfigurationError("a Redis URL is redis://:password@host:6379/0") from error
        self._away_until = float("-inf")
        self.delete_ended, self.delete_least_hit = own.delete_ended, own.delete_least_hit
        self.know_address, self.knows_address = own.know_address, own.knows_address
        self._own = own

    def hit(self, key_hash: str, *, seconds: int) -> HitRow:
        """Count a hit of a key in its window of so many seconds, in one round trip."""
        if time.monotonic() >= self._away_until:
            try:
                return self._hit(PREFIX + key_hash, seconds * 1000)
            except redis.RedisError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                logging.getLogger("retort.model").warning(
                    f"limits are counted in the database: Redis failed ({type(error).__name__})"
                )
        return self._own.hit(key_hash, seconds=seconds)

    def _hit(self, key: str, milliseconds: int) -> HitRow:
        with self._redis.pipeline() as together:
            together.set(key, 0, px=milliseconds, nx=True)
            together.incr(key)
            together.pttl(key)
            _, hits, left = together.execute()
        if not 0 <= left <= milliseconds:
            # Its clock was set back, or somebody took away the end: the window begins anew.
            self._redis.set(key, 1, px=milliseconds)
            hits, left = 1, milliseconds
        return {"hits": min(hits, MOST_HITS), "milliseconds": left}
