#include "tests/unit/base/fixture.h"

#include "spec/error_json.h"

#include "base/log.h"

TEST(an_engine_reads_level_msg_and_time_first)
{
    errno = EINVAL;
    fail_errno(&err, "cannot id-map the source");
    err.code = ERR_NOT_SUPPORTED;
    error_context(&err, "mounts[4] /data on /srv");
    error_context(&err, "cannot create web");
    error_at(&err, "mounts[4].options[1]");
    error_step(&err, "runtime: mounts");
    error_hint(&err, "drop \"idmap\"");
    err.file = "config.json";
    err.line = 88;
    err.column = 30;
    expect_text(
        "one line of JSON", error_json_log(&err, "error", "2026-01-02T03:04:05.000000006Z"),
        "{\"level\":\"error\",\"msg\":\"cannot create web: mounts[4] /data on /srv: cannot id-map the source: "
        "Invalid argument\",\"time\":\"2026-01-02T03:04:05.000000006Z\",\"code\":\"not-supported\",\"errno\":"
        "\"EINVAL\",\"path\":\"mounts[4].options[1]\",\"file\":\"config.json\",\"line\":88,\"column\":30,\"step\":"
        "\"runtime: mounts\",\"hint\":\"drop \\\"idmap\\\"\"}");
}

/* Words by which engines tell one failure from another, in the line for people and in the log's msg alike: as they
 * stand, in lower case, with nothing escaped that they do not escape themselves. */
TEST(what_engines_look_for_stands_in_text_and_log_alike)
{
    static const char *const fragments[] = {
        "exec: \"sh\": executable file not found in $PATH",
        "exec: \"/x\": no such file or directory",
        "exec: \"/x\": permission denied",
        "exec: \"/etc\": is a directory: permission denied",
        "container does not exist",
        "container with given ID already exists",
        "container not running",
        "container not paused",
        "cannot exec in a stopped container",
        "cannot delete container web that is not stopped: running",
        "flag needs an argument",
        "requires an argument",
        "cannot write `/proc/self/attr/exec`",
    };
    for (size_t i = 0; i < ARRAY_SIZE(fragments); i++) {
        fail(&err, ERR_WRONG_STATE, "%s", fragments[i]);
        error_context(&err, "cannot start web");
        error_step(&err, "init: program");
        assert_non_null(strstr(error_text(&err), fragments[i]));
        const char *json = error_json_log(&err, "error", "2026-01-02T03:04:05Z");
        const char *quoted = log_json_string(&arena, error_sentence(&err));
        assert_true(str_has_prefix(json, arena_printf(&arena, "{\"level\":\"error\",\"msg\":%s,\"time\":", quoted)));
        assert_null(strchr(json, '\n'));
    }
}

TEST(what_is_not_known_is_left_out_of_the_log)
{
    fail(&err, ERR_BUSY, "a\nb");
    expect_text("three members and the code", error_json_log(&err, "error", "now"),
                "{\"level\":\"error\",\"msg\":\"a\\\\nb\",\"time\":\"now\",\"code\":\"busy\"}");
}

/* What arrives at the other end. */
static const struct error *travelled(const struct error *sent)
{
    struct error *got = arena_new(&arena, struct error);
    error_init(got, &arena);
    const char *text = error_json_encode(&arena, sent);
    assert_int_equal(error_json_decode(text, strlen(text), got), -1);
    return got;
}

TEST(every_member_travels)
{
    const struct error sent = {.arena = &arena,
                               .code = ERR_HOOK_FAILED,
                               .errnum = EPERM,
                               .message = "message\x01",
                               .context = "context",
                               .path = "hooks.prestart[0]",
                               .file = "config.json",
                               .line = 7,
                               .column = 9,
                               .step = "init: mounts",
                               .hint = "hint \"quoted\""};
    const struct error *got = travelled(&sent);
    assert_int_equal(got->code, sent.code);
    assert_int_equal(got->errnum, sent.errnum);
    assert_int_equal(got->line, 7);
    assert_int_equal(got->column, 9);
    expect_text("message", got->message, sent.message);
    expect_text("context", got->context, sent.context);
    expect_text("path", got->path, sent.path);
    expect_text("file", got->file, sent.file);
    expect_text("step", got->step, sent.step);
    expect_text("hint", got->hint, sent.hint);
}

TEST(absent_members_stay_absent)
{
    const struct error sent = {.arena = &arena, .code = ERR_SYSTEM};
    const struct error *got = travelled(&sent);
    expect_text("a message is always there", got->message, "no message");
    assert_null(got->context);
    assert_null(got->path);
    assert_null(got->file);
    assert_null(got->step);
    assert_null(got->hint);
    assert_int_equal(got->errnum, 0);
    assert_int_equal(got->line, 0);
}

TEST(every_code_has_its_name)
{
    for (enum error_code code = ERR_NONE; code <= ERR_SYSTEM; code++) {
        const struct error sent = {.arena = &arena, .code = code, .message = "m"};
        expect_text(error_code_name(code), error_json_encode(&arena, &sent),
                    arena_printf(&arena, "{\"code\":\"%s\",\"message\":\"m\"}", error_code_name(code)));
        assert_int_equal(travelled(&sent)->code, code);
    }
}

TEST(long_texts_are_cut_to_fit_one_message)
{
    char *text = arena_alloc(&arena, 100001);
    memset(text, 'x', 100000);
    struct error sent = {.arena = &arena,
                         .code = ERR_SYSTEM,
                         .message = text,
                         .context = text,
                         .path = text,
                         .file = text,
                         .step = text,
                         .hint = text};
    assert_true(strlen(error_json_encode(&arena, &sent)) < 48 * 1024);
    assert_true(str_has_suffix(travelled(&sent)->hint, "xxx..."));
    memset(text, 1, 100000);
    assert_true(strlen(error_json_encode(&arena, &sent)) < 48 * 1024);
    assert_true(strlen(error_json_log(&sent, "error", "now")) > 1000);
}

TEST(a_broken_report_is_an_error_of_its_own)
{
    static const char *const reports[] = {"",
                                          "{",
                                          "{}",
                                          "{\"code\":\"new\",\"message\":\"m\"}",
                                          "{\"code\":\"busy\"}",
                                          "{\"code\":\"busy\",\"message\":\"m\",\"errnum\":-1}"};
    for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
        assert_int_equal(error_json_decode(reports[i], strlen(reports[i]), &err), -1);
        assert_int_equal(err.code, ERR_SYSTEM);
        assert_true(str_has_prefix(error_line(&err), "cannot read the error that the container's process reported: "));
    }
}
