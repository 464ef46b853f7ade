// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/hooks.h"
#include "exit.h"

#define INTERVAL_MIN   0.05
#define INTERVAL_MAX   86400.0
#define CONTAINERS     512
#define CONTAINERS_MAX 65536
#define PID_NUMBER_MAX 4194304

enum {
	OPT_ONCE = 256,
	OPT_JSON,
	OPT_LIST_FIELDS,
	OPT_READY_FD,
	OPT_ATTACH,
	OPT_SOURCE,
	OPT_RUNS,
	OPT_INFO,
	OPT_DISABLE,
	OPT_MAX_CONTAINERS,
	OPT_DEBUG,
};

static const struct option long_options[] = {
	{ "delay", required_argument, NULL, 'd' },
	{ "batch", no_argument, NULL, 'b' },
	{ "count", required_argument, NULL, 'n' },
	{ "pid", required_argument, NULL, 'p' },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "list-fields", no_argument, NULL, OPT_LIST_FIELDS },
	{ "ready-fd", required_argument, NULL, OPT_READY_FD },
	{ "attach", required_argument, NULL, OPT_ATTACH },
	{ "source", required_argument, NULL, OPT_SOURCE },
	{ "runs", no_argument, NULL, OPT_RUNS },
	{ "info", no_argument, NULL, OPT_INFO },
	{ "disable-feature", required_argument, NULL, OPT_DISABLE },
	{ "max-containers", required_argument, NULL, OPT_MAX_CONTAINERS },
	{ "debug", no_argument, NULL, OPT_DEBUG },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

void options_help(void)
{
	puts("usage: vfiotop [OPTION]...\n"
	     "Shows live what VFIO does: DMA maps and unmaps, pinned memory, leaks, group owners.\n"
	     "\n"
	     "  -d, --delay=SECONDS     time between reports (1)\n"
	     "  -b, --batch             print reports as text, one after the other\n"
	     "  -n, --count=COUNT       end after so many reports\n"
	     "  -p, --pid=PID           show only this process\n"
	     "      --once              watch for one interval, report, end\n"
	     "      --json              print each report as one line of JSON\n"
	     "      --source=SOURCE     auto, tracepoints, stock, kprobes, iommu or proc (auto)\n"
	     "      --attach=METHOD     how to attach to tracepoints: auto, tp_btf or raw_tp\n"
	     "      --runs              count runs and page sizes on stock modules, too\n"
	     "      --info              print what this kernel offers, and what is unknown\n"
	     "      --disable-feature=F do without: tracepoints, types, fentry, kprobes, iommu, bpf\n"
	     "                          or a function of VFIO\n"
	     "      --max-containers=N  containers watched at once (512)\n"
	     "      --ready-fd=FD       write a line to this file descriptor once watching\n"
	     "      --list-fields       describe every field of a report\n"
	     "      --debug             let the BPF library talk\n"
	     "  -h, --help              this help\n"
	     "  -V, --version           the version\n"
	     "\n"
	     "On a terminal: q quits, h helps. Without a terminal --batch is assumed.\n"
	     "SIGUSR1 makes a report at once; SIGINT and SIGTERM make a last one.\n"
	     "\n"
	     "VFIO may be loaded later, unloaded and loaded again; --once does not wait for it.\n"
	     "\n"
	     "Exit codes: 0 done, 1 failure, 2 wrong option, 3 VFIO is not loaded,\n"
	     "4 nothing to attach to, 5 no type information, 6 not permitted,\n"
	     "7 the kernel refused a BPF program.");
}

static bool parse_number(const char *text, unsigned long min, unsigned long max,
			 unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number >= min && *number <= max;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	if (end == text || *end || errno || !(seconds >= INTERVAL_MIN && seconds <= INTERVAL_MAX))
		return false;
	*ns = (uint64_t)(seconds * 1e9);
	return true;
}

/* The place of a word in a table. */
static bool find_word(const char *word, const char *const *table, size_t n, size_t *place)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(word, table[i]))
			continue;
		*place = i;
		return true;
	}
	return false;
}

static bool parse_attach(const char *text, enum attach_method *method)
{
	size_t place;

	if (!find_word(text, attach_names, ATTACH_METHODS, &place))
		return false;
	*method = (enum attach_method)place;
	return true;
}

static bool parse_source(const char *text, enum source_choice *source)
{
	size_t place;

	if (!find_word(text, source_names, SOURCES, &place))
		return false;
	*source = (enum source_choice)place;
	return true;
}

