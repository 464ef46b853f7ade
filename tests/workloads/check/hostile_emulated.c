// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile user of emulated devices: pins, unmaps, exchanges of memory, closes, a group
 * with an IOMMU that comes and goes, and mappings of processes that are gone, all at once.
 * The driver is strict, and nothing may happen to its pages without it; nothing may stay.
 */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "strict.h"

#define SEED	   20240301U
#define TIME_LIMIT 400 /* seconds; who hangs is ended */
#define IOVA	   SZ_1M
#define PAGES	   32UL
#define SIZE	   (PAGES * SZ_4K)
#define ROUNDS	   120

/**
 * struct storm - threads at work on one container
 * @args: the devices
 * @u: the container, and the first emulated device
 * @second: the other one, closed and opened again and again; -1 while it is closed
 * @second_group: its group
 * @memory: what is mapped
 * @over: the threads are to end
 * @seed: of the next thread
 * @strange: results that nobody may get
 * @strange_ret: one of them
 * @violations: what the second device's driver saw before it was closed
 * @did: how often each kind of request worked
 */
struct storm {
	const struct check_args *args;
	struct vu u;
	atomic_int second;
	int second_group;
	char *memory;
	atomic_bool over;
	atomic_uint seed;
	atomic_int strange;
	atomic_int strange_ret;
	atomic_long violations;
	atomic_int did[7];
};

enum storm_request {
	MAP,
	UNMAP,
	PIN,
	UNPIN,
	JOIN,
	REOPEN,
	FOREIGN
};

static const char *const storm_names[] = { "map",  "unmap",  "pin",	     "unpin",
					   "join", "reopen", "a foreign map" };

