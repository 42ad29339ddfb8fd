/* create.c - creating → created. */
#include "libcontainer/container.h"

#include "base/error.h"
#include "libcontainer/container/creation.h"
#include "libcontainer/container/pid_file.h"
#include "libcontainer/launch/parent.h"
#include "libcontainer/launch/sequence.h"

#include <stddef.h>

static int hand_over(struct launch *l, struct error *err)
{
    if (creation_record(l, false, err) < 0 || pid_file_write(l->options->pid_file, l->pid, err) < 0)
        return -1;
    if (sequence_point(l, "runtime: hand over", err) == 0 && parent_let_wait(l, err) == 0)
        return 0;
    pid_file_remove(l->options->pid_file);
    return -1;
}

int container_create(const struct create_request *request, struct error *err)
{
    struct launch *l;
    if (creation_begin(request, false, NULL, &l, err) < 0)
        return -1;
    if (hand_over(l, err) < 0) {
        error_context(err, "cannot create %s", request->id);
        return creation_undo(l, err);
    }
    creation_end(l);
    return 0;
}
