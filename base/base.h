/* SPDX-License-Identifier: MIT */
/* base.h: the words every file of Reverie uses.
 *
 * Compiler attributes under one name each, the error codes of the whole
 * project, what the processor does at once, and allocation that cannot fail.
 * Knows nothing of the outside.
 * Threads: everything here may be called from any thread. */
#ifndef REVERIE_BASE_BASE_H
#define REVERIE_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define NO_RETURN              __attribute__((noreturn))
#define FALL_THROUGH           __attribute__((fallthrough))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))

/* Asks for the memory at ${at} ahead of its use; any address may be given. */
static inline void mem_prefetch(const void *at)
{
    __builtin_prefetch(at);
}

/* How many bits of ${set} are set. */
static inline uint32_t bits_count(uint64_t set)
{
    return (uint32_t)__builtin_popcountll(set);
}

/* The place of the lowest bit of ${set}, which is not 0. */
static inline uint32_t bits_lowest(uint64_t set)
{
    return (uint32_t)__builtin_ctzll(set);
}

/* One list for code, stable name and sentence. ERR_OK is 0 and stays first.
 * A code says what the caller can do about it, not where it happened. */
#define ERR_LIST(X)                                                            \
    X(OK, "ok", "no error")                                                    \
    X(INVALID, "invalid", "the input is not well formed")                      \
    X(TOO_BIG, "too_big", "the input exceeds a limit")                         \
    X(NOT_FOUND, "not_found", "there is no such thing")                        \
    X(EXISTS, "exists", "it is there already, and it differs")                 \
    X(DENIED, "denied", "the caller has no right to do this")                  \
    X(CONFLICT, "conflict", "the state has moved on: read it again")           \
    X(FULL, "full", "a bounded resource is used up: try again later")          \
    X(TIMEOUT, "timeout", "the deadline passed first")                         \
    X(CLOSED, "closed", "the other side is gone")                              \
    X(CORRUPT, "corrupt", "stored data does not match its checksum")           \
    X(IO, "io", "the operating system reported an error")                      \
    X(LOCKED, "locked", "another process holds it")                            \
    X(UNSUPPORTED, "unsupported", "this version does not speak that")

enum err {
#define ERR_ENUM(code, name, text) ERR_##code,
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

/* The stable, grep-able name ("too_big"). Lends a string constant. */
const char *err_name(enum err err);

/* One sentence for people. Lends a string constant. */
const char *err_text(enum err err);

/* Drops ${err} on purpose; ${reason} is for the reader of the code. */
void err_ignore(enum err err, const char *reason);

/* Allocates ${size} zeroed bytes; gives them (free with free()). Never NULL:
 * out of memory ends the process with a message. Only for sizes that the
 * program bounds; whatever input sizes goes through buf (bytes.h). */
void *mem_new(size_t size) MUST_CHECK;

/* Like mem_new for an array; aborts when count * size overflows. */
void *mem_new_array(size_t count, size_t size) MUST_CHECK;

/* Grows ${old} (or NULL) to ${size} bytes; new bytes are not zeroed. */
void *mem_grow(void *old, size_t size) MUST_CHECK;

/* Copies a NUL-terminated string; gives it. */
char *mem_string(const char *text) MUST_CHECK;

#endif
