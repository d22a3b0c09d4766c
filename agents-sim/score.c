/* SPDX-License-Identifier: MIT */
#include "agents-sim/score.h"

#include <inttypes.h>
#include <stdlib.h>

#include "agents-sim/world/told.h"
#include "base/edge/json.h"
#include "base/map.h"

enum {
    SCORE_MEMORIES_MAX = 100000,
    SCORE_KEY_MAX = 8192,
    SCORE_NO_TEAM = UINT16_MAX,
    SCORE_ALL_TEAMS
};

/* What is known of one memory: whether it was planted, and how it was found. */
struct found {
    enum score_kind kind;
    uint32_t team; /* SCORE_NO_TEAM: none of the world's */
    bool is_right;
    bool is_first; /* of its planted truth */
    double principals;
    double sessions;
    double day;
};

struct score {
    const struct world *world;
    struct map *found; /* key of the memory -> struct found */
    /* What was found of each list of the world. */
    bool *preference_was_found;
    bool *mistake_was_found;
    bool *fault_was_solved;
    bool *workflow_was_found;
    bool *directive_was_found;
};

struct score *score_new(const struct world *world)
{
    struct score *score = mem_new(sizeof(*score));
    score->world = world;
    score->found = map_new(SCORE_MEMORIES_MAX, free);
    score->preference_was_found = mem_new(world->preference_count);
    score->mistake_was_found = mem_new(world->mistake_count);
    score->fault_was_solved = mem_new(world->fault_count);
    score->workflow_was_found = mem_new(world->workflow_count);
    score->directive_was_found = mem_new(world->directive_count);
    return score;
}

void score_free(struct score *score)
{
    if (score) {
        map_free(score->found);
        free(score->preference_was_found);
        free(score->mistake_was_found);
        free(score->fault_was_solved);
        free(score->workflow_was_found);
        free(score->directive_was_found);
        free(score);
    }
}

/* What a memory turned out to be. */
struct verdict {
    bool is_right;
    bool *truth; /* of the planted one that it states; NULL: of none */
};

static bool is_of_team(const struct score *score,
                       const struct score_memory *memory, uint32_t team)
{
    return bytes_equal_text(memory->team, score->world->team[team]);
}

static const struct world_agent *agent_named(const struct world *world,
                                             struct bytes name)
{
    for (uint32_t i = 0; i < world->agent_count; i++) {
        if (bytes_equal_text(name, world->agents[i].name)) {
            return &world->agents[i];
        }
    }
    return NULL;
}

/* Whether a memory for one agent, "agent/NAME", names the habit of who is
 * behind it. Nobody planted that, and it is true. */
static bool is_habit(const struct world *world,
                     const struct score_memory *memory)
{
    struct bytes prefix = BYTES_LITERAL("agent/");
    struct bytes name = bytes_slice(memory->team, prefix.len, SIZE_MAX);
    if (!bytes_starts_with(memory->team, prefix)) {
        return false;
    }
    const struct world_agent *agent = agent_named(world, name);
    for (uint32_t k = 0; agent && k < world->config.slots; k++) {
        const struct world_slot *slot = &world->slots[k];
        uint32_t habit = world_habit(world, agent->principal_index, k);
        if (bytes_equal_text(memory->subject, slot->name)) {
            return bytes_equal_text(memory->option, slot->option[habit]);
        }
    }
    return false;
}

static struct verdict judge_preference(const struct score *score,
                                       const struct score_memory *memory)
{
    const struct world *world = score->world;
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *preference = &world->preferences[i];
        const struct world_slot *slot = &world->slots[preference->slot];
        if (is_of_team(score, memory, preference->team) &&
            bytes_equal_text(memory->subject, slot->name) &&
            bytes_equal_text(memory->option,
                             slot->option[preference->option])) {
            return (struct verdict){true, &score->preference_was_found[i]};
        }
    }
    return (struct verdict){.is_right = is_habit(world, memory)};
}

/* What there is a lesson in: something helps, and agents find it. */
static bool is_lesson(const struct world_fault *fault)
{
    return fault->kind == FAULT_NAME || fault->kind == FAULT_FLAG ||
           fault->kind == FAULT_PREREQUISITE || fault->kind == FAULT_SUPPRESSOR;
}

/* A memory about a fault is right; the lesson is learned when it says what
 * helps. */
