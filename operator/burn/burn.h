/* What the kinds of burn share: time, words, the board. */
#ifndef BURN_H
#define BURN_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (1 << 20)
#define BEAT 0.1 /* seconds between two looks at the sidecar */

/* What the sidecar reads while we run, and after our end; it is the sidecar's memory. faults/board.py has the same. */
struct board {
    int64_t pid, begun_ms, beat_ms, did, closed;
    char trouble[216];
};
extern struct board *board;

double now_by(clockid_t clock);
double now(void);        /* seconds since the epoch */
double steady_now(void); /* seconds that no setting of the clock moves, those in which the machine slept among them */
struct timespec spec(double seconds);
void sleep_for(double seconds);
void cannot(const char *words, ...) __attribute__((noreturn, format(printf, 1, 2)));
void tell(const char *event); /* one line of the sidecar's log */
void beat(int64_t did);       /* we live, and have done so much; ends us where the sidecar has ended */
void in_force(void);

void limit_cpu(double seconds);
void burn_cpu(double cores);
int64_t working_set(const char *cgroup); /* bytes, as Kubernetes counts; -1: not known */
void hold_memory(int64_t total, int others, const char *cgroup);
void check_volume(const char *path, int subpath);
void fill_disk(const char *path, double share);
pid_t check_victim(void);
void crash(pid_t pid);
#endif
