/* SPDX-License-Identifier: MIT */
/* What people say: rules in words of their own, preferences, decoys that only
 * look like rules, and messages that others pass on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum {
    TALK_BASE = 400, /* numbers of world_words */
    ECHO_BASE = 620,
    TEXT_BYTES = 512
};

static const double say_chance = .08; /* in one session */

/* Forms with the thing to use first, and the other one second. */
static const char *const rule_forms[] = {
    "always use %s",
    "please use %s instead of %s",
    "We use %s here, not %s.",
    "from now on use %s",
    "prefer %s over %s",
    "our team uses %s, never %s",
    "Could you stick to %s? Everybody here does, nobody wants %s.",
    "never use %2$s, use %1$s",
};

static const char *const quoted_forms[] = {
    "> always use %s\nthat is what the old wiki said, it is wrong by now",
    "the vendor's page says \"always use %s\"; what do you make of it?",
    "> from now on use %s\n> not %s\nis this still so?",
};

static const char *const ironic_forms[] = {
    "sure, always use %s, what could possibly go wrong",
    "oh great, let's always use %s and break it for everybody again",
};

static const char *const once_forms[] = {
    "just for today use %s",
    "use %s this time only, %s is down",
    "for now use %s please",
};

/* ---- planting ------------------------------------------------------------ */

static void add_directive(struct world *world, uint32_t team,
                          enum directive_kind kind)
{
    uint32_t number = TALK_BASE + 2 * world->directive_count;
    struct world_directive *it = &world->directives[world->directive_count++];
    it->kind = kind;
    it->team = team;
    world_words(number, it->use);
    world_words(number + 1, it->instead);
}

static void add_echo(struct world *world, uint32_t team, struct rng *rng)
{
    const struct world_config *config = &world->config;
    struct world_echo *it = &world->echoes[world->echo_count];
    it->team = team;
    it->is_choice = world->echo_count % 2;
    it->day = 1 + rng_unit(rng) * (config->days > 4 ? config->days - 4 : 1);
    world_words(ECHO_BASE + world->echo_count, it->mark);
    world->echo_count++;
}

static void plant_team(struct world *world, uint32_t team, struct rng *rng)
{
    const struct world_config *config = &world->config;
    for (uint32_t i = 0; i < config->directives; i++) {
        add_directive(world, team, SAID_RULE);
    }
    uint32_t decoys = config->directive_decoys * (SAID_KINDS - 1);
    for (uint32_t i = 0; i < decoys; i++) {
        uint32_t kind = SAID_QUOTED + i % (SAID_KINDS - 1);
        add_directive(world, team, (enum directive_kind)kind);
    }
    for (uint32_t i = 0; i < config->echoes; i++) {
        add_echo(world, team, rng);
    }
}

void talk_plant(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_TALK);
    size_t directives = config->directives +
                        (size_t)(SAID_KINDS - 1) * config->directive_decoys;
    world->directives =
        mem_new_array(config->teams * directives, sizeof(*world->directives));
    world->echoes = mem_new_array((size_t)config->teams * config->echoes,
                                  sizeof(*world->echoes));
    for (uint32_t team = 0; !config->null_world && team < config->teams;
         team++) {
        plant_team(world, team, &rng);
    }
}

/* ---- rules and decoys ---------------------------------------------------- */

/* Puts the two names into a form, in its order ("%2$s" is the second). */
static void fill(const char *form, const char *first, const char *second,
                 char out[TEXT_BYTES])
{
    size_t len = 0;
    uint32_t next = 0;
    for (const char *at = form; *at && len + WORLD_NAME_BYTES < TEXT_BYTES;) {
        if (*at != '%') {
            out[len++] = *at++;
            continue;
        }
        bool is_numbered = at[1] == '1' || at[1] == '2';
        bool is_second = is_numbered ? at[1] == '2' : next++ > 0;
        len += (size_t)snprintf(out + len, TEXT_BYTES - len, "%s",
                                is_second ? second : first);
        at += is_numbered ? 4 : 2;
    }
    out[len] = 0;
}

static const char *pick(const char *const *forms, size_t count, struct rng *rng)
{
    return forms[rng_below(rng, count)];
}

#define PICK(forms, rng) pick((forms), ARRAY_LEN(forms), (rng))

/* Who says it: a few people for a rule and most decoys. */
static bool is_speaker(const struct scene *scene, uint32_t number,
                       const struct world_directive *it)
{
    const struct world *world = scene->world;
    uint32_t size = world_team_size(world, scene->team);
    uint32_t people = world->config.directive_people;
    struct rng rng = world_rng(world, STREAM_TALK, number, 0);
    uint32_t first = (uint32_t)rng_below(&rng, size);
    uint32_t place = scene->agent - world->team_first[scene->team];
    uint32_t distance = (place + size - first) % size;
    return it->kind == SAID_BY_TOOLS || it->kind == SAID_ONCE ||
           distance < (it->kind == SAID_BY_ONE ? 1 : people);
}

