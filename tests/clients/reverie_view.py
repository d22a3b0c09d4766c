# SPDX-License-Identifier: MIT
"""What an agent has been told (page: Memory)."""

import memory_pb2 as memory
import services_pb2 as services


class View:
    """An agent's memory, kept current by its updates (page: Memory)."""

    def __init__(self, client):
        self.client = client
        self.refresh()

    def refresh(self):
        """Asks for all of it."""
        reply = self.client.request(services.MemoryViewRequest())
        self.id = reply.view
        self.paths = {mount.store: mount.path for mount in reply.mounts}
        self.versions = {mount.store: mount.version for mount in reply.mounts}
        self.memories = {(m.store, m.path): m.head for m in reply.memories}

    def take(self, event):
        """Applies a memory.update and acknowledges it, in both steps."""
        update = event.message(memory.MemoryUpdate)
        self.acknowledge(update, memory.DELIVERY_RECEIVED)
        self._apply(update)
        self.acknowledge(update, memory.DELIVERY_APPLIED)
        self.client.done(event)
        return update

    def acknowledge(self, update, state):
        """Waits until the acknowledgement is on disk, in the ledger."""
        ack = memory.MemoryAck(
            store=update.store, version=update.to_version, state=state)
        to = "agent:" + self.client.welcome.agent
        return self.client.accepted(self.client.publish(to, "memory.ack", ack))

    def _apply(self, update):
        have = self.versions.get(update.store)
        if have is not None and update.to_version <= have:
            return
        if have != update.from_version:
            self.refresh()
            return
        for delta in update.deltas:
            self._apply_delta(update.store, delta)
        self.versions[update.store] = update.to_version
        self.id = "+".join(
            f"{store}@{version}" for store, version in self.versions.items())

    def _apply_delta(self, store, delta):
        seen = (memory.VERSION_ACTIVE, memory.VERSION_SUSPECT)
        if delta.version.state in seen:
            self.memories[store, delta.path] = delta.version
        else:
            self.memories.pop((store, delta.path), None)
