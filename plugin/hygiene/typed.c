/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edge/crypto.h"
#include "base/edge/hash.h"
#include "base/text/ascii.h"
#include "plugin/hygiene/text/lexicon.h"

enum {
    PROGRAM_MAX = 64,
    SENSE_WORDS_MAX = 48
};

/* What a memory is about, and what it says of it. */
struct key {
    char text[TYPED_KEY_MAX];
    size_t len;
    struct bytes value; /* empty: it is said or not */
    bool is_negative;
    bool is_single; /* one value excludes every other */
    bool is_said;   /* of a slot, in words: they name the program alone */
};

/* What there is no room for is stood for by a digest of all before it: keys
 * that differ anywhere stay different. */
static void put_byte(struct key *key, uint8_t c)
{
    if (key->len == TYPED_KEY_MAX) {
        struct digest digest =
            digest_of(bytes_of(key->text, key->len), bytes_of(NULL, 0));
        memcpy(key->text, digest.bytes, sizeof(digest.bytes));
        key->len = sizeof(digest.bytes);
    }
    key->text[key->len++] = (char)c;
}

static void put(struct key *key, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        put_byte(key, ascii_fold(text.data[i]));
    }
}

static struct bytes first_word(struct bytes text)
{
    return bytes_slice(text, 0, bytes_find(text, BYTES_LITERAL(" "), 0));
}

/* The first word of ${text} in lower case, in ${room}. */
static struct bytes program_of(struct bytes text, char room[PROGRAM_MAX])
{
    struct bytes word = bytes_slice(first_word(text), 0, PROGRAM_MAX);
    for (size_t i = 0; i < word.len; i++) {
        room[i] = (char)ascii_fold(word.data[i]);
    }
    return bytes_of(room, word.len);
}

/* A slot that chooses among programs is one for each kind of work. */
static void put_slot(struct key *key, struct bytes slot, struct bytes option)
{
    char room[PROGRAM_MAX];
    put(key, slot);
    if (bytes_starts_with(slot, BYTES_LITERAL("use."))) {
        put(key, BYTES_LITERAL("\x1f"));
        put(key, bytes_of_text(lexicon_kin(program_of(option, room))));
    }
}

/* ---- what was said ------------------------------------------------------- */

/* Words of a rule; parts of it follow "not" and "|". */
struct sense {
    struct bytes words[SENSE_WORDS_MAX];
    char rooms[SENSE_WORDS_MAX][STEM_MAX];
    size_t count;
};

static bool is_mark(struct bytes word)
{
    return bytes_equal_text(word, "not") || bytes_equal_text(word, "|");
}

