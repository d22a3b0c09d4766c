/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "proto/bus.h"
#include "proto/limits.h"

enum {
    PATIENCE_MS = 20 * 1000
};

struct fixture {
    struct bus *bus;
    struct socket *router;
    struct buf endpoint;
    char folder[64];
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(sizeof(*f));
    f->bus = bus_new(1, 64);
    buf_init(&f->endpoint, 256);
    strcpy(f->folder, "/tmp/reverie-bus-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(bus_listen(f->bus, BODY_MAX_LIMIT, &f->router), ERR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    socket_close(f->router, 0);
    bus_close(f->bus);
    buf_fini(&f->endpoint);
    rmdir(f->folder);
    free(f);
    return 0;
}

static struct socket *dial(struct fixture *f)
{
    struct socket *dealer = NULL;
    assert_int_equal(bus_dial(f->bus, buf_text(&f->endpoint), &dealer), ERR_OK);
    return dealer;
}

static void listen_on_tcp(struct fixture *f)
{
    assert_int_equal(socket_bind(f->router, "tcp://127.0.0.1:*", &f->endpoint),
                     ERR_OK);
}

static void send_texts(struct socket *socket, struct frame *first,
                       const char *a, const char *b)
{
    struct frame frames[3] = {0};
    size_t count = 0;
    if (first) {
        frame_share(&frames[count++], first);
    }
    frame_copy(&frames[count++], bytes_of_text(a));
    frame_copy(&frames[count++], bytes_of_text(b));
    assert_int_equal(socket_send(socket, frames, count), ERR_OK);
    assert_false(frames[0].is_open);
}

static enum err wait_for(struct socket *socket)
{
    struct bus_wait wait = {.socket = socket};
    enum err err = bus_wait(&wait, 1, PATIENCE_MS);
    return err == ERR_OK && !wait.can_read ? ERR_TIMEOUT : err;
}

static size_t receive(struct socket *socket, struct frame *frames, size_t max)
{
    size_t count = 0;
    assert_int_equal(wait_for(socket), ERR_OK);
    assert_int_equal(socket_receive(socket, frames, max, &count), ERR_OK);
    return count;
}

static void close_all(struct frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        frame_close(&frames[i]);
    }
}

static void talk_both_ways(struct fixture *f)
{
    struct frame in[3] = {0};
    struct frame back[3] = {0};
    struct socket *dealer = dial(f);
    send_texts(dealer, NULL, "envelope", "body");
    assert_int_equal(receive(f->router, in, 3), 3);
    assert_true(bytes_equal_text(frame_bytes(&in[1]), "envelope"));
    assert_true(bytes_equal_text(frame_bytes(&in[2]), "body"));
    assert_true(frame_is_local(&in[1]));
    send_texts(f->router, &in[0], "control", "reply");
    assert_int_equal(receive(dealer, back, 3), 2);
    assert_true(bytes_equal_text(frame_bytes(&back[1]), "reply"));
    close_all(in, 3);
    close_all(back, 3);
    socket_close(dealer, 0);
}

static void router_and_dealer_talk_over_tcp(void **state)
{
    struct fixture *f = *state;
    listen_on_tcp(f);
    assert_null(strchr(buf_text(&f->endpoint), '*'));
    talk_both_ways(f);
}

static void router_and_dealer_talk_over_ipc(void **state)
{
    struct fixture *f = *state;
    char endpoint[96];
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/bus", f->folder);
    assert_int_equal(socket_bind(f->router, endpoint, &f->endpoint), ERR_OK);
    talk_both_ways(f);
    unlink(endpoint + strlen("ipc://"));
}

static void a_router_says_when_the_peer_is_unknown(void **state)
{
    struct fixture *f = *state;
    struct frame frames[2] = {0};
    listen_on_tcp(f);
    frame_copy(&frames[0], BYTES_LITERAL("\0nobo"));
    frame_copy(&frames[1], BYTES_LITERAL("x"));
    assert_int_equal(socket_send(f->router, frames, 2), ERR_CLOSED);
    assert_true(frames[0].is_open);
    assert_true(frames[1].is_open);
    close_all(frames, 2);
}

