/* config_checks.h - questions to single texts of the config, for the rows of config*.c.
 *
 * Each returns NULL when the text is fine, else what is wrong with it, to follow the text itself in a message. */
#pragma once

const char *check_absolute(const char *text);
const char *check_not_empty(const char *text);
const char *check_one_line(const char *text);
const char *check_version(const char *text);
/* "0-3,7", as kernels list cpus and memory nodes; may be empty. */
const char *check_number_list(const char *text);
const char *check_environment(const char *text);
/* At most 64 bytes, as sethostname(2) takes it. */
const char *check_host_name(const char *text);
const char *check_interface_name(const char *text);
const char *check_device_rule_type(const char *text);
const char *check_device_access(const char *text);
const char *check_page_size(const char *text);
const char *check_memory_bandwidth(const char *text);
const char *check_seccomp_arch(const char *text);
