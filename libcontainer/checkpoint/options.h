/* options.h - what dump and restore are asked for, from the command line's words to CRIU's. Pure. */
#pragma once

struct checkpoint_options;
struct criu_options;
struct error;

/* Fills what depends on the options alone; ERR_INVALID_ARGUMENT names the one that is wrong. */
int checkpoint_options_apply(const struct checkpoint_options *o, struct criu_options *out, struct error *err);