static void surplus_parts_are_dropped_and_counted(void **state)
{
    struct fixture *f = *state;
    struct frame out[7] = {0};
    struct frame in[3] = {0};
    listen_on_tcp(f);
    struct socket *dealer = dial(f);
    for (size_t i = 0; i < ARRAY_LEN(out); i++) {
        frame_copy(&out[i], BYTES_LITERAL("part"));
    }
    assert_int_equal(socket_send(dealer, out, ARRAY_LEN(out)), ERR_OK);
    send_texts(dealer, NULL, "next", "body");
    assert_int_equal(receive(f->router, in, 3), 8);
    close_all(in, 3);
    assert_int_equal(receive(f->router, in, 3), 3);
    assert_true(bytes_equal_text(frame_bytes(&in[1]), "next"));
    close_all(in, 3);
    socket_close(dealer, 0);
}

static void nothing_to_receive_is_a_timeout(void **state)
{
    struct fixture *f = *state;
    struct frame in[3] = {0};
    size_t count = 42;
    assert_int_equal(socket_receive(f->router, in, 3, &count), ERR_TIMEOUT);
    assert_int_equal(count, 42);
}

static void waiting_covers_sockets_and_descriptors(void **state)
{
    struct fixture *f = *state;
    int fd = eventfd(0, 0);
    struct bus_wait waits[] = {{.socket = f->router}, {.fd = fd}};
    assert_int_equal(bus_wait(waits, 2, 0), ERR_OK);
    assert_false(waits[0].can_read);
    assert_false(waits[1].can_read);
    assert_int_equal(eventfd_write(fd, 1), 0);
    assert_int_equal(bus_wait(waits, 2, PATIENCE_MS), ERR_OK);
    assert_false(waits[0].can_read);
    assert_true(waits[1].can_read);
    close(fd);
}

static void many_can_be_waited_for(void **state)
{
    struct fixture *f = *state;
    struct bus_wait waits[40];
    int fd = eventfd(1, 0);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        waits[i] = (struct bus_wait){.fd = fd};
    }
    waits[0] = (struct bus_wait){.socket = f->router};
    assert_int_equal(bus_wait(waits, ARRAY_LEN(waits), PATIENCE_MS), ERR_OK);
    assert_false(waits[0].can_read);
    assert_true(waits[39].can_read);
    close(fd);
}

static void pipes_join_threads(void **state)
{
    struct fixture *f = *state;
    struct socket *a = NULL;
    struct socket *b = NULL;
    struct socket *c = NULL;
    struct socket *d = NULL;
    struct frame in[2] = {0};
    assert_int_equal(bus_pipe(f->bus, &a, &b), ERR_OK);
    assert_int_equal(bus_pipe(f->bus, &c, &d), ERR_OK);
    send_texts(a, NULL, "to", "b");
    send_texts(d, NULL, "to", "c");
    assert_int_equal(receive(b, in, 2), 2);
    assert_true(bytes_equal_text(frame_bytes(&in[1]), "b"));
    assert_false(frame_is_local(&in[1]));
    close_all(in, 2);
    assert_int_equal(receive(c, in, 2), 2);
    close_all(in, 2);
    assert_true(socket_fd(a) >= 0);
    socket_close(a, 0);
    socket_close(b, 0);
    socket_close(c, 0);
    socket_close(d, 0);
}

static void a_full_pipe_refuses_and_leaves_the_frames(void **state)
{
    struct fixture *f = *state;
    struct socket *a = NULL;
    struct socket *b = NULL;
    struct frame frame = {0};
    enum err err = ERR_OK;
    assert_int_equal(bus_pipe(f->bus, &a, &b), ERR_OK);
    for (int i = 0; i < 1 << 18 && err == ERR_OK; i++) {
        frame_close(&frame);
        frame_copy(&frame, BYTES_LITERAL("note"));
        err = socket_send(a, &frame, 1);
    }
    assert_int_equal(err, ERR_FULL);
    assert_true(bytes_equal_text(frame_bytes(&frame), "note"));
    frame_close(&frame);
    socket_close(a, 0);
    socket_close(b, 0);
}

