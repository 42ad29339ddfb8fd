/* own_image.h - davit's own mapping is moved to another description of its file, without executing it again.
 *
 * /proc/PID/exe leads to the file that was executed, by the mount that it was executed from. The kernel lets a process
 * change that link (prctl(2), PR_SET_MM_MAP) once nothing of the old one is mapped any more. To execute the same file
 * twice would do as well, and costs as much as everything else that davit itself does for a container. */
#pragma once

struct error;

/* `file`: the same file, opened by another mount. On failure, where the kernel or a sandbox refuses, the program
 * runs on as it did. For one thread. */
int own_image_move(int file, struct error *err);
