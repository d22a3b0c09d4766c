/* SPDX-License-Identifier: MIT */
/* The truth about a world as JSON. */
#include "agents-sim/world/world.h"
#include "base/edge/json.h"

static struct json *row_of_team(const struct world *world, uint32_t team)
{
    struct json *row = json_new_object();
    json_set_text(row, "team", world->team[team]);
    return row;
}

static struct json *preferences_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *it = &world->preferences[i];
        const struct world_slot *slot = &world->slots[it->slot];
        struct json *row = row_of_team(world, it->team);
        json_set_text(row, "slot", slot->name);
        json_set_text(row, "option", slot->option[it->option]);
        json_set_real(row, "adoption", it->adoption);
        if (it->repository) {
            json_set_int(row, "repository", it->repository);
            json_set_text(row, "there", slot->option[it->other]);
        }
        if (it->moves) {
            json_set_text(row, "moves_to", slot->option[it->next]);
            json_set_real(row, "from_day", world->config.switch_day);
        }
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *leanings_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->leaning_count; i++) {
        const struct world_leaning *it = &world->leanings[i];
        struct json *row = row_of_team(world, it->team);
        json_set_text(row, "slot", world->slots[it->slot].name);
        json_set_text(row, "option", world->slots[it->slot].option[it->option]);
        json_set_text(row, "of",
                      it->is_personal ? "one person"
                      : it->role      ? "one role"
                                      : "a third");
        if (it->role && !it->is_personal) {
            json_set_int(row, "role", it->role);
        }
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *mistakes_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->mistake_count; i++) {
        const struct world_mistake *mistake = &world->mistakes[i];
        struct json *row = row_of_team(world, mistake->team);
        json_set_text(row, "tool", mistake->tool);
        json_set_text(row, "wrong", mistake->wrong);
        json_set_text(row, "right", mistake->right);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *faults_json(const struct world *world)
{
    static const char *const kinds[FAULT_KINDS] = {
        [FAULT_NAME] = "name",
        [FAULT_FLAG] = "flag",
        [FAULT_PREREQUISITE] = "prerequisite",
        [FAULT_SUPPRESSOR] = "suppressor",
        [FAULT_TRANSIENT] = "transient",
        [FAULT_INCIDENT] = "incident",
        [FAULT_UNRESOLVED] = "unresolved",
        [FAULT_CORRECTION] = "correction",
    };
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->fault_count; i++) {
        const struct world_fault *it = &world->faults[i];
        struct json *row = row_of_team(world, it->team);
        json_set_text(row, "kind", kinds[it->kind]);
        json_set_text(row, "mark", it->mark);
        json_set_text(row, "fix", it->fix);
        json_set_text(row, "condition", it->condition);
        json_set_text(row, "suppressor", it->suppressor);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *workflows_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->workflow_count; i++) {
        const struct world_workflow *it = &world->workflows[i];
        struct json *row = row_of_team(world, it->team);
        struct json *steps = json_new_array();
        for (uint32_t k = 0; k < it->steps; k++) {
            json_set_text(steps, NULL, it->step[k]);
        }
        json_set(row, "steps", steps);
        json_set_real(row, "uplift", it->uplift);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *directives_json(const struct world *world)
{
    static const char *const kinds[SAID_KINDS] = {
        [SAID_RULE] = "rule",         [SAID_QUOTED] = "quoted",
        [SAID_FENCED] = "fenced",     [SAID_IRONIC] = "ironic",
        [SAID_ONCE] = "once",         [SAID_BY_ONE] = "by_one",
        [SAID_BY_TOOLS] = "by_tools",
    };
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->directive_count; i++) {
        const struct world_directive *it = &world->directives[i];
        struct json *row = row_of_team(world, it->team);
        json_set_text(row, "kind", kinds[it->kind]);
        json_set_text(row, "use", it->use);
        json_set_text(row, "instead", it->instead);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *attacks_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->attack_count; i++) {
        struct json *row = json_new_object();
        json_set_text(row, "what", attack_text(world->attacks[i].kind));
        json_set_text(row, "mark", world->attacks[i].mark);
        json_set(list, NULL, row);
    }
    return list;
}

/* What ${agent} does besides, or instead of, what the others do; or NULL. */
static const char *hostility_of(const struct world *world, uint32_t agent)
{
    return world_churns(world, agent)       ? "churns"
           : world_censors(world, agent)    ? "censors"
           : world_besieges(world, agent)   ? "besieges"
           : world_is_insider(world, agent) ? "agrees"
                                            : NULL;
}

/* Whoever only wants the truth of others out, besieges a team, or agrees on
 * something with others. */
static struct json *hostile_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->agent_count; i++) {
        const char *what = hostility_of(world, i);
        if (what) {
            struct json *row = row_of_team(world, world->agents[i].team);
            json_set_text(row, "principal", world->agents[i].principal);
            json_set_text(row, "what", what);
            json_set(list, NULL, row);
        }
    }
    return list;
}

