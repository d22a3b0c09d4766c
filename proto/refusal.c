/* SPDX-License-Identifier: MIT */
#include "proto/refusal.h"

#include <string.h>

struct row {
    const char *name;
    const char *sentence;
    bool retry_helps;
};

static const struct row rows[] = {
#define REFUSAL_ROW(code, name, sentence, retry) {name, sentence, retry},
    REFUSAL_LIST(REFUSAL_ROW)
#undef REFUSAL_ROW
};

const char *refusal_name(enum refusal refusal)
{
    assert((size_t)refusal < ARRAY_LEN(rows));
    return rows[refusal].name;
}

const char *refusal_sentence(enum refusal refusal)
{
    assert((size_t)refusal < ARRAY_LEN(rows));
    return rows[refusal].sentence;
}

bool refusal_retry_helps(enum refusal refusal)
{
    assert((size_t)refusal < ARRAY_LEN(rows));
    return rows[refusal].retry_helps;
}

enum refusal refusal_of_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return (enum refusal)i;
        }
    }
    return REFUSAL_INTERNAL;
}

enum refusal refusal_of_err(enum err err)
{
    switch (err) {
    case ERR_OK:
        return REFUSAL_NONE;
    case ERR_INVALID:
        return REFUSAL_INVALID;
    case ERR_TOO_BIG:
        return REFUSAL_TOO_BIG;
    case ERR_NOT_FOUND:
        return REFUSAL_NOT_FOUND;
    case ERR_DENIED:
        return REFUSAL_DENIED;
    case ERR_EXISTS:
    case ERR_CONFLICT:
        return REFUSAL_CONFLICT;
    case ERR_FULL:
        return REFUSAL_FULL;
    case ERR_TIMEOUT:
        return REFUSAL_DEADLINE;
    case ERR_UNSUPPORTED:
        return REFUSAL_UNSUPPORTED_VERSION;
    case ERR_CLOSED:
    case ERR_CORRUPT:
    case ERR_IO:
    case ERR_LOCKED:
        break;
    }
    return REFUSAL_INTERNAL;
}
