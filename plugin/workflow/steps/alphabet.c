/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/steps/alphabet.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "base/text/ascii.h"
#include "memory/gate/remedy.h"

enum {
    CALLS_MAX = 4 * ALPHABET_MAX, /* calls whose steps are remembered */
    RECENT_CALLS = 256            /* of those, found at one look */
};

struct step_entry {
    uint64_t hash;
    unsigned traits;
    uint16_t number;
    uint8_t length;
    char name[STEP_NAME_MAX];
};

/* The steps of calls that look alike. */
struct known_call {
    uint16_t count;
    uint16_t steps[STEPS_PER_CALL_MAX];
};

/* One of the latest calls; hash 0 where there is none. */
struct recent_call {
    uint64_t hash;
    struct known_call known;
};

struct alphabet {
    struct recent_call recent[RECENT_CALLS]; /* by hash */
    struct map *calls; /* hash of what is looked at -> struct known_call */
    struct map *names; /* name -> struct step_entry, in steps[] */
    struct step_entry **steps;
    uint32_t count;
    uint32_t capacity;
    uint64_t refused;
};

/* A call being read: names of its steps so far. */
struct reading {
    size_t count;
    bool has_command; /* the last step has its sub-command, or its verb */
    bool suppresses[STEPS_PER_CALL_MAX];
    uint8_t length[STEPS_PER_CALL_MAX];
    uint8_t name[STEPS_PER_CALL_MAX][STEP_NAME_MAX];
};

static struct step_entry *add_entry(struct alphabet *alphabet,
                                    struct bytes name, unsigned traits)
{
    struct step_entry *entry = mem_new(sizeof(*entry));
    *entry = (struct step_entry){.hash = hash_bytes(name),
                                 .traits = traits,
                                 .number = (uint16_t)alphabet->count,
                                 .length = (uint8_t)name.len};
    memcpy(entry->name, name.data, name.len);
    if (alphabet->count == alphabet->capacity) {
        alphabet->capacity = alphabet->capacity ? 2 * alphabet->capacity : 16;
        alphabet->steps = mem_grow(
            alphabet->steps, alphabet->capacity * sizeof(struct step_entry *));
    }
    alphabet->steps[alphabet->count++] = entry;
    return entry;
}

struct alphabet *alphabet_new(void)
{
    struct alphabet *alphabet = mem_new(sizeof(*alphabet));
    alphabet->calls = map_new(CALLS_MAX, free);
    alphabet->names = map_new(ALPHABET_MAX, NULL);
    add_entry(alphabet, BYTES_LITERAL("other"), 0);
    return alphabet;
}

void alphabet_free(struct alphabet *alphabet)
{
    if (!alphabet) {
        return;
    }
    map_free(alphabet->calls);
    map_free(alphabet->names);
    for (uint32_t i = 0; i < alphabet->count; i++) {
        free(alphabet->steps[i]);
    }
    free(alphabet->steps);
    free(alphabet);
}

/* ---- names --------------------------------------------------------------- */

static void start(struct reading *reading)
{
    if (reading->count < STEPS_PER_CALL_MAX) {
        reading->length[reading->count] = 0;
        reading->suppresses[reading->count] = false;
        reading->count++;
    }
    reading->has_command = false;
}

/* Lower case; '-' for blanks, what is not ASCII and what separates steps. */
static uint8_t shown(uint8_t c)
{
    bool is_plain = c > ' ' && c < 0x7f && c != '"' && c != '>';
    if (!is_plain) {
        return '-';
    }
    return ascii_fold(c);
}

/* Appends to the name of the last step. */
static void append(struct reading *reading, struct bytes text)
{
    size_t at = reading->count - 1;
    for (size_t i = 0; i < text.len && reading->length[at] < STEP_NAME_MAX;
         i++) {
        reading->name[at][reading->length[at]++] = shown(text.data[i]);
    }
}

static void replace(struct reading *reading, const char *name)
{
    reading->length[reading->count - 1] = 0;
    append(reading, bytes_of_text(name));
    reading->has_command = true;
}

/* Families whose programs do one thing, however they are called. */
static const char *verb_of(struct bytes family)
{
    static const struct {
        const char *family;
        const char *step;
    } verbs[] = {
        {"use.test-runner", "test.run"},
        {"use.linter", "lint.run"},
        {"use.formatter", "format.run"},
        {"use.type-checker", "types.check"},
        {"use.builder", "build.run"},
        {"use.dev-server", "server.start"},
        {"use.search", "search"},
        {"use.find-files", "files.find"},
        {"use.view-file", "file.view"},
        {"use.list-files", "files.list"},
        {"use.package-manager", "packages.install"},
        {"use.python-packages", "packages.install"},
        {"use.system-packages", "packages.install"},
        {"use.download", "download"},
    };
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (bytes_equal_text(family, verbs[i].family)) {
            return verbs[i].step;
        }
    }
    return NULL;
}

