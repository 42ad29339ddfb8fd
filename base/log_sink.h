/* log_sink.h - the journal and syslog, by their own datagrams: no library. Used by log.c alone. */
#pragma once

#include "base/log.h"

struct arena;

#define LOG_SINK_JOURNAL "/run/systemd/journal/socket"
#define LOG_SINK_SYSLOG  "/dev/log"

/* Connects to the datagram socket; what is written from then on carries `name`. */
int log_sink_open(const char *socket_path, const char *name, struct error *err);
void log_sink_write_journal(enum log_level level, const char *line);
void log_sink_write_syslog(enum log_level level, const char *line);
void log_sink_close(void);
/* What is sent to the journal: PRIORITY, SYSLOG_IDENTIFIER, ID and MESSAGE, each a line; `line` has no newline. */
const char *log_sink_journal_text(struct arena *a, const char *name, enum log_level level, const char *line);
/* "<27>NAME[PID]: LINE" */
const char *log_sink_syslog_text(struct arena *a, const char *name, enum log_level level, const char *line);
