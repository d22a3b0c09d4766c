/* SPDX-License-Identifier: MIT */
/* Faults: what goes wrong for a reason, and what agents do about it.
 *
 * An occasion is an attempt that may fail, and up to four more after it: the
 * same again, the right fix, something else, or giving up. Whether one works
 * depends on the fault alone, not on what anybody later makes of it. Messages
 * vary as real ones do: paths, numbers, line breaks, clients' wordings. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum {
    ATTEMPTS_MAX = 5,
    COMMAND_BYTES = 512,
    KNOWN_BEFORE_PERCENT = 35,
    MARK_BASE = 100 /* numbers of world_words: below are the workflows' */
};

/* What an agent does in one attempt. */
enum move {
    MOVE_PLAIN, /* as it first came to mind; again: a retry */
    MOVE_FIX,
    MOVE_OTHER, /* a change that has nothing to do with it */
    MOVE_SUPPRESS
};

struct attempt {
    const struct world_fault *fault;
    enum move move;
    bool holds; /* the condition of the fix */
    bool works;
    uint32_t number; /* of this thing to do; varies what is incidental */
};

/* ---- planting ------------------------------------------------------------ */

static const char *const conditions[] = {"staging", "nightly", "billing",
                                         "mobile"};

static struct world_fault fault_of(struct world *world, uint32_t team,
                                   enum fault_kind kind, struct rng *rng)
{
    struct world_fault it = {.kind = kind, .team = team};
    const struct world_config *config = &world->config;
    uint32_t number = MARK_BASE + 2 * world->fault_count;
    char other[WORLD_NAME_BYTES];
    bool is_conditional = rng_chance(rng, config->conditional);
    double share = rng_unit(rng);
    it.works = config->fix_success;
    if (config->fix_success_to > 0) {
        it.works += share * (config->fix_success_to - config->fix_success);
    }
    world_words(number, it.mark);
    world_words(number + 1, other);
    switch (kind) {
    case FAULT_NAME:
        snprintf(it.fix, sizeof(it.fix), "%.40s", other);
        break;
    case FAULT_FLAG:
        snprintf(it.fix, sizeof(it.fix), "--%.30s", other);
        break;
    case FAULT_PREREQUISITE:
        snprintf(it.fix, sizeof(it.fix), "make %.30s", other);
        break;
    case FAULT_SUPPRESSOR:
        snprintf(it.fix, sizeof(it.fix), "make %.30s", other);
        snprintf(it.suppressor, sizeof(it.suppressor), "%s",
                 rng_chance(rng, .5) ? "--no-verify" : "--force");
        break;
    case FAULT_CORRECTION:
        snprintf(it.fix, sizeof(it.fix), "%.40s", other);
        break;
    case FAULT_INCIDENT:
        it.from_day =
            2 + rng_unit(rng) * (config->days > 4 ? config->days - 4 : 1);
        it.hours = 2 + 3 * rng_unit(rng);
        break;
    case FAULT_TRANSIENT:
    case FAULT_UNRESOLVED:
    case FAULT_KINDS:
        break;
    }
    if (is_conditional && (kind == FAULT_FLAG || kind == FAULT_PREREQUISITE)) {
        snprintf(it.condition, sizeof(it.condition), "%s",
                 conditions[rng_below(rng, ARRAY_LEN(conditions))]);
    }
    return it;
}

static uint32_t wanted(const struct world_config *config, enum fault_kind kind)
{
    const uint32_t counts[FAULT_KINDS] = {
        [FAULT_NAME] = config->names,
        [FAULT_FLAG] = config->flags,
        [FAULT_PREREQUISITE] = config->prerequisites,
        [FAULT_SUPPRESSOR] = config->suppressors,
        [FAULT_TRANSIENT] = config->transients,
        [FAULT_INCIDENT] = config->incidents,
        [FAULT_UNRESOLVED] = config->unresolved,
        [FAULT_CORRECTION] = config->corrections,
    };
    return config->null_world ? 0 : counts[kind];
}

static uint32_t per_team(const struct world_config *config)
{
    uint32_t count = 0;
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        count += wanted(config, (enum fault_kind)kind);
    }
    return count;
}

static void plant_kind(struct world *world, uint32_t team, enum fault_kind kind,
                       struct rng *rng)
{
    uint32_t count = wanted(&world->config, kind);
    for (uint32_t i = 0; i < count; i++) {
        world->faults[world->fault_count] = fault_of(world, team, kind, rng);
        world->fault_count++;
    }
}

