# SPDX-License-Identifier: MIT
"""Streams (page: Streams): one log, read from a position."""

import collections
import time

import wire_pb2 as wire
from reverie_wire import TIMEOUT, Event, Refused


class Stream:
    """One log from a position. `cursor` is where to go on after what was
    received; keep it with whatever was derived from the events."""

    def __init__(self, client, number, window):
        self.client = client
        self.number = number
        self.window = window
        self.cursor = wire.Cursor()
        self.head = 0
        self.opened = False
        self.caught_up = False
        self.closed = None  # the broker's StreamClose, once reached
        self.missed = []  # lossy: (first, last) seq left out
        self.waiting = collections.deque()  # bounded by the window

    def receive(self, timeout=TIMEOUT):
        """The next event; None when caught up or closed as asked."""
        deadline = time.monotonic() + timeout
        while True:
            self.client._until(lambda: self.waiting or self.closed, deadline)
            if not self.waiting:
                return None
            item = self.waiting.popleft()
            if isinstance(item, Event):
                return self._received(item)
            if isinstance(item, wire.StreamMark):
                self._marked(item)
                if self.caught_up:
                    return None
            else:
                self._ended(item)

    def read(self, timeout=TIMEOUT):
        """All events up to the head."""
        deadline = time.monotonic() + timeout
        while event := self.receive(deadline - time.monotonic()):
            yield event

    def commit(self):
        """Saves the cursor of a named stream on the broker."""
        commit = wire.StreamCommit(stream=self.number, next=self.cursor)
        self.client._control("control.stream_commit", commit)

    def close(self):
        close = wire.StreamClose(stream=self.number, code="done")
        self.client._control("control.stream_close", close)
        self.client.streams.pop(self.number, None)

    def _received(self, event):
        self.caught_up = False
        self.cursor.epoch = event.stamp.epoch
        self.cursor.seq = event.stamp.seq + 1
        limit = self.window.work_off(event.size)
        if limit and not self.closed:
            credit = wire.Credit(stream=self.number, limit_bytes=limit)
            self.client._control("control.credit", credit)
        return event

    def _marked(self, mark):
        self.cursor.CopyFrom(mark.next)
        self.head = mark.head
        self.caught_up = mark.caught_up
        if mark.HasField("missed_from"):
            self.missed.append((mark.missed_from, mark.missed_to))

    def _ended(self, close):
        self.closed = close
        if close.code != "done":
            raise Refused(close.code, close.sentence)
