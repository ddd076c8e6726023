/* CPU time: threads that each keep their share of a core busy. */
#include "burn.h"

#include <pthread.h>
#include <sys/resource.h>

#define PERIOD 0.02 /* seconds in which each core's share is kept */

static double each;

static void *spin(void *unused) {
    for (double end = now_by(CLOCK_MONOTONIC);;) {
        end += PERIOD;
        if (end < now_by(CLOCK_MONOTONIC)) end = now_by(CLOCK_MONOTONIC) + PERIOD; /* nothing is caught up with */
        double used = now_by(CLOCK_THREAD_CPUTIME_ID);
        while (now_by(CLOCK_THREAD_CPUTIME_ID) - used < each * PERIOD && now_by(CLOCK_MONOTONIC) < end)
            for (volatile int i = 0; i < 2000; i++)
                ;
        sleep_for(end - now_by(CLOCK_MONOTONIC));
    }
    return unused;
}

void limit_cpu(double seconds) {
    struct rlimit limit = {(rlim_t)seconds + 2, (rlim_t)seconds + 2};
    setrlimit(RLIMIT_CPU, &limit);
}

void burn_cpu(double cores) {
    int threads = (int)cores + (cores > (int)cores);
    each = cores / threads;
    double before = now_by(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, spin, NULL)) cannot("no %d threads in this container", threads);
    }
    for (;;) {
        double used = now_by(CLOCK_PROCESS_CPUTIME_ID) - before;
        if (used >= 0.005 && !board->begun_ms) in_force();
        beat((int64_t)(used * 1000));
        sleep_for(board->begun_ms ? BEAT : 0.005);
    }
}
