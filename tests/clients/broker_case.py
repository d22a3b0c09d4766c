# SPDX-License-Identifier: MIT
"""A broker process, and the ground of the tests that talk to one."""

import contextlib
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import events_pb2 as events
from reverie_client import Client
from reverie_wire import Refused

START_SECONDS = 60
STOP_SECONDS = 60


class Broker:
    """One broker process with its own folder and socket."""

    program = None  # set by the test's main

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.endpoint = f"ipc://{folder}/bus"
        self.options = options
        self.process = None

    def start(self):
        with open(self.folder / "broker.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "broker", "--data", str(self.folder / "data"),
                 "--bus", self.endpoint, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def add_key(self, principal, *rights):
        """Makes a key, which counts at once; the token."""
        file = self.folder / f"{principal}.token"
        subprocess.run(
            [self.program, "keys", "add", principal, "--out", str(file),
             "--data", str(self.folder / "data"), "--rights", ",".join(rights)],
            check=True, capture_output=True, timeout=START_SECONDS)
        return file.read_text().rstrip("\n")

    def stop(self):
        """Asks it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self):
        self.process.kill()
        return self._wait()

    def log(self):
        return (self.folder / "broker.log").read_text(errors="replace")

    def _wait(self):
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class BrokerCase(unittest.TestCase):
    """A broker for the tests of a class; clients that are closed."""

    options = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="reverie-")
        cls.addClassCleanup(folder.cleanup)
        cls.broker = Broker(folder.name, *cls.options)
        cls.broker.start()
        cls.addClassCleanup(cls.end_broker)

    @classmethod
    def end_broker(cls):
        status = cls.broker.stop()
        if status != 0:
            print(cls.broker.log(), file=sys.stderr)
            raise AssertionError(f"the broker ended with {status}")

    def client(self, agent="", team="", **hello):
        client = Client(self.broker.endpoint, agent, team, **hello)
        self.addCleanup(client.close)
        client.connect(START_SECONDS)
        return client

    @contextlib.contextmanager
    def refused(self, code):
        with self.assertRaises(Refused) as caught:
            yield
        self.assertEqual(caught.exception.code, code)

    def say(self, client, to, text, **envelope):
        body = events.Message(text=text)
        return client.publish(to, "agent.message", body, **envelope)

    def text_of(self, event):
        return event.message(events.Message).text

    def only_refusal(self, client):
        """The one refusal, of no message, that came until now."""
        client.ping()
        self.assertEqual(len(client.refusals), 1)
        return client.refusals.popleft()

    def assert_lives(self, client):
        """A message to itself still comes through."""
        sent = self.say(client, "agent:" + client.welcome.agent, "still here")
        client.accepted(sent)
        event = client.receive()
        self.assertEqual(event.envelope.id, sent.id)
        client.done(event)
