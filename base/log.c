/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text/glyph.h"

enum {
    LOG_LINE_BYTES = 1024,
    LOG_SHOWN_BYTES = 4 * LOG_LINE_BYTES + 1, /* a byte in signs is four */
    LOG_EVENT_SLOTS = 64,
    LOG_LINES_PER_SECOND = 10,
};

/* One slot per recent event id. With more ids than slots a newcomer takes the
 * slot its address falls on: limits get looser, never tighter. */
struct slot {
    const char *event;
    int64_t second;
    unsigned lines;
    unsigned held;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_level threshold = LOG_INFO;
static struct slot slots[LOG_EVENT_SLOTS];

static const struct {
    const char *name;
    const char *journal;
} levels[] = {
    [LOG_ERROR] = {"error", "<3>"},
    [LOG_WARN] = {"warn", "<4>"},
    [LOG_INFO] = {"info", "<6>"},
    [LOG_DEBUG] = {"debug", "<7>"},
};

void log_set_level(enum log_level level)
{
    pthread_mutex_lock(&lock);
    threshold = level;
    pthread_mutex_unlock(&lock);
}

/* Whether the line may pass; *out_held is what was held back before it. */
static bool admit(const char *event, unsigned *out_held)
{
    int64_t second = clock_monotonic_us() / US_PER_SECOND;
    struct slot *slot = &slots[((uintptr_t)event >> 4) % LOG_EVENT_SLOTS];
    if (slot->event != event) {
        *slot = (struct slot){.event = event, .second = second};
    }
    if (slot->second != second) {
        slot->second = second;
        slot->lines = 0;
    }
    if (slot->lines >= LOG_LINES_PER_SECOND) {
        slot->held++;
        return false;
    }
    slot->lines++;
    *out_held = slot->held;
    slot->held = 0;
    return true;
}

static void write_line(enum log_level level, const char *event,
                       const char *pairs, unsigned held)
{
    char counted[32] = "";
    if (held) {
        snprintf(counted, sizeof(counted), " held=%u", held);
    }
    struct buf shown;
    buf_init(&shown, LOG_SHOWN_BYTES);
    glyph_add_all(&shown, bytes_of_text(pairs));
    fprintf(stderr, "%s%s %s%s%s%s\n",
            getenv("JOURNAL_STREAM") ? levels[level].journal : "",
            levels[level].name, event, *pairs ? " " : "", buf_text(&shown),
            counted);
    buf_fini(&shown);
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    char pairs[LOG_LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(pairs, sizeof(pairs), format, args);
    va_end(args);
    pthread_mutex_lock(&lock);
    unsigned held = 0;
    if (level <= threshold && admit(event, &held)) {
        write_line(level, event, pairs, held);
    }
    pthread_mutex_unlock(&lock);
}
