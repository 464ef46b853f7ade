// SPDX-License-Identifier: GPL-2.0-only
/* What the workload programs have in common; see workload.h. */

#include "workload.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int signals = -1;

void tally_print(FILE *out, const struct tally *t)
{
	fprintf(out,
		"\"maps\":%" PRIu64 ",\"unmaps\":%" PRIu64 ",\"bytes_mapped\":%" PRIu64
		",\"bytes_unmapped\":%" PRIu64 ",\"pages\":%" PRIu64,
		t->maps, t->unmaps, t->bytes_mapped, t->bytes_unmapped, t->bytes_mapped / SZ_4K);
}

_Noreturn void die(int err, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (err)
		fprintf(stderr, ": %s", strerror(-err));
	fputc('\n', stderr);
	exit(1);
}

static uint64_t number_argument(const struct workload_option *option, const char *text)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || !number || number > option->max) {
		fprintf(stderr, "%s: --%s wants a number from 1 to %" PRIu64 ", not %s\n",
			program_invocation_short_name, option->name, option->max, text);
		exit(2);
	}
	return number;
}

#define OPTIONS_MAX 16

void workload_options(int argc, char **argv, const char *usage,
		      const struct workload_option *options)
{
	struct option longs[OPTIONS_MAX] = { { "help", no_argument, NULL, 0 } };
	bool given[OPTIONS_MAX] = { false };
	int i, c;

	for (i = 0; options[i].name; i++)
		longs[i + 1] = (struct option){ options[i].name,
						options[i].flag ? no_argument : required_argument,
						NULL, i + 1 };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		const struct workload_option *option;

		if (!c) {
			fputs(usage, stdout);
			exit(0);
		}
		if (c == '?')
			goto wrong;
		option = &options[c - 1];
		given[c - 1] = true;
		if (option->flag)
			*option->flag = true;
		else if (option->number)
			*option->number = number_argument(option, optarg);
		else
			*option->text = optarg;
	}
	if (optind < argc)
		goto wrong;
	for (i = 0; options[i].name; i++)
		if (options[i].required && !given[i])
			goto wrong;
	return;

wrong:
	fputs(usage, stderr);
	exit(2);
}

void workload_open(struct vu *u, const char *group, const char *device)
{
	int ret = vu_open(u, group, device, VFIO_TYPE1v2_IOMMU);

	if (ret)
		die(ret, "cannot open group %s with device %s", group, device);
}

void workload_catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		die(-errno, "sigprocmask");
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		die(-errno, "signalfd");
}

enum workload_event workload_wait(int timeout_ms, bool eof)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = eof ? STDIN_FILENO : -1, .events = POLLIN },
	};
	char buf[256];
	int n;

	for (;;) {
		n = poll(fds, 2, timeout_ms);
		if (n < 0)
			die(-errno, "poll");
		if (!n)
			return WORKLOAD_TIMEOUT;
		if (fds[0].revents)
			return WORKLOAD_SIGNAL;
		if (read(STDIN_FILENO, buf, sizeof(buf)) <= 0)
			return WORKLOAD_EOF;
	}
}

enum workload_event workload_hold(void)
{
	puts("ready");
	fflush(stdout);
	return workload_wait(-1, true);
}
