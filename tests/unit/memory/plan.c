/* SPDX-License-Identifier: MIT */
#include "tests/unit/memory/plan.h"

#include <stdio.h>
#include <string.h>

#include "memory/witnesses.h"

void plan_init(struct plan *plan, int kind, const char *store, const char *path,
               const char *subject, const char *option, const char *content)
{
    memset(plan, 0, sizeof(*plan));
    plan->change = (Reverie__V1__Change)REVERIE__V1__CHANGE__INIT;
    plan->numbers = (Reverie__V1__Numbers)REVERIE__V1__NUMBERS__INIT;
    Reverie__V1__Change *change = &plan->change;
    change->has_op = change->has_kind = change->has_risk = true;
    change->op = REVERIE__V1__CHANGE_OP__CHANGE_ADD;
    change->kind = (Reverie__V1__FindingKind)kind;
    change->risk = REVERIE__V1__RISK_CLASS__RISK_LOW;
    change->store = mutable_text(store);
    change->path = mutable_text(path);
    change->subject = mutable_text(subject);
    change->option = mutable_text(option);
    change->title = mutable_text("a name");
    change->content = mutable_text(content);
    change->numbers = &plan->numbers;
    change->witnesses = plan->witnesses;
}

static char *kept(struct world *world, struct bytes text)
{
    char *copy = arena_take(&world->arena, text.len + 1);
    if (text.len) {
        memcpy(copy, text.data, text.len);
    }
    return copy;
}

void plan_agrees(Reverie__V1__Witness *witness, struct world *world,
                 uint64_t seq)
{
    struct stamp stamp;
    struct envelope envelope;
    const struct logged *it = &world->logged[seq - 1];
    enum err err = stamp_read(it->stamp, &stamp);
    assert(err == ERR_OK);
    err = envelope_read(it->envelope, &envelope);
    assert(err == ERR_OK);
    witness->has_log = witness->has_seq = witness->has_id = true;
    witness->has_origin = true;
    witness->log = 0;
    witness->seq = seq;
    witness->id = message_binary(envelope.id);
    witness->principal = kept(world, stamp.principal);
    witness->agent = kept(world, stamp.from);
    witness->session = kept(world, envelope.session);
    witness->origin = (Reverie__V1__Origin)stamp.origin;
    witness->has_occurred_us = envelope.has_occurred;
    witness->occurred_us = envelope.occurred_us;
    witness->has_root = stamp.root.len > 0;
    witness->root = message_binary(stamp.root);
}

Reverie__V1__Witness *plan_cites(struct plan *plan, struct world *world,
                                 uint64_t seq, const char *option,
                                 const char *quote)
{
    size_t at = plan->change.n_witnesses++;
    assert(at < PLAN_WITNESSES_MAX);
    Reverie__V1__Witness *witness = &plan->witness[at];
    plan->witnesses[at] = witness;
    *witness = (Reverie__V1__Witness)REVERIE__V1__WITNESS__INIT;
    plan_agrees(witness, world, seq);
    witness->option = mutable_text(option);
    witness->quote = mutable_text(quote);
    witness->has_redactor = quote != NULL;
    witness->redactor = quote ? REDACTOR_VERSION : 0;
    return witness;
}

void plan_id(struct plan *plan)
{
    struct digest digest = change_digest(&plan->change);
    memcpy(plan->id, digest.bytes, sizeof(plan->id));
    plan->change.has_id = true;
    plan->change.id = message_binary(bytes_of(plan->id, sizeof(plan->id)));
}

void plan_finish(struct plan *plan)
{
    struct bytes name = bytes_of(NULL, 0);
    Reverie__V1__Change *change = &plan->change;
    struct witness_count count =
        witnesses_count(change->witnesses, change->n_witnesses, NULL);
    numbers_derive(&count, &plan->numbers);
    bool valid = store_name_is_valid(message_text(change->store), &name);
    err_ignore(valid ? ERR_OK : ERR_INVALID, "some tests want it invalid");
    finding_id(change->kind, name, message_text(change->subject),
               message_text(change->option), plan->finding);
    change->has_finding = true;
    change->finding =
        message_binary(bytes_of(plan->finding, sizeof(plan->finding)));
    plan_id(plan);
}

static char *numbered(struct world *world, const char *word, int number)
{
    char text[64];
    snprintf(text, sizeof(text), "%s%d", word, number);
    return kept(world, bytes_of_text(text));
}

void plan_preference(struct plan *plan, struct world *world, int count)
{
    plan_init(plan, REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE, "team/blue",
              "/preferences/package-manager.md", "shell.package_manager",
              "pnpm", "Observed: most of the team use pnpm.\n");
    plan->numbers.has_baseline = true;
    plan->numbers.baseline = 0.2;
    plan->numbers.has_alpha = plan->numbers.has_family = true;
    plan->numbers.has_rank = true;
    plan->numbers.alpha = 0.05;
    plan->numbers.family = 1;
    plan->numbers.rank = 1;
    for (int i = 0; i < count; i++) {
        uint64_t seq = world_says(
            world, &(struct speech){.principal = numbered(world, "p", i),
                                    .session = numbered(world, "s", i),
                                    .text = "run pnpm install now",
                                    .day = 100 + i % 3});
        plan_cites(plan, world, seq, "pnpm", "pnpm install");
    }
    plan_finish(plan);
}

void plan_mistake(struct plan *plan, struct world *world, int count)
{
    plan_init(plan, REVERIE__V1__FINDING_KIND__FINDING_MISTAKE, "team/blue",
              "/mistakes/unknown-column.md", "sql: Unknown column <QSTR>",
              "cust_name", "Observed: the column cust_name does not exist.\n");
    for (int i = 0; i < count + 2; i++) {
        uint64_t seq = world_says(
            world,
            &(struct speech){.principal = numbered(world, "p", i % count),
                             .session = numbered(world, "s", i),
                             .text = "Unknown column 'cust_name'",
                             .origin = ORIGIN_TOOL,
                             .day = 100 + i});
        plan_cites(plan, world, seq, "cust_name", "column 'cust_name'");
    }
    plan_finish(plan);
}

const Reverie__V1__ReviewProposeReply__Result *
world_proposes_for(struct world *world, struct plan *plan, const char *team)
{
    Reverie__V1__ReviewProposeRequest request =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
    Reverie__V1__ReviewProposeReply *reply =
        arena_take(&world->arena, sizeof(*reply));
    Reverie__V1__Change *change = &plan->change;
    set.dream = mutable_text(world->dream ? world->dream : "d1");
    set.team = mutable_text(team);
    set.changes = &change;
    set.n_changes = 1;
    set.has_format = true;
    set.format = 1;
    struct digest digest = change_set_digest(&set);
    set.has_id = true;
    set.id = message_binary(bytes_of(digest.bytes, sizeof(digest.bytes)));
    request.change_set = &set;
    const char *code = world_request(world, "review", "propose", &request);
    if (strcmp(code, "ok") != 0) {
        fprintf(stderr, "propose: %s %.*s\n", code,
                (int)world->out.sentence.len, world->out.sentence.data);
        return NULL;
    }
    world_reply(world, &reverie__v1__review_propose_reply__descriptor, reply);
    return reply->n_results == 1 ? reply->results[0] : NULL;
}

const Reverie__V1__ReviewProposeReply__Result *
world_proposes(struct world *world, struct plan *plan)
{
    return world_proposes_for(world, plan, "blue");
}
