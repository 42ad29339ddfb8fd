#include "tests/unit/base/fixture.h"

#include "libcontainer/container/check.h"

#include <elf.h>

static void make_file(const char *path, const char *content, mode_t mode)
{
    write_test_file(path, content);
    assert_int_equal(fchmodat(test_directory(), path, mode, 0), 0);
}

static void make_directory(const char *path)
{
    assert_int_equal(mkdirat(test_directory(), path, 0755), 0);
}

/* A program without a loader, for this machine or for another one. */
static void make_program(const char *path, int machine)
{
    char page[128] = {0};
    scoped_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(self, page, sizeof(Elf64_Ehdr)), sizeof(Elf64_Ehdr));
    Elf64_Ehdr *head = (Elf64_Ehdr *)(void *)page;
    head->e_phnum = 0;
    if (machine)
        head->e_machine = (Elf64_Half)machine;
    scoped_fd fd = openat(test_directory(), path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    expect_ok(file_write_all(fd, page, sizeof page, &err));
}

/* A root with a program, /bin as a link to usr/bin, and programs that cannot be run. */
static void make_root(void)
{
    make_directory("rootfs");
    make_directory("rootfs/usr");
    make_directory("rootfs/usr/bin");
    make_directory("rootfs/etc");
    assert_int_equal(symlinkat("usr/bin", test_directory(), "rootfs/bin"), 0);
    make_program("rootfs/usr/bin/sh", 0);
    make_file("rootfs/good", "#!/bin/sh -e\n", 0755);
    make_file("rootfs/lost", "#!/usr/bin/nosuch\n", 0755);
    make_file("rootfs/crlf", "#!/bin/sh\r\n", 0755);
    make_file("rootfs/plain", "echo hello\n", 0755);
    make_file("rootfs/empty", "", 0755);
    make_file("rootfs/mode", "#!/bin/sh\n", 0644);
}

/* "LINE:COLUMN error|warning: TEXT (HINT)", one a line; the temporary directory is called BUNDLE. */
static const char *findings_of(const char *json, bool strict)
{
    const struct finding **found;
    const char *all = "";
    write_test_file("config.json", json);
    const struct check_request request = {.bundle = test_path, .strict = strict};
    expect_ok(container_check(&request, &found, &err));
    for (; *found; found++) {
        const struct finding *f = *found;
        const char *text = f->text, *place = strstr(text, test_path);
        if (place)
            text = arena_printf(&arena, "%.*sBUNDLE%s", (int)(place - text), text, place + strlen(test_path));
        all = arena_printf(&arena, "%s%s%zu:%zu %s: %s%s%s%s", all, *all ? "\n" : "", f->line, f->column,
                           f->is_fault ? "error" : "warning", text, f->hint ? " (" : "", f->hint ? f->hint : "",
                           f->hint ? ")" : "");
    }
    return all;
}

#define HEAD    "{\"ociVersion\":\"1.0.0\",\n"
#define ROOT    "\"root\":{\"path\":\"rootfs\"}"
#define PROCESS "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"sh\"]}"

static const char *config_of(const char *program, const char *more)
{
    return arena_printf(&arena, HEAD ROOT ",\n\"process\":{\"cwd\":\"/\",\"args\":[\"%s\"]%s}}", program, more);
}

TEST(a_sound_bundle_has_no_findings)
{
    make_root();
    expect_text("a name, looked up", findings_of(config_of("sh", ""), true), "");
    expect_text("a path", findings_of(config_of("/bin/sh", ""), true), "");
    expect_text("a path from cwd", findings_of(config_of("./bin/sh", ""), true), "");
    expect_text("a script", findings_of(config_of("/good", ""), true), "");
    expect_text("a PATH of its own", findings_of(config_of("good", ",\"env\":[\"PATH=/nosuch:/\"]"), true), "");
}