static struct verdict judge_fault(const struct score *score,
                                  const struct score_memory *memory)
{
    const struct world *world = score->world;
    struct verdict verdict = {0};
    for (uint32_t i = 0; i < world->fault_count && !verdict.truth; i++) {
        const struct world_fault *fault = &world->faults[i];
        bool is_about = is_of_team(score, memory, fault->team) &&
                        told_fault(fault, memory->content);
        verdict.is_right |= is_about;
        if (is_about && is_lesson(fault) && told_fix(fault, memory->content)) {
            verdict.truth = &score->fault_was_solved[i];
        }
    }
    return verdict;
}

static struct verdict judge_mistake(const struct score *score,
                                    const struct score_memory *memory)
{
    const struct world *world = score->world;
    for (uint32_t i = 0; i < world->mistake_count; i++) {
        const struct world_mistake *mistake = &world->mistakes[i];
        if (is_of_team(score, memory, mistake->team) &&
            bytes_find(memory->content, bytes_of_text(mistake->wrong), 0) !=
                SIZE_MAX) {
            return (struct verdict){true, &score->mistake_was_found[i]};
        }
    }
    return judge_fault(score, memory);
}

static struct verdict judge_workflow(const struct score *score,
                                     const struct score_memory *memory)
{
    const struct world *world = score->world;
    for (uint32_t i = 0; i < world->workflow_count; i++) {
        const struct world_workflow *workflow = &world->workflows[i];
        if (workflow->kind == WORKFLOW_GOOD &&
            is_of_team(score, memory, workflow->team) &&
            told_order(workflow, memory->content)) {
            return (struct verdict){true, &score->workflow_was_found[i]};
        }
    }
    return (struct verdict){0};
}

/* What a user corrects may become a rule too. */
static struct verdict judge_directive(const struct score *score,
                                      const struct score_memory *memory)
{
    const struct world *world = score->world;
    for (uint32_t i = 0; i < world->directive_count; i++) {
        const struct world_directive *directive = &world->directives[i];
        if (directive->kind == SAID_RULE &&
            is_of_team(score, memory, directive->team) &&
            told_word(memory->content, directive->use) != SIZE_MAX) {
            return (struct verdict){true, &score->directive_was_found[i]};
        }
    }
    for (uint32_t i = 0; i < world->fault_count; i++) {
        const struct world_fault *fault = &world->faults[i];
        if (fault->kind == FAULT_CORRECTION &&
            is_of_team(score, memory, fault->team) &&
            told_word(memory->content, fault->fix) != SIZE_MAX) {
            return (struct verdict){.is_right = true};
        }
    }
    return (struct verdict){0};
}

static struct verdict judge(const struct score *score,
                            const struct score_memory *memory)
{
    switch (memory->kind) {
    case SCORE_PREFERENCE:
        return judge_preference(score, memory);
    case SCORE_MISTAKE:
        return judge_mistake(score, memory);
    case SCORE_WORKFLOW:
        return judge_workflow(score, memory);
    case SCORE_DIRECTIVE:
        return judge_directive(score, memory);
    case SCORE_KINDS:
        break;
    }
    return (struct verdict){0};
}

static void memory_key(const struct score_memory *memory, struct buf *out)
{
    const struct bytes parts[] = {memory->team, memory->subject,
                                  memory->option};
    buf_add_u8(out, (uint8_t)memory->kind);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_add_u32(out, (uint32_t)parts[i].len);
        buf_add(out, parts[i]);
    }
}

static uint32_t team_of(const struct world *world, struct bytes name)
{
    for (uint32_t i = 0; i < world->config.teams; i++) {
        if (bytes_equal_text(name, world->team[i])) {
            return i;
        }
    }
    return SCORE_NO_TEAM;
}

static struct found *found_of(struct score *score,
                              const struct score_memory *memory)
{
    struct buf key;
    buf_init(&key, SCORE_KEY_MAX);
    memory_key(memory, &key);
    struct found *found = map_get(score->found, buf_bytes(&key));
    if (!found) {
        found = mem_new(sizeof(*found));
        *found = (struct found){
            .kind = memory->kind,
            .team = team_of(score->world, memory->team),
            .principals = memory->principals,
            .sessions = memory->sessions,
            .day = memory->day,
        };
        if (map_put(score->found, buf_bytes(&key), found) != ERR_OK) {
            free(found);
            found = NULL;
        }
    }
    buf_fini(&key);
    return found;
}

