/* SPDX-License-Identifier: MIT */
/* prescan.h: is this protobuf safe to hand to the unpacker?
 *
 * protobuf-c recurses without a limit and allocates what lengths claim, so
 * every inbound message is walked here first, against its descriptor, without
 * allocation or recursion.
 * Pure. Threads: any. */
#ifndef REVERIE_PROTO_CODEC_PRESCAN_H
#define REVERIE_PROTO_CODEC_PRESCAN_H

#include "base/bytes.h"

struct ProtobufCMessageDescriptor;

/* ERR_OK if ${in} is well-formed wire format for ${type}: tags and lengths
 * within bounds, known fields with the wire type they have, string fields
 * valid UTF-8 without NUL, at most PROTO_DEPTH_MAX levels and
 * PROTO_FIELDS_MAX fields (elements of packed lists included), no groups.
 * ERR_INVALID or ERR_TOO_BIG otherwise. */
MUST_CHECK enum err prescan(const struct ProtobufCMessageDescriptor *type,
                            struct bytes in);

#endif
