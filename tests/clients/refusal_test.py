# SPDX-License-Identifier: MIT
"""What a real broker refuses a Python client, and with which code.

    refusal_test.py BROKER_PROGRAM BUILD_FOLDER
"""

import itertools
import sys
import time
import unittest

from schemas import generate

generate(sys.argv.pop())
import services_pb2 as services  # noqa: E402
import wire_pb2 as wire  # noqa: E402
from broker_case import Broker, BrokerCase  # noqa: E402
from reverie_client import Client  # noqa: E402
from reverie_wire import Lost, new_id  # noqa: E402

Broker.program = sys.argv.pop()


class RefusalCase(BrokerCase):
    names = (f"agent-{number}" for number in itertools.count())

    def assert_refused(self, code, to=None, kind="note.x", body=b"", **fields):
        """With its code and the id of the message; the connection lives."""
        client = self.client(next(self.names))
        with self.refused(code):
            client.accepted(client.publish(
                to or f"agent:{client.welcome.agent}", kind, body, **fields))
        self.assert_lives(client)

class Refusing(RefusalCase):
    def test_a_message_for_another_swarm(self):
        self.assert_refused("wrong_swarm", swarm="elsewhere")

    def test_an_address_that_was_never_seen(self):
        self.assert_refused("unknown_address", to="agent:nobody")

    def test_an_address_that_is_none(self):
        self.assert_refused("malformed", to="nonsense")

    def test_a_kind_of_the_broker(self):
        self.assert_refused("denied", kind="memory.update")

    def test_an_unknown_version(self):
        """Nothing is read from such an envelope, its id neither."""
        client = self.client(next(self.names))
        to = "agent:" + client.welcome.agent
        client.publish(to, "note.x", b"", version=2)
        refusal = self.only_refusal(client)
        self.assertEqual(refusal.code, "unsupported_version")
        self.assert_lives(client)

    def test_a_body_that_is_too_big(self):
        self.assert_refused("too_big", body=bytes((1 << 20) + 1))

    def test_an_envelope_that_is_too_big(self):
        client = self.client(next(self.names))
        too_long = wire.Envelope(version=1, thread="x" * 5000)
        client._send([too_long.SerializeToString(), b""])
        self.assertEqual(self.only_refusal(client).code, "too_big")
        self.assert_lives(client)

    def test_an_envelope_that_is_none(self):
        client = self.client(next(self.names))
        for frames in ([b"\xff\xff\xff", b""], [b"\x0b", b""], [b"\x08\x01"]):
            client._send(frames)
            self.assertEqual(self.only_refusal(client).code, "malformed")
        self.assert_lives(client)

    def test_a_control_body_that_is_none(self):
        client = self.client(next(self.names))
        envelope = wire.Envelope(version=1, kind="control.request")
        client._send([envelope.SerializeToString(), b"\x0a"])
        self.assertEqual(self.only_refusal(client).code, "malformed")
        self.assert_lives(client)

    def test_a_second_hello(self):
        client = self.client(next(self.names))
        client._control("control.hello", client.hello)
        self.assertEqual(self.only_refusal(client).code, "duplicate_hello")
        self.assert_lives(client)

    def test_a_hello_of_a_version_to_come(self):
        client = Client(self.broker.endpoint, "eve")
        self.addCleanup(client.close)
        client.hello.wire_min = client.hello.wire_max = 9
        with self.refused("unsupported_version"):
            client.connect()

    def test_a_hello_to_an_unknown_swarm(self):
        with self.refused("wrong_swarm"):
            self.client("eve", swarm="elsewhere")

    def test_a_hello_with_an_unknown_token(self):
        with self.refused("unauthorized"):
            self.client("eve", token="rk1.nonsense")

    def test_a_name_that_is_in_use(self):
        first = self.client("ada")
        with self.refused("name_in_use"):
            self.client("ada")
        self.client("ada", takeover=True)
        with self.assertRaises(Lost) as lost:
            first.serve(30)
        self.assertEqual(lost.exception.code, "taken_over")

    def test_whatever_comes_before_hello(self):
        client = Client(self.broker.endpoint, "eve")
        self.addCleanup(client.close)
        client.open()
        client._control("control.ping", wire.Ping(nonce=1))
        with self.assertRaises(Lost) as lost:
            client.serve(30)
        self.assertEqual(lost.exception.code, "not_welcome")


class Restricted(RefusalCase):
    """Whoever has few rights, and little credit."""

    options = ("--asserted-rights", "write_team", "--send-window", "128KiB")

    def test_another_as_the_sender(self):
        self.assert_refused("forged", **{"from": "somebody"})

    def test_another_principal(self):
        self.assert_refused("forged", principal="somebody")

    def test_another_team(self):
        self.assert_refused("contradictory", team="somewhere")

    def test_a_time_of_long_ago(self):
        self.assert_refused("occurred_skew", occurred_us=1)

    def test_a_source(self):
        self.assert_refused("denied", source="trace", source_id="1")

    def test_a_stream_of_what_others_say(self):
        client = self.client(next(self.names))
        with self.refused("denied"):
            client.open_stream(start=wire.START_FIRST)
        topics = wire.Filter(topics=["build.>"])
        client.open_stream(start=wire.START_FIRST, filter=topics)
        self.assert_lives(client)

    def test_an_observer(self):
        with self.refused("denied"):
            self.client()

    def test_the_store_of_another(self):
        client = self.client(next(self.names), "blue")
        with self.refused("denied"):
            client.request(services.MemoryWriteRequest(
                store="agent/somebody", path="/x.md", content="x"))

    def test_what_another_remembers(self):
        other = self.client(next(self.names), "red").welcome.agent
        client = self.client(next(self.names), "blue")
        for question in (
                services.MemoryViewRequest(agent=other),
                services.MemoryListRequest(store="agent/" + other),
                services.MemoryListRequest(store="team/red"),
                services.MemoryListRequest(),
                services.MemoryHistoryRequest(store="team/red", path="/x.md"),
                services.MemoryVerifyRequest(),
                services.ReviewListRequest(),
                services.DreamRunRequest(),
                services.DreamShowRequest()):
            with self.subTest(question), self.refused("denied"):
                client.request(question)
        client.request(services.MemoryViewRequest())
        client.request(services.MemoryListRequest(store="team/blue"))

    def test_sending_without_credit(self):
        client = self.client(next(self.names))
        deadline = time.monotonic() + 30
        while not client.refusals and time.monotonic() < deadline:
            for _ in range(10):
                self.send_anyway(client, bytes(100_000))
            client.ping()
        refusal = client.refusals[0]
        self.assertEqual(refusal.code, "credit_exceeded")
        self.assertIsNotNone(refusal.retry_after_ms)
        client.refusals.clear()
        self.assert_lives(client)

    def send_anyway(self, client, body):
        envelope = wire.Envelope(
            version=1, to="topic:much", kind="note.x", id=new_id())
        frames = [envelope.SerializeToString(), body]
        client.sent += sum(map(len, frames))
        client._send(frames)


if __name__ == "__main__":
    unittest.main(verbosity=2)
