/* SPDX-License-Identifier: MIT */
#include "broker/handover/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ARENA_MAX = 2 * CONTROL_MAX,
    SENTENCE_MAX = 1024
};

static struct call *call_alloc(enum call_type type)
{
    struct call *call = mem_new(sizeof(*call));

    call->type = type;
    call->code = refusal_name(REFUSAL_NONE);
    arena_init(&call->arena, ARENA_MAX);
    buf_init(&call->sentence, SENTENCE_MAX);
    buf_init(&call->reply, CONTROL_MAX);
    buf_init(&call->view, VIEW_MAX_BYTES);
    return call;
}

static void copy_asker(struct call *call, const struct route_asker *asker)
{
    call->asker = *asker;
    call->asker.swarm_name = arena_copy(&call->arena, asker->swarm_name);
    call->asker.agent = arena_copy(&call->arena, asker->agent);
    call->asker.team = arena_copy(&call->arena, asker->team);
    call->asker.principal = arena_copy(&call->arena, asker->principal);
}

struct call *call_new(const struct route_request *request)
{
    struct call *call = call_alloc(CALL_REQUEST);

    call->tag = request->tag;
    copy_asker(call, &request->asker);
    call->service = arena_copy(&call->arena, request->service);
    call->method = arena_copy(&call->arena, request->method);
    call->payload = arena_copy(&call->arena, request->payload);
    return call;
}

static char *text_in(struct arena *arena, struct bytes text)
{
    struct bytes copy = arena_copy(arena, text);
    char *out = arena_take(arena, 1);

    /* arena_copy puts a NUL behind the copy. */
    return copy.data != NULL ? message_field(copy.data) : out;
}

struct call *call_new_joined(const struct route_joined *joined)
{
    struct call *call = call_alloc(CALL_JOINED);
    Reverie__V1__PeerJoined body = REVERIE__V1__PEER_JOINED__INIT;
    char *roles[ROLES_MAX];

    call->asker.swarm = joined->swarm;
    call->asker.agent = arena_copy(&call->arena, joined->agent);
    call->asker.team = arena_copy(&call->arena, joined->team);
    call->asker.principal = arena_copy(&call->arena, joined->principal);
    assert(joined->role_count <= ROLES_MAX);
    for (size_t i = 0; i < joined->role_count; i++) {
        roles[i] = text_in(&call->arena, joined->roles[i]);
    }
    body.agent = text_in(&call->arena, joined->agent);
    body.team = text_in(&call->arena, joined->team);
    body.principal = text_in(&call->arena, joined->principal);
    body.n_roles = joined->role_count;
    body.roles = roles;
    struct buf packed;
    buf_init(&packed, CONTROL_MAX);
    message_pack(&body, &packed);
    call->payload = arena_copy(&call->arena, buf_bytes(&packed));
    buf_fini(&packed);
    return call;
}

void call_reset(struct call *call)
{
    call->code = refusal_name(REFUSAL_NONE);
    buf_reset(&call->sentence);
    buf_reset(&call->reply);
    buf_reset(&call->view);
    call->log = 0;
    call->seq = 0;
}

struct call *call_new_progress(const struct call *call)
{
    struct call *progress = call_alloc(CALL_REQUEST);

    progress->tag = call->tag;
    progress->more = true;
    return progress;
}

void call_free(struct call *call)
{
    if (call == NULL) {
        return;
    }
    arena_fini(&call->arena);
    buf_fini(&call->sentence);
    buf_fini(&call->reply);
    buf_fini(&call->view);
    free(call);
}

bool call_is(const struct call *call, const char *service, const char *method)
{
    return bytes_equal_text(call->service, service) &&
           bytes_equal_text(call->method, method);
}

void call_refuse(struct call *call, enum refusal refusal, const char *format,
                 ...)
{
    char text[SENTENCE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buf_reset(&call->reply);
    buf_reset(&call->sentence);
    buf_reset(&call->view);
    buf_add_text(&call->sentence, text);
    call->code = refusal_name(refusal);
}

bool call_needs(struct call *call, uint32_t right)
{
    if ((call->asker.rights & right) == right) {
        return true;
    }
    size_t index = 0;
    while ((right >> index & 1) == 0) {
        index++;
    }
    call_refuse(call, REFUSAL_DENIED, "this request needs the right %s",
                route_right_name(index));
    return false;
}

void call_refuse_err(struct call *call, enum err err)
{
    enum refusal refusal =
        err == ERR_FULL ? REFUSAL_DISK_FULL : refusal_of_err(err);

    call_refuse(call, refusal, "%s", refusal_sentence(refusal));
}
