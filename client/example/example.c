/* SPDX-License-Identifier: MIT */
/* A small agent: says a line to its team, shows what it hears for a while, and
 * what it remembers. Compiles outside the tree:
 *
 *     cc example.c $(pkg-config --cflags --libs libreverie) -o example */
#include <reverie.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: example ENDPOINT NAME TEAM TEXT\n"
    "\n"
    "Joins TEAM as NAME, says TEXT to it, and prints what comes within two\n"
    "seconds. With a broker of `reverie up --data DIR`, ENDPOINT is what it\n"
    "prints:\n"
    "\n"
    "    example ipc:///path/bus ada blue 'hello'\n";

static int fail(struct reverie *bus, const char *what)
{
    fprintf(stderr, "example: %s: %s (%s)\n", what, reverie_why(bus),
            reverie_why_code(bus));
    reverie_close(bus);
    return EXIT_FAILURE;
}

static enum reverie_result say(struct reverie *bus, const char *team,
                               const char *text, struct reverie_place *place)
{
    char to[300];
    snprintf(to, sizeof(to), "team:%s", team);
    struct reverie_message message = {
        .to = to,
        .kind = "note.example",
        .session = "example",
        .content_type = "text/plain",
        .body = text,
        .body_bytes = strlen(text),
    };
    return reverie_publish_wait(bus, &message, 5000, place);
}

static void listen(struct reverie *bus)
{
    const struct reverie_message *message = NULL;
    while (reverie_receive(bus, 2000, &message) == REVERIE_OK) {
        printf("%s: %.*s\n", message->from, (int)message->body_bytes,
               (const char *)message->body);
        (void)reverie_done(bus);
    }
}

static void show_view(struct reverie *bus)
{
    struct reverie_memory memory;
    printf("view %s\n", reverie_view_id(bus));
    for (size_t i = 0; reverie_view_at(bus, i, &memory); i++) {
        printf("%s: %s\n", memory.path, memory.title);
    }
    (void)reverie_view_applied(bus);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (argc != 5) {
        fputs(usage, stderr);
        return 2;
    }
    struct reverie *bus = NULL;
    struct reverie_config config = {
        .endpoint = argv[1],
        .agent = argv[2],
        .team = argv[3],
        .name = "example/1",
        .keep_view = true,
    };
    if (reverie_open(&config, &bus) != REVERIE_OK) {
        return fail(bus, "cannot join");
    }
    struct reverie_place place;
    if (say(bus, argv[3], argv[4], &place) != REVERIE_OK) {
        return fail(bus, "cannot say it");
    }
    printf("on disk at position %u:%llu\n", (unsigned)place.log,
           (unsigned long long)place.seq);
    listen(bus);
    show_view(bus);
    reverie_close(bus);
    return EXIT_SUCCESS;
}
