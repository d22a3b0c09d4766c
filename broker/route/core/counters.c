/* SPDX-License-Identifier: MIT */
#include "broker/route/core/counters.h"

static const char *const refusal_counters[] = {
#define REFUSAL_COUNTER(code, name, sentence, retry) "refused." name,
    REFUSAL_LIST(REFUSAL_COUNTER)
#undef REFUSAL_COUNTER
};

static const char *const counter_names[] = {
#define COUNTER_NAME(code, name) name,
    COUNTER_LIST(COUNTER_NAME)
#undef COUNTER_NAME
};

const char *refusal_counter_name(enum refusal refusal)
{
    assert((size_t)refusal < REFUSAL_COUNT);
    return refusal_counters[refusal];
}

const char *counter_name(enum counter counter)
{
    assert(counter < COUNT_COUNT);
    return counter_names[counter];
}