void fault_plant(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_FAULTS);
    world->faults = mem_new_array((size_t)config->teams * per_team(config),
                                  sizeof(*world->faults));
    for (uint32_t team = 0; team < config->teams; team++) {
        for (int kind = 0; kind < FAULT_KINDS; kind++) {
            plant_kind(world, team, (enum fault_kind)kind, &rng);
        }
    }
}

/* ---- what fails, and how it says so -------------------------------------- */

static void say_sql(struct scene *scene, const struct attempt *it,
                    struct rng *rng)
{
    static const char *const columns[] = {"id, total", "*", "count(*)",
                                          "name, state"};
    const struct world_fault *fault = it->fault;
    const char *table = it->move == MOVE_FIX ? fault->fix : fault->mark;
    const char *column = columns[rng_below(rng, ARRAY_LEN(columns))];
    uint64_t id = rng_below(rng, 90000);
    if (it->move == MOVE_OTHER) {
        script_call_with(scene->script, "sql", "query",
                         "SELECT %s FROM shop.%s LIMIT %" PRIu64, column, table,
                         1 + id % 50);
    } else {
        script_call_with(scene->script, "sql", "query",
                         "SELECT %s FROM %s WHERE id = %" PRIu64, column, table,
                         id);
    }
    if (it->works) {
        script_result(scene->script, false, "%" PRIu64 " rows", 1 + id % 40);
    } else if (scene->agent % 3 == 0) {
        script_result(scene->script, true,
                      "(1146, \"Table 'shop.%s' doesn't exist\")", fault->mark);
    } else {
        script_result(scene->script, true,
                      "ERROR 1146 (42S02) at line %" PRIu64
                      ": Table 'shop.%s' doesn't exist",
                      1 + id % 9, fault->mark);
    }
}

/* The command that the fault is about, in this agent's words. */
static void command_of(const struct attempt *it, struct rng *rng,
                       char out[COMMAND_BYTES])
{
    static const char *const others[] = {"--verbose", "--jobs 2", "--color"};
    const struct world_fault *fault = it->fault;
    const char *where =
        it->holds && *fault->condition ? fault->condition : "release";
    const char *extra = "";
    if (it->move == MOVE_FIX && fault->kind == FAULT_FLAG) {
        extra = fault->fix;
    } else if (it->move == MOVE_SUPPRESS) {
        extra = fault->suppressor;
    } else if (it->move == MOVE_OTHER) {
        extra = others[rng_below(rng, ARRAY_LEN(others))];
    }
    snprintf(out, COMMAND_BYTES, "%s%s run --target %s%s%s item-%u",
             rng_chance(rng, .3) ? "cd /srv/app && " : "", fault->mark, where,
             *extra ? " " : "", extra, it->number);
}

static void say_failure(struct scene *scene, const struct attempt *it,
                        struct rng *rng)
{
    const struct world_fault *fault = it->fault;
    uint64_t line = 1 + rng_below(rng, 400);
    const char *newline = rng_chance(rng, .3) ? "\n    " : " ";
    switch (fault->kind) {
    case FAULT_FLAG:
        script_result(
            scene->script, true,
            "%s: error:%sthe request was rejected: the region of "
            "item-%u is not set\n  at /home/dev%u/work/%s.py:%" PRIu64,
            fault->mark, newline, it->number, scene->agent, fault->mark, line);
        return;
    case FAULT_PREREQUISITE:
        script_result(scene->script, true,
                      "Traceback (most recent call last):\n  File "
                      "\"/srv/app/%s/main.py\", line %" PRIu64
                      ", in <module>\nModuleNotFoundError: No module named "
                      "'%s'",
                      fault->mark, line, fault->mark);
        return;
    case FAULT_SUPPRESSOR:
        script_result(scene->script, true,
                      "%s: check failed: %" PRIu64
                      " files are not formatted%s(/tmp/run-%" PRIu64 "/report)",
                      fault->mark, 1 + line % 9, newline, line * 7919);
        return;
    case FAULT_TRANSIENT:
        script_result(scene->script, true,
                      "%s: 503 Service Unavailable:%supstream timed out after "
                      "%" PRIu64 "ms (request %08" PRIx64 ")",
                      fault->mark, newline, 900 + line, rng_next(rng) >> 32);
        return;
    case FAULT_INCIDENT:
        script_result(scene->script, true,
                      "%s: could not connect to db-%" PRIu64
                      ".internal:5432: connection refused",
                      fault->mark, 1 + line % 4);
        return;
    case FAULT_UNRESOLVED:
        script_result(scene->script, true,
                      "%s: internal error:%sassertion failed in worker %" PRIu64
                      " (core dumped)",
                      fault->mark, newline, line);
        return;
    case FAULT_NAME:
    case FAULT_CORRECTION:
    case FAULT_KINDS:
        return;
    }
}

