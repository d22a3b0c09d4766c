/* SPDX-License-Identifier: MIT */
#include "memory/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

/* ---- digests ------------------------------------------------------------- */

static struct digest digest_of_message(const void *message)
{
    struct buf packed;
    buf_init(&packed, BODY_MAX_LIMIT);
    message_pack(message, &packed);
    assert(buf_error(&packed) == ERR_OK);
    struct digest digest = digest_of(buf_bytes(&packed), bytes_of(NULL, 0));
    buf_fini(&packed);
    return digest;
}

struct digest change_digest(struct Reverie__V1__Change *change)
{
    protobuf_c_boolean had_id = change->has_id;
    change->has_id = false;
    struct digest digest = digest_of_message(change);
    change->has_id = had_id;
    return digest;
}

struct digest change_set_digest(struct Reverie__V1__ChangeSet *set)
{
    protobuf_c_boolean had_id = set->has_id;
    set->has_id = false;
    struct digest digest = digest_of_message(set);
    set->has_id = had_id;
    return digest;
}

void finding_id(uint32_t kind, struct bytes team, struct bytes subject,
                struct bytes option, uint8_t out_id[FINDING_BYTES])
{
    const struct bytes parts[] = {team, subject, option};
    struct buf input;
    buf_init(&input, BODY_MAX_LIMIT);
    buf_add_u32(&input, kind);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_add_u32(&input, (uint32_t)parts[i].len);
        buf_add(&input, parts[i]);
    }
    struct digest digest = digest_of(buf_bytes(&input), bytes_of(NULL, 0));
    memcpy(out_id, digest.bytes, FINDING_BYTES);
    buf_fini(&input);
}

/* ---- form ---------------------------------------------------------------- */

bool store_is_team(struct bytes store)
{
    return bytes_starts_with(store, BYTES_LITERAL("team/"));
}

bool store_name_is_valid(struct bytes store, struct bytes *out_name)
{
    struct bytes agent = BYTES_LITERAL("agent/");
    struct bytes team = BYTES_LITERAL("team/");
    size_t prefix = bytes_starts_with(store, agent)  ? agent.len
                    : bytes_starts_with(store, team) ? team.len
                                                     : SIZE_MAX;
    struct bytes name = bytes_slice(store, prefix, NAME_MAX_BYTES + 1);
    if (!name_is_valid(name)) {
        return false;
    }
    if (out_name) {
        *out_name = name;
    }
    return true;
}

/* Control characters, and U+200B..U+200F, U+202A..U+202E, U+2060..U+206F,
 * U+FEFF, which show nothing or turn text around. ${a} is valid UTF-8. */
static bool has_invisible(struct bytes a)
{
    for (size_t i = 0; i < a.len; i++) {
        const uint8_t *at = a.data + i;
        if (at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0)) {
            return true;
        }
        bool general = at[0] == 0xe2 && at[1] == 0x80 &&
                       ((at[2] >= 0x8b && at[2] <= 0x8f) ||
                        (at[2] >= 0xa8 && at[2] <= 0xae));
        bool more = at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0;
        bool mark = at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf;
        if (general || more || mark) {
            return true;
        }
    }
    return false;
}

static bool segment_is_valid(struct bytes segment)
{
    return segment.len > 0 && !bytes_equal_text(segment, ".") &&
           !bytes_equal_text(segment, "..");
}

bool path_is_valid(struct bytes path)
{
    if (path.len < 2 || path.len > PATH_MAX_BYTES || path.data[0] != '/' ||
        !bytes_is_utf8(path) || has_invisible(path)) {
        return false;
    }
    size_t from = 1;
    while (from <= path.len) {
        size_t slash = bytes_find(path, BYTES_LITERAL("/"), from);
        size_t to = slash == SIZE_MAX ? path.len : slash;
        if (!segment_is_valid(bytes_slice(path, from, to - from))) {
            return false;
        }
        from = to + 1;
    }
    return true;
}

bool path_is_protected(struct bytes path)
{
    return bytes_starts_with(path, BYTES_LITERAL("/pinned/")) ||
           bytes_starts_with(path, BYTES_LITERAL("/protected/"));
}

bool content_is_valid(struct bytes content)
{
    return content.len <= CONTENT_MAX_BYTES && bytes_is_utf8(content) &&
           (content.len == 0 || !memchr(content.data, 0, content.len));
}

static bool text_fits(const char *text, size_t max)
{
    struct bytes view = message_text(text);
    return view.len <= max && bytes_is_utf8(view);
}

