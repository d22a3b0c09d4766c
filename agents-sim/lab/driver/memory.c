/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "agents-sim/lab/driver/state.h"
#include "proto/messages.h"

struct memory_asker lab_asker(void)
{
    return (struct memory_asker){
        .principal = BYTES_LITERAL("dreamer"),
        .identity = IDENTITY_TOKEN,
        .agent = BYTES_LITERAL("dreamer"),
        .may_propose = true,
        .may_observe = true,
    };
}

void lab_feed(struct lab *lab, uint64_t seq)
{
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
    tape_get(lab->tape, seq, &stamp, &envelope, &body);
    dream_feed(lab->dream, &stamp, &envelope, body);
    lab->counts.events++;
}

/* Ledger events are counted and kept, updates go to the tape and the dream. */
static void take_event(struct lab *lab, const struct memory_output_event *it)
{
    if (it->log == LOG_LEDGER) {
        lab->ledger_seq++;
        buf_add(&lab->ledger, it->body);
        return;
    }
    struct tape_event event = {
        .agent = BYTES_LITERAL("broker"),
        .principal = BYTES_LITERAL("broker"),
        .team = it->team,
        .to = it->to,
        .kind = bytes_of_text(it->kind),
        .body = it->body,
        .origin = ORIGIN_NONE,
        .identity = IDENTITY_KEY,
        .has_occurred = true,
        .occurred_us = lab->now_us,
    };
    lab_feed(lab, tape_append(lab->tape, &event));
}

/* One step; keeps the reply. */
enum err lab_step(struct lab *lab, struct memory_input *input,
                  const void *message, const char **out_code)
{
    struct memory_output out;
    struct buf packed;
    buf_init(&packed, LAB_REQUEST_MAX);
    if (message) {
        message_pack(message, &packed);
    }
    input->time_us = lab->now_us;
    input->next_ledger_seq = lab->ledger_seq + 1;
    input->payload = buf_bytes(&packed);
    enum err err = memory_step(lab->memory, input, &out);
    buf_fini(&packed);
    if (err != ERR_OK) {
        buf_add_format(lab->why, "memory: %s", err_text(err));
        return err;
    }
    for (size_t i = 0; i < out.event_count; i++) {
        take_event(lab, &out.events[i]);
    }
    buf_reset(&lab->reply);
    buf_add(&lab->reply, out.payload);
    *out_code = strcmp(out.code, "ok") == 0 ? "ok" : out.code;
    if (**out_code != 'o' && out.sentence.len) {
        buf_reset(lab->why);
        buf_add_format(lab->why, "%s: ", out.code);
        buf_add(lab->why, out.sentence);
    }
    return ERR_OK;
}

static enum err request(struct lab *lab, const char *service,
                        const char *method, const void *message,
                        const char **out_code)
{
    struct memory_input input = {.type = MEMORY_REQUEST,
                                 .asker = lab_asker(),
                                 .service = bytes_of_text(service),
                                 .method = bytes_of_text(method)};
    return lab_step(lab, &input, message, out_code);
}

/* As request; a refusal is an error, too. */
enum err lab_must(struct lab *lab, const char *service, const char *method,
                  const void *message)
{
    const char *code = "";
    enum err err = request(lab, service, method, message, &code);
    if (err == ERR_OK && strcmp(code, "ok") != 0) {
        err = ERR_CORRUPT;
    }
    return err;
}

enum err lab_ask(struct lab *lab, const char *service, const char *method,
                 const void *message, const char **out_code,
                 struct bytes *out_reply)
{
    struct buf why;
    buf_init(&why, 4096);
    lab->why = &why;
    enum err err = request(lab, service, method, message, out_code);
    lab->why = NULL;
    buf_fini(&why);
    *out_reply = buf_bytes(&lab->reply);
    return err;
}
