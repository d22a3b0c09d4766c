# SPDX-License-Identifier: MIT
"""A Python client and its memory, against a real broker.

    memory_test.py BROKER_PROGRAM BUILD_FOLDER
"""

import sys
import unittest

from schemas import generate

generate(sys.argv.pop())
import memory_pb2 as memory  # noqa: E402
import services_pb2 as services  # noqa: E402
import wire_pb2 as wire  # noqa: E402
from broker_case import Broker, BrokerCase  # noqa: E402
from reverie_view import View  # noqa: E402

Broker.program = sys.argv.pop()


class Remembering(BrokerCase):
    def test_an_update_of_the_team_is_applied_and_acknowledged(self):
        ada = self.client("ada", "blue")
        bob = self.client("bob", "blue")
        view = View(bob)
        self.assertEqual(view.id, "team/blue@0+agent/bob@0")
        written = ada.request(services.MemoryWriteRequest(
            store="team/blue", path="/style.md", content="use tabs\n",
            title="style", reason="agreed"))
        self.assertEqual((written.number, written.store_version), (1, 1))

        event = bob.receive()
        self.assertEqual(event.envelope.kind, "memory.update")
        self.assertEqual(event.envelope.to, "team:blue")
        ack = view.acknowledge(
            event.message(memory.MemoryUpdate), memory.DELIVERY_RECEIVED)
        self.assertEqual(ack.log, 1)
        self.assertEqual(self.reader(ada, "team/blue", "bob"), (1, 1, 0))
        view.take(event)
        self.assertEqual(self.reader(ada, "team/blue", "bob"), (1, 1, 1))
        head = view.memories["team/blue", "/style.md"]
        self.assertEqual(head.content, "use tabs\n")
        self.assertEqual(view.id, "team/blue@1+agent/bob@0")

        sent = self.say(bob, "agent:bob", "what I know shows")
        bob.accepted(sent)
        self.assertEqual(bob.receive().stamp.view, view.id)

    def test_updates_made_while_away_lead_to_the_same_view(self):
        cat = self.client("cat", "red")
        dan = self.client("dan", "red")
        view = View(dan)
        dan.close()
        for number, content in enumerate(("one\n", "two\n")):
            cat.request(services.MemoryWriteRequest(
                store="team/red", path="/a.md", content=content,
                base_version=number))
        cat.request(services.MemoryWriteRequest(
            store="team/red", path="/b.md", content="three\n"))
        cat.request(services.MemoryWriteRequest(
            store="team/red", path="/b.md", remove=True, base_version=1))
        dan.connect()
        while view.versions["team/red"] < 4:
            view.take(dan.receive())
        kept, fresh = view.memories, View(dan)
        self.assertEqual(set(kept), {("team/red", "/a.md")})
        self.assertEqual(kept, fresh.memories)
        self.assertEqual(view.id, fresh.id)

    def test_an_agent_writes_its_own_store(self):
        eve = self.client("eve", "grey")
        view = View(eve)
        eve.request(services.MemoryWriteRequest(
            store="agent/eve", path="/notes.md", content="mine\n"))
        update = view.take(eve.receive())
        self.assertEqual(update.store, "agent/eve")
        self.assertEqual(view.paths["agent/eve"], "/me")
        self.assertEqual(self.reader(eve, "agent/eve", "eve"), (1, 1, 1))

    def test_a_write_over_a_newer_version_is_a_conflict(self):
        fay = self.client("fay")
        fay.request(services.MemoryWriteRequest(
            store="agent/fay", path="/x.md", content="1\n"))
        with self.refused("conflict"):
            fay.request(services.MemoryWriteRequest(
                store="agent/fay", path="/x.md", content="2\n",
                base_version=7))

    def test_the_ledger_holds_the_write_and_the_acknowledgement(self):
        gil = self.client("gil", "gold")
        view = View(gil)
        gil.request(services.MemoryWriteRequest(
            store="team/gold", path="/x.md", content="1\n"))
        view.take(gil.receive())
        stream = gil.open_stream(log=1, start=wire.START_FIRST)
        events = [e for e in stream.read() if e.envelope.kind in (
            "memory.applied", "memory.acknowledged")]
        mine = [e.message(memory.MemoryAcknowledged).state for e in events
                if e.envelope.kind == "memory.acknowledged"
                and e.message(memory.MemoryAcknowledged).agent == "gil"]
        self.assertEqual(
            mine, [memory.DELIVERY_RECEIVED, memory.DELIVERY_APPLIED])
        applied = [e.message(memory.MemoryApplied) for e in events
                   if e.envelope.kind == "memory.applied"]
        self.assertIn(("team/gold", "/x.md"),
                      [(a.store, a.path) for a in applied])

    def reader(self, client, store, agent):
        """What memory.who says of an agent: sent, received, applied."""
        who = client.request(services.MemoryWhoRequest(store=store))
        found = next(r for r in who.readers if r.agent == agent)
        return found.sent, found.received, found.applied


if __name__ == "__main__":
    unittest.main(verbosity=2)
