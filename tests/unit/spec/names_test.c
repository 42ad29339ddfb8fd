#include "tests/unit/base/fixture.h"

#include "spec/names.h"

#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>

TEST(signals_have_names_with_and_without_sig_in_any_case_and_numbers)
{
    static const struct {
        const char *text;
        int expected;
    } cases[] = {
        {"9",           9 },
        {"0",           0 },
        {"64",          64},
        {"KILL",        9 },
        {"SIGKILL",     9 },
        {"sigterm",     15},
        {"Hup",         1 },
        {"SIGIOT",      6 },
        {"cld",         17},
        {"RTMIN",       34},
        {"SIGRTMIN+3",  37},
        {"rtmax",       64},
        {"SIGRTMAX-14", 50},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int signal = -1;
        if (!signal_find(cases[i].text, &signal) || signal != cases[i].expected)
            fail_msg("%s: expected %d, got %d", cases[i].text, cases[i].expected, signal);
    }
}

TEST(what_is_no_signal_is_refused)
{
    static const char *const cases[] = {"",      "65",     "-9",       "+9",       "09",      "SIG", "SIGSIGKILL",
                                        "KILLS", "RTMIN+", "RTMIN+31", "RTMAX-31", "RTMIN-1", "9 "};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int signal;
        if (signal_find(cases[i], &signal))
            fail_msg("\"%s\" was taken for %d", cases[i], signal);
    }
}

TEST(a_signal_is_called_by_its_first_name)
{
    expect_text("kill", signal_name(&arena, 9), "SIGKILL");
    expect_text("abort, not iot", signal_name(&arena, 6), "SIGABRT");
    expect_text("a real-time signal", signal_name(&arena, 37), "SIGRTMIN+3");
    expect_text("one of glibc's own", signal_name(&arena, 32), "32");
}

TEST(every_capability_of_the_kernel_headers_has_a_name)
{
    for (int i = 0; i <= CAP_LAST_CAP; i++)
        if (!name_of(capability_names, i))
            fail_msg("capability %d has no name", i);
    int capability = -1;
    assert_true(capability_find("net_admin", &capability));
    assert_int_equal(capability, CAP_NET_ADMIN);
    assert_true(capability_find("CAP_BPF", &capability));
    assert_int_equal(capability, CAP_BPF);
    assert_false(capability_find("CAP_CAP_BPF", &capability));
}

TEST(names_of_a_mask_fit_into_it)
{
    const struct name *const tables[] = {capability_names, scheduler_flag_names, memory_policy_flag_names,
                                         seccomp_flag_names};
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        for (const struct name *n = tables[i]; n->text; n++)
            assert_in_range(n->value, 0, 63);
}

TEST(namespaces_are_the_eight_of_the_kernel)
{
    int64_t all = 0;
    for (const struct name *n = namespace_names; n->text; n++)
        all |= n->value;
    assert_int_equal(all, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWUSER |
                              CLONE_NEWCGROUP | 0x80);
}

/* The table of config.md#linux-mount-options. */
static const char *const specified[] = {
    "async",          "atime",      "bind",         "defaults",    "dev",
    "diratime",       "dirsync",    "exec",         "iversion",    "lazytime",
    "loud",           "mand",       "noatime",      "nodev",       "nodiratime",
    "noexec",         "noiversion", "nolazytime",   "nomand",      "norelatime",
    "nostrictatime",  "nosuid",     "nosymfollow",  "private",     "ratime",
    "rbind",          "rdev",       "rdiratime",    "relatime",    "remount",
    "rexec",          "rnoatime",   "rnodiratime",  "rnoexec",     "rnorelatime",
    "rnostrictatime", "rnosuid",    "rnosymfollow", "ro",          "rprivate",
    "rrelatime",      "rro",        "rrw",          "rshared",     "rslave",
    "rstrictatime",   "rsuid",      "rsymfollow",   "runbindable", "rw",
    "shared",         "silent",     "slave",        "strictatime", "suid",
    "symfollow",      "sync",       "tmpcopyup",    "unbindable",  "idmap",
    "ridmap",
};

TEST(every_mount_option_of_the_specification_is_known_once)
{
    for (size_t i = 0; i < ARRAY_SIZE(specified); i++) {
        size_t count = 0;
        for (const struct mount_option *o = mount_options; o->text; o++)
            count += str_equal(o->text, specified[i]);
        if (count != 1)
            fail_msg("%s is there %zu times", specified[i], count);
    }
}

TEST(access_time_modes_replace_one_another)
{
    for (const struct mount_option *o = mount_options; o->text; o++) {
        uint64_t modes = (o->attr | o->attr_clear) & MOUNT_ATTR__ATIME;
        if (modes != 0 && (o->attr_clear & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
            fail_msg("%s clears a part of the access time mode: mount_setattr refuses that", o->text);
    }
}

TEST(recursive_options_have_attributes_alone)
{
    for (const struct mount_option *o = mount_options; o->text; o++)
        if (o->recursive && (o->set || o->clear || o->propagation))
            fail_msg("%s has flags of mount(2), which know no recursion", o->text);
}

TEST(an_option_with_a_value_is_split)
{
    const char *value = "";
    const struct mount_option *o = mount_option_find("idmap=uids=0-1000-1", &value);
    assert_non_null(o);
    assert_int_equal(o->extension, MOUNT_IDMAP);
    expect_text("the value", value, "uids=0-1000-1");
    assert_non_null(mount_option_find("ridmap", &value));
    assert_null(value);
    assert_null(mount_option_find("size=1k", NULL));
    assert_null(mount_option_find("ro=1", NULL));
    assert_null(mount_option_find("bindx", NULL));
}

TEST(a_misspelt_mount_option_has_a_neighbour)
{
    expect_text("a letter missing", mount_option_nearest("nosuidd"), "nosuid");
    expect_text("a letter too few", mount_option_nearest("noexe"), "noexec");
    expect_text("a filesystem's own", mount_option_nearest("size=65536k"), NULL);
}
