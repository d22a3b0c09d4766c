/* SPDX-License-Identifier: MIT */
/* What a person meets when something is wrong: exit codes and sentences of the
 * real command. */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/reverie.h"
#include "tests/e2e/process.h"

enum {
    OK = 0,
    REFUSED = 1,
    USAGE = 2,
    NO_BROKER = 3,
    FAULTS = 5
};

static void without_a_broker_it_says_so(void **state)
{
    struct site *site = *state;

    SITE_RUN(site, "memory", "list", "--timeout", "1");
    site_expect_code(site, NO_BROKER);
    SITE_RUN(site, "pub", "--agent", "ada", "--to", "team:blue", "hello",
             "--timeout", "1");
    site_expect_code(site, NO_BROKER);
}

static void what_is_no_data_directory_is_named(void **state)
{
    struct site *site = *state;

    SITE_RUN(site, "broker", "--data", "/dev/null", "--bus", site->endpoint);
    site_expect_code(site, REFUSED);
    site_expect_said(site, "data directory /dev/null cannot be used: Not a "
                           "directory; what to do: ");
}

static void a_mistyped_command_is_guessed(void **state)
{
    struct site *site = *state;

    SITE_RUN(site, "memroy", "list");
    site_expect_code(site, USAGE);
    site_expect_said(site, "did you mean `reverie memory list`");
    SITE_RUN(site, "replay");
    site_expect_code(site, USAGE);
    site_expect_said(site, "usage: reverie replay");
}

static void a_bad_line_of_a_trace_is_named(void **state)
{
    struct site *site = *state;
    char path[SITE_PATH_MAX];

    (void)snprintf(path, sizeof(path), "%.80s/bad.jsonl", site->directory);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs("{\"set\":\"s\",\"session\":\"a\",\"seq\":0,\"agent\":\"x\","
                "\"kind\":\"message\",\"role\":\"user\",\"text\":\"hi\"}\n"
                "{\"set\":\"s\",\"session\":\"a\",\"agent\":\"x\","
                "\"kind\":\"message\",\"seq\":\"one\"}\n",
                file);
    assert_int_equal(fclose(file), 0);
    (void)site_broker(site, NULL);
    SITE_RUN(site, "replay", path);
    site_expect_code(site, REFUSED);
    site_expect_said(site, "bad.jsonl:2");
    site_expect_said(site, "seq");
}

/* ---- a damaged store ----------------------------------------------------- */

/* Flips one byte of the message in the file that holds it. */
static bool flip(const char *path, const char *text)
{
    static char content[1 << 22];
    int file = open(path, O_RDWR | O_CLOEXEC);
    ssize_t len = file >= 0 ? read(file, content, sizeof(content)) : -1;
    char *found =
        len > 0 ? memmem(content, (size_t)len, text, strlen(text)) : NULL;

    if (found != NULL) {
        char other = (char)(*found ^ 1);
        assert_int_equal(pwrite(file, &other, 1, found - content), 1);
    }
    if (file >= 0) {
        close(file);
    }
    return found != NULL;
}

static void damage(struct site *site)
{
    char path[PATH_MAX];
    char command[PATH_MAX];
    bool is_flipped = false;

    (void)snprintf(command, sizeof(command), "ls -d %.80s/log/*", site->data);
    FILE *list = popen(command, "re");
    assert_non_null(list);
    while (fgets(path, sizeof(path), list) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        is_flipped = flip(path, "damaged") || is_flipped;
    }
    assert_int_equal(pclose(list), 0);
    assert_true(is_flipped);
}

/* A store with one message in it; a start later what was said is in a table
 * file, not in the write-ahead one. */