static bool is_edit(struct bytes tool)
{
    return ascii_holds(tool, "edit") || ascii_holds(tool, "write_file") ||
           ascii_equal(tool, "write") || ascii_holds(tool, "patch");
}

static bool is_question(struct bytes tool)
{
    return ascii_starts(tool, "ask") || ascii_starts(tool, "human") ||
           ascii_holds(tool, "ask_user") || ascii_holds(tool, "askuser");
}

/* What every call starts with; a shell or database replaces it. */
static void start_tool(struct reading *reading, struct bytes tool)
{
    start(reading);
    if (is_question(tool)) {
        replace(reading, "ask.user");
    } else if (ascii_holds(tool, "confirm")) {
        replace(reading, "confirm");
    } else if (ascii_holds(tool, "refuse")) {
        replace(reading, "refuse");
    } else if (is_edit(tool)) {
        replace(reading, "edit.file");
    } else {
        append(reading, tool);
    }
    reading->has_command = false;
}

bool flags_suppress(struct bytes flags)
{
    size_t from = 0;
    while (from < flags.len) {
        size_t gap = bytes_find(flags, BYTES_LITERAL(" "), from);
        size_t end = gap == SIZE_MAX ? flags.len : gap;
        if (flag_suppresses(bytes_slice(flags, from, end - from))) {
            return true;
        }
        from = end + 1;
    }
    return false;
}

/* ---- calls --------------------------------------------------------------- */

static bool is_program(const struct tuple_slot *slot)
{
    return bytes_equal_text(slot->name, "shell.program");
}

static void read_command(struct reading *reading, const struct tuple_slot *slot,
                         bool *is_first)
{
    if (bytes_equal_text(slot->name, "tool")) {
        return;
    }
    if (bytes_equal_text(slot->name, "sql.statement")) {
        replace(reading, "sql.");
        append(reading, slot->option);
        return;
    }
    if (is_program(slot)) {
        if (*is_first) {
            replace(reading, "");
            *is_first = false;
        } else {
            start(reading);
        }
        append(reading, slot->option);
        reading->has_command = false;
        return;
    }
    if (bytes_starts_with(slot->name, BYTES_LITERAL("shell.")) &&
        ascii_ends(slot->name, ".command")) {
        struct bytes program =
            bytes_slice(slot->name, 6, slot->name.len - 6 - 8);
        if (reading->has_command) {
            start(reading); /* the same program again */
        }
        replace(reading, "");
        append(reading, program);
        append(reading, BYTES_LITERAL("."));
        append(reading, slot->option);
    }
}

static void read_family(struct reading *reading, const struct tuple_slot *slot)
{
    const char *verb = verb_of(slot->name);
    if (verb) {
        replace(reading, verb);
    } else if (bytes_equal_text(slot->name, "use.inspect-schema")) {
        replace(reading, "sql.");
        append(reading, slot->option);
    }
}

/* "edit.file" of "<PATH:.go>" is "edit.file:.go". */
static void read_shape(struct reading *reading, struct bytes option)
{
    struct bytes name = bytes_of(reading->name[0], reading->length[0]);
    struct bytes prefix = BYTES_LITERAL("<PATH:");
    if (reading->count == 1 && bytes_equal_text(name, "edit.file")) {
        append(reading, BYTES_LITERAL(":"));
        append(reading,
               bytes_slice(option, prefix.len, option.len - prefix.len - 1));
    }
}

static bool is_path(const struct tuple_slot *slot)
{
    return slot->form == SLOT_SHAPE &&
           bytes_starts_with(slot->option, BYTES_LITERAL("<PATH:."));
}

static void read_slot(struct reading *reading, const struct tuple_slot *slot,
                      bool *is_first)
{
    switch (slot->form) {
    case SLOT_COMMAND:
        read_command(reading, slot, is_first);
        break;
    case SLOT_FAMILY:
        read_family(reading, slot);
        break;
    case SLOT_FLAGS:
        reading->suppresses[reading->count - 1] |= flags_suppress(slot->option);
        break;
    case SLOT_SHAPE:
        if (is_path(slot)) {
            read_shape(reading, slot->option);
        }
        break;
    case SLOT_VALUE:
    case SLOT_FORM_COUNT:
        break;
    }
}

static bool is_only_moving(const struct tuple_call *call)
{
    bool is_shell = false;
    for (size_t i = 0; i < call->slot_count; i++) {
        if (is_program(&call->slots[i])) {
            return false;
        }
        is_shell |= bytes_equal_text(call->slots[i].name, "use.directory");
    }
    return is_shell;
}

static unsigned traits_of(struct bytes name, bool suppresses)
{
    static const char *const prefixes[] = {"ask.user", "confirm",  "refuse",
                                           "test.",    "lint.run", "types.",
                                           "check",    "verify"};
    unsigned traits = suppresses ? STEP_SUPPRESSOR : 0;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (bytes_starts_with(name, bytes_of_text(prefixes[i]))) {
            traits |= STEP_PROTECTED;
        }
    }
    return traits;
}

