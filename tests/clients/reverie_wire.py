# SPDX-License-Identifier: MIT
"""What the page's messages are in Python: names, errors, credit, frames."""

import collections
import os
import re
import time
from dataclasses import dataclass, field

import services_pb2 as services
import wire_pb2 as wire

VERSION = 1
PROTOBUF = "application/x-protobuf"
WINDOW_BYTES = 1 << 20
TIMEOUT = 30.0  # seconds, of a wait that names none

CONTROL = {
    "control.welcome": wire.Welcome,
    "control.ping": wire.Ping,
    "control.pong": wire.Ping,
    "control.bye": wire.Bye,
    "control.credit": wire.Credit,
    "control.accepted": wire.Accepted,
    "control.refused": wire.Refused,
    "control.stream_opened": wire.StreamOpened,
    "control.stream_mark": wire.StreamMark,
    "control.stream_close": wire.StreamClose,
    "control.request": wire.Request,
    "control.reply": wire.Reply,
}


class Refused(Exception):
    """The broker refused; `code` is one of the page's, the connection lives."""

    def __init__(self, code, sentence="", retry_after_ms=None, about=""):
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.retry_after_ms = retry_after_ms
        self.about = about


class Lost(Exception):
    """The connection is gone; `code` says why. `connect` opens a new one."""

    def __init__(self, code, sentence=""):
        super().__init__(f"{code}: {sentence}")
        self.code = code


def new_id():
    """16 bytes: a UUID version 7."""
    value = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big"))
    value += os.urandom(10)
    value[6] = value[6] & 0x0F | 0x70
    value[8] = value[8] & 0x3F | 0x80
    return bytes(value)


def service_of(payload):
    """The row of the page's table: LogInfoRequest is ("log", "info")."""
    name = type(payload).__name__
    words = re.fullmatch("([A-Z][a-z]+)([A-Z][a-z]+)Request", name).groups()
    return tuple(word.lower() for word in words)


def reply_of(payload):
    """The message that answers a request: LogInfoReply."""
    return getattr(services, type(payload).__name__.replace("Request", "Reply"))


@dataclass
class Event:
    """What a reader gets. Believe the stamp; the envelope is a claim."""

    stamp: wire.Stamp
    envelope: wire.Envelope
    body: bytes
    size: int  # of all frames, which is what credit counts

    @property
    def key(self):
        return self.stamp.principal, self.envelope.id

    def message(self, kind):
        return kind.FromString(self.body)


@dataclass
class Publication:
    """A message on its way: its frames, then its acceptance or refusal."""

    id: bytes
    frames: list
    acceptance: wire.Acceptance = None
    epoch: int = None
    refusal: Refused = None

    @property
    def answered(self):
        return self.acceptance is not None or self.refusal is not None


@dataclass
class Window:
    """Credit given: at most `size` bytes that are not worked off yet."""

    size: int
    worked_off: int = 0
    limit: int = field(init=False)

    def __post_init__(self):
        self.limit = self.size

    def work_off(self, count):
        """The limit to announce, when half a window was worked off."""
        self.worked_off += count
        limit = self.worked_off + self.size
        if limit - self.limit < self.size // 2:
            return None
        self.limit = limit
        return limit


class Question:
    """A request on its way: its replies, each of which may be the last."""

    def __init__(self, number, payload):
        self.number = number
        self.reply_class = reply_of(payload)
        self.waiting = collections.deque()
        self.more = True

    def take(self):
        reply = self.waiting.popleft()
        self.more = reply.more
        if reply.code != "ok":
            raise Refused(reply.code, reply.sentence)
        return self.reply_class.FromString(reply.payload)
