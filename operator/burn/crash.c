/* A crash: the container's main process is killed. */
#include "burn.h"

#include <dirent.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static int text_of(const char *pid, const char *name, char *text, size_t size) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0) close(file);
    text[length < 0 ? 0 : length] = 0;
    return length > 0;
}

/* The oldest process of our cgroup; 0: there is none but us. */
static pid_t main_process(void) {
    char ours[4096], theirs[4096], stat[1024];
    unsigned long long oldest = ~0ULL, started;
    pid_t found = 0;
    DIR *processes = opendir("/proc");
    text_of("self", "cgroup", ours, sizeof ours);
    for (struct dirent *one; processes && (one = readdir(processes));) {
        pid_t pid = atoi(one->d_name);
        if (pid <= 0 || pid == getpid() || !text_of(one->d_name, "cgroup", theirs, sizeof theirs)) continue;
        if (strcmp(ours, theirs) || !text_of(one->d_name, "stat", stat, sizeof stat)) continue;
        char *rest = strrchr(stat, ')');
        if (!rest || sscanf(rest + 2, "%*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                            &started) != 1) continue;
        if (started < oldest) oldest = started, found = pid;
    }
    if (processes) closedir(processes);
    return found;
}

static int dies_within(pid_t pid, double seconds) {
    for (double end = steady_now() + seconds; steady_now() < end; sleep_for(0.001)) {
        char stat[1024], name[16], *rest;
        snprintf(name, sizeof name, "%d", pid);
        if (!text_of(name, "stat", stat, sizeof stat) || !(rest = strrchr(stat, ')')) || rest[2] == 'Z') return 1;
        beat(0);
    }
    return 0;
}

/* The first process of a PID namespace cannot be killed from inside. But the kernel kills it when who traces it with
 * PTRACE_O_EXITKILL ends. (A hard limit of CPU time kills it, too, but may do so long after our deadline: no way back.)
 */
static int traced(pid_t pid, long options) {
    int status = 1;
    pid_t child = fork();
    if (child == 0) _exit(ptrace(PTRACE_SEIZE, pid, 0, options) != 0);
    return waitpid(child, &status, 0) == child && status == 0;
}

pid_t check_victim(void) {
    pid_t pid = main_process();
    if (!pid) cannot("no other process is seen in this container");
    if (pid != 1 ? kill(pid, 0) : !traced(pid, 0))
        cannot("the main process, %d, cannot be killed from inside the container: it has another user, or the node's "
               "kernel.yama.ptrace_scope forbids it", pid);
    return pid;
}

void crash(pid_t pid) {
    tell("injected"); /* first: where it is 1, all that see it die with it, we and the sidecar */
    if (pid == 1) traced(pid, PTRACE_O_EXITKILL);
    else kill(pid, SIGKILL);
    if (!dies_within(pid, 4)) cannot("the main process, %d, could not be killed", pid);
    /* At once: where the container shares its pod's processes, the runtime now kills what else runs in it, us too. */
    board->did = 1;
    for (in_force();; sleep_for(BEAT)) beat(1);
}