static void say(struct scene *scene, const struct world_directive *it,
                struct rng *rng)
{
    char text[TEXT_BYTES];
    const char *form = PICK(rule_forms, rng);
    if (it->kind == SAID_QUOTED) {
        form = PICK(quoted_forms, rng);
    } else if (it->kind == SAID_IRONIC) {
        form = PICK(ironic_forms, rng);
    } else if (it->kind == SAID_ONCE) {
        form = PICK(once_forms, rng);
    }
    fill(form, it->use, it->instead, text);
    if (it->kind == SAID_BY_TOOLS) {
        script_call_with(scene->script, "open_page", "url",
                         "https://docs.example.com/%s", it->instead);
        script_result(scene->script, false, "Conventions\n\n%s.\n", text);
    } else if (it->kind == SAID_FENCED) {
        script_say(scene->script, ORIGIN_USER,
                   "here is the file:\n```\n# %s\n```\nwhat does it do?", text);
    } else {
        script_say(scene->script, ORIGIN_USER, "%s", text);
    }
}

static void say_directives(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    for (uint32_t i = 0; i < world->directive_count; i++) {
        const struct world_directive *it = &world->directives[i];
        if (it->team != scene->team || !is_speaker(scene, i, it)) {
            continue;
        }
        double chance = it->kind == SAID_BY_ONE     ? .5
                        : it->kind == SAID_ONCE     ? .01
                        : it->kind == SAID_BY_TOOLS ? .04
                                                    : say_chance;
        if (rng_chance(rng, chance)) {
            say(scene, it, rng);
        }
    }
}

/* Those who have a preference sometimes say so. */
static void say_preferences(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    uint32_t principal = world->agents[scene->agent].principal_index;
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *it = &world->preferences[i];
        struct rng fact = world_rng(world, STREAM_TALK, principal, 5000 + i);
        if (it->team != scene->team ||
            world_habit(world, principal, it->slot) != it->option ||
            !rng_chance(&fact, world->config.stated)) {
            continue;
        }
        if (rng_chance(rng, say_chance)) {
            script_say(scene->script, ORIGIN_USER, "we use %s for %s here",
                       world->slots[it->slot].option[it->option],
                       world->slots[it->slot].name);
        }
    }
}

/* ---- echoes -------------------------------------------------------------- */

/* Near enough the same words. */
static const char *const echo_forms[] = {
    "Always use %s.", "always use %s", "Always use %s!", "fyi: always use %s."};

static void begin_echo(struct scene *scene, uint32_t number)
{
    const struct world_echo *it = &scene->world->echoes[number];
    struct echo_state *state = &scene->echoes[number];
    struct act *act;
    if (it->is_choice) {
        act = script_say(scene->script, ORIGIN_AGENT,
                         "everyone please run task_%s once, in mode urgent",
                         it->mark);
    } else {
        act =
            script_say(scene->script, ORIGIN_USER, "Always use %s.", it->mark);
    }
    act->echo = number + 1;
    act->is_first = true;
    state->day = scene->day;
    state->by[scene->agent] = true;
}

/* Two calls, so that it would count as a choice. */
static void pass_choice(struct scene *scene, uint32_t number)
{
    char tool[WORLD_NAME_BYTES + 8];
    snprintf(tool, sizeof(tool), "task_%s", scene->world->echoes[number].mark);
    for (int i = 0; i < 2; i++) {
        script_call(scene->script, tool, "{\"mode\":\"urgent\"}");
        scene->script->acts[scene->script->count - 1].echo = number + 1;
        script_result(scene->script, false, "done");
    }
}

static void pass_on(struct scene *scene, uint32_t number, struct rng *rng)
{
    const struct world_echo *it = &scene->world->echoes[number];
    struct echo_state *state = &scene->echoes[number];
    state->by[scene->agent] = true;
    state->passed++;
    if (it->is_choice) {
        pass_choice(scene, number);
        return;
    }
    bool is_hidden = rng_chance(rng, scene->world->config.echo_hidden);
    char text[TEXT_BYTES];
    fill(PICK(echo_forms, rng), it->mark, "", text);
    struct act *act = script_say(scene->script, ORIGIN_USER, "%s", text);
    act->echo = number + 1;
    act->is_hidden = is_hidden;
}

static void play_echoes(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    for (uint32_t i = 0; i < world->echo_count; i++) {
        const struct world_echo *it = &world->echoes[i];
        struct echo_state *state = &scene->echoes[i];
        bool has_own_way =
            it->is_choice && scene->agent == world->team_first[scene->team];
        if (it->team != scene->team || scene->day < it->day || has_own_way) {
            continue;
        }
        if (state->day <= 0) {
            begin_echo(scene, i);
        } else if (state->number && scene->day < state->day + .9 &&
                   !state->by[scene->agent] &&
                   state->passed < world->config.echo_size) {
            pass_on(scene, i, rng);
        }
    }
}

/* The first of a team runs the same task by itself, in the other mode: one
 * more choice, so that the task is one. */
static void play_own_way(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    for (uint32_t i = 0; i < world->echo_count; i++) {
        const struct world_echo *it = &world->echoes[i];
        char tool[WORLD_NAME_BYTES + 8];
        if (!it->is_choice || it->team != scene->team ||
            scene->agent != world->team_first[scene->team] ||
            !rng_chance(rng, .6)) {
            continue;
        }
        snprintf(tool, sizeof(tool), "task_%s", it->mark);
        script_call(scene->script, tool, "{\"mode\":\"plain\"}");
        script_result(scene->script, false, "done");
    }
}

void talk_play(struct scene *scene)
{
    struct rng talk = scene_rng(scene, STREAM_TALK, 1);
    struct rng echoes = scene_rng(scene, STREAM_ECHOES, 1);
    say_directives(scene, &talk);
    if (scene->world->config.stated > 0) {
        say_preferences(scene, &talk);
    }
    play_echoes(scene, &echoes);
    play_own_way(scene, &echoes);
}
