/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/script.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRIPT_ARENA_MAX = 64 << 20
};

void script_init(struct script *script)
{
    *script = (struct script){0};
    arena_init(&script->arena, SCRIPT_ARENA_MAX);
}

void script_fini(struct script *script)
{
    arena_fini(&script->arena);
    free(script->acts);
}

void script_reset(struct script *script)
{
    arena_reset(&script->arena);
    script->count = 0;
}

struct act *script_add(struct script *script, enum act_kind kind)
{
    if (script->count == script->capacity && script->count < SCRIPT_ACTS_MAX) {
        script->capacity = script->capacity ? 2 * script->capacity : 64;
        script->acts =
            mem_grow(script->acts, script->capacity * sizeof(*script->acts));
    }
    if (script->count == SCRIPT_ACTS_MAX) {
        script->cut++;
        script->count--;
    }
    struct act *act = &script->acts[script->count++];
    *act = (struct act){.kind = kind, .origin = ORIGIN_AGENT, .text = ""};
    return act;
}

const char *script_text(struct script *script, const char *text)
{
    struct bytes copy = arena_copy(&script->arena, bytes_of_text(text));
    return copy.data ? (const char *)copy.data : "";
}

static const char *formatted(struct script *script, const char *format,
                             va_list args)
{
    char text[SCRIPT_TEXT_MAX];
    vsnprintf(text, sizeof(text), format, args);
    return script_text(script, text);
}

void script_call(struct script *script, const char *tool, const char *format,
                 ...)
{
    va_list args;
    va_start(args, format);
    struct act *act = script_add(script, ACT_CALLED);
    act->tool = script_text(script, tool);
    act->text = formatted(script, format, args);
    va_end(args);
}

/* Escapes what JSON does not take as it is. */
static void quote(const char *text, char *out, size_t size)
{
    size_t at = 0;
    for (; *text && at + 8 < size; text++) {
        if (*text == '"' || *text == '\\') {
            out[at++] = '\\';
            out[at++] = *text;
        } else if (*text == '\n') {
            out[at++] = '\\';
            out[at++] = 'n';
        } else {
            out[at++] = *text;
        }
    }
    out[at] = 0;
}

void script_call_with(struct script *script, const char *tool, const char *name,
                      const char *format, ...)
{
    char text[SCRIPT_TEXT_MAX / 4];
    char quoted[SCRIPT_TEXT_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    quote(text, quoted, sizeof(quoted));
    script_call(script, tool, "{\"%s\":\"%s\"}", name, quoted);
}

void script_result(struct script *script, bool is_error, const char *format,
                   ...)
{
    va_list args;
    va_start(args, format);
    struct act *act = script_add(script, ACT_RESULT);
    act->tool = script->count > 1 ? script->acts[script->count - 2].tool : NULL;
    act->origin = ORIGIN_TOOL;
    act->is_error = is_error;
    act->text = formatted(script, format, args);
    va_end(args);
}

struct act *script_say(struct script *script, enum origin origin,
                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct act *act = script_add(script, ACT_SAID);
    act->origin = origin;
    act->text = formatted(script, format, args);
    va_end(args);
    return act;
}
