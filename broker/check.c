/* SPDX-License-Identifier: MIT */
#include "broker/check.h"

#include <stdio.h>

#include "broker/ledger/book.h"
#include "broker/route/route.h"
#include "proto/limits.h"

enum {
    PATH_BYTES_MAX = 4096,
    SENTENCE_MAX = 4096,
    EPOCHS_MAX = 64
};

struct check {
    const struct check_config *config;
    struct store *store;
    uint64_t walked; /* events of the swarms before */
    uint64_t total;
    struct check_result result;
};

/* ---- faults -------------------------------------------------------------- */

#define RESTORE "restore the data directory as a whole from a backup"

/* What to do; by kind. */
static const char *const advice[] = {
    [STORE_FAULT_RECORD] =
        RESTORE "; without one the event is lost, and readers skip it",
    [STORE_FAULT_MISSING] = RESTORE "; without one these events are lost",
    [STORE_FAULT_FILE] =
        "look after the disk first, then " RESTORE
        "; without one these events are lost, the others can be read",
    [STORE_FAULT_FILE_MISSING] = "put the file back as it was, or " RESTORE
                                 "; never mix files of two different times",
    [STORE_FAULT_JOURNAL] =
        RESTORE "; keep a copy of this one: what was counted can be read",
    [STORE_FAULT_JOURNAL_TORN] =
        "nothing, after a crash: what was accepted is before the cut, and the "
        "next start drops the rest; if accepted events are missing, the file "
        "was cut later: " RESTORE,
    [STORE_FAULT_MANIFEST] = RESTORE "; the table files alone are not enough",
    [STORE_FAULT_STAMP] =
        "this is no damage of the disk but a defect of the program: report it, "
        "and keep a copy of the directory",
    [STORE_FAULT_INDEX] =
        "the events are whole, but reading an inbox or a session can fail: "
        "look after the disk, then " RESTORE,
    [STORE_FAULT_INDEX_WRONG] =
        "the events are whole, and readers leave the entry out; report it, and "
        "keep a copy of the directory",
    [STORE_FAULT_INDEX_MISSING] =
        "the event is whole and `reverie tail` shows it, but its inbox or "
        "session does not: send it again if it was not acted upon",
    [STORE_FAULT_IDS] =
        "the events are whole, but a repeat might not be recognised: " RESTORE,
    [STORE_FAULT_TABLE] = RESTORE,
    [STORE_FAULT_META] = RESTORE,
};

static void tell(struct check *check, const struct check_fault *fault)
{
    check->result.faults += !fault->is_note;
    check->result.notes += fault->is_note;
    check->result.starts = check->result.starts && !fault->refuses_start;
    if (check->config->fault) {
        check->config->fault(check->config->context, fault);
    }
}

static struct bytes swarm_name(const struct check *check, uint32_t swarm)
{
    return check->store ? store_swarm_name(check->store, swarm)
                        : bytes_of(NULL, 0);
}

static void on_fault(void *context, const struct store_fault *fault)
{
    struct check *check = context;
    tell(check, &(struct check_fault){.kind = store_fault_name(fault->kind),
                                      .swarm = swarm_name(check, fault->swarm),
                                      .has_position = fault->seq > 0,
                                      .log = fault->log,
                                      .seq = fault->seq,
                                      .last_seq = fault->last_seq,
                                      .file = fault->file,
                                      .refuses_start = fault->refuses_start,
                                      .is_note = fault->kind ==
                                                 STORE_FAULT_JOURNAL_TORN,
                                      .sentence = fault->sentence,
                                      .advice = advice[fault->kind]});
}

static void on_progress(void *context, const struct store_verify *so_far)
{
    struct check *check = context;
    if (check->config->progress) {
        check->config->progress(check->config->context,
                                check->walked + so_far->events, check->total);
    }
}

/* ---- rows ---------------------------------------------------------------- */

struct rows {
    struct check *check;
    struct route *route;
    uint32_t swarm;
    enum store_table table;
    const char *name;
    uint64_t number;
};

static void tell_row(struct rows *rows)
{
    char sentence[128];
    snprintf(sentence, sizeof(sentence),
             "the router does not understand row %llu of its %s",
             (unsigned long long)rows->number, rows->name);
    tell(rows->check,
         &(struct check_fault){.kind = "row_damaged",
                               .swarm = swarm_name(rows->check, rows->swarm),
                               .file = "",
                               .refuses_start = true,
                               .sentence = sentence,
                               .advice = advice[STORE_FAULT_TABLE]});
}

static bool on_row(void *context, struct bytes key, struct bytes value)
{
    struct rows *rows = context;
    rows->number++;
    enum err err =
        route_restore(rows->route, rows->swarm, rows->table, key, value);
    if (err != ERR_OK) {
        tell_row(rows);
    }
    return true;
}

static void check_rows(struct rows *rows, enum store_table table,
                       const char *name)
{
    struct bytes all = bytes_of(NULL, 0);
    rows->table = table;
    rows->name = name;
    rows->number = 0;
    /* Unreadable files were told by the walk. */
    err_ignore(store_row_scan(rows->check->store, rows->swarm, table, all, all,
                              on_row, rows),
               "told");
}

