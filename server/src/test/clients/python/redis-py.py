"""redis-py with its defaults.

Arguments: the server's port, and the parser of replies: HiredisParser, which redis-py uses when
hiredis is installed, or PythonParser. Prints "restart" when the server is to be restarted, and reads
a line when that is done.
"""

import sys
import time

if sys.argv[2] == "PythonParser":
    sys.modules["hiredis"] = None  # As if it were not installed.

import redis
from redis.connection import DefaultParser

RECONNECT_SECONDS = 20


def after_reconnect(action):
    """Returns the result of an action that may fail while the server starts."""
    deadline = time.monotonic() + RECONNECT_SECONDS
    while True:
        try:
            return action()
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def fails(action, text):
    """Checks that an action fails with a message."""
    try:
        action()
    except redis.ResponseError as error:
        assert text in str(error), error
    else:
        raise AssertionError("no error")


def main():
    assert DefaultParser.__name__ == sys.argv[2], DefaultParser.__name__
    client = redis.Redis(port=int(sys.argv[1]))

    assert client.ping()
    assert client.set("os", "linux")
    assert client.get("os") == b"linux"
    assert client.set("os", "bsd", nx=True) is None
    assert client.set("os", "bsd", xx=True, get=True) == b"linux"
    assert client.incr("n", 42) == 42
    assert client.mget("os", "x", "n") == [b"bsd", None, b"42"]
    assert client.type("os") == b"string"
    assert client.ttl("os") == -1
    assert client.unlink("os", "x") == 1
    client.set(b"\0\r\n\xff", b"\0\r\n\xff")
    assert client.get(b"\0\r\n\xff") == b"\0\r\n\xff"
    assert client.info("server")["redis_mode"] == "standalone"

    keys = {b"key%d" % i for i in range(300)}
    with client.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.set(key, key)
        assert pipeline.execute() == [True] * 300
    assert set(client.scan_iter("key*")) == keys

    with client.pipeline() as transaction:
        transaction.watch("t")
        transaction.multi()
        transaction.set("t", 1)
        transaction.incr("t")
        assert transaction.execute() == [True, 2]

    fails(lambda: client.set("k", "v", ex=60), "EX is not supported")
    fails(lambda: client.eval("return 1", 0), "not supported")
    fails(lambda: client.publish("channel", "text"), "not supported")
    fails(lambda: client.lock("lock", timeout=10).acquire(blocking=False), "not supported")
    assert client.get("k") is None

    print("restart", flush=True)
    sys.stdin.readline()
    assert after_reconnect(lambda: client.get("key7")) == b"key7"
    assert client.set("key7", "again")
    print("done")


main()