static bool is_feature(const char *name)
{
	for (const char *const *feature = feature_names; *feature; feature++)
		if (!strcmp(name, *feature))
			return true;
	return hooks_find(&hooks_stock, name) || hooks_find(&hooks_kprobes, name);
}

static bool disable(struct collect_options *options, const char *feature)
{
	if (!is_feature(feature) || options->n_disabled == COLLECT_DISABLED)
		return false;
	options->disabled[options->n_disabled++] = feature;
	return true;
}

/* Takes one option with its argument; returns what is wrong with it, or NULL. */
static const char *take(struct options *o, int option)
{
	unsigned long number;

	switch (option) {
	case 'd':
		if (!parse_seconds(optarg, &o->interval_ns))
			return "--delay needs seconds from 0.05 to 86400";
		break;
	case 'b':
		o->output = o->output == OUTPUT_JSON ? OUTPUT_JSON : OUTPUT_BATCH;
		break;
	case 'n':
		if (!parse_number(optarg, 1, ULONG_MAX, &number))
			return "--count needs a number of at least 1";
		o->count = number;
		break;
	case 'p':
		if (!parse_number(optarg, 1, PID_NUMBER_MAX, &number))
			return "--pid needs the number of a process";
		o->pid = (uint32_t)number;
		break;
	case OPT_ONCE:
		o->output = o->output == OUTPUT_JSON ? OUTPUT_JSON : OUTPUT_BATCH;
		o->count = 1;
		o->once = true;
		break;
	case OPT_JSON:
		o->output = OUTPUT_JSON;
		break;
	case OPT_LIST_FIELDS:
		o->action = ACTION_LIST_FIELDS;
		break;
	case OPT_READY_FD:
		if (!parse_number(optarg, 0, INT_MAX, &number))
			return "--ready-fd needs the number of an open file descriptor";
		o->ready_fd = (int)number;
		break;
	case OPT_ATTACH:
		if (!parse_attach(optarg, &o->collect.attach))
			return "--attach needs auto, tp_btf or raw_tp";
		break;
	case OPT_SOURCE:
		if (!parse_source(optarg, &o->collect.source))
			return "--source needs auto, tracepoints, stock, kprobes, iommu or proc";
		break;
	case OPT_RUNS:
		o->collect.runs = true;
		break;
	case OPT_INFO:
		o->action = ACTION_INFO;
		break;
	case OPT_DISABLE:
		if (!disable(&o->collect, optarg))
			return "--disable-feature needs tracepoints, types, fentry, kprobes, iommu, "
			       "bpf or a function that --info lists, eight at most";
		break;
	case OPT_MAX_CONTAINERS:
		if (!parse_number(optarg, 1, CONTAINERS_MAX, &number))
			return "--max-containers needs a number from 1 to 65536";
		o->collect.max_containers = (unsigned int)number;
		break;
	case OPT_DEBUG:
		o->collect.debug = true;
		break;
	case 'h':
		o->action = ACTION_HELP;
		break;
	case 'V':
		o->action = ACTION_VERSION;
		break;
	default:
		return "unknown";
	}
	return NULL;
}

static struct options complain_about(struct options o, const char *what, const char *why)
{
	complain("wrong option %s: %s; see vfiotop --help", what, why);
	o.action = ACTION_COMPLAINED;
	return o;
}

struct options options_parse(int argc, char **argv, bool terminal)
{
	struct options o = {
		.action = ACTION_WATCH,
		.output = terminal ? OUTPUT_SCREEN : OUTPUT_BATCH,
		.interval_ns = 1000000000,
		.ready_fd = -1,
		.collect.max_containers = CONTAINERS,
	};
	int option;

	optind = 0;
	opterr = 0;
	for (;;) {
		int at = optind ? optind : 1;
		const char *wrong;

		option = getopt_long(argc, argv, "+:d:bn:p:hV", long_options, NULL);
		if (option == -1)
			break;
		if (option == ':')
			return complain_about(o, argv[at], "it needs a value");
		wrong = option == '?' ? "there is no such option" : take(&o, option);
		if (wrong)
			return complain_about(o, argv[at], wrong);
		if (o.action == ACTION_HELP || o.action == ACTION_VERSION)
			return o;
	}
	if (optind < argc)
		return complain_about(o, argv[optind], "there is no such option");
	return o;
}