/* A memory that is revised may come to say what it did not say at first. */
void score_add(struct score *score, const struct score_memory *memory)
{
    struct found *found = found_of(score, memory);
    struct verdict verdict = judge(score, memory);
    if (!found) {
        return;
    }
    found->is_right |= verdict.is_right;
    if (verdict.truth && !*verdict.truth) {
        *verdict.truth = true;
        found->is_first = true;
        found->day = memory->day;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

static bool is_of(const struct found *found, enum score_kind kind,
                  uint32_t team)
{
    return found->kind == kind &&
           (team == SCORE_ALL_TEAMS || found->team == team);
}

/* The median of one figure over the right memories of a kind. */
static double median(const struct score *score, enum score_kind kind,
                     uint32_t team, double (*figure)(const struct found *found))
{
    double *values = mem_new_array(map_size(score->found), sizeof(*values));
    size_t count = 0;
    size_t cursor = 0;
    void *value;
    while (map_next(score->found, &cursor, NULL, &value)) {
        const struct found *found = value;
        if (is_of(found, kind, team) && found->is_first) {
            values[count++] = figure(found);
        }
    }
    double middle = 0;
    if (count) {
        qsort(values, count, sizeof(*values), compare_doubles);
        middle = (values[(count - 1) / 2] + values[count / 2]) / 2;
    }
    free(values);
    return middle;
}

static double principals_of(const struct found *found)
{
    return found->principals;
}

static double sessions_of(const struct found *found)
{
    return found->sessions;
}

static double day_of(const struct found *found)
{
    return found->day;
}

static bool is_in(uint32_t team, uint32_t wanted)
{
    return wanted == SCORE_ALL_TEAMS || team == wanted;
}

static uint32_t planted_mistakes(const struct world *world, uint32_t team)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->mistake_count; i++) {
        count += is_in(world->mistakes[i].team, team);
    }
    for (uint32_t i = 0; i < world->fault_count; i++) {
        count +=
            is_lesson(&world->faults[i]) && is_in(world->faults[i].team, team);
    }
    return count;
}

static uint32_t planted(const struct world *world, enum score_kind kind,
                        uint32_t team)
{
    uint32_t count = 0;
    switch (kind) {
    case SCORE_PREFERENCE:
        for (uint32_t i = 0; i < world->preference_count; i++) {
            count += is_in(world->preferences[i].team, team);
        }
        break;
    case SCORE_MISTAKE:
        count = planted_mistakes(world, team);
        break;
    case SCORE_WORKFLOW:
        for (uint32_t i = 0; i < world->workflow_count; i++) {
            count += world->workflows[i].kind == WORKFLOW_GOOD &&
                     is_in(world->workflows[i].team, team);
        }
        break;
    case SCORE_DIRECTIVE:
        for (uint32_t i = 0; i < world->directive_count; i++) {
            count += world->directives[i].kind == SAID_RULE &&
                     is_in(world->directives[i].team, team);
        }
        break;
    case SCORE_KINDS:
        break;
    }
    return count;
}

struct score_row score_team_row(const struct score *score, enum score_kind kind,
                                uint32_t team)
{
    struct score_row row = {.planted = planted(score->world, kind, team)};
    uint32_t truths = 0;
    size_t cursor = 0;
    void *value;
    while (map_next(score->found, &cursor, NULL, &value)) {
        const struct found *found = value;
        if (is_of(found, kind, team)) {
            row.memories++;
            row.right += found->is_right;
            truths += found->is_first;
        }
    }
    row.wrong = row.memories - row.right;
    row.precision = row.memories ? (double)row.right / row.memories : 1;
    row.recall = row.planted ? (double)truths / row.planted : 1;
    row.principals = median(score, kind, team, principals_of);
    row.sessions = median(score, kind, team, sessions_of);
    row.days_to_detect = median(score, kind, team, day_of);
    return row;
}

struct score_row score_row(const struct score *score, enum score_kind kind)
{
    return score_team_row(score, kind, SCORE_ALL_TEAMS);
}

/* ---- printing ---- */

static const char *const kind_names[SCORE_KINDS] = {
    [SCORE_PREFERENCE] = "preferences",
    [SCORE_MISTAKE] = "mistakes",
    [SCORE_WORKFLOW] = "workflows",
    [SCORE_DIRECTIVE] = "directives",
};

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

