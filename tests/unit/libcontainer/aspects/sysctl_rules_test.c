#include "libcontainer/aspects/sysctl_rules.h"

#include "tests/unit/base/fixture.h"

#include <sched.h>

TEST(keys_become_files)
{
    static const char *const texts[][2] = {
        {"net.ipv4.ip_forward",               "net/ipv4/ip_forward"              },
        {"net/ipv4/ip_forward",               "net/ipv4/ip_forward"              },
        {"net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"},
        {"net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"},
        {"kernel.shmmax",                     "kernel/shmmax"                    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        const char *file;
        expect_ok(sysctl_file(texts[i][0], &file, &err));
        expect_text(texts[i][0], file, texts[i][1]);
    }
}

TEST(keys_cannot_lead_elsewhere)
{
    static const char *const wrong[][2] = {
        {"",                                             "sysctl \"\" is empty"                                                    },
        {"net/../kernel/core_pattern",                   "sysctl \"net/../kernel/core_pattern\" has an empty part, \".\" or \"..\""},
        {"net.//.kernel",                                "sysctl \"net.//.kernel\" has an empty part, \".\" or \"..\""             },
        {"/net/x",                                       "sysctl \"/net/x\" has an empty part, \".\" or \"..\""                    },
        {"net..x",                                       "sysctl \"net..x\" has an empty part, \".\" or \"..\""                    },
        {"net.x.",                                       "sysctl \"net.x.\" has an empty part, \".\" or \"..\""                    },
        {"net/./x",                                      "sysctl \"net/./x\" has an empty part, \".\" or \"..\""                   },
        {"kernel.shm_rmid_forced=1+kernel.core_pattern",
         "sysctl \"kernel.shm_rmid_forced=1+kernel.core_pattern\" has a character that no kernel parameter has"                    },
        {"net.a b",                                      "sysctl \"net.a b\" has a character that no kernel parameter has"         },
        {"net.a\nb",                                     "sysctl \"net.a\\nb\" has a character that no kernel parameter has"       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        const char *file;
        expect_error(sysctl_file(wrong[i][0], &file, &err), wrong[i][1]);
    }
}

TEST(parameters_belong_to_a_namespace_or_to_the_host)
{
    static const struct {
        const char *file;
        uint64_t namespace;
    } cases[] = {
        {"net/ipv4/ip_forward",      CLONE_NEWNET },
        {"net",                      0            },
        {"network/x",                0            },
        {"fs/mqueue/msg_max",        CLONE_NEWIPC },
        {"fs/file-max",              0            },
        {"kernel/shmmax",            CLONE_NEWIPC },
        {"kernel/sem",               CLONE_NEWIPC },
        {"kernel/semx",              0            },
        {"kernel/shm_rmid_forced",   CLONE_NEWIPC },
        {"kernel/domainname",        CLONE_NEWUTS },
        {"kernel/hostname",          CLONE_NEWUTS },
        {"kernel/core_pattern",      0            },
        {"kernel/pid_max",           0            },
        {"vm/overcommit_memory",     0            },
        {"user/max_user_namespaces", CLONE_NEWUSER},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (sysctl_namespace(cases[i].file) != cases[i].namespace)
            fail_msg("%s\n", cases[i].file);
    }
}
