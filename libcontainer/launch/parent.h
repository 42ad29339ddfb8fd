/* parent.h - the runtime's side of a start: serves the child's requests until it is ready, and lets it go on. */
#pragma once

struct error;
struct launch;

/* Behind spawn: writes id maps, runs attach_order, answers requests. Returns when the child said READY, which is then
 * not answered yet; or with the child's error, or with the way in which it died. */
int parent_serve(struct launch *l, struct error *err);
/* Answers READY: the child waits for start, and is no longer bound to davit's life. */
int parent_let_wait(struct launch *l, struct error *err);
/* Answers READY with GO, and waits until the program runs: 0, or -1 with why it does not. */
int parent_let_go(struct launch *l, struct error *err);
/* The end of a GO by any channel: closed means that the program runs. */
int parent_await_program(struct launch *l, struct error *err);
