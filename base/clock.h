/* clock.h - how long something takes, and until when it may take. Not the time of day: log.h writes that. */
#pragma once

#include <stdint.h>

/* The monotonic clock, which nobody sets. No system call: the vDSO answers. */
int64_t clock_us(void);
int64_t clock_ms(void);