static int compare_words(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* Each part of it in alphabetical order: who says it again turns it round. */
static void sort_parts(struct sense *sense)
{
    size_t from = 0;
    for (size_t at = 0; at <= sense->count; at++) {
        bool is_end = at == sense->count || is_mark(sense->words[at]);
        if (is_end && at > from) {
            qsort(&sense->words[from], at - from, sizeof(struct bytes),
                  compare_words);
        }
        from = is_end ? at + 1 : from;
    }
}

/* False: it is too long, and stands as it is. */
static bool sense_read(struct bytes said, struct sense *out)
{
    size_t at = 0;
    out->count = 0;
    while (at < said.len) {
        size_t end = bytes_find(said, BYTES_LITERAL(" "), at);
        struct bytes word = bytes_slice(said, at, end - at);
        at = end == SIZE_MAX ? said.len : end + 1;
        if (word.len == 0) {
            continue;
        }
        if (out->count == SENSE_WORDS_MAX) {
            return false;
        }
        bool is_plain = !is_mark(word) && word.len <= STEM_MAX;
        out->words[out->count] =
            is_plain ? lexicon_stem(word, out->rooms[out->count]) : word;
        out->count++;
    }
    sort_parts(out);
    return true;
}

static void put_sense(struct key *key, struct bytes said)
{
    struct sense sense;
    put(key, BYTES_LITERAL("said "));
    if (!sense_read(said, &sense)) {
        put(key, said);
        return;
    }
    for (size_t i = 0; i < sense.count; i++) {
        put(key, sense.words[i]);
        put(key, BYTES_LITERAL(" "));
    }
}

/* "use pnpm" and "use pnpm not npm" name one program, and no condition. */
static bool names_program(struct bytes said, struct bytes option)
{
    struct bytes rest = bytes_slice(said, strlen("use "), SIZE_MAX);
    size_t end = bytes_find(rest, BYTES_LITERAL(" not"), 0);
    bool is_one = bytes_find(bytes_slice(rest, 0, end), BYTES_LITERAL(" "),
                             0) == SIZE_MAX;
    return is_one && bytes_find(said, BYTES_LITERAL("|"), 0) == SIZE_MAX &&
           bytes_find(option, BYTES_LITERAL(" "), 0) == SIZE_MAX;
}

/* "do use pnpm" is about the slot of package managers. */
static bool read_directive(const struct hygiene_entry *entry, struct key *out)
{
    struct bytes said = entry->subject;
    char room[PROGRAM_MAX];
    bool is_do = bytes_starts_with(said, BYTES_LITERAL("do "));
    out->is_negative = bytes_starts_with(said, BYTES_LITERAL("dont "));
    if (!is_do && !out->is_negative) {
        return false;
    }
    said = bytes_slice(said, is_do ? 3 : 5, SIZE_MAX);
    const char *family = lexicon_family(program_of(entry->option, room));
    bool is_use = bytes_starts_with(said, BYTES_LITERAL("use ")) ||
                  bytes_starts_with(said, BYTES_LITERAL("run "));
    if (is_use && family && names_program(said, entry->option)) {
        char slot[PROGRAM_MAX];
        snprintf(slot, sizeof(slot), "use.%s", family);
        put_slot(out, bytes_of_text(slot), entry->option);
        out->value = entry->option;
        out->is_single = true;
        out->is_said = true;
    } else {
        put_sense(out, said);
    }
    return true;
}

static bool key_read(const struct hygiene_entry *entry, struct key *out)
{
    *out = (struct key){.len = 0};
    if (entry->subject.len == 0 || entry->kind == ENTRY_AUTHORED) {
        return false;
    }
    if (entry->kind == ENTRY_DIRECTIVE) {
        return read_directive(entry, out);
    }
    out->is_single = entry->kind == ENTRY_PREFERENCE;
    if (!out->is_single) {
        /* Other kinds say more than one thing of a subject. */
        put(out, bytes_of_text("kind "));
        put_byte(out, (uint8_t)('0' + entry->kind));
        put(out, entry->option);
        put(out, BYTES_LITERAL("\x1f"));
        put(out, entry->subject);
    } else {
        put_slot(out, entry->subject, entry->option);
    }
    out->value = entry->option;
    return true;
}

static bool same_place(const struct hygiene_entry *a,
                       const struct hygiene_entry *b)
{
    return a->is_team || b->is_team || bytes_equal(a->store, b->store);
}

static enum typed_relation relation_of(const struct key *a, const struct key *b)
{
    /* Who is to use npm does so with "npm install". */
    bool is_program = a->is_said != b->is_said;
    bool is_equal = is_program
                        ? ascii_same(first_word(a->value), first_word(b->value))
                        : ascii_same(a->value, b->value);
    if (a->is_negative != b->is_negative) {
        return is_equal ? TYPED_AGAINST : TYPED_NONE;
    }
    if (is_equal) {
        return TYPED_SAME;
    }
    return a->is_negative || !a->is_single || !b->is_single ? TYPED_NONE
                                                            : TYPED_AGAINST;
}

/* What one agent prefers is an exception from what its team does. */
static enum typed_relation relation_between(const struct hygiene_entry *a,
                                            const struct hygiene_entry *b,
                                            const struct key *x,
                                            const struct key *y)
{
    enum typed_relation relation = relation_of(x, y);
    bool is_exception = a->is_team != b->is_team &&
                        a->kind == ENTRY_PREFERENCE &&
                        b->kind == ENTRY_PREFERENCE;
    return is_exception && relation == TYPED_AGAINST ? TYPED_NONE : relation;
}

enum typed_relation typed_compare(const struct hygiene_entry *a,
                                  const struct hygiene_entry *b)
{
    struct key x;
    struct key y;
    if (!key_read(a, &x) || !key_read(b, &y) || !same_place(a, b) ||
        !bytes_equal(bytes_of(x.text, x.len), bytes_of(y.text, y.len))) {
        return TYPED_NONE;
    }
    return relation_between(a, b, &x, &y);
}

uint64_t typed_sense(const struct hygiene_entry *entry)
{
    struct key key;
    char room[PROGRAM_MAX];
    if (entry->kind != ENTRY_DIRECTIVE || !key_read(entry, &key)) {
        return 0;
    }
    uint64_t sense =
        hash_bytes_seeded(bytes_of(key.text, key.len), key.is_negative);
    sense = hash_bytes_seeded(program_of(key.value, room), sense);
    return sense ? sense : 1;
}

static int rule_int(bool a, bool b, const char *name, const char **out_rule)
{
    *out_rule = a != b ? name : *out_rule;
    return (int)b - (int)a;
}

static int rule_real(double a, double b, const char *name,
                     const char **out_rule)
{
    bool differs = a < b || a > b;
    *out_rule = differs ? name : *out_rule;
    return differs ? (a > b ? -1 : 1) : 0;
}

int typed_prefers(const struct hygiene_entry *a, const struct hygiene_entry *b,
                  const char **out_rule)
{
    int order = rule_int(a->is_team, b->is_team, "team", out_rule);
    if (order == 0) {
        order = rule_int(a->by_owner, b->by_owner, "owner", out_rule);
    }
    if (order == 0) {
        order = rule_int(a->has_moved, b->has_moved, "moved", out_rule);
    }
    if (order == 0) {
        order = rule_real(a->people, b->people, "quorum", out_rule);
    }
    if (order == 0) {
        order = rule_real(a->log_e, b->log_e, "e-value", out_rule);
    }
    if (order == 0) {
        order = rule_real(-(double)a->time_us, -(double)b->time_us, "older",
                          out_rule);
    }
    if (order == 0) {
        *out_rule = "place";
        order = hygiene_place_compare(a, b);
    }
    return order;
}

bool typed_is_exact(const struct hygiene_entry *a,
                    const struct hygiene_entry *b)
{
    return a->kind == b->kind && a->kind != ENTRY_AUTHORED &&
           a->subject.len > 0 && bytes_equal(a->subject, b->subject) &&
           bytes_equal(a->option, b->option);
}

/* ---- all of them --------------------------------------------------------- */

struct keyed {
    const struct hygiene_entry *entry;
    struct key key;
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = *(const struct keyed *const *)a;
    const struct keyed *y = *(const struct keyed *const *)b;
    const char *rule = "";
    int order = bytes_compare(bytes_of(x->key.text, x->key.len),
                              bytes_of(y->key.text, y->key.len));
    return order ? order : typed_prefers(x->entry, y->entry, &rule);
}

/* Whether ${loser} goes because of ${winner}; told if it does. */
static bool loses(const struct keyed *loser, const struct keyed *winner,
                  typed_tell tell, void *context)
{
    const char *rule = "";
    enum typed_relation relation =
        same_place(loser->entry, winner->entry)
            ? relation_between(loser->entry, winner->entry, &loser->key,
                               &winner->key)
            : TYPED_NONE;
    if (relation == TYPED_NONE) {
        return false;
    }
    typed_prefers(winner->entry, loser->entry, &rule);
    tell(context, loser->entry, winner->entry, relation, rule);
    return true;
}

/* The first of a group that stays and that items[at] does not go with. What
 * has lost already takes nobody with it. */
static void settle(struct keyed **group, size_t count, typed_tell tell,
                   void *context)
{
    bool lost[TYPED_GROUP_MAX] = {false};
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i && !lost[i]; j++) {
            lost[i] = !lost[j] && loses(group[i], group[j], tell, context);
        }
    }
}

static void settle_all(struct keyed **order, size_t count, typed_tell tell,
                       void *context)
{
    size_t from = 0;
    while (from < count) {
        size_t to = from + 1;
        const struct key *key = &order[from]->key;
        while (to < count && to - from < TYPED_GROUP_MAX &&
               bytes_equal(bytes_of(key->text, key->len),
                           bytes_of(order[to]->key.text, order[to]->key.len))) {
            to++;
        }
        settle(order + from, to - from, tell, context);
        from = to;
    }
}

void typed_find(const struct hygiene_entry *entries, size_t count,
                typed_tell tell, void *context)
{
    struct keyed *keyed = mem_new_array(count + 1, sizeof(*keyed));
    struct keyed **order = mem_new_array(count + 1, sizeof(struct keyed *));
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (key_read(&entries[i], &keyed[found].key)) {
            keyed[found].entry = &entries[i];
            order[found] = &keyed[found];
            found++;
        }
    }
    qsort(order, found, sizeof(struct keyed *), compare_keyed);
    settle_all(order, found, tell, context);
    free(order);
    free(keyed);
}
