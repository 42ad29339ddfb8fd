#include "libcontainer/launch/fault.h"

#include "base/error.h"
#include "base/str.h"
#include "build-config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Seen by its name. Process 1 of a namespace cannot stop itself: it sleeps until it is killed. */
static void stand_still(void)
{
    prctl(PR_SET_NAME, "davit:stopped");
    if (getpid() != 1)
        kill(getpid(), SIGSTOP);
    else
        for (;;)
            pause();
}

int fault_point(const char *step, struct error *err)
{
    if (!DAVIT_FAULT_INJECTION)
        return 0;
    /* To itself by number: init may be process 1 of its namespace, where raise() has no effect. */
    if (str_equal(secure_getenv("DAVIT_STOP_AT"), step))
        stand_still();
    if (str_equal(secure_getenv("DAVIT_KILL_AT"), step)) {
        kill(getpid(), SIGKILL);
        _exit(137); /* process 1 is not killed from within */
    }
    if (str_equal(secure_getenv("DAVIT_FAIL_AT"), step))
        return fail(err, ERR_SYSTEM, "DAVIT_FAIL_AT asked for this failure");
    return 0;
}
