# SPDX-License-Identifier: MIT
"""A Python client's messages, streams and requests, against a real broker.

    client_test.py BROKER_PROGRAM BUILD_FOLDER
"""

import sys
import unittest

from schemas import generate

generate(sys.argv.pop())
import services_pb2 as services  # noqa: E402
import wire_pb2 as wire  # noqa: E402
from broker_case import Broker, BrokerCase  # noqa: E402
from reverie_wire import Lost  # noqa: E402

Broker.program = sys.argv.pop()


class Talking(BrokerCase):
    def test_hello_is_answered_with_names_rights_and_limits(self):
        welcome = self.client("ada", "blue", roles=["reviewer"]).welcome
        self.assertEqual(welcome.wire, 1)
        self.assertEqual(welcome.swarm, "default")
        self.assertEqual((welcome.agent, welcome.team), ("ada", "blue"))
        self.assertEqual(list(welcome.roles), ["reviewer"])
        self.assertEqual(welcome.principal, "ada")
        self.assertEqual(welcome.identity, wire.IDENTITY_ASSERTED)
        self.assertIn("observe", welcome.rights)
        self.assertNotIn("owner", welcome.rights)
        self.assertGreater(welcome.send_limit_bytes, 0)
        self.assertGreater(welcome.lease_ms, 0)
        self.assertGreaterEqual(welcome.epoch, 1)
        self.assertEqual(welcome.max_envelope_bytes, 4096)

    def test_a_message_is_accepted_and_received_with_its_stamp(self):
        bob = self.client("bob", "green")
        eve = self.client("eve", "green", principal="evelyn")
        sent = self.say(eve, "agent:bob", "hello", session="s-1",
                        origin=wire.ORIGIN_AGENT)
        event = bob.receive()
        accepted = eve.accepted(sent)
        self.assertEqual(event.envelope.SerializeToString(), sent.frames[0])
        self.assertEqual(self.text_of(event), "hello")
        stamp = event.stamp
        self.assertEqual(stamp.version, 1)
        self.assertEqual((stamp.log, stamp.seq), (0, accepted.seq))
        self.assertEqual(stamp.epoch, sent.epoch)
        self.assertEqual(getattr(stamp, "from"), "eve")
        self.assertEqual(stamp.team, "green")
        self.assertEqual(stamp.principal, "evelyn")
        self.assertEqual(stamp.identity, wire.IDENTITY_ASSERTED)
        self.assertEqual(stamp.origin, wire.ORIGIN_AGENT)
        self.assertEqual(stamp.root, sent.id)
        self.assertEqual(stamp.view, "team/green@0+agent/eve@0")
        self.assertFalse(stamp.HasField("stream"))
        bob.done(event)

    def test_the_origin_is_capped_by_right(self):
        pat = self.client("pat")
        cases = [
            ("user.message", None, wire.ORIGIN_USER),
            ("agent.message", None, wire.ORIGIN_AGENT),
            ("agent.message", wire.ORIGIN_OWNER, wire.ORIGIN_USER),
            ("agent.tool_result", wire.ORIGIN_USER, wire.ORIGIN_TOOL),
        ]
        for kind, claimed, effective in cases:
            pat.publish("agent:pat", kind, b"", origin=claimed)
            event = pat.receive()
            self.assertEqual(event.stamp.origin, effective)
            pat.done(event)

    def test_a_token_stands_for_its_principal_and_rights(self):
        self.client("early")  # the data folder is there
        token = self.broker.add_key("boss", "owner")
        quin = self.client("quin", token=token)
        self.assertEqual(quin.welcome.principal, "boss")
        self.assertEqual(quin.welcome.identity, wire.IDENTITY_TOKEN)
        self.assertEqual(list(quin.welcome.rights), ["owner"])
        self.say(quin, "agent:quin", "use tabs", origin=wire.ORIGIN_OWNER)
        stamp = quin.receive().stamp
        self.assertEqual(stamp.principal, "boss")
        self.assertEqual(stamp.origin, wire.ORIGIN_OWNER)

    def test_an_answer_has_the_root_of_what_it_answers(self):
        ann = self.client("ann")
        ben = self.client("ben")
        self.say(ann, "agent:ben", "a question")
        question = ben.receive()
        self.say(ben, "agent:ann", "an answer", parent=question.envelope.id)
        answer = ann.receive()
        self.assertEqual(answer.stamp.root, question.envelope.id)

    def test_a_team_hears_its_member_and_the_member_itself(self):
        members = [self.client(name, "loud") for name in ("l1", "l2", "l3")]
        sent = self.say(members[0], "team:loud", "all of you")
        for member in members:
            self.assertEqual(member.receive().envelope.id, sent.id)

    def test_a_role_is_served_by_one(self):
        smiths = [self.client(name, roles=["smith"]) for name in ("s1", "s2")]
        asker = self.client("asker")
        sent = [self.say(asker, "role:smith", str(n)) for n in range(4)]
        got = [smiths[n % 2].receive().envelope.id for n in range(4)]
        self.assertEqual(sorted(got), sorted(p.id for p in sent))
        for smith in smiths:
            smith.ping()
            self.assertFalse(smith.inbox)

    def test_the_same_message_again_is_a_repeat(self):
        fay = self.client("fay")
        first = self.say(fay, "agent:fay", "once")
        once = fay.accepted(first)
        again = self.say(fay, "agent:fay", "once", id=first.id)
        twice = fay.accepted(again)
        self.assertFalse(once.repeat)
        self.assertTrue(twice.repeat)
        self.assertEqual(twice.seq, once.seq)
        fay.done(fay.receive())
        fay.ping()
        self.assertFalse(fay.inbox)

    def test_the_same_id_with_other_bytes_is_a_conflict(self):
        gil = self.client("gil")
        first = self.say(gil, "agent:gil", "this")
        gil.accepted(first)
        with self.refused("id_conflict"):
            gil.accepted(self.say(gil, "agent:gil", "that", id=first.id))
        gil.done(gil.receive())
        self.assert_lives(gil)

    def test_what_is_sent_to_an_absent_agent_waits_in_order(self):
        hal = self.client("hal", "away")
        ian = self.client("ian", "away")
        hal.bye()
        texts = [f"{number}" for number in range(50)]
        sent = [self.say(ian, ("agent:hal", "team:away")[n % 2], text)
                for n, text in enumerate(texts)]
        for publication in sent:
            ian.accepted(publication)
        hal.connect()
        got = [hal.receive() for _ in texts]
        for start, address in enumerate(("agent:hal", "team:away")):
            there = [self.text_of(e) for e in got if e.envelope.to == address]
            self.assertEqual(there, texts[start::2])
        hal.done(*got)

    def test_what_is_not_done_comes_again(self):
        jan = self.client("jan")
        for text in ("dealt with", "left"):
            jan.accepted(self.say(jan, "agent:jan", text))
        first, second = jan.receive(), jan.receive()
        self.assertFalse(second.stamp.again)
        jan.done(first)
        jan.bye()
        jan.connect()
        again = jan.receive()
        self.assertEqual(again.envelope.id, second.envelope.id)
        self.assertTrue(again.stamp.again)
        jan.done(again)
        self.assert_lives(jan)

    def test_credit_holds_the_inbox_back_and_lets_it_go(self):
        kim = self.client("kim", inbox_limit_bytes=1000)
        for number in range(20):
            kim.accepted(kim.publish("agent:kim", "note.big", bytes(600)))
        kim.ping()
        self.assertLessEqual(len(kim.inbox), 2)
        for number in range(20):
            kim.done(kim.receive())

    def test_more_than_the_send_credit_passes_as_credit_comes(self):
        lea = self.client("lea")
        body = bytes(lea.welcome.max_body_bytes)
        count = lea.welcome.send_limit_bytes // len(body) + 3
        sent = [lea.publish("topic:bulk", "note.bulk", body)
                for _ in range(count)]
        self.assertGreater(lea.send_limit, lea.welcome.send_limit_bytes)
        for publication in sent:
            lea.accepted(publication)