static uint16_t step_of(struct alphabet *alphabet, struct reading *reading,
                        size_t at)
{
    bool suppresses = reading->suppresses[at];
    if (suppresses && reading->length[at] < STEP_NAME_MAX) {
        reading->name[at][reading->length[at]++] = '~';
    }
    struct bytes name = bytes_of(reading->name[at], reading->length[at]);
    struct step_entry *known = map_get(alphabet->names, name);
    if (known) {
        return known->number;
    }
    if (alphabet->count == ALPHABET_MAX || name.len == 0) {
        alphabet->refused += name.len > 0;
        return 0;
    }
    struct step_entry *entry =
        add_entry(alphabet, name, traits_of(name, suppresses));
    enum err err = map_put(alphabet->names, name, entry);
    assert(err == ERR_OK); /* as large as the alphabet */
    return entry->number;
}

static bool quote_suppresses(struct bytes quote)
{
    return bytes_find(quote, BYTES_LITERAL("|| true"), 0) != SIZE_MAX ||
           bytes_find(quote, BYTES_LITERAL("chmod 777"), 0) != SIZE_MAX ||
           bytes_find(quote, BYTES_LITERAL("chmod -R 777"), 0) != SIZE_MAX;
}

static void read_call(struct alphabet *alphabet, const struct tuple_call *call,
                      bool suppresses, struct known_call *out)
{
    struct reading reading = {.count = 0};
    bool is_first = true;
    *out = (struct known_call){0};
    if (is_only_moving(call)) {
        return;
    }
    start_tool(&reading, call->tool);
    for (size_t i = 0; i < call->slot_count; i++) {
        read_slot(&reading, &call->slots[i], &is_first);
    }
    reading.suppresses[reading.count - 1] |= suppresses;
    for (size_t i = 0; i < reading.count; i++) {
        out->steps[out->count++] = step_of(alphabet, &reading, i);
    }
}

/* Hash of all that read_call looks at. */
static uint64_t hash_of(const struct tuple_call *call, bool suppresses)
{
    uint64_t hash = hash_bytes_seeded(call->tool, suppresses);
    for (size_t i = 0; i < call->slot_count; i++) {
        const struct tuple_slot *slot = &call->slots[i];
        if (slot->form == SLOT_COMMAND || slot->form == SLOT_FAMILY ||
            slot->form == SLOT_FLAGS || is_path(slot)) {
            hash = hash_bytes_seeded(slot->name, hash);
            hash = hash_bytes_seeded(slot->option, hash);
        }
    }
    return hash;
}

/* Whether ${call} is of a shell: only there words can suppress. */
static bool is_shell(const struct tuple_call *call)
{
    for (size_t i = 0; i < call->slot_count; i++) {
        if (call->slots[i].form == SLOT_COMMAND &&
            is_program(&call->slots[i])) {
            return true;
        }
    }
    return false;
}

/* The steps of a call as the map has them, or as they are read now. */
static struct known_call look_up(struct alphabet *alphabet,
                                 const struct tuple_call *call, bool suppresses,
                                 uint64_t hash)
{
    struct bytes key = bytes_of(&hash, sizeof(hash));
    const struct known_call *known = map_get(alphabet->calls, key);
    if (known) {
        return *known;
    }
    struct known_call *fresh = mem_new(sizeof(*fresh));
    read_call(alphabet, call, suppresses, fresh);
    struct known_call read = *fresh;
    if (map_put(alphabet->calls, key, fresh) != ERR_OK) {
        free(fresh);
    }
    return read;
}

size_t alphabet_read(struct alphabet *alphabet, const struct tuple_call *call,
                     struct bytes quote, uint16_t out[STEPS_PER_CALL_MAX])
{
    bool suppresses = is_shell(call) && quote_suppresses(quote);
    uint64_t hash = hash_of(call, suppresses);
    struct recent_call *recent = &alphabet->recent[hash % RECENT_CALLS];
    if (recent->hash != hash || hash == 0) {
        recent->known = look_up(alphabet, call, suppresses, hash);
        recent->hash = hash;
    }
    memcpy(out, recent->known.steps, sizeof(recent->known.steps));
    return recent->known.count;
}

uint32_t alphabet_size(const struct alphabet *alphabet)
{
    return alphabet->count;
}

uint64_t alphabet_refused(const struct alphabet *alphabet)
{
    return alphabet->refused;
}

struct bytes alphabet_name(const struct alphabet *alphabet, uint32_t step)
{
    assert(step < alphabet->count);
    const struct step_entry *entry = alphabet->steps[step];
    return bytes_of(entry->name, entry->length);
}

uint64_t alphabet_hash(const struct alphabet *alphabet, uint32_t step)
{
    assert(step < alphabet->count);
    return alphabet->steps[step]->hash;
}

unsigned alphabet_traits(const struct alphabet *alphabet, uint32_t step)
{
    assert(step < alphabet->count);
    return alphabet->steps[step]->traits;
}