TEST(a_program_that_cannot_run_is_explained)
{
    static const struct {
        const char *program, *expected;
    } cases[] = {
        {"/nosuch", "/nosuch: no such file in the container"                                                       },
        {"/etc",    "\"/etc\" is a directory"                                                                      },
        {"/mode",   "/mode is not executable (mode 0644)"                                                          },
        {"/lost",   "/lost exists, but its interpreter /usr/bin/nosuch (line 1) is not in the container"           },
        {"/crlf",   "/crlf exists, but not its interpreter \"/bin/sh\\r\": the script has Windows (CRLF) line ends"},
        {"/plain",  "/plain is a text file without \"#!\"; start it with /bin/sh /plain"                           },
        {"/empty",  "/empty is empty"                                                                              },
    };
    make_root();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *colon = str_has_prefix(cases[i].expected, "\"") ? "" : ":";
        expect_text(cases[i].program, findings_of(config_of(cases[i].program, ""), false),
                    arena_printf(&arena, "3:30 error: process.args[0]%s %s", colon, cases[i].expected));
    }
    expect_text("a name that is not found", findings_of(config_of("mode", ",\"env\":[\"PATH=/\"]"), false),
                "3:30 error: process.args[0]: exec: \"mode\": executable file not found in $PATH "
                "(PATH in the container is /)");
}

TEST(a_program_of_another_machine_is_a_warning)
{
    make_root();
    make_program("rootfs/other", EM_RISCV);
    const char *found = findings_of(config_of("/other", ""), false);
    assert_true(str_has_prefix(found, "3:30 warning: process.args[0]: /other is a riscv64 program; this host runs "));
}

TEST(where_a_mount_may_bring_the_program_nothing_is_said)
{
    static const char mounts[] =
        ",\n\"mounts\":[{\"destination\":\"/usr\",\"source\":\"/usr\",\"options\":[\"rbind\"]}],"
        "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}";
    make_root();
    const char *config = config_of("/bin/nosuch", "");
    config = arena_printf(&arena, "%.*s%s", (int)strlen(config) - 1, config, mounts);
    expect_text("behind the link /bin", findings_of(config, false), "");
    config = config_of("nosuch", "");
    config = arena_printf(&arena, "%.*s%s", (int)strlen(config) - 1, config, mounts);
    expect_text("on the way through PATH", findings_of(config, false), "");
}

TEST(what_the_config_names_must_be_there)
{
    make_root();
    write_test_file("file", "");
    expect_text("the root", findings_of(HEAD "\"root\":{\"path\":\"rootfz\"}," PROCESS "}", false),
                "2:16 error: root.path \"rootfz\": no such directory (bundle BUNDLE)");
    expect_text("the root is a directory", findings_of(HEAD "\"root\":{\"path\":\"file\"}," PROCESS "}", false),
                "2:16 error: root.path \"file\" is not a directory (bundle BUNDLE)");
    expect_text("the process", findings_of(HEAD ROOT "}", false), "0:0 error: process: missing, required by \"run\"");
    expect_text("arguments", findings_of(HEAD ROOT ",\"process\":{\"cwd\":\"/\",\"args\":[]}}", false),
                "2:54 error: process.args: must have at least one element (name the program to run: [\"/bin/sh\"])");
    expect_text("sources of mounts, below the bundle too",
                findings_of(HEAD ROOT "," PROCESS ",\n\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"mounts\":["
                                      "{\"destination\":\"/a\",\"source\":\"/nosuch/dir\",\"options\":[\"bind\"]},\n"
                                      "{\"destination\":\"/b\",\"source\":\"file\",\"options\":[\"rbind\"]}]}",
                            false),
                "3:82 error: mounts[0].source \"/nosuch/dir\" does not exist on the host");
    expect_text("hooks",
                findings_of(HEAD ROOT "," PROCESS ",\n\"hooks\":{\"poststop\":[{\"path\":\"/bin/sh\"},\n"
                                      "{\"path\":\"/nosuch/hook\"},{\"path\":\"/etc/passwd\"}],\n"
                                      "\"startContainer\":[{\"path\":\"/in/the/container\"}]}}",
                            false),
                "4:9 error: hooks.poststop[1].path \"/nosuch/hook\" does not exist on the host\n"
                "4:33 error: hooks.poststop[2].path \"/etc/passwd\" cannot be executed");
    expect_text("namespaces",
                findings_of(HEAD ROOT "," PROCESS
                                      ",\n\"linux\":{\"namespaces\":[{\"type\":\"uts\",\"path\":\"/nosuch/ns\"}]}}",
                            false),
                "3:45 error: linux.namespaces[0].path \"/nosuch/ns\" does not exist (the process that it belonged to "
                "may have ended)");
}

