#include "libcontainer/launch/fault.h"

#include "base/error.h"
#include "base/str.h"
#include "build-config.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int fault_point(const char *step, struct error *err)
{
    if (!DAVIT_FAULT_INJECTION)
        return 0;
    /* To itself by number: init may be process 1 of its namespace, where raise() has no effect. */
    if (str_equal(secure_getenv("DAVIT_STOP_AT"), step))
        kill(getpid(), SIGSTOP);
    if (str_equal(secure_getenv("DAVIT_KILL_AT"), step)) {
        kill(getpid(), SIGKILL);
        _exit(137); /* process 1 is not killed from within */
    }
    if (str_equal(secure_getenv("DAVIT_FAIL_AT"), step))
        return fail(err, ERR_SYSTEM, "DAVIT_FAIL_AT asked for this failure");
    return 0;
}
