/* SPDX-License-Identifier: MIT */
#include "store/format/record.h"

#include "base/edge/hash.h"

static uint64_t checksum_of(struct bytes bytes,
                            const struct record_place *place)
{
    uint64_t seed = ((uint64_t)place->swarm << 16 | place->log) *
                        UINT64_C(0x9e3779b97f4a7c15) ^
                    place->seq;
    return hash_bytes_seeded(bytes, seed);
}

enum err record_write(const struct record *record,
                      const struct record_place *place, struct buf *out)
{
    if (record->stamp.len > RECORD_STAMP_MAX ||
        record->envelope.len > RECORD_ENVELOPE_BYTES_MAX ||
        record->body.len > RECORD_BODY_MAX) {
        return ERR_TOO_BIG;
    }
    size_t start = out->len;
    buf_add_u8(out, RECORD_FORMAT);
    buf_add_u8(out, record->flags);
    buf_add_u16(out, (uint16_t)record->stamp.len);
    buf_add_u16(out, (uint16_t)record->envelope.len);
    buf_add_u32(out, (uint32_t)record->body.len);
    buf_add_u32(out, record->address);
    buf_add_u32(out, record->session);
    buf_add_u64(out, record->epoch);
    buf_add_u64(out, (uint64_t)record->time_us);
    buf_add(out, record->stamp);
    buf_add(out, record->envelope);
    buf_add(out, record->body);
    struct bytes covered = bytes_slice(buf_bytes(out), start, SIZE_MAX);
    buf_add_u64(out, checksum_of(covered, place));
    return buf_error(out);
}

enum err record_read(struct bytes in, const struct record_place *place,
                     struct record *out_record)
{
    if (in.len < RECORD_HEADER_BYTES + RECORD_CHECKSUM_BYTES) {
        return ERR_CORRUPT;
    }
    if (in.data[0] != RECORD_FORMAT) {
        return in.data[0] > RECORD_FORMAT ? ERR_UNSUPPORTED : ERR_CORRUPT;
    }
    size_t covered = in.len - RECORD_CHECKSUM_BYTES;
    struct reader tail = reader_of(bytes_slice(in, covered, SIZE_MAX));
    if (reader_u64(&tail) != checksum_of(bytes_slice(in, 0, covered), place)) {
        return ERR_CORRUPT;
    }
    struct reader head = reader_of(bytes_slice(in, 1, covered - 1));
    struct record record = {.flags = reader_u8(&head)};
    size_t stamp_bytes = reader_u16(&head);
    size_t envelope_bytes = reader_u16(&head);
    size_t body_bytes = reader_u32(&head);
    record.address = reader_u32(&head);
    record.session = reader_u32(&head);
    record.epoch = reader_u64(&head);
    record.time_us = (int64_t)reader_u64(&head);
    record.stamp = reader_take(&head, stamp_bytes);
    record.envelope = reader_take(&head, envelope_bytes);
    record.body = reader_take(&head, body_bytes);
    if (head.err != ERR_OK || head.rest.len != 0) {
        return ERR_CORRUPT;
    }
    *out_record = record;
    return ERR_OK;
}
