/* SPDX-License-Identifier: MIT */
#include "memory/fold/state.h"

#include "proto/messages.h"

enum {
    STATES_MAX = 7
};

/* Row: from. Bit: may become. */
typedef unsigned transitions[STATES_MAX];

#define TO(state) (1U << (state))

enum {
    C_PROPOSED = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED,
    C_APPROVED = REVERIE__V1__CHANGE_STATE__CHANGE_APPROVED,
    C_REJECTED = REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED,
    C_EXPIRED = REVERIE__V1__CHANGE_STATE__CHANGE_EXPIRED,
    C_APPLIED = REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED,
    C_SUPERSEDED = REVERIE__V1__CHANGE_STATE__CHANGE_SUPERSEDED,
    V_ACTIVE = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE,
    V_SUSPECT = REVERIE__V1__VERSION_STATE__VERSION_SUSPECT,
    V_SUPERSEDED = REVERIE__V1__VERSION_STATE__VERSION_SUPERSEDED,
    V_RETIRED = REVERIE__V1__VERSION_STATE__VERSION_RETIRED,
    V_REVERTED = REVERIE__V1__VERSION_STATE__VERSION_REVERTED,
    D_SENT = REVERIE__V1__DELIVERY_STATE__DELIVERY_SENT,
    D_RECEIVED = REVERIE__V1__DELIVERY_STATE__DELIVERY_RECEIVED,
    D_APPLIED = REVERIE__V1__DELIVERY_STATE__DELIVERY_APPLIED
};

static const transitions change_table = {
    [0] = TO(C_PROPOSED),
    [C_PROPOSED] = TO(C_APPROVED) | TO(C_REJECTED) | TO(C_EXPIRED) |
                   TO(C_APPLIED) | TO(C_SUPERSEDED),
    [C_APPROVED] = TO(C_APPLIED) | TO(C_REJECTED),
    [C_EXPIRED] = TO(C_PROPOSED),
    [C_SUPERSEDED] = TO(C_PROPOSED),
};

/* A version is born active, suspect where a review found it doubtful, or as the
 * tombstone of a removal. */
static const transitions version_table = {
    [0] = TO(V_ACTIVE) | TO(V_SUSPECT) | TO(V_RETIRED) | TO(V_REVERTED),
    [V_ACTIVE] =
        TO(V_SUSPECT) | TO(V_SUPERSEDED) | TO(V_RETIRED) | TO(V_REVERTED),
    [V_SUSPECT] =
        TO(V_ACTIVE) | TO(V_SUPERSEDED) | TO(V_RETIRED) | TO(V_REVERTED),
};

static const transitions delivery_table = {
    [0] = TO(D_SENT),
    [D_SENT] = TO(D_RECEIVED) | TO(D_APPLIED),
    [D_RECEIVED] = TO(D_APPLIED),
};

static bool may_become(const transitions table, int from, int to)
{
    return from >= 0 && from < STATES_MAX && to > 0 && to < STATES_MAX &&
           (table[from] & TO(to)) != 0;
}

bool change_may_become(int from, int to)
{
    return may_become(change_table, from, to);
}

bool version_may_become(int from, int to)
{
    return may_become(version_table, from, to);
}

bool delivery_may_become(int from, int to)
{
    return may_become(delivery_table, from, to);
}

static const char *name_of(const char *const *names, size_t count, int state)
{
    return state >= 0 && (size_t)state < count ? names[state] : "unknown";
}

const char *change_state_name(int state)
{
    static const char *const names[] = {"none",      "proposed", "approved",
                                        "rejected",  "expired",  "applied",
                                        "superseded"};
    return name_of(names, ARRAY_LEN(names), state);
}

const char *version_state_name(int state)
{
    static const char *const names[] = {"none",       "active",  "suspect",
                                        "superseded", "retired", "reverted"};
    return name_of(names, ARRAY_LEN(names), state);
}

const char *delivery_state_name(int state)
{
    static const char *const names[] = {"none", "sent", "received", "applied"};
    return name_of(names, ARRAY_LEN(names), state);
}

bool version_is_live(int state)
{
    return state == V_ACTIVE || state == V_SUSPECT;
}