class Streaming(BrokerCase):
    def test_a_stream_starts_at_a_position(self):
        ada = self.client("ada", "blue")
        sent = [self.say(ada, "agent:ada", f"{n}") for n in range(10)]
        seqs = [ada.accepted(publication).seq for publication in sent]
        stream = ada.open_stream(start=wire.START_SEQ, seq=seqs[4])
        got = list(stream.read())
        self.assertEqual([e.stamp.seq for e in got[:6]], seqs[4:])
        self.assertEqual({e.stamp.stream for e in got}, {stream.number})
        self.assertGreater(stream.cursor.seq, seqs[-1])

        cursor = wire.Cursor(epoch=sent[6].epoch, seq=seqs[6] + 1)
        again = ada.open_stream(start=wire.START_CURSOR, cursor=cursor)
        self.assertEqual(next(again.read()).stamp.seq, seqs[7])

    def test_a_filter_lets_through_what_matches_all_its_lists(self):
        bob = self.client("bob", "green")
        for kind, session in (("note.a", "x"), ("note.b", "y"),
                              ("user.message", "y"), ("note.a", "y")):
            last = bob.publish("agent:bob", kind, b"", session=session)
            bob.accepted(last)
        stream = bob.open_stream(
            start=wire.START_FIRST, filter=wire.Filter(
                agents=["bob"], sessions=["y"], kinds=["note.*"]))
        kinds = [event.envelope.kind for event in stream.read()]
        self.assertEqual(kinds, ["note.b", "note.a"])

    def test_a_topic_reaches_streams_that_match(self):
        cat = self.client("cat")
        stream = cat.open_stream(
            start=wire.START_NEW, filter=wire.Filter(topics=["build.>"]))
        for topic in ("build.linux.arm", "news", "build.mac"):
            cat.accepted(cat.publish("topic:" + topic, "note.topic", b""))
        got = [stream_event(stream).envelope.to for _ in range(2)]
        self.assertEqual(got, ["topic:build.linux.arm", "topic:build.mac"])

    def test_a_stream_goes_on_as_credit_comes(self):
        dan = self.client("dan")
        sent = [dan.publish("agent:dan", "note.dan", bytes(500))
                for _ in range(40)]
        for publication in sent:
            dan.accepted(publication)
        stream = dan.open_stream(
            start=wire.START_FIRST, limit_bytes=2000,
            filter=wire.Filter(kinds=["note.dan"]))
        dan.ping()
        self.assertLess(len(stream.waiting), 10)
        got = [event.envelope.id for event in stream.read()]
        self.assertEqual(got, [publication.id for publication in sent])

    def test_a_named_stream_goes_on_where_it_was_committed(self):
        eva = self.client("eva")
        for _ in range(4):
            eva.accepted(eva.publish("agent:eva", "note.eva", b""))
        opening = dict(start=wire.START_NAMED, name="reader",
                       filter=wire.Filter(kinds=["note.eva"]))
        stream = eva.open_stream(**opening)
        stream.receive(), stream.receive()
        stream.commit()
        with self.refused("stream_in_use"):
            eva.open_stream(**opening)
        expected = stream.receive().stamp.seq
        stream.close()
        eva.ping()
        again = eva.open_stream(**opening)
        self.assertEqual(again.receive().stamp.seq, expected)

    def test_a_stream_that_stops_at_the_head_ends(self):
        fox = self.client("fox")
        fox.accepted(self.say(fox, "agent:fox", "one"))
        stream = fox.open_stream(start=wire.START_FIRST, stop_at_head=True)
        while stream.receive() or not stream.closed:
            pass
        self.assertEqual(stream.closed.code, "done")

    def test_a_cursor_ahead_of_the_log_is_refused(self):
        gus = self.client("gus")
        ahead = wire.Cursor(epoch=gus.welcome.epoch, seq=1 << 40)
        with self.refused("cursor_ahead"):
            gus.open_stream(start=wire.START_CURSOR, cursor=ahead)
        self.assert_lives(gus)


