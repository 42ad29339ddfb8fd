/* What the aspects of the filesystem refuse before anything is made. */
#include "libcontainer/aspects/aspects.h"

#include "spec/config.h"
#include "spec/schema.h"
#include "tests/unit/base/fixture.h"

static const struct config *config_of(const char *members)
{
    const char *text = arena_printf(&arena, "{\"ociVersion\":\"1.3.0\"%s}", members);
    const struct config *c = schema_decode(&config_object, "config.json", text, strlen(text), NULL, &err);
    if (!c)
        print_error("%s", error_text(&err));
    assert_non_null(c);
    return c;
}

static const struct {
    const char *sentence;
    const struct aspect *aspect;
    const char *members, *expect; /* expect NULL: nothing is wrong */
} cases[] = {
    {"a root is needed",                  &rootfs,   "",                                                                        "root.path is missing"                                                              },
    {"a relative root is fine",           &rootfs,   ",\"root\":{\"path\":\"rootfs\"}",                                         NULL                                                                                },
    {"a hostname needs a uts namespace",  &hostname, ",\"hostname\":\"a\"",
     "hostname without a uts namespace would change the host's"                                                                                                                                                     },
    {"so does a domainname",              &hostname, ",\"domainname\":\"a\"",
     "domainname without a uts namespace would change the host's"                                                                                                                                                   },
    {"a joined uts namespace will do",    &hostname,
     ",\"hostname\":\"a\",\"linux\":{\"namespaces\":[{\"type\":\"uts\",\"path\":\"/x\"}]}",                                     NULL                                                                                },
    {"an empty hostname changes nothing", &hostname, ",\"hostname\":\"\"",                                                      NULL                                                                                },
    {"devices have numbers",              &devices,  ",\"linux\":{\"devices\":[{\"type\":\"b\",\"path\":\"/x\",\"major\":1}]}",
     "linux.devices[0].minor: is required for a device of type \"b\""                                                                                                                                               },
    {"a fifo has none",                   &devices,  ",\"linux\":{\"devices\":[{\"type\":\"p\",\"path\":\"/x\"}]}",             NULL                                                                                },
    {"a sysctl of the host is refused",   &sysctls,  ",\"linux\":{\"sysctl\":{\"kernel.pid_max\":\"1\"}}",
     "linux.sysctl.kernel.pid_max: sysctl \"kernel.pid_max\" belongs to no namespace: it would change the host"                                                                                                     },
    {"a sysctl needs its namespace",      &sysctls,  ",\"linux\":{\"sysctl\":{\"net.x\":\"1\"}}",
     "linux.sysctl.net.x: sysctl \"net.x\" belongs to the network namespace, and the container has none of its own"                                                                                                 },
    {"with its namespace it is fine",     &sysctls,
     ",\"linux\":{\"sysctl\":{\"net.x\":\"1\"},\"namespaces\":[{\"type\":\"network\"}]}",                                       NULL                                                                                },
    {"a hostname is set once",            &sysctls,
     ",\"hostname\":\"a\",\"linux\":{\"sysctl\":{\"kernel.hostname\":\"b\"},\"namespaces\":[{\"type\":\"uts\"}]}",              "linux.sysctl.kernel.hostname: sysctl \"kernel.hostname\" and hostname are both set"},
};

TEST(faults_are_found_before_anything_is_made)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int result = cases[i].aspect->check(config_of(cases[i].members), &err);
        expect_text(cases[i].sentence, result < 0 ? error_line(&err) : NULL, cases[i].expect);
        error_clear(&err);
    }
}
