/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/truth.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/text/ascii.h"
#include "memory/option.h"
#include "plugin/detect/mistakes/truth_places.h"

/* What a person was first at. */
struct firsts {
    uint32_t places;
    uint32_t names;
};

/* ---- sets ---------------------------------------------------------------- */

static void few_add(struct few *set, uint64_t item)
{
    uint32_t at = 0;
    while (at < set->count && set->items[at] < item) {
        at++;
    }
    if ((at < set->count && set->items[at] == item) ||
        set->count == TRUTH_SET_MAX) {
        return;
    }
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 2;
        set->items = mem_grow(set->items, set->capacity * sizeof(*set->items));
    }
    memmove(set->items + at + 1, set->items + at,
            (set->count - at) * sizeof(*set->items));
    set->items[at] = item;
    set->count++;
}

static void few_fini(struct few *set)
{
    free(set->items);
}

/* ---- places and names ---------------------------------------------------- */

static struct bytes own(struct bytes text)
{
    return bytes_of(bytes_to_text(text), text.len);
}

static void disown(struct bytes text)
{
    free((void *)(uintptr_t)text.data);
}

static void name_free(void *value)
{
    struct truth_name *name = value;
    disown(name->text);
    few_fini(&name->good_people);
    few_fini(&name->good_sessions);
    few_fini(&name->bad_people);
    few_fini(&name->bad_sessions);
    free(name);
}

static void place_free(void *value)
{
    struct truth_place *place = value;
    disown(place->tool);
    disown(place->owner);
    disown(place->subject);
    disown(place->option);
    map_free(place->names);
    few_fini(&place->people);
    few_fini(&place->sessions);
    sightings_fini(&place->seen);
    free(place);
}

struct truth *truth_new(const struct detector_setting *setting)
{
    struct truth *truth = mem_new(sizeof(*truth));
    truth->setting = setting;
    truth->places = map_new(TRUTH_PLACES_MAX, place_free);
    truth->people = map_new(TRUTH_PEOPLE_MAX, free);
    return truth;
}

void truth_free(struct truth *truth)
{
    if (truth) {
        map_free(truth->places);
        map_free(truth->people);
        free(truth);
    }
}

uint64_t truth_refused(const struct truth *truth)
{
    return truth->refused;
}

static void name_finding(const struct truth *truth, struct truth_place *place)
{
    finding_id(FINDING_KIND_MISTAKE,
               roster_team_name(truth->setting->roster, place->team),
               place->subject, place->option, place->finding);
}

static struct truth_place *place_new(const struct truth *truth, uint32_t team,
                                     struct bytes tool,
                                     const struct tuple_ref *ref)
{
    struct truth_place *place = mem_new(sizeof(*place));
    struct buf subject;
    place->team = team;
    place->kind = ref->kind;
    place->tool = own(tool);
    place->owner = own(ref->owner);
    buf_init(&subject, SUBJECT_MAX_BYTES);
    buf_add(&subject, bytes_clip(tool, SUBJECT_MAX_BYTES / 4));
    buf_add_text(&subject,
                 ref->kind == REF_TABLE ? ": tables" : ": columns of ");
    buf_add(&subject, ref->owner);
    place->subject = own(buf_bytes(&subject));
    buf_fini(&subject);
    place->has_option = ref->kind != REF_TABLE;
    place->option = own(ref->owner);
    place->names = map_new(TRUTH_PLACE_NAMES_MAX, name_free);
    sightings_init(&place->seen, SIGHTINGS_MAX);
    name_finding(truth, place);
    return place;
}

/* NULL: there are too many people. */
static struct firsts *firsts_of(struct truth *truth, uint64_t person)
{
    struct bytes key = bytes_of(&person, sizeof(person));
    struct firsts *firsts = map_get(truth->people, key);
    if (!firsts) {
        firsts = mem_new(sizeof(*firsts));
        if (map_put(truth->people, key, firsts) != ERR_OK) {
            free(firsts);
            return NULL;
        }
    }
    return firsts;
}

static struct truth_place *place_add(struct truth *truth, uint64_t person,
                                     struct bytes key,
                                     struct truth_place *place)
{
    struct firsts *firsts = firsts_of(truth, person);
    if (!firsts || firsts->places == TRUTH_FIRST_PLACES_MAX ||
        map_put(truth->places, key, place) != ERR_OK) {
        place_free(place);
        truth->refused++;
        return NULL;
    }
    firsts->places++;
    return place;
}

