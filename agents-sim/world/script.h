/* SPDX-License-Identifier: MIT */
/* script.h: what an agent will do in one session, act by act.
 *
 * Scenes (scene.h) write it when the session begins; life.h plays it. An act
 * becomes one event. Texts are copied.
 * Threads: belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_WORLD_SCRIPT_H
#define REVERIE_AGENTS_SIM_WORLD_SCRIPT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/rng.h"
#include "proto/envelope.h"

enum {
    SCRIPT_ACTS_MAX = 4096,
    SCRIPT_TEXT_MAX = 8192
};

enum act_kind {
    ACT_STARTED,
    ACT_SAID,   /* user.message, or by origin agent.message */
    ACT_CALLED, /* agent.tool_use; its result follows at once */
    ACT_RESULT, /* agent.tool_result */
    ACT_WROTE,  /* a note into memory */
    ACT_OUTCOME,
    ACT_ENDED
};

struct act {
    enum act_kind kind;
    enum origin origin;
    const char *tool;
    const char *text; /* arguments as JSON, result, words, note */
    const char *path; /* of a note */
    bool is_team;     /* note: into the team's store, else the agent's own */
    bool is_error;    /* result */
    bool is_repeated; /* it is sent twice */
    uint32_t call;    /* of a call and its result: which of the session */
    bool is_good;     /* outcome */
    uint32_t echo;    /* 1 + number of the echo that this begins, or goes on */
    bool is_first;    /* begins it */
    bool is_hidden;   /* goes on without naming what it answers */
};

struct script {
    struct arena arena;
    struct act *acts;
    uint32_t count;
    uint32_t capacity;
    uint64_t cut; /* acts beyond the maximum */
};

/* An empty script; script_fini accepts a zeroed one. */
void script_init(struct script *script);
void script_fini(struct script *script);
void script_reset(struct script *script);

/* Appends an act; lends it until the next one is appended. Beyond the maximum
 * it is counted and lost. */
struct act *script_add(struct script *script, enum act_kind kind);

/* A call of ${tool} with arguments, and its result. */
void script_call(struct script *script, const char *tool, const char *format,
                 ...) PRINTF_LIKE(3, 4);
void script_result(struct script *script, bool is_error, const char *format,
                   ...) PRINTF_LIKE(3, 4);

/* A call of ${tool} with one argument ${name}, whose value is quoted. */
void script_call_with(struct script *script, const char *tool, const char *name,
                      const char *format, ...) PRINTF_LIKE(4, 5);

/* Words of the agent's user, or its own. */
struct act *script_say(struct script *script, enum origin origin,
                       const char *format, ...) PRINTF_LIKE(3, 4);

/* A copy that lives as long as the script's content. */
const char *script_text(struct script *script, const char *text);

#endif
