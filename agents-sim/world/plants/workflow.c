/* SPDX-License-Identifier: MIT */
/* Workflows: orders of steps that make success likelier; as frequent orders
 * that do nothing, or harm; and the noise they come in.
 *
 * A session may be a task. Half of those that do a task follow its workflow;
 * the others do the same steps in another order, or leave one out. So the
 * steps themselves tell nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum {
    FILLERS = 8,
    GOOD_STEPS = 4,
    DECOY_STEPS = 3,
    STEP_ROOM = 26 * WORLD_STEPS_MAX
};

static const char *const verbs[] = {
    "inspect", "plan",    "draft",  "compile", "check",
    "apply",   "confirm", "backup", "export",  "compare",
    "stage",   "measure", "index",  "label",   "split",
};

static const char *const objects[] = {
    "schema", "rollout", "migration", "inventory", "manifest", "snapshot",
    "budget", "catalog", "pipeline",  "bundle",    "mailbox",
};

/* ---- planting ------------------------------------------------------------ */

/* The lengths have no common factor, so every pair comes once: 165 names. */
static void name_step(uint32_t number, char out[WORLD_NAME_BYTES])
{
    snprintf(out, WORLD_NAME_BYTES, "%s_%s", verbs[number % ARRAY_LEN(verbs)],
             objects[number % ARRAY_LEN(objects)]);
}

static struct world_workflow workflow_of(const struct world *world,
                                         uint32_t team, uint32_t index,
                                         enum workflow_kind kind,
                                         struct rng *rng)
{
    const struct world_config *config = &world->config;
    struct world_workflow it = {.kind = kind, .team = team};
    double share = rng_unit(rng);
    it.steps = kind == WORKFLOW_GOOD ? GOOD_STEPS : DECOY_STEPS;
    for (uint32_t i = 0; i < it.steps; i++) {
        name_step(index * GOOD_STEPS + i, it.step[i]);
    }
    if (kind == WORKFLOW_GOOD) {
        it.uplift = config->uplift;
        if (config->uplift_to > 0) {
            it.uplift += share * (config->uplift_to - config->uplift);
        }
    } else if (kind == WORKFLOW_HARMFUL) {
        it.uplift = -.2;
    }
    return it;
}

void workflow_plant(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_WORKFLOWS);
    uint32_t per_team = config->workflows + 2 * config->workflow_decoys;
    world->workflows = mem_new_array((size_t)config->teams * per_team,
                                     sizeof(*world->workflows));
    if (config->null_world) {
        return;
    }
    for (uint32_t team = 0; team < config->teams; team++) {
        for (uint32_t i = 0; i < per_team; i++) {
            enum workflow_kind kind = i < config->workflows ? WORKFLOW_GOOD
                                      : (i - config->workflows) % 2
                                          ? WORKFLOW_HARMFUL
                                          : WORKFLOW_USELESS;
            world->workflows[world->workflow_count++] =
                workflow_of(world, team, i, kind, &rng);
        }
    }
}

/* ---- playing ------------------------------------------------------------- */

static void do_step(struct scene *scene, const char *tool, struct rng *rng)
{
    script_call(scene->script, tool, "{\"ref\":\"r-%" PRIu64 "\"}",
                rng_below(rng, UINT64_C(1) << 40));
    script_result(scene->script, false, "done");
    scene->counts->calls++;
}

/* A step that everybody does now and then, whatever the task is. */
static void do_filler(struct scene *scene, struct rng *rng)
{
    static const char *const fillers[FILLERS] = {
        "read_file", "list_files", "search_code", "open_page",
        "run_query", "edit_file",  "view_log",    "ask_peer"};
    do_step(scene, fillers[rng_below(rng, FILLERS)], rng);
}

static void maybe_fill(struct scene *scene, struct rng *rng)
{
    if (rng_chance(rng, scene->world->config.gap_noise)) {
        do_filler(scene, rng);
    }
}

static void do_all(struct scene *scene, const struct world_workflow *it,
                   struct rng *rng)
{
    for (uint32_t i = 0; i < it->steps; i++) {
        do_step(scene, it->step[i], rng);
        maybe_fill(scene, rng);
    }
}

