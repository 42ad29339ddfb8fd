/* sealed.h - davit runs from a copy of itself that nobody can write to (CVE-2019-5736).
 *
 * A process in a container can reach the file that davit is executed from, as /proc/PID/exe of an init or exec that
 * has joined it. From create, run, exec and restore on davit therefore runs from a detached read-only clone of its
 * file's mount, which costs nothing and shows in no mount table: it moves there (own_image.h), or, where the kernel
 * refuses that, is executed from there. Where a clone is not permitted, it is executed from a sealed memfd. A file that
 * is on a read-only mount already is as good. */
#pragma once

struct error;

/* May execute davit anew with the same arguments (title_init). Returns 0 in the davit that goes on; call it before
 * anything else has happened. */
int sealed_enter(struct error *err);
/* Lets go of the clone's mount, which stays for as long as davit runs from it. The last process that does so waits for
 * a grace period of the kernel's: a child at once, the runtime when it has nothing else to do. */
void sealed_release(void);
