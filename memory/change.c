/* SPDX-License-Identifier: MIT */
#include "memory/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/map.h"
#include "base/text/ascii.h"
#include "memory/stats/stats.h"
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

/* ---- options in quotes --------------------------------------------------- */

static bool is_word_byte(uint8_t c)
{
    return ascii_is_letter(c) || ascii_is_digit(c);
}

/* Whether a word goes on from ${hay}[at - 1] to ${hay}[at]. */
static bool is_inside_word(struct bytes hay, size_t at)
{
    return at > 0 && at < hay.len && is_word_byte(hay.data[at - 1]) &&
           is_word_byte(hay.data[at]);
}

static bool occurs(struct bytes part, struct bytes hay, bool by_itself)
{
    size_t at = ascii_search(hay, part, 0);
    while (at != SIZE_MAX) {
        bool is_cut = by_itself && (is_inside_word(hay, at) ||
                                    is_inside_word(hay, at + part.len));
        if (!is_cut) {
            return true;
        }
        at = ascii_search(hay, part, at + 1);
    }
    return false;
}

/* Length of the separator that starts at ${at}, 0 if none does. A '<' without
 * a '>' within 32 bytes of word characters is ordinary text. */
static size_t separator_length(struct bytes option, size_t at)
{
    if (option.data[at] == '|' || option.data[at] == 0x1f) {
        return 1;
    }
    if (option.data[at] != '<') {
        return 0;
    }
    struct bytes head = bytes_slice(option, at, 34);
    size_t close = bytes_find(head, BYTES_LITERAL(">"), 1);
    bool is_blank = close != SIZE_MAX && memchr(head.data, ' ', close);
    return close == SIZE_MAX || is_blank ? 0 : close + 1;
}

static bool parts_occur(struct bytes option, struct bytes quote, bool by_itself)
{
    size_t from = 0;
    for (size_t at = 0; at <= option.len;) {
        size_t gap = at < option.len ? separator_length(option, at) : 1;
        if (gap == 0) {
            at++;
            continue;
        }
        if (!occurs(bytes_trim(bytes_slice(option, from, at - from), ' '),
                    quote, by_itself)) {
            return false;
        }
        at += gap;
        from = at;
    }
    return true;
}

bool option_occurs(struct bytes option, struct bytes quote)
{
    return parts_occur(option, quote, false);
}

size_t option_parts_max(struct bytes option)
{
    size_t parts = 1;
    for (size_t i = 0; i < option.len; i++) {
        uint8_t c = option.data[i];
        parts += c == '|' || c == 0x1f || c == '<';
    }
    return parts;
}

bool option_is_named(struct bytes option, struct bytes text)
{
    return parts_occur(option, text, true);
}

struct bytes principal_owner(struct bytes principal)
{
    size_t slash = bytes_find(principal, BYTES_LITERAL("/"), 0);
    return slash == SIZE_MAX || slash == 0 ? principal
                                           : bytes_slice(principal, 0, slash);
}

/* ---- counting ------------------------------------------------------------ */

/* A principal: its first witness, and the sessions it is for it in. */
struct voter {
    const struct Reverie__V1__Witness *first;
    uint32_t sessions;
};

struct counter {
    struct map *roots;      /* root -> first witness that has it */
    struct map *principals; /* principal -> its voter */
    struct map *sessions;
    struct map *visits; /* principal, NUL, session */
    struct map *owners;
    struct map *days;
    struct voter *voters;
    struct buf visit;
    struct witness_count count;
};

static void counter_init(struct counter *counter, size_t max)
{
    *counter = (struct counter){
        .roots = map_new(max, NULL),
        .principals = map_new(max, NULL),
        .sessions = map_new(max, NULL),
        .visits = map_new(max, NULL),
        .owners = map_new(max, NULL),
        .days = map_new(max, NULL),
        .voters = mem_new_array(max, sizeof(struct voter)),
    };
    buf_init(&counter->visit, 4 * (size_t)NAME_MAX_BYTES);
}

static void counter_fini(struct counter *counter)
{
    map_free(counter->roots);
    map_free(counter->principals);
    map_free(counter->sessions);
    map_free(counter->visits);
    map_free(counter->owners);
    map_free(counter->days);
    free(counter->voters);
    buf_fini(&counter->visit);
}

static void set_add(struct map *set, struct bytes key, void *value)
{
    enum err err = map_put(set, key, value);
    assert(err == ERR_OK); /* sized for all witnesses */
}

static bool is_echo(struct counter *counter,
                    struct Reverie__V1__Witness *witness)
{
    struct bytes root = message_bytes(witness->has_root, witness->root);
    if (root.len == 0) {
        return false;
    }
    const struct Reverie__V1__Witness *first = map_get(counter->roots, root);
    if (!first) {
        set_add(counter->roots, root, witness);
        return false;
    }
    return !bytes_equal(message_text(first->principal),
                        message_text(witness->principal));
}

