/* SPDX-License-Identifier: MIT */
#include "memory/redact.h"

#include <string.h>

#include "base/edge/crypto.h"
#include "memory/redact/find.h"
#include "memory/redact/personal.h"
#include "memory/redact/unescape.h"

/* The text is looked at from left to right, and the first thing found is to be
 * replaced. Its placeholder is a boundary, and that can uncover something to
 * the left: a number that was too long as long as the next one touched it. So
 * what lies between the last placeholder and this find is looked at again, as
 * a window that ends where the find starts, and only when nothing is left in
 * it are both written. Finds that wait for their left side are a stack.
 *
 *     ... <EMAIL:k3f9> 4111 1111 1111 1111 4111 1111 1111 1111 ...
 *                     |------ window ----||---- find waits ---|
 *
 * To the right of a placeholder things are looked at with the boundary in
 * place already. So what comes out holds nothing that would be found.
 *
 * What is looked at is the plain text, without escapes and colours; what is
 * written is the text itself. A placeholder replaces whatever stands for what
 * was found, and its hash is that of the plain bytes, so that a secret stays
 * the same one however it was escaped. */

enum {
    HASH_CHARS = 4
};

struct pass {
    const struct redact_key *key;
    struct unescaped *text;
    struct window window; /* positions here and below are of the plain text */
    size_t written;       /* of the written text: what came out already */
    size_t at;            /* everything in the window before was looked at */
    struct find mail;     /* the next address of the text; */
    bool has_mail;        /* if there is one */
    struct buf waiting;   /* stack of struct find */
    struct buf *out;
};

/* ---- the stack of finds -------------------------------------------------- */

static void push(struct pass *pass, const struct find *find)
{
    buf_add(&pass->waiting, bytes_of(find, sizeof(*find)));
}

static bool top(const struct pass *pass, struct find *out)
{
    struct bytes all = buf_bytes(&pass->waiting);
    if (all.len == 0) {
        return false;
    }
    memcpy(out, all.data + all.len - sizeof(*out), sizeof(*out));
    return true;
}

/* ---- looking ------------------------------------------------------------- */

/* The first find in the window, at or behind pass->at. Where an address starts
 * only a key comes before it. */
static bool next_find(struct pass *pass, struct find *out)
{
    struct window *window = &pass->window;
    size_t mail = pass->has_mail ? pass->mail.start : SIZE_MAX;
    bool is_mail_here = mail < window->to;
    size_t until = is_mail_here ? mail + 1 : window->to;
    for (size_t at = pass->at; at < until; at++) {
        at = find_start(window, at, until);
        if (at == until) {
            break;
        }
        if (find_key(window, at, out) ||
            (at != mail && find_datum(window, at, out))) {
            return true;
        }
    }
    *out = pass->mail;
    return is_mail_here;
}

/* Leaves ${find} to wait, and looks at what is left of it again. */
static void wait_for_left(struct pass *pass, const struct find *find)
{
    push(pass, find);
    pass->window.to = find->start;
    pass->at = find->start > FIND_REACH ? find->start - FIND_REACH : 0;
    if (pass->at < pass->window.from) {
        pass->at = pass->window.from;
    }
}

/* Goes on behind ${done}, up to the next one that waits. */
static void go_on_behind(struct pass *pass, const struct find *done)
{
    struct find next;
    pass->waiting.len -= sizeof(*done);
    pass->at = done->end;
    pass->window.from = done->end;
    pass->window.to = pass->text->plain.len;
    if (pass->has_mail && !find_mail_rest(&pass->window, &pass->mail)) {
        size_t from = pass->window.from;
        pass->has_mail = find_mail(&pass->window, from, &pass->mail);
    }
    if (top(pass, &next)) {
        pass->window.to = next.start;
    }
}

/* ---- writing ------------------------------------------------------------- */

/* Up to the end of the window. */
static void write_window(struct pass *pass)
{
    struct bytes written = pass->text->written;
    size_t to = pass->window.to == pass->text->plain.len
                    ? written.len
                    : unescape_from(pass->text, pass->window.to);
    buf_add(pass->out, bytes_slice(written, pass->written, to - pass->written));
    pass->written = to;
}

static void write_placeholder(struct pass *pass, const struct find *find)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    struct digest digest = digest_of(
        bytes_of(pass->window.data + find->start, find->end - find->start),
        bytes_of(pass->key->bytes, sizeof(pass->key->bytes)));
    char hash[HASH_CHARS + 1] = "";
    for (size_t i = 0; i < HASH_CHARS; i++) {
        hash[i] = alphabet[digest.bytes[i] & 31];
    }
    buf_add_text(pass->out, "<");
    buf_add_text(pass->out, find->label);
    buf_add_text(pass->out, ":");
    buf_add_text(pass->out, hash);
    buf_add_text(pass->out, ">");
    pass->written = unescape_to(pass->text, find->end - 1);
}

static size_t run(struct pass *pass)
{
    size_t count = 0;
    struct find find;
    pass->has_mail = find_mail(&pass->window, 0, &pass->mail);
    for (;;) {
        if (next_find(pass, &find)) {
            wait_for_left(pass, &find);
            continue;
        }
        write_window(pass);
        if (!top(pass, &find)) {
            return count;
        }
        write_placeholder(pass, &find);
        go_on_behind(pass, &find);
        count++;
    }
}

size_t redact(const struct redact_key *key, struct bytes text, struct buf *out)
{
    if (text.len == 0) {
        return 0;
    }
    struct unescaped unescaped;
    unescape_init(&unescaped, text);
    struct bytes plain = unescaped.plain;
    struct pass pass = {.key = key,
                        .text = &unescaped,
                        .window = {.data = plain.data, .to = plain.len},
                        .out = out};
    buf_init(&pass.waiting, (plain.len + 1) * sizeof(struct find));
    size_t count = run(&pass);
    buf_fini(&pass.waiting);
    unescape_fini(&unescaped);
    return count;
}
