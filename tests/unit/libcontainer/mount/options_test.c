#include "libcontainer/mount/options.h"

#include "spec/config.h"
#include "tests/unit/base/fixture.h"

#include <sys/mount.h>

#define MS_LAZYTIME_BIT (1 << 25)

struct bit {
    uint64_t value;
    const char *name;
};

static const struct bit attribute_bits[] = {
    {MOUNT_ATTR_RDONLY,      "ro"         },
    {MOUNT_ATTR_NOSUID,      "nosuid"     },
    {MOUNT_ATTR_NODEV,       "nodev"      },
    {MOUNT_ATTR_NOEXEC,      "noexec"     },
    {MOUNT_ATTR_NODIRATIME,  "nodiratime" },
    {MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
};

static const char *attributes_text(uint64_t bits, bool clears)
{
    const char *text = "";
    for (size_t i = 0; i < ARRAY_SIZE(attribute_bits); i++)
        if (bits & attribute_bits[i].value)
            text = arena_printf(&arena, "%s %s", text, attribute_bits[i].name);
    uint64_t atime = bits & MOUNT_ATTR__ATIME;
    if (clears)
        return atime ? arena_printf(&arena, "%s %s", text, atime == MOUNT_ATTR__ATIME ? "atime" : "half-of-atime")
                     : text;
    if (atime)
        text = arena_printf(&arena, "%s %s", text, atime == MOUNT_ATTR_NOATIME ? "noatime" : "strictatime");
    return text;
}

static const char *change_text(const char *name, const struct mount_change *c)
{
    if (!c->set && !c->clear)
        return "";
    return arena_printf(&arena, " %s(+%s -%s)", name, attributes_text(c->set, false), attributes_text(c->clear, true));
}

static const char *propagation_text(uint64_t p)
{
    return p == MS_SHARED ? "shared" : p == MS_SLAVE ? "slave" : p == MS_PRIVATE ? "private" : "unbindable";
}

/* What the kernel would be told. */
static const char *options_text(const struct mount_options *o)
{
    const char *keys[MOUNT_SUPERBLOCK_KEYS];
    const char *text = "";
    if (o->flags & MS_BIND)
        text = o->flags & MS_REC ? " rbind" : " bind";
    if (o->flags & MS_REMOUNT)
        text = arena_printf(&arena, "%s remount", text);
    text = arena_printf(&arena, "%s%s%s", text, change_text("own", &o->own), change_text("below", &o->below));
    if (o->propagation_below)
        text = arena_printf(&arena, "%s r%s", text, propagation_text(o->propagation_below));
    if (o->propagation)
        text = arena_printf(&arena, "%s %s", text, propagation_text(o->propagation));
    size_t count = mount_options_superblock(o, keys);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(&arena, "%s super:%s", text, keys[i]);
    for (const struct mount_datum *d = o->data; d->key; d++)
        text = arena_printf(&arena, "%s %s%s%s@%zu", text, d->key, d->value ? "=" : "", d->value ? d->value : "",
                            d->option);
    if (o->idmap)
        text = arena_printf(&arena, "%s %s", text, o->idmap_recursive ? "ridmap" : "idmap");
    if (o->tmpcopyup)
        text = arena_printf(&arena, "%s tmpcopyup", text);
    if (o->copy_symlink)
        text = arena_printf(&arena, "%s copy-symlink", text);
    if (o->source_nofollow)
        text = arena_printf(&arena, "%s src-nofollow", text);
    if (o->target_nofollow)
        text = arena_printf(&arena, "%s dest-nofollow", text);
    return *text == ' ' ? text + 1 : text;
}

#define OPTIONS(...)      \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

static const struct {
    const char *sentence;
    const char *const *options;
    const char *expect;
} cases[] = {
    {"defaults mean nothing",                               OPTIONS("defaults"),                                              ""                                                                                                                     },
    {"ro is of the mount and of its filesystem",            OPTIONS("ro"),                                                    "own(+ ro -) super:ro"                                                                                                 },
    {"the last of ro and rw wins",                          OPTIONS("ro",                                                     "rw"),                                                                                                                   "own(+ - ro) super:rw"},
    {"the last of rw and ro wins",                                                     OPTIONS("rw",                                                                                          "ro"),                                                                                                                                                 "own(+ ro -) super:ro"},
    {"attributes add up",                               OPTIONS("nosuid",                                                                                               "nodev",                                                    "noexec", "nosymfollow", "nodiratime"),
     "own(+ nosuid nodev noexec nodiratime nosymfollow -)"},
    {"attributes are taken back",                                              OPTIONS("suid",        "dev",                                                               "exec", "symfollow", "diratime"),
     "own(+ - nosuid nodev noexec nodiratime nosymfollow)"},
    {"noatime replaces the mode of access times as a whole", OPTIONS("noatime"),                                                                 "own(+ noatime - atime)"                                                                                                                                                             },
    {"strictatime replaces noatime",                                                OPTIONS("noatime",                                                                                                   "strictatime"),                                                                                                                                                 "own(+ strictatime - atime)"},
    {"atime leads back to relatime", OPTIONS("noatime",                                                                 "atime"),                                                                                                                                   "own(+ - atime)"},
    {"relatime replaces strictatime",                             OPTIONS("strictatime",                             "relatime"),"own(+ - atime)"},
    {"bind is not recursive",                                       OPTIONS("bind"),"bind"},
    {"rbind is",                                    OPTIONS("rbind",                            "rprivate"), "rbind rprivate"},
    {"recursive attributes are those of all mounts below",                       OPTIONS("rbind",                                      "rro",                                                                                                                      "rnosuid"),
     "rbind below(+ ro nosuid -)"},
    {"a later recursive one takes the mount's own back",                                                     OPTIONS("rbind",                                                                                               "ro",                                                                                                                                                                 "rrw"), "rbind below(+ - ro) super:ro"},
    {"one for the mount alone stays beside it",                                                     OPTIONS("rbind",                                                                                                            "rro",                                                                                                                                                                                                                                  "rw"),
     "rbind own(+ - ro) below(+ ro -) super:rw"},
    {"recursive access times",                                     OPTIONS("rnoatime"),                                                                                                     "below(+ noatime - atime)"                                                                                                                                                                        },
    {"a recursive propagation replaces all before",                                                OPTIONS("shared",                                                                 "rslave"),                                                                                                                                                                                                                     "rslave"},
    {"one for the top stays beside a recursive one",    OPTIONS("rprivate", "shared"),                      "rprivate shared"},
    {"unbindable",                       OPTIONS("unbindable"),                                                                                       "unbindable"                                                                                                                                                                     },
    {"flags of the superblock",                                                OPTIONS("sync","dirsync",                                                                                                                                                                                                       "mand", "lazytime"),
     "super:sync super:dirsync super:mand super:lazytime"},
    {"and their opposites",                              OPTIONS("sync",                                       "async",                                "nomand", "nolazytime"),
     "super:async super:nomand super:nolazytime"},
    {"silent, loud and iversion have no effect",         OPTIONS("silent",          "loud",                                                        "iversion", "noiversion"), ""},
    {"unknown words are the filesystem's",                                                     OPTIONS("size=64k",                                                                        "noswap"),                                                                                                                                                                          "size=64k@0 noswap@1"},
    {"one text may hold several",                                    OPTIONS("size=64k,mode=755,ro"),                                                                                                    "own(+ ro -) super:ro size=64k@0 mode=755@0"                                                                                                                                                                                          },
    {"commas between quotes do not separate",                                         OPTIONS("context=\"u:r:t:s0:c1,c2\",size=1k"),
     "context=u:r:t:s0:c1,c2@0 size=1k@0"},
    {"nor do commas behind a backslash",                                            OPTIONS("lowerdir=/a\\,b:/c,size=1k"),                                                                                                       "lowerdir=/a\\,b:/c@0 size=1k@0"            },
    {"a value may hold an equals sign",                                                     OPTIONS("a=b=c"),                                                                                                 "a=b=c@0"                                                                                                                                                                            },
    {"an empty value is one",                                             OPTIONS("a="),                                                                                                "a=@0"                                                                                                                                                                                                     },
    {"comments are nobody's",            OPTIONS("x-systemd.automount",                                                    "X-mount.mkdir",                                                                                                                                                            "comment=me", ""), ""},
    {"extensions",                                        OPTIONS("tmpcopyup",                                                                                                      "copy-symlink",                                                                                                                                                                                                                             "src-nofollow", "dest-nofollow"),
     "tmpcopyup copy-symlink src-nofollow dest-nofollow"},
    {"idmap and ridmap",OPTIONS("ridmap"),"ridmap"},
    {"idmap alone concerns the mount",                           OPTIONS("idmap"),                         "idmap"},
};

TEST(options_mean_what_the_specification_says)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct mount_options o;
        expect_ok(mount_options_parse(cases[i].options, "mounts[0]", &o, &err));
        expect_text(cases[i].sentence, options_text(&o), cases[i].expect);
    }
}

