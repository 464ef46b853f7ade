// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-fuzz: makes up sequences of calls of VFIO and compares each answer of the kernel,
 * and what is pinned and charged after it, with what an oracle says. A sequence in which
 * they differ is made as short as it can be and printed, to be replayed.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "coverage.h"
#include "grammar.h"
#include "kernel.h"
#include "ledger.h"
#include "vfio_user.h"

#define LENGTH_MAX 60
#define SEEN_SIZE  65536
/* Of threads, and of processes. */
#define STORM_MAX  16

/**
 * struct sequence - calls, one after the other
 * @calls: the calls
 * @count: of @calls
 */
struct sequence {
	struct call calls[LENGTH_MAX];
	size_t count;
};

/**
 * struct options - what to do
 * @k: the devices, and files that are open
 * @seed: of the first sequence
 * @sequences: how many
 * @seconds: or how long; 0 is for as long as it takes
 * @threads: of a storm; 0 is no storm
 * @processes: of a storm, beside the threads
 * @keep: print sequences that reach what no other one has
 */
struct options {
	struct kernel k;
	uint64_t seed;
	uint64_t sequences;
	uint64_t seconds;
	unsigned int threads;
	unsigned int processes;
	bool keep;
};

static struct options options = { .seed = 1, .sequences = 1000 };
static struct model_machine machine;
static uint64_t calls_made;
/* Of what was met so far, hashes; 0 is none. */
static uint32_t seen[SEEN_SIZE];
static size_t seen_count;

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *format, ...)
{
	va_list args;

	fputs("vfio-fuzz: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/* --- Comparison -------------------------------------------------------------------------- */

static bool same_bitmap(const struct answer *want, const struct answer *got)
{
	size_t i;

	if (!machine.stock)
		return !memcmp(want->bitmap, got->bitmap, sizeof(want->bitmap));
	/* Stock shows more pages, and leaves alone where nothing is mapped: docs/abi.md. */
	for (i = 0; want->ret == 0 && i < BITMAP_WORDS; i++)
		if (want->bitmap[i] & ~got->bitmap[i])
			return false;
	return true;
}

static bool same(const struct answer *want, const struct answer *got)
{
	if (want->anything || (want->or_else && got->ret == want->or_else))
		return true;
	return want->ret == got->ret && want->count == got->count &&
	       !memcmp(want->words, got->words, want->count * sizeof(want->words[0])) &&
	       (!want->has_bitmap || same_bitmap(want, got));
}

static void print_answer(const char *who, const struct answer *answer)
{
	size_t i;

	printf("# %s: %" PRId64, who, answer->ret);
	for (i = 0; i < answer->count; i++)
		printf(" 0x%" PRIx64, answer->words[i]);
	for (i = 0; answer->has_bitmap && i < 8; i++)
		printf("%s%" PRIx64, i ? "," : " bitmap ", answer->bitmap[i]);
	putchar('\n');
}

/* Calls after which other pages may be pinned. */
static bool moves_pages(enum call_kind kind)
{
	switch (kind) {
	case CALL_CONTAINER_OPEN:
	case CALL_CONTAINER_CLOSE:
	case CALL_GROUP_CLOSE:
	case CALL_DEVICE_OPEN:
	case CALL_DEVICE_CLOSE:
	case CALL_SET_CONTAINER:
	case CALL_UNSET_CONTAINER:
	case CALL_SET_IOMMU:
	case CALL_MAP:
	case CALL_UNMAP:
	case CALL_BAR_MAP:
	case CALL_BAR_UNMAP:
	case CALL_PIN:
	case CALL_UNPIN:
	case CALL_COPY:
	case CALL_VM_OPEN:
	case CALL_VM_CLOSE:
		return true;
	default:
		return false;
	}
}

static bool same_ledger(uint64_t pages, bool loud)
{
	struct ledger ledger;

	if (ledger_is((long)pages, &ledger))
		return true;
	if (loud)
		printf("# %" PRIu64 " pages are mapped; %ld are pinned, %ld locked\n", pages,
		       ledger.pinned, ledger.locked);
	return false;
}

/* Notes what a call has met; true if that is new. */
static bool is_new(struct model *m, const struct call *call, const struct answer *answer)
{
	const struct model_container *container = model_container(m, call->arg[0] % CONTAINERS);
	uint32_t hash = 2166136261U, slot, state = UINT32_MAX;
	uint32_t parts[4];
	size_t i;

	if (container)
		state = container->backend | container->v2 << 1 | container->tracking << 2 |
			(uint32_t)container->groups << 3 | (container->count > 1) << 5;
	parts[0] = call->kind;
	parts[1] = (uint32_t)answer->ret;
	parts[2] = state;
	parts[3] = answer->count ? !!answer->words[answer->count - 1] : 2;
	for (i = 0; i < sizeof(parts); i++)
		hash = (hash ^ ((const uint8_t *)parts)[i]) * 16777619;
	hash |= !hash;
	for (slot = hash % SEEN_SIZE; seen[slot]; slot = (slot + 1) % SEEN_SIZE)
		if (seen[slot] == hash)
			return false;
	if (seen_count == SEEN_SIZE / 2)
		return false;
	seen[slot] = hash;
	seen_count++;
	return true;
}

/**
 * run - makes the calls of a sequence, and says whether all answers were right
 * @s: the sequence; what is made up is appended
 * @random: makes calls up until the sequence is full, or NULL
 * @loud: print how the first wrong answer differs
 * @news: gets whether something was met for the first time, or NULL
 *
 * After a wrong answer the sequence ends with that call.
 *
 * Return: true if all answers were right.
 */
static bool run(struct sequence *s, uint64_t *random, bool loud, bool *news)
{
	struct answer want, got;
	struct model m;
	bool right = true, new_place;
	size_t i;

	ledger_begin();
	model_reset(&m, &machine);
	for (i = 0; right && (i < s->count || (random && i < LENGTH_MAX)); i++) {
		struct call *call = &s->calls[i];

		if (i == s->count) {
			grammar_call(random, &m, call);
			s->count++;
		}
		model_call(&m, call, &want);
		coverage_before();
		kernel_call(&options.k, call, &got);
		new_place = coverage_after();
		calls_made++;
		right = same(&want, &got);
		if (!right && loud) {
			printf("# wrong answer to: ");
			call_print(stdout, call);
			print_answer("the oracle", &want);
			print_answer("the kernel", &got);
		}
		if (right && moves_pages(call->kind)) {
			right = same_ledger(model_pages(&m), loud);
			if (!right && loud) {
				printf("# after: ");
				call_print(stdout, call);
			}
		}
		if (news && (is_new(&m, call, &got) || new_place))
			*news = true;
	}
	kernel_reset(&options.k);
	if (right) {
		right = same_ledger(0, loud);
		if (!right && loud)
			printf("# after all files were closed\n");
	} else {
		s->count = i;
	}
	return right;
}

/* Leaves away whatever the failure does not need. */
static void shrink(struct sequence *s)
{
	struct sequence trial;
	size_t piece, at;

	for (piece = s->count / 2; piece; piece /= 2) {
		for (at = 0; at + piece <= s->count;) {
			memcpy(trial.calls, s->calls, at * sizeof(s->calls[0]));
			memcpy(&trial.calls[at], &s->calls[at + piece],
			       (s->count - at - piece) * sizeof(s->calls[0]));
			trial.count = s->count - piece;
			if (run(&trial, NULL, false, NULL))
				at += piece;
			else
				*s = trial;
		}
	}
}

static void print_sequence(const struct sequence *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		call_print(stdout, &s->calls[i]);
}

static void report(struct sequence *s, const char *name)
{
	struct sequence shortest = *s;

	printf("# %s fails\n", name);
	if (run(&shortest, NULL, false, NULL)) {
		printf("# but not when it is replayed:\n");
		print_sequence(s);
		return;
	}
	shrink(&shortest);
	run(&shortest, NULL, true, NULL);
	print_sequence(&shortest);
}

/* --- What to run ------------------------------------------------------------------------- */

static bool replay(const char *path)
{
	struct sequence s = { .count = 0 };
	char line[512];
	FILE *f = fopen(path, "re");
	bool right;

	if (!f)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (s.count == LENGTH_MAX || !call_parse(line, &s.calls[s.count]))
			die("%s: no call, or too many: %s", path, line);
		s.count++;
	}
	fclose(f);
	right = run(&s, NULL, false, NULL);
	if (!right)
		report(&s, path);
	return right;
}

static bool made_up(void)
{
	time_t end = time(NULL) + (time_t)options.seconds;
	uint64_t n, random, failed = 0;
	struct sequence s;
	char name[48];
	bool news;

	for (n = 0; options.seconds ? time(NULL) < end : n < options.sequences; n++) {
		random = options.seed + n;
		/* If the kernel ends here, this is how to get there again. */
		snprintf(name, sizeof(name), "the sequence of seed %" PRIu64, options.seed + n);
		s.count = 0;
		news = false;
		if (!run(&s, &random, false, &news)) {
			report(&s, name);
			if (++failed == 10)
				break;
		} else if (news && options.keep) {
			printf("keep %" PRIu64 "\n", options.seed + n);
			print_sequence(&s);
		}
		fflush(stdout);
	}
	printf("# %" PRIu64 " sequences, %" PRIu64 " calls, %zu different answers, %" PRIu64
	       " failed\n",
	       n, calls_made, seen_count, failed);
	return !failed;
}

static void *storm_thread(void *arg)
{
	uint64_t random = (uintptr_t)arg;
	struct answer answer;
	struct model m;
	struct call call;
	size_t i;

	/* For the grammar: things as this thread alone would have made them. */
	model_reset(&m, &machine);
	for (i = 0; i < LENGTH_MAX; i++) {
		grammar_call(&random, &m, &call);
		model_call(&m, &call, &answer);
		kernel_call(&options.k, &call, &answer);
		__atomic_add_fetch(&calls_made, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* A process that has inherited all files, and memory to map. */
static pid_t storm_process(uint64_t seed)
{
	pid_t child = fork();

	if (!child) {
		storm_thread((void *)(uintptr_t)seed);
		_exit(0);
	}
	return child;
}

/* Files for processes to inherit. */
static void open_some(void)
{
	static const struct call calls[] = {
		{ CALL_CONTAINER_OPEN, { 0 } },	   { CALL_GROUP_OPEN, { 0 } },
		{ CALL_SET_CONTAINER, { 0, 0 } },  { CALL_SET_IOMMU, { 0, VFIO_TYPE1v2_IOMMU } },
		{ CALL_DEVICE_OPEN, { 0, 0, 0 } }, { CALL_GROUP_OPEN, { 1 } },
		{ CALL_SET_CONTAINER, { 1, 0 } },
	};
	struct answer answer;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		kernel_call(&options.k, &calls[i], &answer);
}

/*
 * Threads, and processes beside them, get in each other's way: what is left at the end is
 * nothing, all the same.
 */
static bool storm(void)
{
	time_t end = time(NULL) + (time_t)options.seconds;
	pthread_t threads[STORM_MAX];
	pid_t processes[STORM_MAX];
	uint64_t n, seed;
	unsigned int i;
	bool right = true;

	for (n = 0; right && (options.seconds ? time(NULL) < end : n < options.sequences); n++) {
		seed = options.seed + n * 2 * STORM_MAX;
		ledger_begin();
		open_some();
		for (i = 0; i < options.processes; i++)
			processes[i] = storm_process(seed + STORM_MAX + i);
		for (i = 0; i < options.threads; i++)
			if (pthread_create(&threads[i], NULL, storm_thread,
					   (void *)(uintptr_t)(seed + i)))
				die("no thread");
		/* Some are killed in the middle of whatever they do. */
		for (i = 0; i < options.processes; i += 2)
			kill(processes[i], SIGKILL);
		for (i = 0; i < options.threads; i++)
			pthread_join(threads[i], NULL);
		for (i = 0; i < options.processes; i++)
			waitpid(processes[i], NULL, 0);
		kernel_reset(&options.k);
		right = same_ledger(0, true);
		if (!right)
			printf("# after the storm of seed %" PRIu64 "\n", seed);
	}
	printf("# %" PRIu64 " storms of %u threads and %u processes, %" PRIu64
	       " calls of the threads\n",
	       n, options.threads, options.processes, calls_made);
	return right;
}

static const char usage[] =
	"usage: vfio-fuzz --group N --device ADDRESS --group2 N --device2 ADDRESS [OPTION]... [FILE]...\n"
	"\n"
	"Replays sequences in files, or else makes sequences up.\n"
	"\n"
	"  --stock          the kernel's own modules are loaded: expect what docs/abi.md lists\n"
	"  --seed NUMBER    of the first sequence; the next one's is one more (1)\n"
	"  --sequences N    make up so many (1000)\n"
	"  --seconds N      or for so long\n"
	"  --threads N      up to 16 threads share all files, and only the end is compared\n"
	"  --processes N    beside them so many processes inherit them\n"
	"  --keep           print sequences that reach what no other one has, and all places\n"
	"                   of the modules that were reached, where KCOV follows them\n";

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "group", required_argument, NULL, 'g' },
		{ "device", required_argument, NULL, 'd' },
		{ "group2", required_argument, NULL, 'G' },
		{ "device2", required_argument, NULL, 'D' },
		{ "stock", no_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "sequences", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "threads", required_argument, NULL, 'p' },
		{ "processes", required_argument, NULL, 'f' },
		{ "keep", no_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) >= 0) {
		switch (c) {
		case 'g':
			options.k.group_names[0] = optarg;
			break;
		case 'd':
			options.k.device_names[0] = optarg;
			break;
		case 'G':
			options.k.group_names[1] = optarg;
			break;
		case 'D':
			options.k.device_names[1] = optarg;
			break;
		case 's':
			machine.stock = true;
			break;
		case 'r':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			options.sequences = strtoull(optarg, NULL, 0);
			break;
		case 't':
			options.seconds = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			options.threads = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			options.processes = strtoul(optarg, NULL, 0);
			break;
		case 'k':
			options.keep = true;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (!options.k.device_names[0] || !options.k.device_names[1] || !options.k.group_names[0] ||
	    !options.k.group_names[1] || options.threads > 16) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	bool right = true;
	int ret;

	memset(options.k.containers, -1, sizeof(options.k.containers));
	memset(options.k.groups, -1, sizeof(options.k.groups));
	memset(options.k.devices, -1, sizeof(options.k.devices));
	memset(options.k.vms, -1, sizeof(options.k.vms));
	parse(argc, argv);
	ret = arena_set_up();
	if (ret)
		die("memory: %s", strerror(-ret));
	ret = ledger_open();
	if (ret)
		die("vfio_test_ledger: %s", strerror(-ret));
	ret = kernel_learn(&options.k, &machine);
	if (ret)
		die("opening the devices: %s", strerror(-ret));
	kernel_reset(&options.k);
	coverage_start();
	if (optind < argc) {
		for (; optind < argc; optind++)
			right &= replay(argv[optind]);
	} else if (options.threads) {
		right = storm();
	} else {
		right = made_up();
	}
	if (options.keep)
		coverage_print();
	return right ? 0 : 1;
}