static struct truth_place *place_of(struct truth *truth, uint64_t person,
                                    uint32_t team, struct bytes tool,
                                    const struct tuple_ref *ref)
{
    struct buf key;
    buf_init(&key, 64 + 2 * TUPLE_NAME_MAX);
    buf_add_u32(&key, team);
    buf_add_u8(&key, (uint8_t)ref->kind);
    buf_add_u16(&key, (uint16_t)tool.len);
    buf_add(&key, bytes_clip(tool, TUPLE_NAME_MAX));
    buf_add(&key, ref->owner);
    struct truth_place *place = map_get(truth->places, buf_bytes(&key));
    if (!place) {
        place = place_add(truth, person, buf_bytes(&key),
                          place_new(truth, team, tool, ref));
    }
    buf_fini(&key);
    return place;
}

static uint32_t first_names(const struct truth_place *place, uint64_t person)
{
    uint32_t count = 0;
    size_t cursor = 0;
    void *value = NULL;
    while (map_next(place->names, &cursor, NULL, &value)) {
        count += ((const struct truth_name *)value)->first == person;
    }
    return count;
}

static struct truth_name *name_of(struct truth *truth, uint64_t person,
                                  struct truth_place *place, struct bytes text)
{
    struct truth_name *name = map_get(place->names, text);
    if (name) {
        return name;
    }
    struct firsts *firsts = firsts_of(truth, person);
    bool is_half_full = map_size(place->names) >= TRUTH_FIRST_PLACE_NAMES_MAX;
    if (truth->names == TRUTH_NAMES_MAX || !firsts ||
        firsts->names == TRUTH_FIRST_NAMES_MAX ||
        (is_half_full &&
         first_names(place, person) >= TRUTH_FIRST_PLACE_NAMES_MAX)) {
        truth->refused++;
        return NULL;
    }
    name = mem_new(sizeof(*name));
    name->text = own(text);
    name->first = person;
    if (map_put(place->names, text, name) != ERR_OK) {
        name_free(name);
        truth->refused++;
        return NULL;
    }
    truth->names++;
    firsts->names++;
    return name;
}

/* ---- what worked --------------------------------------------------------- */

static bool is_told_before(const struct truth *truth,
                           const struct truth_place *place,
                           const struct tuple *tuple)
{
    return exposures_told(truth->setting->exposures, place->finding,
                          tuple->view);
}

void truth_worked(struct truth *truth, const struct detector_event *event,
                  const struct attempt *attempt)
{
    const struct call_copy *copy = attempt->copy;
    uint64_t person = hash_bytes(event->tuple->principal);
    uint64_t session = hash_bytes(event->tuple->session);
    for (size_t i = 0; i < copy->ref_count; i++) {
        const struct tuple_ref *ref = &copy->refs[i];
        struct truth_place *place =
            ref->is_certain
                ? place_of(truth, person, event->team, copy->tool, ref)
                : NULL;
        struct truth_name *name =
            place && !is_told_before(truth, place, event->tuple)
                ? name_of(truth, person, place, ref->name)
                : NULL;
        if (name) {
            few_add(&name->good_people, person);
            few_add(&name->good_sessions, session);
        }
    }
}

/* ---- what failed --------------------------------------------------------- */

/* Whether a message of this form says that a name does not exist. */
static bool is_denial(struct bytes template_text)
{
    static const char *const words[] = {"doesn't exist", "does not exist",
                                        "no such",       "unknown",
                                        "not found",     "undefined"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (ascii_holds(template_text, words[i])) {
            return true;
        }
    }
    return false;
}

/* What kind of name it is about; REF_KIND_COUNT if it does not say. */
static enum ref_kind kind_of(struct bytes template_text)
{
    if (ascii_holds(template_text, "column")) {
        return REF_COLUMN;
    }
    bool is_table = ascii_holds(template_text, "table") ||
                    ascii_holds(template_text, "relation");
    return is_table ? REF_TABLE : REF_KIND_COUNT;
}

static bool is_said(const struct tuple_ref *ref, enum ref_kind kind,
                    struct bytes said)
{
    return ref->kind == kind && bytes_equal(ref->said, said);
}

/* The references of the call that go by ${said}; 0 unless all of them stand in
 * one place and can be blamed. */
