/* SPDX-License-Identifier: Apache-2.0 */
/* engrave-vchip: virtual chips behind PTYs and sockets. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vchip/bench.h"

static const char usage[] =
    "Usage: engrave-vchip --chips DIR --run RUNDIR [--only UUID]... [--families DIR]\n"
    "Run the virtual chips whose state files lie in DIR (made by engrave fab make).\n"
    "\n"
    "  --chips DIR      folder with <uuid>.chip files\n"
    "  --run RUNDIR     folder for <uuid>.tty (serial line), <uuid>.app and <uuid>.ctl (sockets);\n"
    "                   made if it is not there\n"
    "  --only UUID      run only this chip (32 hex digits); may be given several times\n"
    "  --families DIR   folder with the chip families; default: beside the program\n"
    "  --help           this text\n"
    "\n"
    "Prints 'ready N chips' when all are up; ends on SIGTERM or SIGINT.\n"
    "Protocols: docs/protocol/vchip.md. State files: docs/formats/chip-file.md.\n";

enum exit_code {
    EXIT_USAGE = 2,
};

/* SIGTERM and SIGINT as an event of the loop. */
struct stopper {
    struct eg_source source;
    struct eg_loop *loop;
};

static void stop_ready(struct eg_source *source, uint32_t events)
{
    struct stopper *s = (struct stopper *)source;
    (void)events;
    s->loop->stop = true;
}

static eg_status stop_on_signals(struct stopper *s, struct eg_loop *loop)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return EG_ERR(OS_PROCESS);
    }
    *s = (struct stopper){{signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), stop_ready}, loop};
    return s->source.fd < 0 ? EG_ERR(OS_PROCESS) : eg_loop_add(loop, &s->source, EPOLLIN);
}

/* Five descriptors a chip. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int report(eg_status st, const char *why)
{
    const struct eg_status_info *info = eg_status_info(st);
    (void)fprintf(stderr, "engrave-vchip: %s%s%s [%s] %s\n", why, why[0] == '\0' ? "" : ": ",
                  info->cause, info->code, info->next);
    return eg_category_info(eg_category(st))->exit_code;
}

static int serve(const struct eg_bench_options *options)
{
    struct eg_bench *bench = calloc(1, sizeof(*bench));
    char why[512] = "";
    if (bench == NULL) {
        return report(EG_ERR(NO_MEMORY), "");
    }
    struct stopper stopper = {.source.fd = -1};
    eg_status st = eg_bench_open(bench, options, why, sizeof(why));
    if (eg_ok(st)) {
        st = stop_on_signals(&stopper, &bench->loop);
    }
    if (eg_ok(st)) {
        (void)printf("ready %zu chips\n", bench->count);
        (void)fflush(stdout);
        st = eg_loop_run(&bench->loop);
        eg_loop_remove(&bench->loop, &stopper.source);
    }
    eg_bench_close(bench);
    free(bench);
    return eg_ok(st) ? EXIT_SUCCESS : report(st, why);
}

static const struct option long_options[] = {
    {"chips", required_argument, NULL, 'c'}, {"run", required_argument, NULL, 'r'},
    {"only", required_argument, NULL, 'o'},  {"families", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
};

/* -1: go on; otherwise the exit code. only has room for argc entries. */
static int read_arguments(int argc, char **argv, struct eg_bench_options *options)
{
    for (int c = 0; (c = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        switch (c) {
        case 'c':
            options->chips_dir = optarg;
            break;
        case 'r':
            options->run_dir = optarg;
            break;
        case 'o':
            options->only[options->only_count++] = optarg;
            break;
        case 'f':
            options->families_dir = optarg;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return EXIT_SUCCESS;
        default:
            (void)fputs("Try engrave-vchip --help.\n", stderr);
            return EXIT_USAGE;
        }
    }
    /* `--only A B C`: further UUIDs may follow without the option. */
    while (optind < argc && options->only_count > 0) {
        options->only[options->only_count++] = argv[optind++];
    }
    if (optind != argc || options->chips_dir == NULL || options->run_dir == NULL) {
        (void)fputs("engrave-vchip: --chips DIR and --run RUNDIR are needed, and nothing else "
                    "without an option.\nTry engrave-vchip --help.\n",
                    stderr);
        return EXIT_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct eg_bench_options options = {.only = calloc((size_t)argc + 1, sizeof(char *))};
    if (options.only == NULL) {
        return report(EG_ERR(NO_MEMORY), "");
    }
    int code = read_arguments(argc, argv, &options);
    if (code < 0) {
        raise_file_limit();
        code = serve(&options);
    }
    free(options.only);
    return code;
}
