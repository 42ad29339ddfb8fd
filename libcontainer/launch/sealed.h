/* sealed.h - davit runs from a copy of itself that nobody can write to (CVE-2019-5736).
 *
 * A process in a container can reach the file that davit is executed from, as /proc/PID/exe of an init or exec that
 * has joined it. From create, run, exec and restore on davit is therefore executed from a detached read-only clone of
 * its file's mount, which costs nothing and shows in no mount table, or, where that is not permitted, from a sealed
 * memfd. A file that is on a read-only mount already is as good. */
#pragma once

struct error;

/* Executes davit anew with the same arguments (title_init), unless that has been done or is not needed. Returns 0 in
 * the davit that goes on; call it before anything else has happened. */
int sealed_enter(struct error *err);
