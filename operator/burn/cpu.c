/* CPU time: threads that each keep their share of a core busy. */
#include "burn.h"

#include <pthread.h>
#include <sys/resource.h>

#define PERIOD 0.01
#define ARREARS 0.2 /* seconds: what could not be had for lack of a free core is caught up with, so far and no further */

static double each;

static void *spin(void *unused) {
    double owed = 0, before = now_by(CLOCK_MONOTONIC), ran_before = now_by(CLOCK_THREAD_CPUTIME_ID);
    for (;;) {
        double moment = now_by(CLOCK_MONOTONIC), ran = now_by(CLOCK_THREAD_CPUTIME_ID);
        owed += each * (moment - before) - (ran - ran_before);
        before = moment, ran_before = ran;
        if (owed > each * ARREARS) owed = each * ARREARS;
        if (owed <= 0) sleep_for(PERIOD);
        else
            for (volatile int i = 0; i < 5000; i++)
                ;
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
