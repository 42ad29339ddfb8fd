#include "libcontainer/mount/plan.h"

#include "spec/config.h"
#include "spec/schema.h"
#include "tests/unit/base/fixture.h"

#define NAMESPACES "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}"
#define USER                                                                \
    "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]," \
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":1}],"        \
    "\"gidMappings\":[{\"containerID\":0,\"hostID\":8,\"size\":1}]}"

static const struct config *config_of(const char *members, const char *linux_member)
{
    const char *text =
        arena_printf(&arena, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},%s,%s}", members, linux_member);
    const struct config *c = schema_decode(&config_object, "config.json", text, strlen(text), NULL, &err);
    if (!c)
        print_error("%s", error_text(&err));
    assert_non_null(c);
    return c;
}

static const struct mount_plan *plan_of(const char *mount, const char *linux_member)
{
    struct mount_plan *p;
    const char *members = arena_printf(&arena, "\"mounts\":[%s]", mount);
    expect_ok(mount_plan_make(config_of(members, linux_member), "/bundle", &p, &err));
    return p;
}

TEST(destinations_are_clean_and_absolute)
{
    static const char *const texts[][2] = {
        {"/proc",        "/proc"},
        {"proc",         "/proc"},
        {"//proc/",      "/proc"},
        {"/x/../proc/.", "/proc"},
        {"../../etc",    "/etc" },
        {"/",            "/"    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        const char *mount = arena_printf(&arena, "{\"destination\":\"%s\",\"type\":\"tmpfs\"}", texts[i][0]);
        expect_text(texts[i][0], plan_of(mount, NAMESPACES)->items[0].destination, texts[i][1]);
    }
}

TEST(sources_of_bind_mounts_are_relative_to_the_bundle)
{
    const struct mount_plan *p =
        plan_of("{\"destination\":\"/a\",\"source\":\"data\",\"options\":[\"bind\"]},"
                "{\"destination\":\"/b\",\"source\":\"/srv/../data\",\"type\":\"none\",\"options\":[\"rbind\"]},"
                "{\"destination\":\"/c\",\"source\":\"data\",\"type\":\"ext4\"}",
                NAMESPACES);
    expect_text("relative", p->items[0].source, "/bundle/data");
    expect_text("absolute", p->items[1].source, "/srv/../data");
    expect_text("a device's name stays", p->items[2].source, "data");
    assert_int_equal(p->items[0].kind, MOUNT_KIND_BIND);
    assert_int_equal(p->items[1].kind, MOUNT_KIND_BIND);
    assert_int_equal(p->items[2].kind, MOUNT_KIND_FILESYSTEM);
}

TEST(options_of_a_filesystem_are_no_fault_of_a_bind_mount)
{
    plan_of("{\"destination\":\"/a\",\"source\":\"data\",\"options\":[\"bind\",\"mode=755\",\"size=1k\",\"whatever\"]}",
            NAMESPACES);
}

TEST(kinds_follow_types_and_options)
{
    const struct mount_plan *p = plan_of("{\"destination\":\"/a\",\"type\":\"cgroup\"},"
                                         "{\"destination\":\"/b\",\"type\":\"cgroup2\"},"
                                         "{\"destination\":\"/c\",\"options\":[\"remount\",\"ro\"]},"
                                         "{\"destination\":\"/dev\",\"source\":\"/dev\",\"options\":[\"bind\"]}",
                                         NAMESPACES);
    assert_int_equal(p->items[0].kind, MOUNT_KIND_CGROUP);
    assert_int_equal(p->items[1].kind, MOUNT_KIND_CGROUP);
    assert_int_equal(p->items[2].kind, MOUNT_KIND_REMOUNT);
    assert_true(p->binds_dev);
    assert_true(p->own_namespace);
    assert_true(p->is_mounting);
}

TEST(a_tmpfs_over_a_bound_dev_gets_devices)
{
    const struct mount_plan *p = plan_of("{\"destination\":\"/dev\",\"source\":\"/dev\",\"options\":[\"bind\"]},"
                                         "{\"destination\":\"/dev\",\"type\":\"tmpfs\"}",
                                         NAMESPACES);
    assert_false(p->binds_dev);
}

TEST(id_maps_come_from_the_mount_or_its_option_or_the_user_namespace)
{
    const struct mount_plan *p =
        plan_of("{\"destination\":\"/a\",\"source\":\"a\",\"options\":[\"bind\"],"
                "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],"
                "\"gidMappings\":[{\"containerID\":0,\"hostID\":2,\"size\":1}]},"
                "{\"destination\":\"/b\",\"source\":\"a\",\"options\":[\"bind\",\"idmap=uids=0-3-1;gids=0-4-1\"]},"
                "{\"destination\":\"/c\",\"source\":\"a\",\"options\":[\"rbind\",\"ridmap\"]},"
                "{\"destination\":\"/d\",\"source\":\"a\",\"options\":[\"rbind\"]}",
                USER);
    assert_true(p->items[0].options.idmap);
    assert_int_equal(*p->items[0].uid_mappings[0]->host_id, 1);
    assert_int_equal(*p->items[1].uid_mappings[0]->host_id, 3);
    assert_int_equal(*p->items[1].gid_mappings[0]->host_id, 4);
    assert_int_equal(*p->items[2].uid_mappings[0]->host_id, 7);
    assert_true(p->items[2].options.idmap_recursive);
    assert_false(p->items[3].options.idmap);
}

TEST(an_id_map_may_come_from_a_joined_user_namespace)
{
    const struct mount_plan *p =
        plan_of("{\"destination\":\"/c\",\"source\":\"a\",\"options\":[\"bind\",\"idmap\"]}",
                "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/7/ns/user\"}]}");
    expect_text("path", p->items[0].user_namespace, "/proc/7/ns/user");
}

TEST(the_label_is_an_option_named_by_the_annotation)
{
    struct mount_plan *p;
    const char *label = "\"linux\":{\"mountLabel\":\"u:r:t:s0\",\"namespaces\":[{\"type\":\"mount\"}]}";
    expect_ok(mount_plan_make(config_of("\"mounts\":[]", label), "/b", &p, &err));
    expect_text("context", p->label, "context=u:r:t:s0");
    const char *annotated = "\"annotations\":{\"run.oci.mount_context_type\":\"rootcontext\"}";
    expect_ok(mount_plan_make(config_of(annotated, label), "/b", &p, &err));
    expect_text("rootcontext", p->label, "rootcontext=u:r:t:s0");
}

static const struct {
    const char *sentence, *mount, *expect;
} faults[] = {
    {"type bind is no filesystem",                  "{\"destination\":\"/a\",\"source\":\"/tmp\",\"type\":\"bind\"}",
     "mounts[0]: type \"bind\" is not a filesystem; add option \"bind\" or \"rbind\""                                                                                                                              },
    {"a type is needed",                            "{\"destination\":\"/a\",\"source\":\"/tmp\"}",                                  "mounts[0]: type is missing"                                                  },
    {"a bind mount needs a source",                 "{\"destination\":\"/a\",\"options\":[\"bind\"]}",
     "mounts[0]: source is missing: a bind mount needs one"                                                                                                                                                        },
    {"a typing error makes no writable bind mount",
     "{\"destination\":\"/a\",\"source\":\"/tmp\",\"options\":[\"bind\",\"rdonly\"]}",                                               "mounts[0].options[1] \"rdonly\" is not a known option (did you mean \"ro\"?)"},
    {"idmap needs a mapping",                       "{\"destination\":\"/a\",\"source\":\"/tmp\",\"options\":[\"bind\",\"idmap\"]}",
     "mounts[0]: idmap has no mapping: neither the mount nor a user namespace gives one"                                                                                                                           },
    {"both mappings or none",
     "{\"destination\":\"/a\",\"source\":\"/tmp\",\"options\":[\"bind\"],"
     "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}",                                                               "mounts[0]: uidMappings without gidMappings"                                  },
    {"only bind mounts are id-mapped",              "{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"idmap\"]}",
     "mounts[0]: only a bind mount can be id-mapped"                                                                                                                                                               },
    {"tmpcopyup is tmpfs's",                        "{\"destination\":\"/a\",\"type\":\"ramfs\",\"options\":[\"tmpcopyup\"]}",
     "mounts[0]: tmpcopyup is for tmpfs, and this is ramfs"                                                                                                                                                        },
    {"copy-symlink is for bind mounts",             "{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"copy-symlink\"]}",
     "mounts[0]: copy-symlink is for bind mounts"                                                                                                                                                                  },
};

TEST(faults_of_mounts_name_the_place)
{
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        struct mount_plan *p;
        const char *members = arena_printf(&arena, "\"mounts\":[%s]", faults[i].mount);
        expect_error(mount_plan_make(config_of(members, NAMESPACES), "/b", &p, &err), faults[i].expect);
    }
}

