#include "spec/config_checks.h"

#include "base/str.h"
#include "spec/names.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>

const char *check_absolute(const char *text)
{
    return *text == '/' ? NULL : "is not an absolute path";
}

const char *check_not_empty(const char *text)
{
    return *text ? NULL : "is empty";
}

const char *check_one_line(const char *text)
{
    return strchr(text, '\n') ? "has more than one line" : NULL;
}

const char *check_version(const char *text)
{
    return str_has_prefix(text, "1.") ? NULL : "is not a version of the specification that davit knows, 1.0 to 1.3";
}

/* Steps over a number; NULL when there is none, or it is larger than any cpu or node. */
static const char *after_number(const char *text, unsigned *out)
{
    unsigned number = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        number = number * 10 + (unsigned)(*p - '0');
        if (number > USHRT_MAX)
            return NULL;
    }
    *out = number;
    return p == text ? NULL : p;
}

const char *check_number_list(const char *text)
{
    const char *wrong = "is not a list of numbers and ranges such as 0-3,7";
    const char *p = text + strspn(text, " ");
    while (*p) {
        unsigned first, last;
        p = after_number(p, &first);
        if (!p)
            return wrong;
        if (*p == '-') {
            p = after_number(p + 1, &last);
            if (!p)
                return wrong;
            if (last < first)
                return "has a range whose end is before its begin";
        }
        p += strspn(p, " ");
        if (*p == '\0')
            break;
        if (*p != ',')
            return wrong;
        p++;
        p += strspn(p, " ");
    }
    return NULL;
}

const char *check_environment(const char *text)
{
    if (*text == '=')
        return "has no name before \"=\"";
    return strchr(text, '=') ? NULL : "is not of the form NAME=VALUE";
}

const char *check_host_name(const char *text)
{
    return strlen(text) > HOST_NAME_MAX ? "is longer than the 64 bytes that the kernel takes" : NULL;
}

const char *check_interface_name(const char *text)
{
    if (strlen(text) >= IFNAMSIZ)
        return "is longer than the 15 bytes of an interface's name";
    if (!*text || str_equal(text, ".") || str_equal(text, "..") || strpbrk(text, "/: \t\n"))
        return "is not a name for a network interface";
    return NULL;
}

const char *check_device_rule_type(const char *text)
{
    return strlen(text) == 1 && strchr("abc", *text) ? NULL : "is none of a, b, c";
}

const char *check_device_access(const char *text)
{
    return text[strspn(text, "rwm")] == '\0' ? NULL : "has letters other than r, w and m";
}

const char *check_page_size(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    if (digits == 0 || *text == '0' || !*unit || !strchr("KMG", *unit) || !str_equal(unit + 1, "B"))
        return "is not a page size such as 2MB or 1GB";
    return NULL;
}

const char *check_memory_bandwidth(const char *text)
{
    if (strchr(text, '\n'))
        return "has more than one line";
    return str_has_prefix(text, "MB:") ? NULL : "does not begin with \"MB:\"";
}

const char *check_seccomp_arch(const char *text)
{
    int64_t unused;
    return name_find(seccomp_arch_names, text, &unused) ? NULL : "is not an architecture that davit knows";
}
