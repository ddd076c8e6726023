/* Memory: held until the container uses as much as was asked for. */
#include "burn.h"

#include <sys/mman.h>

static int64_t number_in(const char *folder, const char *name, const char *key) {
    char path[512], line[256];
    int64_t value = -1;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    while (file && value < 0 && fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key))) value = atoll(line + strlen(key));
    if (file) fclose(file);
    return value;
}

/* As Kubernetes counts it: what is used, but for files that nobody has looked at lately. -1: not known. */
int64_t working_set(const char *cgroup) {
    char v1[256];
    snprintf(v1, sizeof v1, "%s/memory", cgroup);
    int64_t used = number_in(cgroup, "memory.current", ""), idle = number_in(cgroup, "memory.stat", "inactive_file ");
    if (used < 0) {
        used = number_in(v1, "memory.usage_in_bytes", "");
        idle = number_in(v1, "memory.stat", "total_inactive_file ");
    }
    return used < 0 || idle < 0 ? -1 : used - idle;
}

/* Our own pages, and first in line for the OOM killer; or a file without a name, which counts for the container but
 * for no process, so that the OOM killer takes whoever is biggest. */
static int64_t held_more(int64_t held, int64_t wanted, int file) {
    static char pattern[CHUNK] = {1};
    int64_t size = wanted - held < CHUNK ? wanted - held : CHUNK;
    if (file >= 0) {
        ssize_t written = pwrite(file, pattern, size, held);
        return written < 0 ? held : held + written;
    }
    char *fresh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) cannot("no more memory after %lld bytes: %s", (long long)held, strerror(errno));
    for (int64_t i = 0; i < size; i += 4096) fresh[i] = 1;
    return held + size;
}

void hold_memory(int64_t total, int others, const char *cgroup) {
    int64_t wanted = total - working_set(cgroup), held = 0;
    if (wanted <= 0) cannot("the container uses more than that already: %lld bytes", (long long)(total - wanted));
    int file = others ? memfd_create("burn", MFD_CLOEXEC) : -1;
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (!others) dprintf(score, "1000");
    if (others) tell("injected"), in_force(); /* the sidecar may be killed before it can tell */
    for (;;) {
        int64_t before = held;
        if (held < wanted) held = held_more(held, wanted, file);
        if (held == wanted && !board->begun_ms) in_force();
        beat(held);
        if (held == before) sleep_for(BEAT);
    }
}