/* What must be there, by operation and kind. */
static const char *parts_fault(const struct Reverie__V1__Change *change)
{
    bool is_removal = change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    if (change->op < REVERIE__V1__CHANGE_OP__CHANGE_ADD ||
        change->op > REVERIE__V1__CHANGE_OP__CHANGE_RETIRE) {
        return "the operation is none of add, revise, merge, retire";
    }
    if (change->kind < REVERIE__V1__FINDING_KIND__FINDING_AUTHORED ||
        change->kind > REVERIE__V1__FINDING_KIND__FINDING_HYGIENE) {
        return "the kind of the finding is unknown";
    }
    if (change->op == REVERIE__V1__CHANGE_OP__CHANGE_ADD &&
        change->base_version != 0) {
        return "an addition has no base version";
    }
    if (is_removal != (message_text(change->content).len == 0)) {
        return "a retired memory has no content, every other has some";
    }
    if (change->has_pin &&
        change->kind != REVERIE__V1__FINDING_KIND__FINDING_AUTHORED) {
        return "a direct write alone sets or takes off a pin";
    }
    return NULL;
}

static const char *limits_fault(const struct Reverie__V1__Change *change)
{
    if (!content_is_valid(message_text(change->content))) {
        return "the content is not UTF-8 of at most 102,400 bytes";
    }
    if (!text_fits(change->title, TITLE_MAX_BYTES) ||
        has_invisible(message_text(change->title))) {
        return "the title is longer than 200 bytes or not one line";
    }
    if (!text_fits(change->subject, SUBJECT_MAX_BYTES) ||
        !text_fits(change->option, OPTION_MAX_BYTES) ||
        !text_fits(change->reason, REASON_MAX_BYTES) ||
        !text_fits(change->scope, ADDRESS_MAX_BYTES) ||
        !text_fits(change->detail_json, DETAIL_MAX_BYTES)) {
        return "subject, option, reason, scope or detail is too long";
    }
    if (change->n_witnesses > WITNESSES_MAX) {
        return "there are more than 2,048 witnesses";
    }
    if (change->n_replaces > REPLACES_MAX) {
        return "it replaces more than 64 findings";
    }
    for (size_t i = 0; i < change->n_replaces; i++) {
        if (change->replaces[i].len != FINDING_BYTES) {
            return "a replaced finding is not 16 bytes";
        }
    }
    return NULL;
}

static const char *scope_fault(const struct Reverie__V1__Change *change)
{
    struct bytes store = message_text(change->store);
    struct bytes scope = message_text(change->scope);
    if (scope.len == 0) {
        return NULL;
    }
    size_t word = store_is_team(store) ? strlen("team") : strlen("agent");
    bool same = scope.len == store.len && scope.data[word] == ':' &&
                memcmp(scope.data, store.data, word) == 0 &&
                memcmp(scope.data + word + 1, store.data + word + 1,
                       store.len - word - 1) == 0;
    return same ? NULL : "the scope is not that of the store";
}

static const char *ids_fault(struct Reverie__V1__Change *change,
                             struct bytes name)
{
    uint8_t finding[FINDING_BYTES];
    finding_id(change->kind, name, message_text(change->subject),
               message_text(change->option), finding);
    if (!bytes_equal(message_bytes(change->has_finding, change->finding),
                     bytes_of(finding, sizeof(finding)))) {
        return "the finding id is not that of kind, team, subject and option";
    }
    struct digest digest = change_digest(change);
    if (!bytes_equal(message_bytes(change->has_id, change->id),
                     bytes_of(digest.bytes, sizeof(digest.bytes)))) {
        return "the change id is not the digest of the change";
    }
    return NULL;
}

const char *change_fault(struct Reverie__V1__Change *change)
{
    struct bytes name;
    if (!store_name_is_valid(message_text(change->store), &name)) {
        return "the store is neither team/NAME nor agent/NAME";
    }
    if (!path_is_valid(message_text(change->path))) {
        return "the path is not valid";
    }
    const char *fault = parts_fault(change);
    fault = fault ? fault : limits_fault(change);
    fault = fault ? fault : scope_fault(change);
    return fault ? fault : ids_fault(change, name);
}

bool change_replaces(const struct Reverie__V1__Change *change,
                     struct bytes finding)
{
    for (size_t i = 0; i < change->n_replaces; i++) {
        if (bytes_equal(message_bytes(true, change->replaces[i]), finding)) {
            return true;
        }
    }
    return false;
}

uint64_t change_removals(const struct Reverie__V1__Change *change)
{
    if (change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE) {
        return 1;
    }
    return change->n_replaces > 0 ? change->n_replaces - 1 : 0;
}
