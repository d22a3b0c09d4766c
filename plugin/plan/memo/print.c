/* SPDX-License-Identifier: MIT */
#include "plugin/plan/memo/print.h"

#include "base/edge/hash.h"
#include "proto/messages.h"

static uint64_t print_text(uint64_t print, const char *text)
{
    return hash_bytes_seeded(message_text(text), print);
}

/* What names a witness of a finding. What else is said of it follows from the
 * event, which never changes. */
static uint64_t print_witness(uint64_t print, const struct sighting *seen,
                              uint64_t result_seq)
{
    const uint64_t parts[] = {seen->seq, seen->log, result_seq,
                              hash_bytes_seeded(seen->quote, print),
                              hash_bytes_seeded(seen->option, print)};
    return hash_bytes_seeded(bytes_of(parts, sizeof(parts)), print);
}

static uint64_t print_preference(uint64_t print,
                                 const struct preference_figures *votes)
{
    const uint64_t counts[] = {votes->source, votes->is_stale};
    const double reals[] = {votes->baseline, votes->probability};
    print = hash_bytes_seeded(bytes_of(counts, sizeof(counts)), print);
    return hash_bytes_seeded(bytes_of(reals, sizeof(reals)), print);
}

static uint64_t print_mistake(uint64_t print,
                              const struct mistake_figures *mistake)
{
    const struct fix_figures *fix = mistake_fix(mistake);
    const uint64_t counts[] = {mistake->label, mistake->over,
                               fix->is_suppressor, fix->tried};
    print = hash_bytes_seeded(bytes_of(counts, sizeof(counts)), print);
    for (uint32_t i = 0; i < fix->cited_count; i++) {
        print =
            print_witness(print, fix->cited[i].seen, fix->cited[i].result_seq);
    }
    return print;
}

/* The figures that are not in a text of the draft. */
static uint64_t print_figures(uint64_t print, const struct candidate *candidate)
{
    const uint64_t counts[] = {candidate->kind,         candidate->tier,
                               candidate->agent.len,    candidate->family,
                               candidate->rank,         candidate->for_count,
                               candidate->witness_count};
    const double reals[] = {candidate->log_e, candidate->alpha};
    print = hash_bytes_seeded(bytes_of(counts, sizeof(counts)), print);
    print = hash_bytes_seeded(bytes_of(reals, sizeof(reals)), print);
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        return print_preference(print, &candidate->preference);
    case FINDING_KIND_MISTAKE:
        return print_mistake(print, &candidate->mistake);
    case FINDING_KIND_HYGIENE:
        return print ^ candidate->hygiene->is_exact;
    case FINDING_KIND_DIRECTIVE:
    case FINDING_KIND_WORKFLOW:
        break;
    }
    return print;
}

uint64_t print_of_draft(uint64_t seed, const struct candidate *candidate,
                        const Reverie__V1__Change *change)
{
    const char *const texts[] = {
        change->title,   change->content, change->path,       change->store,
        change->subject, change->option,  change->detail_json};
    uint64_t print = print_figures(seed, candidate);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        print = print_text(print, texts[i]);
    }
    for (uint32_t i = 0; i < candidate->witness_count; i++) {
        print = print_witness(print, candidate->witnesses[i], 0);
    }
    return print | 1;
}

uint64_t print_of_operation(const Reverie__V1__Change *change)
{
    const uint64_t numbers[] = {(uint64_t)change->op, change->base_version,
                                change->n_replaces};
    uint64_t print = hash_bytes(bytes_of(numbers, sizeof(numbers)));
    print = print_text(print, change->path);
    print = print_text(print, change->content);
    print = print_text(print, change->reason);
    for (size_t i = 0; i < change->n_replaces; i++) {
        print =
            hash_bytes_seeded(message_bytes(true, change->replaces[i]), print);
    }
    return print | 1;
}