static size_t blamed(const struct call_copy *copy, enum ref_kind kind,
                     struct bytes said,
                     const struct tuple_ref *out_refs[TRUTH_DENIALS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < copy->ref_count; i++) {
        const struct tuple_ref *ref = &copy->refs[i];
        if (!is_said(ref, kind, said)) {
            continue;
        }
        if (!ref->is_blamed || count == TRUTH_DENIALS_MAX ||
            (count > 0 && out_refs[0]->place != ref->place)) {
            return 0;
        }
        out_refs[count++] = ref;
    }
    return count;
}

/* What all messages about tables have in common: a tool speaks one dialect. */
static void set_option(const struct truth *truth, struct truth_place *place,
                       struct bytes template_text)
{
    if (!place->has_option) {
        bool is_relation = ascii_holds(template_text, "relation");
        disown(place->option);
        place->option = own(is_relation ? BYTES_LITERAL("relation")
                                        : BYTES_LITERAL("table"));
        place->has_option = true;
        name_finding(truth, place);
    }
}

/* Of a column the witness is the call, which names the table; of a table it is
 * the message. */
static void add_witness(struct truth_place *place,
                        const struct detector_event *event,
                        const struct attempt *attempt)
{
    const struct sighting *call = attempt->copy->seen;
    struct tuple tuple = *event->tuple;
    if (place->kind != REF_TABLE) {
        tuple.log = call->log;
        tuple.seq = call->seq;
        tuple.id = bytes_of(call->id, sizeof(call->id));
        tuple.root = call->has_root ? bytes_of(call->root, sizeof(call->root))
                                    : bytes_of(NULL, 0);
        tuple.agent = call->agent;
        tuple.origin = call->origin;
        tuple.has_occurred = call->has_occurred;
        tuple.occurred_us = call->occurred_us;
        tuple.quote = call->quote;
        tuple.view = call->has_view ? tuple.view : bytes_of(NULL, 0);
    }
    if (option_occurs(place->option, tuple.quote)) {
        sightings_add(&place->seen, &tuple, event->principal, place->option);
    } else {
        place->unquotable++;
    }
}

/* Gives the name; NULL if it does not count. */
static const struct truth_name *deny(struct truth *truth,
                                     struct truth_place *place,
                                     const struct detector_event *event,
                                     const struct attempt *attempt,
                                     struct bytes text)
{
    uint64_t person = hash_bytes(event->tuple->principal);
    uint64_t session = hash_bytes(event->tuple->session);
    set_option(truth, place, event->tuple->error.template_text);
    if (is_told_before(truth, place, event->tuple)) {
        place->exposed++;
        return NULL;
    }
    struct truth_name *name = name_of(truth, person, place, text);
    if (name) {
        few_add(&name->bad_people, person);
        few_add(&name->bad_sessions, session);
        few_add(&place->people, person);
        few_add(&place->sessions, session);
        add_witness(place, event, attempt);
    }
    return name;
}

/* One name of a call that failed over it; whether that counts. */
static bool deny_ref(struct truth *truth, const struct detector_event *event,
                     const struct attempt *attempt, const struct tuple_ref *ref,
                     struct truth_denial *out)
{
    uint64_t person = hash_bytes(event->tuple->principal);
    struct truth_place *place =
        place_of(truth, person, event->team, attempt->copy->tool, ref);
    const struct truth_name *name =
        place ? deny(truth, place, event, attempt, ref->name) : NULL;
    if (name) {
        *out = (struct truth_denial){place, name};
    }
    return name != NULL;
}

size_t truth_failed(struct truth *truth, const struct detector_event *event,
                    const struct attempt *attempt,
                    struct truth_denial out_denials[TRUTH_DENIALS_MAX])
{
    const struct tuple_error *error = &event->tuple->error;
    const struct tuple_ref *refs[TRUTH_DENIALS_MAX];
    enum ref_kind kind = kind_of(error->template_text);
    size_t places = 0;
    if (kind == REF_KIND_COUNT || !is_denial(error->template_text)) {
        return 0;
    }
    for (size_t i = 0; i < error->value_count; i++) {
        const struct tuple_value *value = &error->values[i];
        size_t count = value->identifies
                           ? blamed(attempt->copy, kind, value->key, refs)
                           : 0;
        for (size_t j = 0; j < count && places < TRUTH_DENIALS_MAX; j++) {
            places +=
                deny_ref(truth, event, attempt, refs[j], &out_denials[places]);
        }
    }
    return places;
}