static uint64_t random_number(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void count(struct storm *s, enum storm_request request, int64_t ret)
{
	switch (ret) {
	case -EINVAL:
	case -EEXIST:
	case -ENOMEM:
	case -EFAULT:
	case -EPERM:
	case -EBUSY:
	case -EBADF:
	/* The process of the mapping is gone. */
	case -ESRCH:
		return;
	}
	if (ret >= 0) {
		s->did[request]++;
		return;
	}
	s->strange++;
	s->strange_ret = (int)ret;
}

static void *storm_thread(struct storm *s, void (*round)(struct storm *s, uint64_t *random))
{
	uint64_t random = SEED + 7919UL * ++s->seed;

	while (!s->over)
		round(s, &random);
	return NULL;
}

static uint64_t any_page(uint64_t *random)
{
	return random_number(random) % PAGES * SZ_4K;
}

static void map_round(struct storm *s, uint64_t *random)
{
	uint64_t offset = any_page(random);

	count(s, MAP,
	      vu_map(s->u.container, s->memory + offset, IOVA + any_page(random),
		     (1 + random_number(random) % 8) * SZ_4K, VU_RW));
}

static void unmap_round(struct storm *s, uint64_t *random)
{
	if (random_number(random) % 4)
		count(s, UNMAP,
		      vu_unmap(s->u.container, IOVA + any_page(random),
			       (1 + random_number(random) % PAGES) * SZ_4K));
	else
		count(s, UNMAP, vu_unmap_all(s->u.container));
}

static void pin_round(struct storm *s, uint64_t *random)
{
	int device = random_number(random) % 2 ? s->u.device : (int)s->second;
	int (*const pin)(int, uint64_t, uint64_t) = random_number(random) % 2 ? strict_pin
									      : strict_pin_kthread;
	uint64_t iova = IOVA + any_page(random);
	uint64_t size = (1 + random_number(random) % 8) * SZ_4K;

	switch (random_number(random) % 4) {
	case 0:
		count(s, UNPIN, strict_unpin(device, iova, size));
		break;
	case 1:
		ioctl(device, VFIO_TEST_STRICT_KEEP, random_number(random) % 3);
		break;
	default:
		count(s, PIN, pin(device, iova, size));
	}
}

/* Other memory at the same addresses. */
static void exchange_round(struct storm *s, uint64_t *random)
{
	char *page = s->memory + any_page(random);

	if (mmap(page, SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		s->strange++;
	usleep(random_number(random) % 500);
}

static void join_round(struct storm *s, uint64_t *random)
{
	int group = vu_group_open(s->args->group2);

	count(s, JOIN, group < 0 ? group : vu_set_container(group, s->u.container));
	usleep(random_number(random) % 1000);
	close(group);
}

static int foreign_map(const void *arg)
{
	const struct storm *s = arg;
	char *memory = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED
		       ? EFAULT
		       : -vu_map(s->u.container, memory, IOVA + SIZE / 2, SZ_4K, VU_RW);
}

/* A process maps a page of its own and ends; the mapping stays. */
static void foreign_round(struct storm *s, uint64_t *random)
{
	count(s, FOREIGN, -status_of(spawn(foreign_map, s)));
	usleep(random_number(random) % 2000);
}

#define THREAD(name)                                  \
	static void *name##_thread(void *s)           \
	{                                             \
		return storm_thread(s, name##_round); \
	}

THREAD(map)
THREAD(unmap)
THREAD(pin)
THREAD(exchange)
THREAD(join)
THREAD(foreign)

static long violations(int device)
{
	struct vfio_test_strict_stats stats = strict_stats(device);

	return (long)(stats.bad_ranges + stats.released + stats.not_recalled);
}

/* The second device is closed under everybody's hands, with pages that its driver forgets. */
static void reopen(struct storm *s, bool forgets)
{
	int device = atomic_exchange(&s->second, -1);

	if (device >= 0) {
		s->violations += violations(device);
		if (forgets)
			ioctl(device, VFIO_TEST_STRICT_FORGET);
		close(device);
	}
	device = vu_device_open(s->second_group, VFIO_TEST_STRICT_1);
	count(s, REOPEN, device);
	s->second = device;
}

static bool all_did(const struct storm *s)
{
	enum storm_request i;

	for (i = MAP; i <= FOREIGN && s->did[i]; i++)
		;
	return i > FOREIGN;
}

static void storm(struct storm *s)
{
	static void *(*const runs[])(void *) = { map_thread,	  map_thread,  unmap_thread,
						 pin_thread,	  pin_thread,  pin_thread,
						 exchange_thread, join_thread, foreign_thread };
	const int count_of_runs = sizeof(runs) / sizeof(runs[0]);
	pthread_t threads[sizeof(runs) / sizeof(runs[0])];
	enum storm_request i;
	int n, round;

	for (n = 0; n < count_of_runs; n++)
		need(!pthread_create(&threads[n], NULL, runs[n], s), "thread");
	/* On a busy machine it takes longer until each has had a turn. */
	for (round = 0; round < ROUNDS || (round < 20 * ROUNDS && !all_did(s)); round++) {
		usleep(round % 8 * 2000);
		reopen(s, round % 2);
	}
	s->over = true;
	for (n = 0; n < count_of_runs; n++)
		pthread_join(threads[n], NULL);

	is(s->strange, 0, "C8: a storm of emulated devices: none but usual errors");
	if (s->strange)
		note("the last of the others was %d", s->strange_ret);
	for (i = MAP; i <= FOREIGN; i++) {
		ok(s->did[i], "C8: %s succeeded at times", storm_names[i]);
		note("%s: %d times", storm_names[i], s->did[i]);
	}
}

void check_hostile_emulated(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct storm s = { .args = args };
	struct strict_second second;

	note("seed %u", SEED);
	vu_time_limit(TIME_LIMIT);
	s.u = need_open(args, VFIO_TYPE1v2_IOMMU);
	second = strict_second(s.u.container);
	s.second = second.device;
	s.second_group = second.group;
	s.memory = need_memory(VU_4K, 2 * SIZE);
	storm(&s);

	strict_keep(s.u.device, 0);
	strict_keep(s.second, 0);
	ok(vu_unmap_all(s.u.container) >= 0, "T11: all is unmapped after it");
	strict_gone(s.u.device, IOVA, 2 * SIZE);
	strict_gone(s.second, IOVA, 2 * SIZE);
	is(violations(s.u.device) + violations(s.second) + s.violations, 0,
	   "T11: no page went without its driver");
	ledger_same(&before, "T6: nothing is pinned or charged after it");
	close(s.second);
	close(s.second_group);
	vu_close(&s.u);
	vu_free(s.memory, 2 * SIZE);
	ledger_same(&before, "C8: nothing stays");
}
