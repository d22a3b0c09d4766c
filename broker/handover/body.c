/* SPDX-License-Identifier: MIT */
#include "broker/handover/body.h"

#include <stdlib.h>

struct body *body_new(struct frame *frame)
{
    struct body *body = mem_new(sizeof(*body));

    frame_move(&body->frame, frame);
    body->route.bytes = frame_bytes(&body->frame);
    body->route.holders = 1;
    return body;
}

struct body *body_new_copy(struct bytes bytes)
{
    struct frame frame = {0};

    frame_copy(&frame, bytes);
    return body_new(&frame);
}

void body_free(struct route_body *body)
{
    if (body == NULL) {
        return;
    }
    struct body *own = (struct body *)body;
    frame_close(&own->frame);
    free(own);
}

void body_share(struct route_body *body, struct frame *out)
{
    if (body == NULL) {
        frame_copy(out, bytes_of(NULL, 0));
        return;
    }
    frame_share(out, &((struct body *)body)->frame);
}