TEST(what_a_mount_probably_did_not_mean_is_a_warning)
{
    make_root();
    expect_text("a misspelt option, and a filesystem that there is not",
                findings_of(HEAD ROOT "," PROCESS ",\n\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"mounts\":["
                                      "{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"noexc\",\"size=1m\","
                                      "\"nodev\",\"huge\"]},\n"
                                      "{\"destination\":\"/b\",\"type\":\"tempfs\"}]}",
                            false),
                "3:99 warning: mounts[0].options[0] \"noexc\" is not a known option (did you mean \"noexec\"?)\n"
                "4:28 warning: mounts[1].type: filesystem type \"tempfs\" is unknown to this kernel, unless a module "
                "has it");
}

TEST(all_faults_come_at_once_in_the_order_of_the_text)
{
    make_root();
    expect_text("faults of several kinds",
                findings_of("{\"ociVersion\":\"1.0.0\",\n"
                            " \"process\":{\"cwd\":\"/\",\"noNewPrivilege\":true,\n"
                            "  \"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":100,\"hard\":1}],\n"
                            "  \"args\":[\"/nosuch\"]},\n"
                            " \"root\":{\"path\":\"rootfs\",\"readOnly\":true}, \"vendor\":1}",
                            false),
                "2:23 warning: process.noNewPrivilege: unknown member (did you mean \"noNewPrivileges\"?)\n"
                "3:14 error: process.rlimits[0]: soft 100 > hard 1 (lower the soft limit, or raise the hard one)\n"
                "4:11 error: process.args[0]: /nosuch: no such file in the container\n"
                "5:26 warning: root.readOnly: unknown member (did you mean \"readonly\"?)");
    expect_text("strict: unknown members are faults", findings_of(HEAD ROOT "," PROCESS ",\"vendor\":1}", true),
                "2:87 error: vendor: unknown member");
    expect_text("faults of decoding come alone",
                findings_of("{\"process\":{\"cwd\":1,\"args\":[\"/nosuch\"]},\n\"root\":7}", false),
                "1:1 error: ociVersion: is required (\"1.3.0\")\n"
                "1:19 error: process.cwd: expected a string, got a number (\"/\")\n"
                "2:8 error: root: expected an object, got a number");
    expect_text("broken text", findings_of("{\"root\":", false), "1:9 error: root: not valid JSON: ends in the middle");
    expect_text("no text", findings_of("", false), "1:1 error: is empty");
}

TEST(a_bundle_without_a_config_cannot_be_checked)
{
    const struct finding **found;
    test_directory();
    struct check_request request = {.bundle = "/nosuch/bundle"};
    expect_error(container_check(&request, &found, &err),
                 "cannot open the bundle /nosuch/bundle: No such file or directory (ENOENT)");
    request.bundle = test_path;
    assert_int_equal(container_check(&request, &found, &err), -1);
    expect_text("hint", err.hint,
                "a bundle is a directory with a config.json in it; \"davit spec\" writes one to begin with");
    error_clear(&err);
    request.config_file = "/nosuch.json";
    expect_error(container_check(&request, &found, &err),
                 "cannot open /nosuch.json: No such file or directory (ENOENT)");
}
