/* SPDX-License-Identifier: MIT */
/* records.h: messages on their way, and the recent ones of each log.
 *
 * Records come from two free lists by size, so that the hot path does not
 * allocate. The recent ones of a log are a gapless run of positions that ends
 * at the last one logged; those of one mailbox are linked.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_CORE_RECORDS_H
#define REVERIE_BROKER_ROUTE_CORE_RECORDS_H

#include "broker/route/state.h"

/* A record with one holder and room for ${capacity} bytes in data. */
struct record *record_new(struct route *route, size_t capacity) MUST_CHECK;

/* Gives it up; with the last holder it goes to the graveyard. */
void record_drop(struct route *route, struct record *record);

/* Lends a copy of ${bytes} in the record's data, of which *used are taken. */
struct bytes record_copy(struct record *record, size_t *used,
                         struct bytes bytes);

/* What filters look at. Lent by the record. */
const struct filter_subject *record_subject(struct record *record);

/* Frees or reuses what ended in the last step. */
void records_bury(struct route *route);
void records_free_spares(struct route *route);

/* Adds a record that was just logged, behind the last one; holds it, and
 * evicts the oldest beyond the bounds. */
void recent_add(struct route *route, struct traffic *log,
                struct record *record);

/* The record at ${seq}, which must be behind `evicted` and logged. */
struct record *recent_get(const struct route *route, const struct traffic *log,
                          uint64_t seq);

/* Evicts everything up to ${seq}, which was erased: who still wants it reads
 * the tombstone from the store. */
void recent_forget(struct route *route, struct traffic *log, uint64_t seq);

/* Evicts everything. */
void recent_clear(struct route *route, struct traffic *log);

#endif
