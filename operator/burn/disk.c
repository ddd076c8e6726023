/* Disk space: one file without a name, which the kernel frees with us. */
#include "burn.h"

#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static dev_t device(const char *path) {
    struct stat found;
    return stat(path, &found) ? 0 : found.st_dev;
}

/* Of the file system that is mounted there, which the kernel shows by its root; the last one is on top. */
static int is_part_only(const char *path) {
    char real[PATH_MAX], line[3 * PATH_MAX], root[PATH_MAX], point[PATH_MAX];
    FILE *mounts = realpath(path, real) ? fopen("/proc/self/mountinfo", "re") : NULL;
    int part = 0;
    while (mounts && fgets(line, sizeof line, mounts))
        if (sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) == 2 && !strcmp(point, real))
            part = strcmp(root, "/") != 0;
    if (mounts) fclose(mounts);
    return part;
}

void check_volume(const char *path, int subpath) {
    if (!device(path)) cannot("%s is not there: %s", path, strerror(errno));
    if (device(path) == device("/")) cannot("%s is no volume: it lies on the container's own root", path);
    /* The kubelet mounts /etc/hosts from the node's disk. */
    if (device(path) == device("/etc/hosts"))
        cannot("%s is a folder on the node's own disk: filling it would hit every pod of the node", path);
    if (!subpath && is_part_only(path))
        cannot("%s is a folder of a larger file system: filling it would hit whoever else has folders there", path);
}

static int nameless(const char *path) {
    int file = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) return file;
    char name[512];
    snprintf(name, sizeof name, "%s/.burn-%d", path, getpid());
    file = open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) cannot("no file can be made in %s: %s", path, strerror(errno));
    if (unlink(name)) cannot("%s cannot be removed, so it would outlive us: %s", name, strerror(errno));
    return file;
}

#define STEP (256LL << 20) /* bytes in one call: while one is under way, not even SIGKILL is heard */

static int64_t filled(int file, int64_t wanted) {
    static char pattern[CHUNK] = {1};
    int64_t done = 0;
    for (int64_t step = wanted < STEP ? wanted : STEP; step >= 4096 && done < wanted;) {
        int64_t size = wanted - done < step ? wanted - done : step;
        int failed = fallocate(file, 0, done, size);
        if (failed && errno == EOPNOTSUPP) {
            ssize_t written = pwrite(file, pattern, size < CHUNK ? size : CHUNK, done);
            failed = written <= 0;
            if (!failed) size = written; /* maybe less than asked for: the next call says why */
        }
        if (failed && errno != ENOSPC && errno != EINTR) cannot("the disk takes no more: %s", strerror(errno));
        if (failed) step /= 2;
        else done += size, beat(done);
    }
    return done;
}

void fill_disk(const char *path, double share) {
    struct statvfs volume;
    int file = nameless(path);
    if (fstatvfs(file, &volume)) cannot("%s: %s", path, strerror(errno));
    int64_t done = filled(file, (int64_t)(share * volume.f_bavail) * volume.f_frsize);
    for (in_force();; sleep_for(BEAT)) beat(done);
}
