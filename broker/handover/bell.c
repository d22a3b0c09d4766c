/* SPDX-License-Identifier: MIT */
#include "broker/handover/bell.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct bell {
    int fd;
    int timer_fd; /* -1: it cannot ring later */
    atomic_bool is_armed;
    atomic_bool is_set; /* the timer, since the sleeper was up */
};

enum err bell_open(struct bell **out_bell)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0) {
        return ERR_IO;
    }
    struct bell *bell = mem_new(sizeof(*bell));
    bell->fd = fd;
    bell->timer_fd = -1;
    atomic_init(&bell->is_armed, false);
    atomic_init(&bell->is_set, false);
    *out_bell = bell;
    return ERR_OK;
}

enum err bell_open_timed(struct bell **out_bell)
{
    struct bell *bell = NULL;

    if (bell_open(&bell) != ERR_OK) {
        return ERR_IO;
    }
    bell->timer_fd =
        timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (bell->timer_fd < 0) {
        bell_free(bell);
        return ERR_IO;
    }
    *out_bell = bell;
    return ERR_OK;
}

void bell_free(struct bell *bell)
{
    if (bell == NULL) {
        return;
    }
    close(bell->fd);
    if (bell->timer_fd >= 0) {
        close(bell->timer_fd);
    }
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

/* The first ring since the sleeper was up decides when: later ones would only
 * put it off. The flag stays armed, so that bell_ring can still come first. */
void bell_ring_later(struct bell *bell, int64_t after_us)
{
    assert(bell->timer_fd >= 0 && after_us > 0 && after_us < US_PER_SECOND);
    if (!atomic_load(&bell->is_armed) || atomic_exchange(&bell->is_set, true)) {
        return;
    }
    struct itimerspec when = {.it_value = {.tv_nsec = (long)after_us * 1000}};
    int rc = timerfd_settime(bell->timer_fd, 0, &when, NULL);
    assert(rc == 0);
}

void bell_arm(struct bell *bell)
{
    atomic_store(&bell->is_armed, true);
}

void bell_disarm(struct bell *bell)
{
    uint64_t drained;

    atomic_store(&bell->is_set, false);
    /* Still armed: nobody has rung, so the eventfd is empty. */
    if (atomic_exchange(&bell->is_armed, false)) {
        return;
    }
    while (read(bell->fd, &drained, sizeof(drained)) < 0 && errno == EINTR) {
    }
}

void bell_wait(struct bell *bell, int timeout_ms)
{
    struct pollfd items[] = {{.fd = bell->fd, .events = POLLIN},
                             {.fd = bell->timer_fd, .events = POLLIN}};
    uint64_t drained;

    (void)poll(items, bell->timer_fd >= 0 ? 2 : 1, timeout_ms);
    /* It may be of an earlier sleep, which something else ended. */
    while (items[1].revents &&
           read(bell->timer_fd, &drained, sizeof(drained)) < 0 &&
           errno == EINTR) {
    }
}
