/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock_ns(clockid_t id)
{
    struct timespec now;
    int rc = clock_gettime(id, &now);
    assert(rc == 0);
    (void)rc;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_wall_us(void)
{
    return read_clock_ns(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return read_clock_ns(CLOCK_MONOTONIC) / 1000;
}

uint64_t clock_monotonic_ns(void)
{
    return (uint64_t)read_clock_ns(CLOCK_MONOTONIC);
}

/* Rounds towards minus infinity, so that days before 1970 are whole too. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int64_t clock_day(int64_t time_us)
{
    return floor_div(time_us, US_PER_DAY);
}

const char *clock_text(int64_t time_us, char out[CLOCK_TEXT_BYTES])
{
    const int64_t year_0 = INT64_C(-62167219200) * US_PER_SECOND;
    const int64_t year_9999 = INT64_C(253402300799) * US_PER_SECOND;
    int64_t clamped = time_us < year_0      ? year_0
                      : time_us > year_9999 ? year_9999
                                            : time_us;
    time_t seconds = (time_t)floor_div(clamped, US_PER_SECOND);
    unsigned ms =
        (unsigned)((clamped - seconds * US_PER_SECOND) / US_PER_MS) % 1000;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char date[64];
    snprintf(date, sizeof(date), "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ",
             tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
             tm.tm_min, tm.tm_sec, ms);
    snprintf(out, CLOCK_TEXT_BYTES, "%.24s", date);
    return out;
}

/* Takes exactly ${digits} decimal digits. */
static int take_number(struct reader *reader, size_t digits)
{
    struct bytes taken = reader_take(reader, digits);
    int value = 0;
    for (size_t i = 0; i < taken.len; i++) {
        if (taken.data[i] < '0' || taken.data[i] > '9') {
            reader->err = ERR_INVALID;
            return 0;
        }
        value = value * 10 + (taken.data[i] - '0');
    }
    return value;
}

static uint8_t take_one_of(struct reader *reader, const char *allowed)
{
    uint8_t got = reader_u8(reader);
    for (const char *c = allowed; *c; c++) {
        if ((uint8_t)*c == got) {
            return got;
        }
    }
    reader->err = ERR_INVALID;
    return 0;
}

static int64_t take_fraction_us(struct reader *reader)
{
    int64_t us = 0;
    int64_t unit = 100000;
    size_t digits = 0;
    while (reader->rest.len && reader->rest.data[0] >= '0' &&
           reader->rest.data[0] <= '9') {
        us += unit * (reader_u8(reader) - '0');
        unit /= 10;
        digits++;
    }
    if (digits == 0 || digits > 9) {
        reader->err = ERR_INVALID;
    }
    return us;
}

static int64_t take_offset_us(struct reader *reader)
{
    uint8_t sign = take_one_of(reader, "Zz+-");
    if (sign == 'Z' || sign == 'z' || reader->err != ERR_OK) {
        return 0;
    }
    int hours = take_number(reader, 2);
    take_one_of(reader, ":");
    int minutes = take_number(reader, 2);
    if (hours > 23 || minutes > 59) {
        reader->err = ERR_INVALID;
    }
    int64_t offset = hours * US_PER_HOUR + minutes * US_PER_MINUTE;
    return sign == '-' ? -offset : offset;
}

static bool date_exists(const struct tm *tm)
{
    struct tm copy = *tm;
    time_t seconds = timegm(&copy);
    struct tm back;
    gmtime_r(&seconds, &back);
    return back.tm_mday == tm->tm_mday && back.tm_mon == tm->tm_mon &&
           tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 60;
}

enum err clock_parse(struct bytes text, int64_t *out_us)
{
    struct reader reader = reader_of(text);
    struct tm tm = {0};
    tm.tm_year = take_number(&reader, 4) - 1900;
    take_one_of(&reader, "-");
    tm.tm_mon = take_number(&reader, 2) - 1;
    take_one_of(&reader, "-");
    tm.tm_mday = take_number(&reader, 2);
    take_one_of(&reader, "Tt ");
    tm.tm_hour = take_number(&reader, 2);
    take_one_of(&reader, ":");
    tm.tm_min = take_number(&reader, 2);
    take_one_of(&reader, ":");
    tm.tm_sec = take_number(&reader, 2);
    int64_t fraction_us = 0;
    if (reader.rest.len && reader.rest.data[0] == '.') {
        reader_u8(&reader);
        fraction_us = take_fraction_us(&reader);
    }
    int64_t offset_us = take_offset_us(&reader);
    if (reader.err != ERR_OK || reader.rest.len != 0 || !date_exists(&tm)) {
        return ERR_INVALID;
    }
    *out_us = (int64_t)timegm(&tm) * US_PER_SECOND + fraction_us - offset_us;
    return ERR_OK;
}