static void an_endpoint_has_a_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_endpoint;
    } rows[] = {
        {"ipc:///run/bus", true},
        {"ipc://bus", true},
        {"tcp://127.0.0.1:7411", true},
        {"tcp://127.0.0.1:*", true},
        {"tcp://[::1]:7411", true},
        {"tcp://*:0", true},
        {"tcp://bus.example:1", true},
        {"tcp://127.0.0.1:80x", false},
        {"tcp://127.0.0.1:", false},
        {"tcp://127.0.0.1", false},
        {"tcp://:7411", false},
        {"tcp://127.0.0.1:65536", false},
        {"tcp://127.0.0.1:-1", false},
        {"tcp://127.0.0.1:000080", false},
        {"tcp://", false},
        {"ipc://", false},
        {"http://x:80", false},
        {"7411", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        print_message("%s\n", rows[i].text);
        assert_int_equal(bus_is_endpoint(rows[i].text), rows[i].is_endpoint);
    }
}

static void endpoints_that_cannot_be_are_refused(void **state)
{
    struct fixture *f = *state;
    struct socket *dealer = NULL;
    listen_on_tcp(f);
    assert_int_equal(
        socket_bind(f->router, "tcp://127.0.0.1:80x", &f->endpoint),
        ERR_INVALID);
    assert_int_equal(socket_bind(f->router, "nonsense", &f->endpoint),
                     ERR_INVALID);
    assert_int_equal(bus_dial(f->bus, "gopher://x", &dealer), ERR_INVALID);
    assert_null(dealer);
    struct socket *second = NULL;
    assert_int_equal(bus_listen(f->bus, BODY_MAX_LIMIT, &second), ERR_OK);
    assert_int_equal(socket_bind(second, buf_text(&f->endpoint), &f->endpoint),
                     ERR_LOCKED);
    socket_close(second, 0);
}

/* A client of another make, which may set what ours does not. */
static void peers_that_name_themselves_are_ignored(void **state)
{
    struct fixture *f = *state;
    struct frame in[3] = {0};
    size_t count = 0;
    listen_on_tcp(f);
    void *context = zmq_ctx_new();
    void *named = zmq_socket(context, ZMQ_DEALER);
    assert_int_equal(zmq_setsockopt(named, ZMQ_ROUTING_ID, "mallory", 7), 0);
    assert_int_equal(zmq_connect(named, buf_text(&f->endpoint)), 0);
    assert_int_equal(zmq_send(named, "x", 1, ZMQ_SNDMORE), 1);
    assert_int_equal(zmq_send(named, "y", 1, 0), 1);
    assert_int_equal(zmq_send(named, "z", 1, 0), 1);
    for (int i = 0; i < 2; i++) { /* one a call, however many wait */
        assert_int_equal(wait_for(f->router), ERR_OK);
        assert_int_equal(socket_receive(f->router, in, 3, &count), ERR_DENIED);
        assert_false(in[0].is_open);
    }
    assert_int_equal(socket_receive(f->router, in, 3, &count), ERR_TIMEOUT);
    zmq_close(named);
    zmq_ctx_term(context);
}

static void shared_frames_keep_their_content(void **state)
{
    (void)state;
    struct frame a = {0};
    struct frame b = {0};
    struct frame c = {0};
    memset(frame_new(&a, 1000), 'x', 1000);
    frame_share(&b, &a);
    assert_ptr_equal(frame_bytes(&a).data, frame_bytes(&b).data);
    frame_close(&a);
    frame_move(&c, &b);
    assert_false(b.is_open);
    assert_int_equal(frame_bytes(&c).len, 1000);
    assert_int_equal(frame_bytes(&c).data[999], 'x');
    frame_close(&c);
    frame_close(&c);
    assert_int_equal(frame_bytes(&c).len, 0);
}

#define WITH_BUS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUS(router_and_dealer_talk_over_tcp),
        WITH_BUS(router_and_dealer_talk_over_ipc),
        WITH_BUS(a_router_says_when_the_peer_is_unknown),
        WITH_BUS(surplus_parts_are_dropped_and_counted),
        WITH_BUS(nothing_to_receive_is_a_timeout),
        WITH_BUS(waiting_covers_sockets_and_descriptors),
        WITH_BUS(many_can_be_waited_for),
        WITH_BUS(pipes_join_threads),
        WITH_BUS(a_full_pipe_refuses_and_leaves_the_frames),
        cmocka_unit_test(an_endpoint_has_a_form),
        WITH_BUS(endpoints_that_cannot_be_are_refused),
        WITH_BUS(peers_that_name_themselves_are_ignored),
        cmocka_unit_test(shared_frames_keep_their_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
