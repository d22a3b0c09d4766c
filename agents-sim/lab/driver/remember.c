/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/driver/remember.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "plugin/read/call/slots.h"
#include "plugin/read/said/directives.h"
#include "proto/messages.h"

enum {
    SCRATCH_MAX = 1 << 16,
    TEXT_BYTES = 512
};

/* What a memory is about, and what it says of it. */
struct finding {
    struct arena arena;
    struct bytes subject;
    struct bytes option;
    uint8_t id[FINDING_BYTES];
};

static void take_directive(void *context,
                           const struct tuple_directive *directive,
                           struct bytes sentence)
{
    struct finding *finding = context;
    (void)sentence;
    if (finding->subject.len == 0) {
        finding->subject = arena_copy(&finding->arena, directive->key);
        finding->option = arena_copy(&finding->arena, directive->object);
    }
}

/* The program that a command chooses, among those that do its job. */
static void read_command(const char *command, struct finding *finding)
{
    struct buf arguments;
    struct buf scratch;
    struct slot_set *set = mem_new(sizeof(*set));
    buf_init(&arguments, TEXT_BYTES);
    buf_init(&scratch, SCRATCH_MAX);
    slot_set_init(set, &finding->arena);
    set->arena = &finding->arena;
    buf_add_format(&arguments, "{\"command\":\"%s\"}", command);
    slots_add_call(set, BYTES_LITERAL("bash"), buf_bytes(&arguments), &scratch);
    for (size_t i = 0; i < set->count && finding->subject.len == 0; i++) {
        if (set->slots[i].form == SLOT_FAMILY) {
            finding->subject = set->slots[i].name;
            finding->option = set->slots[i].option;
        }
    }
    buf_fini(&scratch);
    buf_fini(&arguments);
    free(set);
}

static void read_choice(const struct world_fact *fact, struct finding *finding)
{
    struct bytes text = bytes_of_text(fact->text);
    size_t equals = bytes_find(text, BYTES_LITERAL("="), 0);
    if (equals == SIZE_MAX) {
        read_command(fact->text, finding);
    } else {
        finding->subject = bytes_slice(text, 0, equals);
        finding->option = bytes_slice(text, equals + 1, SIZE_MAX);
    }
    if (fact->place[0] && finding->subject.len > 0) {
        struct buf whole;
        buf_init(&whole, TEXT_BYTES);
        buf_add(&whole, finding->subject);
        buf_add_text(&whole, fact->place);
        finding->subject = arena_copy(&finding->arena, buf_bytes(&whole));
        buf_fini(&whole);
    }
}

void remember_store(const struct world *world, const struct world_fact *fact,
                    char *out, size_t size)
{
    snprintf(out, size, "%s/%s", fact->is_own ? "agent" : "team",
             fact->is_own ? world->agents[fact->agent].name
                          : world->team[fact->team]);
}

static char *text_of(struct finding *finding, struct bytes text)
{
    struct bytes copy = arena_copy(&finding->arena, text);
    return copy.data ? message_field(copy.data) : NULL;
}

static void pack(const struct world *world, const struct world_fact *fact,
                 struct finding *finding, Reverie__V1__Version *version,
                 struct buf *out_body)
{
    Reverie__V1__MemoryApplied event = REVERIE__V1__MEMORY_APPLIED__INIT;
    char store[2 * WORLD_NAME_BYTES];
    char path[sizeof(fact->path)];
    char content[TEXT_BYTES];
    remember_store(world, fact, store, sizeof(store));
    snprintf(path, sizeof(path), "%s", fact->path);
    snprintf(content, sizeof(content), "%s: \"%s\"%s\n",
             fact->is_choice ? "observed" : "stated", fact->text, fact->place);
    version->kind = fact->is_choice
                        ? REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE
                        : REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE;
    finding_id((uint32_t)version->kind,
               bytes_of_text(fact->is_own ? world->agents[fact->agent].name
                                          : world->team[fact->team]),
               finding->subject, finding->option, finding->id);
    version->has_finding = true;
    version->finding = message_binary(bytes_of(finding->id, FINDING_BYTES));
    version->content = content;
    version->subject = text_of(finding, finding->subject);
    version->option = text_of(finding, finding->option);
    event.store = store;
    event.path = path;
    event.has_op = true;
    event.op = REVERIE__V1__CHANGE_OP__CHANGE_ADD;
    event.version = version;
    message_pack(&event, out_body);
}

bool remember_fact(const struct world *world, const struct world_fact *fact,
                   uint64_t store_version, int64_t time_us,
                   struct buf *out_body, uint8_t out_finding[FINDING_BYTES])
{
    struct finding finding = {.subject = {NULL, 0}};
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    arena_init(&finding.arena, SCRATCH_MAX);
    if (fact->is_choice) {
        read_choice(fact, &finding);
    } else {
        directives_read(bytes_of_text(fact->text), &finding.arena,
                        take_directive, &finding);
    }
    bool is_one = finding.subject.len > 0;
    if (is_one) {
        version.has_number = version.has_state = version.has_kind = true;
        version.number = 1;
        version.state = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
        version.title = fact->is_choice ? message_field("observed")
                                        : message_field("stated");
        version.has_time_us = version.has_store_version = true;
        version.time_us = time_us;
        version.store_version = store_version;
        pack(world, fact, &finding, &version, out_body);
        memcpy(out_finding, finding.id, FINDING_BYTES);
    }
    arena_fini(&finding.arena);
    return is_one;
}