TEST(in_a_mount_namespace_of_others_only_what_is_asked_for_is_mounted)
{
    static const struct {
        const char *members, *linux_member;
        bool is_mounting;
    } cases[] = {
        {"\"mounts\":[]",                                                                "\"linux\":{}",                                                      false},
        {"\"mounts\":[]",                                                                "\"linux\":{\"namespaces\":[{\"type\":\"mount\",\"path\":\"/x\"}]}", false},
        {"\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"}]",                     "\"linux\":{}",                                                      true },
        {"\"mounts\":[]",                                                                "\"linux\":{\"maskedPaths\":[\"/a\"]}",                              true },
        {"\"mounts\":[]",                                                                "\"linux\":{\"readonlyPaths\":[\"/a\"]}",                            true },
        {"\"mounts\":[]",                                                                "\"linux\":{\"rootfsPropagation\":\"slave\"}",                       true },
        {"\"mounts\":[]",                                                                "\"linux\":{\"devices\":[{\"path\":\"/dev/a\",\"type\":\"p\"}]}",    true },
        {"\"mounts\":[],\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"terminal\":true}", "\"linux\":{}",                                                      true },
    };
    struct mount_plan *p;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect_ok(mount_plan_make(config_of(cases[i].members, cases[i].linux_member), "/b", &p, &err));
        assert_false(p->own_namespace);
        assert_int_equal(p->is_mounting, cases[i].is_mounting);
    }
}