static void fill(struct site *site, int starts)
{
    struct process *broker = site_broker(site, NULL);

    SITE_RUN(site, "pub", "--agent", "ada", "--team", "blue", "--to",
             "team:blue", "a sentence that will be damaged");
    site_expect_code(site, OK);
    SITE_RUN(site, "log", "verify");
    site_expect_code(site, OK);
    SITE_RUN(site, "log", "verify", "--data", site->data);
    site_expect_code(site, REFUSED);
    site_expect_said(site, "a broker has");
    site_drain(broker);
    for (int i = 0; i < starts; i++) {
        site_drain(site_broker(site, NULL));
    }
    SITE_RUN(site, "log", "verify", "--data", site->data);
    site_expect_code(site, OK);
    site_expect_said(site, ": 0 faults");
}

/* The start names the command that looks closer, and why it is needed. */
static void expect_start_refused(struct site *site, const char *sentence)
{
    SITE_RUN(site, "broker", "--data", site->data, "--bus", site->endpoint);
    site_expect_code(site, REFUSED);
    site_expect_said(site, sentence);
    site_expect_said(site, "reverie log verify --data");
}

/* What verify then says, in words and in JSON. */
static void expect_fault(struct site *site, const char *kind)
{
    char member[SITE_PATH_MAX];

    SITE_RUN(site, "log", "verify", "--data", site->data);
    site_expect_code(site, FAULTS);
    site_expect_said(site, kind);
    site_expect_said(site, "what to do: ");
    site_expect_said(site, "a broker refuses to start on this directory");
    SITE_RUN(site, "log", "verify", "--data", site->data, "--json");
    site_expect_code(site, FAULTS);
    (void)snprintf(member, sizeof(member), "\"fault\":\"%.60s\"", kind);
    site_expect_said(site, member);
    site_expect_said(site, "\"starts\":false");
}

static void a_damaged_write_ahead_file_is_not_believed(void **state)
{
    fill(*state, 0);
    damage(*state);
    expect_start_refused(*state, "checksum mismatch");
    expect_fault(*state, "journal_damaged");
}

static void a_damaged_table_is_not_believed_and_named(void **state)
{
    fill(*state, 2);
    damage(*state);
    expect_start_refused(*state, "does not match its checksum");
    expect_fault(*state, "file_damaged");
    SITE_RUN(*state, "log", "verify", "--data", ((struct site *)*state)->data);
    site_expect_said(*state, "log 0 position 1 to ");
    site_expect_said(*state, ".sst");
}

/* Runs a shell command in the directory of the store. */
static void harm(const struct site *site, const char *what)
{
    char command[PATH_MAX];

    (void)snprintf(command, sizeof(command), "cd %.80s/log && %.200s",
                   site->data, what);
    assert_int_equal(system(command), 0);
}

static void a_cut_write_ahead_file_is_a_note(void **state)
{
    struct site *site = *state;

    fill(site, 0);
    harm(site, "truncate -s -5 $(ls -S *.log | head -1)");
    SITE_RUN(site, "log", "verify", "--data", site->data);
    site_expect_code(site, OK);
    site_expect_said(site, "note journal_torn");
    site_expect_said(site, "0 faults, 1 note");
    site_expect_said(site, "swarm default: log 0 to position ");
    site_drain(site_broker(site, NULL));
}

static void a_table_that_is_gone_is_named(void **state)
{
    struct site *site = *state;

    fill(site, 2);
    harm(site, "rm $(ls -S *.sst | head -1)");
    expect_start_refused(site, "No such file");
    expect_fault(site, "file_missing");
    site_expect_said(site, ".sst");
}

static void a_destroyed_table_is_named(void **state)
{
    struct site *site = *state;

    fill(site, 2);
    harm(site, "head -c 300 /dev/zero > $(ls -S *.sst | head -1)");
    expect_start_refused(site, "is damaged");
    expect_fault(site, "file_damaged");
    site_expect_said(site, "300 bytes instead of");
}

static void what_is_no_store_is_said(void **state)
{
    struct site *site = *state;

    SITE_RUN(site, "log", "verify", "--data", site->directory);
    site_expect_code(site, REFUSED);
    site_expect_said(site, "there is no store in");
}