static void drop_body(void *context, struct route_body *body)
{
    (void)context;
    (void)body;
}

/* The rows that the router takes back at a start, given to one. */
static void check_route(struct check *check, uint32_t swarm)
{
    struct route_config config = route_config_default();
    struct store_epoch epochs[EPOCHS_MAX];
    config.body_free = drop_body;
    struct rows rows = {
        .check = check, .swarm = swarm, .route = route_new(&config)};
    const struct route_swarm_start start = {
        .name = swarm_name(check, swarm),
        .number = swarm,
        .logged = {store_logged(check->store, swarm, LOG_TRAFFIC),
                   store_logged(check->store, swarm, LOG_LEDGER)},
        .epochs = epochs,
        .epoch_count = store_epochs(check->store, swarm, epochs, EPOCHS_MAX)};
    if (route_add_swarm(rows.route, &start) == ERR_OK) {
        check_rows(&rows, STORE_TABLE_PEERS, "peers");
        check_rows(&rows, STORE_TABLE_CURSORS, "cursors");
    }
    route_free(rows.route);
}

/* Folds the ledger again. */
static void check_memory(struct check *check, uint32_t swarm)
{
    const struct memory_config config = {.policy = POLICY_REVIEW};
    struct book *book =
        book_new(check->store, swarm, swarm_name(check, swarm), &config);
    struct buf sentence;
    bool is_equal = true;
    buf_init(&sentence, SENTENCE_MAX);
    enum err err = book_compare(book, &is_equal, &sentence);
    if (err != ERR_OK) {
        buf_reset(&sentence);
        buf_add_format(&sentence,
                       "the memory cannot be folded from its ledger again (%s)",
                       err_text(err));
    }
    if (err != ERR_OK || !is_equal) {
        tell(check,
             &(struct check_fault){
                 .kind = "memory_differs",
                 .swarm = swarm_name(check, swarm),
                 .file = "",
                 .sentence = buf_text(&sentence),
                 .advice = "where the ledger is damaged, see there; else this "
                           "is a defect of the program: report it, and keep a "
                           "copy of the directory"});
    }
    buf_fini(&sentence);
    book_free(book);
}

/* ---- the whole ----------------------------------------------------------- */

static void tell_swarm(const struct check *check, uint32_t swarm)
{
    const uint64_t last_seq[] = {store_logged(check->store, swarm, LOG_TRAFFIC),
                                 store_logged(check->store, swarm, LOG_LEDGER)};
    if (check->config->swarm) {
        check->config->swarm(check->config->context, swarm_name(check, swarm),
                             last_seq);
    }
}

static enum err check_swarm(struct check *check, uint32_t swarm)
{
    struct store_verify found = {0};
    enum err err =
        store_verify(check->store, swarm, on_fault, on_progress, check, &found);
    check->result.swarms++;
    check->result.events += found.events;
    check->result.bytes += found.bytes;
    check->result.tombstones += found.tombstones;
    check->walked += store_logged(check->store, swarm, LOG_TRAFFIC) +
                     store_logged(check->store, swarm, LOG_LEDGER);
    if (err == ERR_OK) {
        check_route(check, swarm);
        check_memory(check, swarm);
        tell_swarm(check, swarm);
    }
    return err;
}

static void explain(enum err err, const char *data, struct buf *why)
{
    struct buf detail;
    buf_init(&detail, SENTENCE_MAX);
    buf_add(&detail, buf_bytes(why));
    buf_reset(why);
    if (err == ERR_LOCKED) {
        buf_add_format(why,
                       "a broker has %s open: ask it with `reverie log verify` "
                       "without --data, or end it first",
                       data);
    } else if (err == ERR_NOT_FOUND) {
        buf_add_format(why,
                       "there is no store in %s: name the data directory "
                       "of a broker with --data",
                       data);
    } else {
        buf_add_format(why, "the store in %s cannot be read: %s%s%s", data,
                       err_text(err), detail.len > 0 ? ": " : "",
                       buf_text(&detail));
    }
    buf_fini(&detail);
}

enum err check_run(const struct check_config *config, struct buf *out_why,
                   struct check_result *out_result)
{
    const struct store_config store_config = {.cache_bytes = 0};
    struct check check = {.config = config, .result = {.starts = true}};
    char path[PATH_BYTES_MAX];
    int length = snprintf(path, sizeof(path), "%s/log", config->data);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return ERR_TOO_BIG;
    }
    enum err err = store_open_reading(path, &store_config, on_fault, &check,
                                      out_why, &check.store);
    if (err == ERR_CORRUPT) {
        *out_result = check.result; /* it was told why */
        return ERR_OK;
    }
    uint32_t count = check.store ? store_swarm_count(check.store) : 0;
    for (uint32_t swarm = 1; swarm <= count; swarm++) {
        check.total += store_logged(check.store, swarm, LOG_TRAFFIC) +
                       store_logged(check.store, swarm, LOG_LEDGER);
    }
    for (uint32_t swarm = 1; swarm <= count && err == ERR_OK; swarm++) {
        err = check_swarm(&check, swarm);
    }
    store_close(check.store);
    if (err != ERR_OK) {
        explain(err, config->data, out_why);
        return err;
    }
    *out_result = check.result;
    return ERR_OK;
}