static struct voter *voter_of(struct counter *counter,
                              struct Reverie__V1__Witness *witness)
{
    struct bytes principal = message_text(witness->principal);
    struct voter *voter = map_get(counter->principals, principal);
    if (voter) {
        counter->count.contradictory |=
            voter->first->against != witness->against;
        return voter;
    }
    voter = &counter->voters[counter->count.principals++];
    voter->first = witness;
    set_add(counter->principals, principal, voter);
    counter->count.principals_for += !witness->against;
    return voter;
}

static int64_t utc_day(int64_t time_us)
{
    const int64_t day_us = INT64_C(86400000000);
    return time_us >= 0 ? time_us / day_us : -((-time_us - 1) / day_us) - 1;
}

static void count_session(struct counter *counter, struct voter *voter,
                          struct Reverie__V1__Witness *witness)
{
    struct bytes session = message_text(witness->session);
    set_add(counter->sessions, session, witness);
    buf_reset(&counter->visit);
    buf_add(&counter->visit, message_text(witness->principal));
    buf_add_u8(&counter->visit, 0);
    buf_add(&counter->visit, session);
    if (!map_get(counter->visits, buf_bytes(&counter->visit))) {
        set_add(counter->visits, buf_bytes(&counter->visit), witness);
        voter->sessions++;
    }
}

static void count_time(struct counter *counter,
                       struct Reverie__V1__Witness *witness)
{
    struct witness_count *count = &counter->count;
    if (!witness->has_occurred_us) {
        count->no_time = true;
        return;
    }
    bool is_first = map_size(counter->days) == 0;
    int64_t day = utc_day(witness->occurred_us);
    set_add(counter->days, bytes_of(&day, sizeof(day)), witness);
    if (is_first || witness->occurred_us < count->first_us) {
        count->first_us = witness->occurred_us;
    }
    if (is_first || witness->occurred_us > count->last_us) {
        count->last_us = witness->occurred_us;
    }
}

static void count_support(struct counter *counter, struct voter *voter,
                          struct Reverie__V1__Witness *witness)
{
    counter->count.events++;
    set_add(counter->owners, principal_owner(message_text(witness->principal)),
            witness);
    count_session(counter, voter, witness);
    count_time(counter, witness);
}

static int compare_sessions(const void *a, const void *b)
{
    const struct voter *x = a;
    const struct voter *y = b;
    return (x->sessions < y->sessions) - (x->sessions > y->sessions);
}

/* Sessions may be shared, so this is a lower bound. */
static uint32_t robust_sessions(struct counter *counter)
{
    uint32_t left = (uint32_t)map_size(counter->sessions);
    uint32_t margin =
        stats_margin(counter->count.principals_for, STATS_TIER_AUTO);
    qsort(counter->voters, counter->count.principals, sizeof(*counter->voters),
          compare_sessions);
    for (uint32_t i = 0; i < margin; i++) {
        uint32_t most = counter->voters[i].sessions;
        left = left > most ? left - most : 0;
    }
    return left;
}

struct witness_count
witnesses_count(struct Reverie__V1__Witness *const *witnesses, size_t count,
                const bool *skip)
{
    struct counter counter;
    counter_init(&counter, count + 1);
    for (size_t i = 0; i < count; i++) {
        if ((skip && skip[i]) || witnesses[i]->helps ||
            is_echo(&counter, witnesses[i])) {
            continue;
        }
        struct voter *voter = voter_of(&counter, witnesses[i]);
        if (!witnesses[i]->against) {
            count_support(&counter, voter, witnesses[i]);
        }
    }
    counter.count.sessions = (uint32_t)map_size(counter.sessions);
    counter.count.owners = (uint32_t)map_size(counter.owners);
    counter.count.robust_sessions = robust_sessions(&counter);
    counter.count.days = (uint32_t)map_size(counter.days);
    counter_fini(&counter);
    return counter.count;
}

void numbers_derive(const struct witness_count *count,
                    struct Reverie__V1__Numbers *numbers)
{
    uint32_t n = count->principals;
    uint32_t x = count->principals_for;
    numbers->has_principals = true;
    numbers->principals = n;
    numbers->has_principals_for = true;
    numbers->principals_for = x;
    numbers->has_sessions = true;
    numbers->sessions = count->sessions;
    numbers->has_days = true;
    numbers->days = count->days;
    numbers->has_events = true;
    numbers->events = count->events;
    numbers->has_share = true;
    numbers->share = stats_share(n, x);
    numbers->has_posterior = true;
    numbers->posterior = stats_posterior(n, x);
    numbers->has_no_time = true;
    numbers->no_time = count->no_time;
    numbers->has_log_e =
        numbers->has_baseline && numbers->baseline > 0 && numbers->baseline < 1;
    numbers->log_e =
        numbers->has_log_e ? stats_log_e(n, x, numbers->baseline) : 0;
}