static void an_endpoint_that_cannot_be_is_explained(void **state)
{
    struct site *site = *state;

    SITE_RUN(site, "broker", "--data", site->data, "--bus",
             "ipc:///nonexistent/directory/bus");
    site_expect_code(site, REFUSED);
    site_expect_said(site, "cannot listen on ipc:///nonexistent/directory/bus");
    site_expect_said(site, "what to do: ");
}

/* ---- memory -------------------------------------------------------------- */

static void id_of_one(struct site *site, char id[128])
{
    SITE_RUN(site, "review", "list", "--json");
    site_expect_code(site, OK);
    struct json *item = site_json(site);
    struct bytes text = json_as_string(json_get(json_get(item, "change"), "id"),
                                       bytes_of(NULL, 0));
    assert_in_range(text.len, 64, 64);
    (void)snprintf(id, 128, "%.*s", (int)text.len, (const char *)text.data);
    json_free(item);
}

static void the_proposer_does_not_approve(void **state)
{
    struct site *site = *state;
    char id[128];
    char token[SITE_PATH_MAX];

    (void)snprintf(token, sizeof(token), "%.80s/worker.token", site->directory);
    SITE_RUN(site, "keys", "add", "dream-worker", "--rights", "review,observe",
             "--data", site->data, "--out", token);
    site_expect_code(site, OK);
    (void)site_up(site, NULL);
    SITE_RUN(site, "sim", "--teams", "2", "--agents", "12", "--days", "14",
             "--seed", "7");
    site_expect_code(site, OK);
    id_of_one(site, id);
    SITE_RUN(site, "review", "approve", id, "--token", token);
    site_expect_code(site, REFUSED);
    site_expect_said(site, "propose");
    SITE_RUN(site, "review", "show", id);
    site_expect_code(site, OK);
    SITE_RUN(site, "review", "approve", id, "--reason", "yes");
    site_expect_code(site, OK);
    SITE_RUN(site, "review", "approve", id, "--reason", "again");
    site_expect_code(site, REFUSED);
    SITE_RUN(site, "review", "show", "0000000000");
    site_expect_code(site, REFUSED);
    site_expect_said(site, "not_found");
}

/* Takes updates until the agent's own view says ${content}. */
static void expect_view(struct reverie *agent, const char *content)
{
    const struct reverie_message *message = NULL;
    struct reverie_memory memory = {.content = ""};

    do {
        assert_int_equal(reverie_receive(agent, PROCESS_TIMEOUT_MS, &message),
                         REVERIE_OK);
        assert_string_equal(message->kind, "memory.update");
        assert_int_equal(reverie_done(agent), REVERIE_OK);
    } while (!reverie_view_find(agent, "/team/note.md", &memory) ||
             strcmp(memory.content, content) != 0);
}

static void a_revert_reaches_agents(void **state)
{
    struct site *site = *state;
    struct reverie *agent = NULL;
    const struct reverie_config config = {.endpoint = site->endpoint,
                                          .agent = "ada",
                                          .team = "blue",
                                          .keep_view = true};

    (void)site_broker(site, NULL);
    assert_int_equal(reverie_open(&config, &agent), REVERIE_OK);
    SITE_RUN(site, "memory", "write", "team/blue", "/note.md", "first words");
    site_expect_code(site, OK);
    expect_view(agent, "first words");
    SITE_RUN(site, "memory", "write", "team/blue", "/note.md", "other words");
    site_expect_code(site, OK);
    expect_view(agent, "other words");
    SITE_RUN(site, "memory", "diff", "team/blue", "/note.md", "--json");
    site_expect_code(site, OK);
    site_expect_said(site, "{\"from\":1,\"to\":2,\"before\":\"first words\","
                           "\"after\":\"other words\"");
    SITE_RUN(site, "memory", "revert", "team/blue", "/note.md", "--to", "1");
    site_expect_code(site, OK);
    expect_view(agent, "first words");
    reverie_close(agent);
}