TEST(a_masked_path_belongs_to_the_last_mount_above_it)
{
    const char *linux_member = "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],"
                               "\"maskedPaths\":[\"/proc/keys\"],\"readonlyPaths\":[\"/a//b/c\",\"/sys\"]}";
    struct mount_plan *p;
    const char *members = "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"},"
                          "{\"destination\":\"/pro\",\"type\":\"tmpfs\"},{\"destination\":\"/a/b\",\"type\":\"tmpfs\"},"
                          "{\"destination\":\"/a\",\"type\":\"tmpfs\"},{\"destination\":\"/sys\",\"type\":\"sysfs\"}]";
    expect_ok(mount_plan_make(config_of(members, linux_member), "/bundle", &p, &err));
    const bool holds[] = {true, false, true, true, true};
    for (size_t i = 0; i < ARRAY_SIZE(holds); i++)
        assert_int_equal(p->items[i].holds_paths, holds[i]);
    const char *rest = NULL;
    assert_int_equal(mount_plan_holder(p, "/proc/keys", &rest), -1); /* not yet mounted */
    for (size_t i = 0; i < ARRAY_SIZE(holds); i++)
        p->items[i].mounted_fd = holds[i] ? (int)(100 + i) : -1;
    assert_int_equal(mount_plan_holder(p, "/proc/keys", &rest), 100);
    expect_text("below /proc", rest, "/keys");
    assert_int_equal(mount_plan_holder(p, "/a/b/c", &rest), 103);
    expect_text("below what covers it", rest, "/b/c");
    assert_int_equal(mount_plan_holder(p, "/sys", &rest), 104);
    expect_text("the mount itself", rest, "");
    assert_int_equal(mount_plan_holder(p, "/process", &rest), -1);
}