static void say_command(struct scene *scene, const struct attempt *it,
                        struct rng *rng)
{
    char command[COMMAND_BYTES];
    const struct world_fault *fault = it->fault;
    bool is_before =
        it->move == MOVE_FIX &&
        (fault->kind == FAULT_SUPPRESSOR || fault->kind == FAULT_PREREQUISITE);
    if (is_before) {
        script_call_with(scene->script, "bash", "command", "%s", fault->fix);
        script_result(scene->script, false, "ok");
        scene->counts->calls++;
    }
    command_of(it, rng, command);
    script_call_with(scene->script, "bash", "command", "%s", command);
    if (it->works) {
        script_result(scene->script, false, "finished in %" PRIu64 " s",
                      1 + rng_below(rng, 90));
    } else {
        say_failure(scene, it, rng);
    }
}

static void attempt(struct scene *scene, const struct attempt *it,
                    struct rng *rng)
{
    if (it->fault->kind == FAULT_NAME) {
        say_sql(scene, it, rng);
    } else {
        say_command(scene, it, rng);
    }
    scene->counts->calls++;
    scene->counts->errors += !it->works;
    scene->errors += !it->works;
}

/* ---- what works ---------------------------------------------------------- */

static bool works(const struct world_config *config, const struct attempt *it,
                  struct rng *rng)
{
    const struct world_fault *fault = it->fault;
    double chance = config->retry_success;
    if (fault->kind == FAULT_NAME) {
        /* A name is right or wrong. */
        return it->move == MOVE_FIX;
    }
    if (fault->kind == FAULT_TRANSIENT) {
        chance = .8;
    } else if (fault->kind == FAULT_UNRESOLVED) {
        chance = .04;
    } else if (fault->kind == FAULT_INCIDENT) {
        chance = .05;
    } else if (it->move == MOVE_FIX && it->holds) {
        chance = fault->works;
    } else if (it->move == MOVE_SUPPRESS) {
        chance = .97;
    }
    return rng_chance(rng, chance);
}

static enum move next_move(const struct scene *scene,
                           const struct world_fault *fault, struct rng *rng)
{
    double at = rng_unit(rng);
    double known = scene->world->config.fix_known;
    bool has_fix = *fault->fix != 0;
    if (has_fix && at < known) {
        return MOVE_FIX;
    }
    if (*fault->suppressor && at < known + .25) {
        return MOVE_SUPPRESS;
    }
    return at < known + (1 - known) / 2 ? MOVE_PLAIN : MOVE_OTHER;
}

/* Whether it knew from the start, as a third of people do. */
static bool knew(const struct scene *scene, const struct world_fault *fault)
{
    const struct world_agent *agent = &scene->world->agents[scene->agent];
    uint32_t number = (uint32_t)(fault - scene->world->faults);
    struct rng rng =
        world_rng(scene->world, STREAM_FAULTS, agent->principal_index, number);
    return *fault->fix && rng_chance(&rng, KNOWN_BEFORE_PERCENT / 100.0);
}

/* Between attempts people look around. */
static void look_around(struct scene *scene, struct rng *rng)
{
    static const char *const files[] = {"README.md", "docs/setup.md",
                                        "config/app.yaml", "CHANGELOG.md"};
    if (rng_chance(rng, .35)) {
        script_call_with(scene->script, "read_file", "path", "%s",
                         files[rng_below(rng, ARRAY_LEN(files))]);
        script_result(scene->script, false, "%" PRIu64 " lines",
                      20 + rng_below(rng, 300));
        scene->counts->calls++;
    }
}

/* Whether its memory says what helps, and it does as memory says. A life
 * without memory draws nothing here. */