static void a_load_is_measured(void **state)
{
    struct site *site = *state;

    (void)site_broker(site, NULL);
    SITE_RUN(site, "bench", "--messages", "301", "--senders", "2",
             "--receivers", "3", "--bytes", "16", "--json");
    site_expect_code(site, OK);
    site_expect_said(site, "\"messages\":301");
    site_expect_said(site, "\"refused\":0");
    SITE_RUN(site, "bench", "--messages", "20", "--rate", "200");
    site_expect_code(site, OK);
    site_expect_said(site, "20 messages of 1024 bytes");
    SITE_RUN(site, "bench", "--bytes", "15");
    site_expect_code(site, USAGE);
}

static void a_worker_says_what_it_did(void **state)
{
    struct site *site = *state;

    (void)site_broker(site, NULL);
    struct process *worker = SITE_START(site, "dream", "worker", "--json");
    assert_true(
        process_heard(worker, "{\"serves\":\"dream\"", PROCESS_TIMEOUT_MS));
    SITE_RUN(site, "dream", "run");
    site_expect_code(site, OK);
    assert_true(process_heard(worker, "\"code\":\"ok\"", PROCESS_TIMEOUT_MS));
    site_drain(worker);
}

/* About ${bytes} of text unlike every other. */
static void write_note(struct site *site, const char *path, char letter)
{
    char text[701];

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        text[i] = i % 7 == 6 ? ' ' : (char)(letter + (char)(i % 5));
    }
    text[sizeof(text) - 1] = 0;
    SITE_RUN(site, "memory", "write", "team/blue", path, text);
    site_expect_code(site, OK);
}

static void the_budget_of_a_store_is_a_setting(void **state)
{
    struct site *site = *state;

    SITE_RUN(site, "config", "print", "--memory-budget", "300");
    site_expect_code(site, OK);
    site_expect_said(site, "memory-budget: 300");
    SITE_RUN(site, "config", "print", "--memory-budget", "1");
    site_expect_code(site, USAGE);
    SITE_RUN(site, "dream", "worker", "--budget", "1");
    site_expect_code(site, USAGE);
    struct process *broker = site_broker(site, WORDS("--memory-budget", "400"));
    site_drain(broker);
    assert_non_null(strstr(buf_text(&broker->err),
                           "note: memory-budget (flag) is for the worker"));
    (void)site_up(site, WORDS("--policy", "review", "--memory-budget", "400"));
    /* Two of three fit, and one of them is protected. */
    write_note(site, "/protected/one.md", 'a');
    write_note(site, "/two.md", 'g');
    SITE_RUN(site, "dream", "run", "--json");
    site_expect_code(site, OK);
    SITE_RUN(site, "review", "list");
    site_expect_code(site, OK);
    assert_null(strstr(buf_text(&site->out), "over budget"));
    write_note(site, "/three.md", 'm');
    SITE_RUN(site, "dream", "run");
    site_expect_code(site, OK);
    SITE_RUN(site, "review", "list");
    site_expect_code(site, OK);
    site_expect_said(site, "over budget: ");
    assert_null(strstr(buf_text(&site->out), "/protected/one.md"));
}

static int set_up(void **state)
{
    struct site *site = mem_new(sizeof(*site));

    site_open(site);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    site_close(*state);
    free(*state);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_broker_it_says_so),
        TEST(what_is_no_data_directory_is_named),
        TEST(a_mistyped_command_is_guessed),
        TEST(a_bad_line_of_a_trace_is_named),
        TEST(a_damaged_write_ahead_file_is_not_believed),
        TEST(a_damaged_table_is_not_believed_and_named),
        TEST(a_cut_write_ahead_file_is_a_note),
        TEST(a_table_that_is_gone_is_named),
        TEST(a_destroyed_table_is_named),
        TEST(what_is_no_store_is_said),
        TEST(an_endpoint_that_cannot_be_is_explained),
        TEST(the_proposer_does_not_approve),
        TEST(a_revert_reaches_agents),
        TEST(a_load_is_measured),
        TEST(a_worker_says_what_it_did),
        TEST(the_budget_of_a_store_is_a_setting),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