/* Two neighbours swapped, or one step left out. */
static void do_otherwise(struct scene *scene, const struct world_workflow *it,
                         struct rng *rng)
{
    struct world_workflow other = *it;
    uint32_t at = (uint32_t)rng_below(rng, it->steps - 1);
    if (rng_chance(rng, .5)) {
        memcpy(other.step[at], it->step[at + 1], WORLD_NAME_BYTES);
        memcpy(other.step[at + 1], it->step[at], WORLD_NAME_BYTES);
    } else {
        for (uint32_t i = at; i + 1 < other.steps; i++) {
            memcpy(other.step[i], it->step[i + 1], WORLD_NAME_BYTES);
        }
        other.steps--;
    }
    do_all(scene, &other, rng);
}

/* Hard tasks fail more often, and leave less time for what one should do: who
 * looks at success alone credits the workflow with it. */
static bool is_hard(const struct scene *scene)
{
    struct rng rng = scene_rng(scene, STREAM_DIFFICULTY, 1);
    return scene->world->config.difficulty > 0 && rng_chance(&rng, .5);
}

/* People differ in how they are used to work, and keep to it. */
static double followed_by(const struct scene *scene)
{
    const struct world_agent *agent = &scene->world->agents[scene->agent];
    struct rng rng =
        world_rng(scene->world, STREAM_WORKFLOWS, agent->principal_index, 1);
    double share = scene->world->config.followed;
    double swing = (share < .5 ? share : 1 - share) * .6;
    double usual = share + swing * (2 * rng_unit(&rng) - 1);
    return is_hard(scene) ? usual / 2 : usual;
}

/* Whether its memory gives the order, and it does as memory says. A life
 * without memory draws nothing here. */
static bool was_told(const struct scene *scene, const struct world_workflow *it,
                     struct rng *rng)
{
    const struct life_memory *memory = scene->memory;
    uint32_t number = (uint32_t)(it - scene->world->workflows);
    return memory && memory->led &&
           memory->led(memory->context, scene->agent, number) &&
           rng_chance(rng, scene->world->config.compliance);
}

static void play_task(struct scene *scene, const struct world_workflow *it,
                      struct rng *rng)
{
    static const char *const words[][2] = {
        {"could you get ", " done?"},
        {"next: ", ""},
        {"", " is due today"},
    };
    const char *object = strchr(it->step[0], '_') + 1;
    const char *const *form = words[rng_below(rng, ARRAY_LEN(words))];
    script_say(scene->script, ORIGIN_USER, "%s%s number %" PRIu64 "%s", form[0],
               object, rng_below(rng, 9000), form[1]);
    maybe_fill(scene, rng);
    if (rng_chance(rng, followed_by(scene)) || was_told(scene, it, rng)) {
        do_all(scene, it, rng);
        scene->success += it->uplift;
    } else {
        do_otherwise(scene, it, rng);
    }
}

/* Decoys come in tasks of every kind. */
static void play_decoys(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    for (uint32_t i = 0; i < world->workflow_count; i++) {
        const struct world_workflow *it = &world->workflows[i];
        if (it->team != scene->team || it->kind == WORKFLOW_GOOD) {
            continue;
        }
        if (rng_chance(rng, .45)) {
            do_all(scene, it, rng);
            scene->success += it->uplift;
        }
    }
}

bool workflow_play(struct scene *scene)
{
    const struct world *world = scene->world;
    const struct world_config *config = &world->config;
    uint32_t per_team = config->workflows + 2 * config->workflow_decoys;
    struct rng rng = scene_rng(scene, STREAM_WORKFLOWS, 1);
    if (!world->workflow_count || !config->workflows ||
        !rng_chance(&rng, config->workflow_rate)) {
        return false;
    }
    uint32_t number =
        scene->team * per_team + (uint32_t)rng_below(&rng, config->workflows);
    bool is_before = rng_chance(&rng, .5);
    /* Where there is a workflow the chance is .55 without it. */
    scene->success -= .40;
    scene->success -= is_hard(scene) ? config->difficulty : 0;
    if (is_before) {
        play_decoys(scene, &rng);
    }
    play_task(scene, &world->workflows[number], &rng);
    if (!is_before) {
        play_decoys(scene, &rng);
    }
    return true;
}

void workflow_linger(struct scene *scene)
{
    const struct world_config *config = &scene->world->config;
    struct rng rng = scene_rng(scene, STREAM_WORKFLOWS, 2);
    if (!config->workflows || config->null_world ||
        !rng_chance(&rng, config->length_bias)) {
        return;
    }
    uint32_t more = 4 + (uint32_t)rng_below(&rng, 8);
    for (uint32_t i = 0; i < more; i++) {
        do_filler(scene, &rng);
    }
    play_decoys(scene, &rng);
}