TEST(mappings_of_idmap_are_read)
{
    struct mount_options o;
    expect_ok(mount_options_parse(OPTIONS("idmap=uids=0-1000-1#1-100000-5;gids=0-2000-1"), "mounts[0]", &o, &err));
    assert_true(o.idmap);
    assert_int_equal(*o.uid_mappings[0]->container_id, 0);
    assert_int_equal(*o.uid_mappings[0]->host_id, 1000);
    assert_int_equal(*o.uid_mappings[1]->host_id, 100000);
    assert_int_equal(*o.uid_mappings[1]->size, 5);
    assert_null(o.uid_mappings[2]);
    assert_int_equal(*o.gid_mappings[0]->host_id, 2000);
    assert_null(o.gid_mappings[1]);
}

TEST(damaged_mappings_are_refused)
{
    static const struct {
        const char *option, *expect;
    } wrong[] = {
        {"idmap=uids=0-1-1",                     "mounts[3].options[0]: idmap= needs both uids= and gids="       },
        {"idmap=uids=0-1;gids=0-1-1",            "mounts[3].options[0]: \"0-1\" is not a range of ids"           },
        {"idmap=uids=0-1-0;gids=0-1-1",          "mounts[3].options[0]: \"0-1-0\" is not a range of ids"         },
        {"idmap=uids=0-1-4294967296;gids=0-1-1", "mounts[3].options[0]: \"0-1-4294967296\" is not a range of ids"},
        {"idmap=uids=@@0-1-1;gids=0-1-1",        "mounts[3].options[0]: \"@0-1-1\" is not a range of ids"        },
        {"idmap=0-1-1",                          "mounts[3].options[0]: \"0-1-1\" is neither uids= nor gids="    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct mount_options o;
        expect_error(mount_options_parse(OPTIONS(wrong[i].option), "mounts[3]", &o, &err), wrong[i].expect);
    }
}

TEST(unknown_options_lead_to_the_one_that_was_meant)
{
    static const struct {
        const char *key, *value, *expect;
    } unknown[] = {
        {"rdonly",     NULL, "\"rdonly\" is not a known option (did you mean \"ro\"?)"    },
        {"nosiud",     NULL, "\"nosiud\" is not a known option (did you mean \"nosuid\"?)"},
        {"frobnicate", "1",  "\"frobnicate=1\" is not a known option"                     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
        const struct mount_datum d = {.key = unknown[i].key, .value = unknown[i].value};
        expect_text(unknown[i].key, mount_option_unknown(&d, &err), unknown[i].expect);
    }
}