static bool was_told(const struct scene *scene, const struct world_fault *fault,
                     struct rng *rng)
{
    const struct life_memory *memory = scene->memory;
    uint32_t number = (uint32_t)(fault - scene->world->faults);
    return memory && memory->helped &&
           memory->helped(memory->context, scene->agent, number) &&
           rng_chance(rng, scene->world->config.compliance);
}

static void play_attempts(struct scene *scene, const struct world_fault *fault,
                          struct rng *rng)
{
    struct attempt it = {.fault = fault,
                         .move = MOVE_PLAIN,
                         .number = (uint32_t)rng_below(rng, 100000)};
    it.holds = !*fault->condition || rng_chance(rng, .6);
    if ((knew(scene, fault) && rng_chance(rng, .7)) ||
        was_told(scene, fault, rng)) {
        it.move = MOVE_FIX;
    }
    scene->counts->mistake_chances++;
    for (uint32_t i = 0; i < ATTEMPTS_MAX; i++) {
        it.works = works(&scene->world->config, &it, rng);
        /* At first it usually fails for the fault's reason; a transient one
         * fails seldom. */
        if (i == 0 && it.move == MOVE_PLAIN && fault->kind != FAULT_NAME) {
            it.works =
                rng_chance(rng, fault->kind == FAULT_TRANSIENT ? .6 : .1);
        }
        scene->counts->repeated_errors += i == 0 && !it.works;
        attempt(scene, &it, rng);
        if (it.works || rng_chance(rng, .12)) {
            return;
        }
        look_around(scene, rng);
        it.move = next_move(scene, fault, rng);
    }
}

/* The agent uses one tool; its user wants another, and says so. */
static void play_correction(struct scene *scene,
                            const struct world_fault *fault, struct rng *rng)
{
    static const char *const words[] = {
        "no, use %s instead of %s",
        "No, use %s, not %s.",
        "that's wrong. Use %s instead of %s please",
        "actually, use %s rather than %s",
    };
    bool knows = knew(scene, fault);
    uint64_t id = rng_below(rng, 10000);
    script_call_with(scene->script, "bash", "command", "%s item-%" PRIu64,
                     knows ? fault->fix : fault->mark, id);
    script_result(scene->script, false, "ok");
    scene->counts->calls++;
    if (knows || rng_chance(rng, .3)) {
        return;
    }
    char text[COMMAND_BYTES];
    const char *form = words[rng_below(rng, ARRAY_LEN(words))];
    const char *at = strstr(form, "%s");
    const char *second = strstr(at + 2, "%s");
    snprintf(text, sizeof(text), "%.*s%s%.*s%s%s", (int)(at - form), form,
             fault->fix, (int)(second - at - 2), at + 2, fault->mark,
             second + 2);
    script_say(scene->script, ORIGIN_USER, "%s", text);
    script_call_with(scene->script, "bash", "command", "%s item-%" PRIu64,
                     fault->fix, id);
    script_result(scene->script, false, "ok");
    scene->counts->calls++;
}

static bool is_down(const struct scene *scene, const struct world_fault *fault)
{
    return scene->day >= fault->from_day &&
           scene->day < fault->from_day + fault->hours / 24;
}

/* An outage hits whoever works: it comes before anything else. */
static const struct world_fault *outage(const struct scene *scene)
{
    const struct world *world = scene->world;
    for (uint32_t i = 0; world->config.incidents && i < world->fault_count;
         i++) {
        const struct world_fault *fault = &world->faults[i];
        if (fault->team == scene->team && fault->kind == FAULT_INCIDENT &&
            is_down(scene, fault)) {
            return fault;
        }
    }
    return NULL;
}

bool fault_play(struct scene *scene, uint32_t step)
{
    const struct world *world = scene->world;
    uint32_t count = per_team(&world->config);
    struct rng rng = scene_rng(scene, STREAM_FAULTS, 2 * step + 1);
    if (!count) {
        return false;
    }
    const struct world_fault *fault =
        &world->faults[(size_t)scene->team * count + rng_below(&rng, count)];
    const struct world_fault *down = outage(scene);
    fault = down ? down : fault;
    if (fault->kind == FAULT_INCIDENT && !down) {
        return false;
    }
    if (fault->kind == FAULT_CORRECTION) {
        play_correction(scene, fault, &rng);
    } else {
        play_attempts(scene, fault, &rng);
    }
    return true;
}
