/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/clock.h"

static const int64_t quiet_us = 2 * US_PER_SECOND;
static const int64_t terminal_every_us = 100 * US_PER_MS;
static const int64_t file_every_us = 10 * US_PER_SECOND;

struct progress progress_begin(FILE *err)
{
    return (struct progress){.err = err,
                             .is_terminal = isatty(fileno(err)) == 1,
                             .started_us = clock_monotonic_us()};
}

static bool is_time(const struct progress *progress, int64_t now_us)
{
    int64_t every_us =
        progress->is_terminal ? terminal_every_us : file_every_us;
    int64_t first_us = progress->is_terminal ? quiet_us : file_every_us;
    return now_us - progress->started_us >= first_us &&
           now_us - progress->shown_us >= every_us;
}

void progress_say(struct progress *progress, const char *format, ...)
{
    int64_t now_us = clock_monotonic_us();
    if (!is_time(progress, now_us)) {
        return;
    }
    va_list args;
    fputs(progress->is_terminal ? "\r\033[K" : "", progress->err);
    va_start(args, format);
    vfprintf(progress->err, format, args);
    va_end(args);
    fputs(progress->is_terminal ? "" : "\n", progress->err);
    fflush(progress->err);
    progress->shown_us = now_us;
    progress->is_shown = progress->is_terminal;
}

void progress_count(struct progress *progress, const char *doing, uint64_t done,
                    uint64_t total)
{
    int64_t spent_us = clock_monotonic_us() - progress->started_us;
    if (total == 0 || done == 0 || done > total) {
        progress_say(progress, "%s %llu", doing, (unsigned long long)done);
        return;
    }
    double left_s = (double)spent_us / (double)done * (double)(total - done) /
                    (double)US_PER_SECOND;
    progress_say(progress, "%s %llu of %llu (%.0f %%), %.0f s left", doing,
                 (unsigned long long)done, (unsigned long long)total,
                 100.0 * (double)done / (double)total, left_s);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown) {
        fputs("\r\033[K", progress->err);
        fflush(progress->err);
        progress->is_shown = false;
    }
}