static struct json *notes_json(const struct world *world)
{
    static const char *const kinds[NOTE_KINDS] = {
        [NOTE_FIRST] = "first",
        [NOTE_SAME] = "same",
        [NOTE_CONTRADICTED] = "contradicted",
        [NOTE_STALE] = "stale",
        [NOTE_OTHER] = "other",
    };
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->note_count; i++) {
        const struct world_note *it = &world->notes[i];
        struct json *row = row_of_team(world, it->team);
        json_set_text(row, "kind", kinds[it->kind]);
        json_set_int(row, "about", it->about);
        json_set_text(row, "path", it->path);
        json_set_text(row, "text", it->text);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *fact_json(const struct world *world,
                              const struct world_fact *it)
{
    struct json *row = row_of_team(world, it->team);
    if (it->is_own) {
        json_set_text(row, "agent", world->agents[it->agent].name);
    }
    json_set_text(row, it->is_choice ? "chosen" : "said", it->text);
    json_set_text(row, "place", it->place);
    json_set_text(row, "path", it->path);
    return row;
}

static struct json *stories_json(const struct world *world)
{
    static const char *const truths[STORY_TRUTHS] = {
        [STORY_SAME] = "same",
        [STORY_AGAINST] = "against",
        [STORY_NEITHER] = "neither",
    };
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->story_count; i++) {
        const struct world_story *it = &world->stories[i];
        struct json *row = json_new_object();
        json_set_text(row, "truth", truths[it->truth]);
        json_set_text(row, "what", it->what);
        json_set(row, "one", fact_json(world, &it->fact[0]));
        json_set(row, "other", fact_json(world, &it->fact[1]));
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *secrets_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->secret_count; i++) {
        json_set_text(list, NULL, world->secrets[i]);
    }
    return list;
}

static struct json *defaults_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->config.slots; i++) {
        const struct world_slot *slot = &world->slots[i];
        if (!slot->has_default) {
            continue;
        }
        struct json *row = json_new_object();
        json_set_text(row, "slot", slot->name);
        json_set_text(row, "option", slot->option[0]);
        json_set_real(row, "share", slot->base[0]);
        json_set(list, NULL, row);
    }
    return list;
}

void world_print_truth(const struct world *world, struct buf *out)
{
    struct json *truth = json_new_object();
    json_set_int(truth, "version", 1);
    json_set_int(truth, "seed", (int64_t)world->config.seed);
    json_set_bool(truth, "null_world", world->config.null_world);
    json_set(truth, "preferences", preferences_json(world));
    json_set(truth, "leanings", leanings_json(world));
    json_set(truth, "mistakes", mistakes_json(world));
    json_set(truth, "faults", faults_json(world));
    json_set(truth, "workflows", workflows_json(world));
    json_set(truth, "directives", directives_json(world));
    json_set(truth, "attacks", attacks_json(world));
    json_set(truth, "hostile", hostile_json(world));
    json_set(truth, "secrets", secrets_json(world));
    json_set(truth, "notes", notes_json(world));
    json_set(truth, "stories", stories_json(world));
    json_set(truth, "defaults", defaults_json(world));
    json_print(truth, out);
    json_free(truth);
}
