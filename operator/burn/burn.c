/* Takes CPU time, memory or disk space of the container that it runs in, or kills that container's main process.
 *
 *   burn BOARD LOG AT UNTIL cpu CORES
 *   burn BOARD LOG AT UNTIL memory BYTES self|others CGROUP   until the container uses so much; whom an OOM kill hits
 *   burn BOARD LOG AT UNTIL disk PATH SHARE [subpath]         so much of the free space of the volume at PATH, of which
 *                                                             a folder alone is mounted there
 *   burn BOARD LOG AT UNTIL crash
 *
 * BOARD and LOG are open files of the sidecar that it came from, in /proc; AT and UNTIL are seconds since the epoch.
 * How it ends by itself: the kernel kills it at UNTIL, by a timer that is set before anything is taken. It is one
 * process, and what it holds (memory, a file without a name) is its own: the kernel frees it with the process.
 * It ends early when its sidecar does. It never forks away: an orphan would become a child of the target's main
 * process, and PostgreSQL's, for one, restarts everything when a child that it does not know is killed.
 */
#include "burn.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/mman.h>

struct board *board;
static const char *board_path;
static int log_fd;

double now_by(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

double now(void) { return now_by(CLOCK_REALTIME); }

double steady_now(void) { return now_by(CLOCK_BOOTTIME); }

struct timespec spec(double seconds) {
    time_t whole = (time_t)seconds;
    return (struct timespec){whole, (long)((seconds - whole) * 1e9)};
}

void sleep_for(double seconds) {
    struct timespec t = spec(seconds);
    if (seconds > 0) nanosleep(&t, NULL);
}

void cannot(const char *words, ...) {
    va_list list;
    va_start(list, words);
    char text[sizeof board->trouble];
    vsnprintf(text, sizeof text, words, list);
    if (board) memcpy(board->trouble, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(3);
}

/* One line of the sidecar's log. Where it may not be opened, the sidecar's own words must do. */
void tell(const char *event) {
    dprintf(log_fd, "stresscampaigns-event {\"event\": \"%s\", \"at\": %.3f}\n", event, now());
}

void beat(int64_t did) {
    board->did = did;
    board->beat_ms = (int64_t)(steady_now() * 1000);
    if (board->closed || access(board_path, F_OK)) exit(0); /* the sidecar has ended it, or is dead */
}

void in_force(void) { board->begun_ms = (int64_t)(now() * 1000); }

static void kill_me_in(double seconds) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value = spec(seconds)};
    timer_t timer;
    if (timer_create(CLOCK_BOOTTIME, &event, &timer) || timer_settime(timer, 0, &when, NULL))
        cannot("the kernel gives no timer: %s", strerror(errno));
}

static void take_board(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) cannot("the sidecar's board cannot be used: %s", strerror(errno));
    if (flock(file, LOCK_EX | LOCK_NB)) puts("already"), exit(0);
    board = page, board_path = path;
    if (board->closed || board->pid) puts("already"), exit(0);
}

int main(int count, char **word) {
    if (count < 6) cannot("burn BOARD LOG AT UNTIL cpu|memory|disk|crash ...");
    double ahead = steady_now() - now(); /* whoever sets the clock moves no deadline */
    double at = atof(word[3]) + ahead, until = atof(word[4]) + ahead;
    const char *mode = word[5], *first = count > 6 ? word[6] : "", *second = count > 7 ? word[7] : "";
    int cpu = !strcmp(mode, "cpu"), memory = !strcmp(mode, "memory"), disk = !strcmp(mode, "disk");
    const char *cgroup = count > 8 ? word[8] : "/sys/fs/cgroup";
    take_board(word[1]);
    if (steady_now() >= until) cannot("too late: its time is over");
    log_fd = open(word[2], O_WRONLY | O_APPEND | O_CLOEXEC);
    tell("started"); /* nobody need try again: what becomes of us stands on the board */
    kill_me_in(until - steady_now());
    if (cpu) limit_cpu(atof(first) * (until - at));
    if (memory && working_set(cgroup) < 0) cannot("how much memory the container uses cannot be read in %s", cgroup);
    if (disk) check_volume(first, count > 8 && !strcmp(word[8], "subpath"));
    pid_t victim = cpu || memory || disk ? 0 : check_victim();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN); /* whoever started us need not stay */
    board->pid = getpid();
    puts("started");
    fflush(stdout);
    for (double left; (left = at - steady_now()) > 0; sleep_for(left < BEAT ? left : BEAT)) beat(0);
    beat(0); /* a sidecar may have ended since the last one: nothing is begun any more, a crash least of all */
    if (cpu) burn_cpu(atof(first));
    if (memory) hold_memory(atoll(first), !strcmp(second, "others"), cgroup);
    if (disk) fill_disk(first, atof(second));
    crash(victim);
}
