/* fault.h - tests stop, fail or kill davit at a named step: DAVIT_STOP_AT, DAVIT_FAIL_AT, DAVIT_KILL_AT, each the
 * step as errors show it ("init: mounts"). Only in a davit configured with --enable-fault-injection. */
#pragma once

struct error;

int fault_point(const char *step, struct error *err);
