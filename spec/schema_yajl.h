/* schema_yajl.h - yajl, with its memory in an arena: out of memory ends the program and is no null pointer in there. */
#pragma once

#include <yajl/yajl_parse.h>

struct arena;

yajl_alloc_funcs schema_yajl_memory(struct arena *a);
