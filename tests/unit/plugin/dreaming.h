/* SPDX-License-Identifier: MIT */
/* dreaming.h: a dream that is fed traffic, for tests without a memory. */
#ifndef REVERIE_TESTS_UNIT_PLUGIN_DREAMING_H
#define REVERIE_TESTS_UNIT_PLUGIN_DREAMING_H

#include "plugin/dream.h"
#include "tests/unit/plugin/traffic.h"

static inline struct dream *new_dream(void)
{
    struct dream_config config = {.key = {{1, 2, 3}}};
    struct dream *dream = NULL;
    struct buf why;
    buf_init(&why, 256);
    assert_int_equal(dream_new(&config, &why, &dream), ERR_OK);
    buf_fini(&why);
    return dream;
}

/* Events [from, to). */
static inline void feed(struct dream *dream, const struct traffic *traffic,
                        size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct stamp stamp;
        struct envelope envelope;
        const struct event *event = &traffic->events[i];
        assert_int_equal(stamp_read(buf_bytes(&event->stamp), &stamp), ERR_OK);
        assert_int_equal(envelope_read(buf_bytes(&event->envelope), &envelope),
                         ERR_OK);
        dream_feed(dream, &stamp, &envelope, buf_bytes(&event->body));
    }
}

#endif