TEST(a_mount_that_a_later_one_covers_holds_no_path)
{
    static const struct {
        const char *later;
        int holder;
    } cases[] = {
        {"{\"destination\":\"/\",\"type\":\"tmpfs\"}",                       -1 },
        {"{\"destination\":\"/proc\",\"type\":\"tmpfs\"}",                   -1 },
        {"{\"destination\":\"/proc\",\"options\":[\"remount\",\"nosuid\"]}", 100},
        {"{\"destination\":\"/proc/sys\",\"type\":\"tmpfs\"}",               100},
    };
    const char *linux_member = "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"maskedPaths\":[\"/proc/keys\"]}";
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct mount_plan *p;
        const char *rest,
            *members =
                arena_printf(&arena, "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"},%s]", cases[i].later);
        expect_ok(mount_plan_make(config_of(members, linux_member), "/b", &p, &err));
        p->items[0].mounted_fd = 100;
        assert_int_equal(mount_plan_holder(p, "/proc/keys", &rest), cases[i].holder);
    }
}

TEST(a_place_is_covered_by_what_the_config_mounts_there_last)
{
    struct mount_plan *p;
    const char *members = "\"mounts\":[{\"destination\":\"/dev/full\",\"source\":\"/f\",\"options\":[\"bind\"]},"
                          "{\"destination\":\"/dev\",\"type\":\"tmpfs\"},"
                          "{\"destination\":\"/dev/random\",\"source\":\"/dev/urandom\",\"options\":[\"bind\"]},"
                          "{\"destination\":\"/dev/zero\",\"options\":[\"remount\",\"ro\"]},"
                          "{\"destination\":\"/dev/a/b\",\"type\":\"tmpfs\"}]";
    expect_ok(mount_plan_make(config_of(members, NAMESPACES), "/b", &p, &err));
    assert_true(mount_plan_covers(p, "/dev/random"));
    assert_true(mount_plan_covers(p, "/dev/a/b"));
    assert_false(mount_plan_covers(p, "/dev/a"));
    assert_false(mount_plan_covers(p, "/dev/full"));
    assert_false(mount_plan_covers(p, "/dev/zero"));
    assert_false(mount_plan_covers(p, "/dev/null"));
}

TEST(ids_of_the_container_in_an_option_are_resolved_by_its_user_namespace)
{
    const char *user = "\"linux\":{\"namespaces\":[{\"type\":\"user\"},{\"type\":\"mount\"}],"
                       "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10},"
                       "{\"containerID\":10,\"hostID\":5000,\"size\":10}],"
                       "\"gidMappings\":[{\"containerID\":0,\"hostID\":2000,\"size\":100}]}";
    const struct mount_plan *p = plan_of("{\"destination\":\"/a\",\"source\":\"a\",\"options\":[\"bind\","
                                         "\"idmap=uids=@3-8-4#9-7-1;gids=@0-5-95\"]}",
                                         user);
    const struct id_mapping **uids = p->items[0].uid_mappings, **gids = p->items[0].gid_mappings;
    const int64_t wanted[][3] = {
        {3, 1008, 2},
        {5, 5000, 2},
        {9, 7,    1}
    };
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        assert_int_equal(*uids[i]->container_id, wanted[i][0]);
        assert_int_equal(*uids[i]->host_id, wanted[i][1]);
        assert_int_equal(*uids[i]->size, wanted[i][2]);
    }
    assert_null(uids[3]);
    assert_int_equal(*gids[0]->host_id, 2005);
    assert_null(gids[1]);

    struct mount_plan *refused;
    const char *beyond = "\"mounts\":[{\"destination\":\"/a\",\"source\":\"a\",\"options\":[\"bind\","
                         "\"idmap=uids=@0-15-6;gids=@0-0-1\"]}]";
    expect_error(mount_plan_make(config_of(beyond, user), "/b", &refused, &err),
                 "mounts[0]: idmap: the mappings of the user namespace have no id 20");
}