static void print_behaviour(const struct score_report *report, struct buf *out)
{
    const struct life_counts *with = &report->with_memory;
    const struct life_counts *without = &report->without_memory;
    buf_add_text(out,
                 "\n                         without dreams  with dreams\n");
    buf_add_format(out, "sessions satisfied            %7.1f %%    %7.1f %%\n",
                   percent(without->satisfied, without->sessions),
                   percent(with->satisfied, with->sessions));
    buf_add_format(
        out,
        "planted mistakes made         %7.1f %%    %7.1f %%  of occasions\n",
        percent(without->repeated_errors, without->mistake_chances),
        percent(with->repeated_errors, with->mistake_chances));
    buf_add_format(
        out, "planted preferences kept      %7.1f %%    %7.1f %%  of choices\n",
        percent(without->preferred, without->preference_chances),
        percent(with->preferred, with->preference_chances));
}

void score_print(const struct score_report *report, struct buf *out)
{
    buf_add_format(
        out,
        "seed %" PRIu64 "%s, policy %s: %" PRIu64 " events sent, %" PRIu64
        " accepted, %" PRIu64 " deliveries, %.1f s\n\n",
        report->seed, report->null_world ? " (null world)" : "", report->policy,
        report->sent, report->accepted, report->deliveries, report->seconds);
    buf_add_text(out, "             planted  found  right  false  precision  "
                      "recall  people  sessions  day found\n");
    for (size_t kind = 0; kind < SCORE_KINDS; kind++) {
        const struct score_row *row = &report->rows[kind];
        if (row->planted == 0 && row->memories == 0 && kind > SCORE_MISTAKE) {
            continue;
        }
        buf_add_format(
            out, "%-12s %7u %6u %6u %6u %10.2f %7.2f %7.0f %9.0f %10.1f\n",
            kind_names[kind], row->planted, row->memories, row->right,
            row->wrong, row->precision, row->recall, row->principals,
            row->sessions, row->days_to_detect);
    }
    if (!report->null_world) {
        print_behaviour(report, out);
    }
}

static struct json *row_json(const struct score_row *row)
{
    struct json *json = json_new_object();
    json_set_int(json, "planted", row->planted);
    json_set_int(json, "memories", row->memories);
    json_set_int(json, "right", row->right);
    json_set_int(json, "false", row->wrong);
    json_set_real(json, "precision", row->precision);
    json_set_real(json, "recall", row->recall);
    json_set_real(json, "median_principals", row->principals);
    json_set_real(json, "median_sessions", row->sessions);
    json_set_real(json, "median_day_found", row->days_to_detect);
    return json;
}

static struct json *counts_json(const struct life_counts *counts)
{
    struct json *json = json_new_object();
    json_set_int(json, "events", (int64_t)counts->events);
    json_set_int(json, "sessions", (int64_t)counts->sessions);
    json_set_int(json, "satisfied", (int64_t)counts->satisfied);
    json_set_int(json, "calls", (int64_t)counts->calls);
    json_set_int(json, "errors", (int64_t)counts->errors);
    json_set_int(json, "repeated_errors", (int64_t)counts->repeated_errors);
    json_set_int(json, "mistake_chances", (int64_t)counts->mistake_chances);
    json_set_int(json, "preferred", (int64_t)counts->preferred);
    json_set_int(json, "preference_chances",
                 (int64_t)counts->preference_chances);
    return json;
}

void score_print_json(const struct score_report *report, struct buf *out)
{
    struct json *json = json_new_object();
    json_set_int(json, "version", 1);
    json_set_int(json, "seed", (int64_t)report->seed);
    json_set_bool(json, "null_world", report->null_world);
    json_set_text(json, "policy", report->policy);
    json_set_int(json, "sent", (int64_t)report->sent);
    json_set_int(json, "accepted", (int64_t)report->accepted);
    json_set_int(json, "deliveries", (int64_t)report->deliveries);
    json_set_real(json, "seconds", report->seconds);
    for (size_t kind = 0; kind < SCORE_KINDS; kind++) {
        json_set(json, kind_names[kind], row_json(&report->rows[kind]));
    }
    json_set(json, "with_memory", counts_json(&report->with_memory));
    json_set(json, "without_memory", counts_json(&report->without_memory));
    json_print(json, out);
    buf_add_text(out, "\n");
    json_free(json);
}
