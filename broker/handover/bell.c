/* SPDX-License-Identifier: MIT */
#include "broker/handover/bell.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct bell {
    int fd;
    atomic_bool is_armed;
};

enum err bell_open(struct bell **out_bell)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0) {
        return ERR_IO;
    }
    struct bell *bell = mem_new(sizeof(*bell));
    bell->fd = fd;
    atomic_init(&bell->is_armed, false);
    *out_bell = bell;
    return ERR_OK;
}

void bell_free(struct bell *bell)
{
    if (bell == NULL) {
        return;
    }
    close(bell->fd);
    free(bell);
}

int bell_fd(const struct bell *bell)
{
    return bell->fd;
}

/* The loads and stores of the flag are sequentially consistent, as is the
 * publication in ring_push: of "work is visible" and "I am armed", at least
 * one side sees the other's. */
void bell_ring(struct bell *bell)
{
    if (!atomic_load(&bell->is_armed) ||
        !atomic_exchange(&bell->is_armed, false)) {
        return;
    }
    uint64_t one = 1;
    while (write(bell->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
}

void bell_arm(struct bell *bell)
{
    atomic_store(&bell->is_armed, true);
}

void bell_disarm(struct bell *bell)
{
    uint64_t drained;

    /* Still armed: nobody has rung, so the eventfd is empty. */
    if (atomic_exchange(&bell->is_armed, false)) {
        return;
    }
    while (read(bell->fd, &drained, sizeof(drained)) < 0 && errno == EINTR) {
    }
}

void bell_wait(struct bell *bell, int timeout_ms)
{
    struct pollfd item = {.fd = bell->fd, .events = POLLIN};

    (void)poll(&item, 1, timeout_ms);
}