def stream_event(stream):
    """The next event, past marks that say caught up."""
    while not (event := stream.receive()):
        pass
    return event


class Asking(BrokerCase):
    def test_log_info_says_where_the_log_is(self):
        ada = self.client("ada")
        seq = ada.accepted(self.say(ada, "agent:ada", "x")).seq
        info = ada.request(services.LogInfoRequest(log=0))
        self.assertEqual(info.epoch, ada.welcome.epoch)
        self.assertGreaterEqual(info.last_seq, seq)
        self.assertGreaterEqual(info.durable_seq, seq)
        self.assertEqual(info.first_seq, 1)

    def test_log_read_gives_the_bytes_that_were_sent(self):
        bob = self.client("bob")
        sent = self.say(bob, "agent:bob", "keep this")
        seq = bob.accepted(sent).seq
        reply = bob.request(services.LogReadRequest(log=0, seqs=[seq]))
        self.assertEqual([reply.events[0].envelope, reply.events[0].body],
                         sent.frames)
        stamp = wire.Stamp.FromString(reply.events[0].stamp)
        self.assertEqual((stamp.seq, stamp.principal), (seq, "bob"))

    def test_peers_list_names_who_is_there_and_who_is_not(self):
        self.client("cat", "blue").bye()
        dan = self.client("dan", "green", roles=["cook"])
        peers = {p.agent: p for p in
                 dan.request(services.PeersListRequest()).peers}
        self.assertTrue(peers["dan"].connected)
        self.assertEqual(peers["dan"].team, "green")
        self.assertEqual(list(peers["dan"].roles), ["cook"])
        self.assertFalse(peers["cat"].connected)
        self.assertEqual(peers["cat"].inbox_held, 0)

    def test_peers_list_counts_what_waits_for_who_is_away(self):
        self.client("ann", "grey").bye()
        ben = self.client("ben", "grey")
        for to in ("agent:ann", "agent:ann", "team:grey"):
            ben.accepted(self.say(ben, to, "for later"))
        peers = {p.agent: p for p in
                 ben.request(services.PeersListRequest()).peers}
        self.assertEqual(peers["ann"].inbox_held, 3)
        self.assertFalse(peers["ben"].HasField("inbox_held"))

    def test_log_verify_finds_no_fault(self):
        eve = self.client("eve")
        reply = eve.request(services.LogVerifyRequest(memory=True))
        self.assertTrue(reply.finished)
        self.assertEqual(list(reply.faults), [])

    def test_a_request_without_a_worker_is_refused(self):
        fay = self.client("fay")
        with self.refused("no_worker"):
            fay.request(services.DreamRunRequest())

    def test_a_worker_serves_and_the_asker_hears_its_progress(self):
        worker = self.client(serves=["dream"])
        asker = self.client("gil")
        question = asker.ask(services.DreamRunRequest(teams=["blue"]))
        request = worker.asked()
        self.assertEqual((request.service, request.method), ("dream", "run"))
        self.assertEqual(request.asker, "gil")
        run = services.DreamRunRequest.FromString(request.payload)
        self.assertEqual(list(run.teams), ["blue"])
        worker.answer(request, services.DreamRunReply(events=1), more=True)
        worker.answer(request, services.DreamRunReply(sentence="done"))
        self.assertEqual(asker.reply(question).events, 1)
        self.assertTrue(question.more)
        self.assertEqual(asker.reply(question).sentence, "done")
        self.assertFalse(question.more)


class Restarting(BrokerCase):
    def test_a_client_goes_on_after_the_broker_was_killed(self):
        ada = self.client("ada", "blue")
        before = self.say(ada, "agent:ada", "before")
        ada.accepted(before)
        self.broker.kill()
        after = self.say(ada, "agent:ada", "meanwhile")
        self.broker.start()
        with self.assertRaises(Lost):
            ada.serve(60)
        ada.connect(60)
        self.assertEqual(ada.accepted(after).log, 0)
        self.assertGreater(after.epoch, before.epoch)
        self.assertTrue(
            ada.accepted(self.say(ada, "agent:ada", "before", id=before.id))
            .repeat)
        self.assertEqual(self.text_of(ada.receive()), "before")
        self.assertEqual(self.text_of(ada.receive()), "meanwhile")

    def test_a_broker_that_stops_says_so(self):
        bob = self.client("bob")
        self.assertEqual(self.broker.stop(), 0)
        with self.assertRaises(Lost) as lost:
            bob.serve(30)
        self.assertEqual(lost.exception.code, "draining")
        self.broker.start()
        bob.connect(60)
        self.assert_lives(bob)


if __name__ == "__main__":
    unittest.main(verbosity=2)
