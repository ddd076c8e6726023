/* Ends a container at a deadline, whoever in it is dead, stopped, or has run away.
 *
 *   guard UNTIL LAST     seconds since the epoch
 *
 * Its parent is the container's first process. When that one dies, the kernel kills every process of the container,
 * whatever its parents, groups and sessions. But from inside the kernel passes over all signals to it, SIGKILL too;
 * all but one: when who traces it with PTRACE_O_EXITKILL ends, the kernel itself kills it. So we trace it, and a timer
 * of the kernel's kills us at LAST: stopped or not, that is the end of the container. Who kills us before ends it then.
 *
 * A byte on standard input asks for the death of every process but the first and us, now; a line says that it is done.
 * Where nobody has asked by UNTIL for the last one (the byte is an e), the first process must be in trouble, and it is
 * done without.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *word) {
    puts(word);
    fflush(stdout);
}

static void cannot(const char *words) {
    printf("%s (%s)\n", words, strerror(errno));
    exit(3);
}

static double now_by(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void kill_me_in(double seconds) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)}};
    timer_t timer;
    if (timer_create(CLOCK_BOOTTIME, &event, &timer) || timer_settime(timer, 0, &when, NULL))
        cannot("the kernel gives no timer");
}

static int children_stopped(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A traced process waits for us at each signal. It gets them all, but those that would stop it. */
static void pass_on(pid_t first, int signals) {
    struct signalfd_siginfo news;
    int status;
    while (read(signals, &news, sizeof news) > 0)
        ;
    while (waitpid(first, &status, WNOHANG | __WALL) == first && WIFSTOPPED(status)) {
        int number = WSTOPSIG(status);
        int stops = number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
        ptrace(PTRACE_CONT, first, 0, stops || status >> 16 ? 0L : (long)number);
    }
}

/* One call, and none that is about to fork comes away: the kernel does not let it finish. */
static void sweep(void) { kill(-1, SIGKILL); }

static int asked(void) {
    char byte;
    return read(STDIN_FILENO, &byte, 1) == 1 ? byte : EOF;
}

int main(int count, char **word) {
    double ahead = now_by(CLOCK_BOOTTIME) - now_by(CLOCK_REALTIME); /* whoever sets the clock moves no deadline */
    double until = (count > 2 ? atof(word[1]) : 0) + ahead, last = (count > 2 ? atof(word[2]) : 0) + ahead;
    pid_t first = getppid();
    if (first != 1) errno = ESRCH, cannot("its parent is not the container's first process");
    if (last <= now_by(CLOCK_BOOTTIME)) errno = ETIME, cannot("it comes too late");
    prctl(PR_SET_DUMPABLE, 0); /* none of the container's processes may trace us */
    kill_me_in(last - now_by(CLOCK_BOOTTIME));
    int signals = children_stopped();
    if (ptrace(PTRACE_SEIZE, first, 0, PTRACE_O_EXITKILL))
        cannot("the first process cannot be traced: does the node's kernel.yama.ptrace_scope forbid it?");
    say("armed");
    struct pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
    for (int ended = 0;;) {
        double left = until - now_by(CLOCK_BOOTTIME);
        if (!ended && left <= 0) sweep(), ended = 1;
        poll(watched, 2, ended ? -1 : (int)(left * 1000) + 1);
        pass_on(first, signals);
        if (!watched[0].revents) continue;
        int word = asked();
        if (word == EOF) return 0;
        sweep(), ended |= word == 'e';
        say("done");
    }
}
