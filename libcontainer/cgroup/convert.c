#include "libcontainer/cgroup/knobs.h"

#include "base/error.h"
#include <stdio.h>

/* libm would be one more library to load at each start, for one number. */
static double log2_of(double x)
{
    double whole = 0, part = 0, bit = 0.5;
    while (x >= 2) {
        x /= 2;
        whole++;
    }
    for (int i = 0; i < 50; i++) {
        x *= x;
        if (x >= 2) {
            x /= 2;
            part += bit;
        }
        bit /= 2;
    }
    return whole + part;
}

static double power_of_10(double exponent)
{
    double result = 1, term = 1;
    int whole = (int)exponent;
    for (int i = 0; i < whole; i++)
        result *= 10;
    double x = (exponent - whole) * 2.302585092994045684;
    double sum = 1;
    for (int i = 1; i < 40; i++) {
        term *= x / i;
        sum += term;
    }
    return result * sum;
}

uint64_t cpu_weight_of_shares(uint64_t shares)
{
    if (shares <= 2)
        return 1;
    if (shares >= 262144)
        return 10000;
    double l = log2_of((double)shares);
    double weight = power_of_10((l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9; /* exact values stay what they are */
    uint64_t rounded_up = (uint64_t)weight + 1;
    return rounded_up;
}

uint64_t io_weight_of_blkio(uint64_t weight)
{
    if (weight <= 10)
        return 1;
    if (weight >= 1000)
        return 10000;
    return 1 + (weight - 10) * 9999 / 990;
}

int swap_to_v2(int64_t swap, const int64_t *limit, int64_t *out, struct error *err)
{
    if (swap < 0) {
        *out = -1;
        return 0;
    }
    if (!limit || *limit <= 0) {
        fail_config(err, "linux.resources.memory.swap", "memory plus swap is limited, but memory alone is not");
        return error_hint(err, "set memory.limit too: cgroup v2 limits the swap by itself, which is the difference");
    }
    if (swap < *limit) {
        fail_config(err, "linux.resources.memory.swap", "the limit of memory plus swap is below that of memory");
        return error_hint(err, "swap counts memory and swap together: it must be at least %lld", (long long)*limit);
    }
    *out = swap - *limit;
    return 0;
}

const char *bytes_text(char buffer[48], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    while (unit < 6 && bytes >> (10 * unit) >= 1024)
        unit++;
    /* In tenths of the unit, rounded. */
    uint64_t tenths = unit ? ((bytes >> (10 * unit - 10)) * 10 + 512) / 1024 : bytes * 10;
    unsigned long long whole = tenths / 10, tenth = tenths % 10;
    if (tenth == 0)
        snprintf(buffer, 48, "%llu %s", whole, units[unit]);
    else
        snprintf(buffer, 48, "%llu.%llu %s", whole, tenth, units[unit]);
    return buffer;
}
