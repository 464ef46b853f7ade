// SPDX-License-Identifier: GPL-2.0-only
/* Threads at work at once, whose numbers agree in their low bits. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define WITHHELD  "/dev/vfio-test-withheld"
#define LAST_PID  "/proc/sys/kernel/ns_last_pid"
#define CROWD_MAX 256
#define STRIDE	  1024

static const char usage_text[] =
	"usage: crowd --group N --device ADDRESS [--threads N]\n"
	"\n"
	"Threads (64), whose numbers are multiples of 1024 apart, make a mapping each. Then, while another\n"
	"map holds them all up, half of them map memory that is not all there, and the others\n"
	"unmap. Needs the module vfio_test_withheld, the kernel's own VFIO modules and room for\n"
	"numbers of processes. Prints \"ready\" with everything unmapped, and after the end of stdin a\n"
	"line of JSON that says what was done.\n";

struct member {
	pthread_t thread;
	pid_t tid;
	uint64_t iova;
	int ret;
	bool fails;
};

static struct member crowd[CROWD_MAX];
static pthread_barrier_t begun;
static char *memory; /* a page, and one that is not there */
static int container;

static void *member(void *arg)
{
	struct member *m = arg;

	m->tid = gettid();
	m->ret = vu_map(container, memory, m->iova, SZ_4K, VU_RW);
	pthread_barrier_wait(&begun);
	pthread_barrier_wait(&begun);
	if (m->ret)
		return NULL;
	if (m->fails)
		m->ret = vu_map(container, memory, m->iova + SZ_1M, 2 * SZ_4K, VU_RW);
	else
		m->ret = vu_unmap(container, m->iova, SZ_4K);
	return NULL;
}

static void *map_withheld(void *arg)
{
	struct member *m = arg;

	m->ret = vu_map(container, memory + 2 * SZ_4K, m->iova, SZ_4K, VU_RW);
	return NULL;
}

/* The next thread of this process gets a number of its own choice. */
static void next_tid(pid_t tid)
{
	char text[16];
	int fd = open(LAST_PID, O_WRONLY | O_CLOEXEC);
	int length = snprintf(text, sizeof(text), "%d", tid - 1);

	if (fd < 0 || write(fd, text, (size_t)length) != length)
		die(-errno, "cannot choose the number of a thread");
	close(fd);
}

static void create(struct member *m, void *(*function)(void *))
{
	if (pthread_create(&m->thread, NULL, function, m))
		die(0, "no thread");
}

/* It waits in the kernel, and no signal can end that. */
static bool is_held_up(pid_t tid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		die(-errno, "cannot read %s", path);
	fclose(f);
	return state == 'D';
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL;
	struct member blocker = { .iova = 4 * WORKLOAD_IOVA };
	uint64_t threads = 64, errors = 0, i;
	struct tally tally = { 0 };
	struct pollfd fault;
	struct vu u;
	pid_t first;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "threads", .number = &threads, .max = CROWD_MAX },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);

	workload_catch_signals();
	workload_open(&u, group, device);
	container = u.container;
	memory = vu_alloc(VU_4K, 3 * SZ_4K);
	if (!memory || mprotect(memory + SZ_4K, SZ_4K, PROT_NONE))
		die(-errno, "no memory");
	fault = (struct pollfd){ open(WITHHELD, O_RDWR | O_CLOEXEC), POLLIN, 0 };
	if (fault.fd < 0 || mmap(memory + 2 * SZ_4K, SZ_4K, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_FIXED, fault.fd, 0) == MAP_FAILED)
		die(-errno, "no memory of " WITHHELD);

	pthread_barrier_init(&begun, NULL, (unsigned int)threads + 1);
	first = (getpid() / STRIDE + 1) * STRIDE;
	for (i = 0; i < threads; i++) {
		crowd[i].iova = WORKLOAD_IOVA + i * SZ_2M;
		crowd[i].fails = i % 2;
		next_tid(first + (pid_t)i * STRIDE);
		create(&crowd[i], member);
	}
	pthread_barrier_wait(&begun);
	create(&blocker, map_withheld);
	if (poll(&fault, 1, 60000) != 1)
		die(0, "the map did not wait");
	pthread_barrier_wait(&begun);
	for (i = 0; i < threads; i++)
		while (!is_held_up(crowd[i].tid))
			usleep(1000);
	if (write(fault.fd, "", 1) != 1)
		die(-errno, "cannot give memory");

	pthread_join(blocker.thread, NULL);
	if (blocker.ret)
		die(blocker.ret, "cannot map");
	tally = (struct tally){ .maps = threads + 1, .bytes_mapped = (threads + 1) * SZ_4K };
	for (i = 0; i < threads; i++) {
		pthread_join(crowd[i].thread, NULL);
		if (crowd[i].fails && crowd[i].ret == -EFAULT)
			errors++;
		else if (crowd[i].fails || crowd[i].ret != SZ_4K)
			die(crowd[i].ret, "thread %d", (int)i);
		if (crowd[i].fails && vu_unmap(container, crowd[i].iova, SZ_4K) != SZ_4K)
			die(0, "cannot unmap");
	}
	if (vu_unmap(container, blocker.iova, SZ_4K) != SZ_4K)
		die(0, "cannot unmap");
	tally.unmaps = tally.maps;
	tally.bytes_unmapped = tally.bytes_mapped;
	workload_hold();
	printf("{\"errors\":%d,", (int)errors);
	tally_print(stdout, &tally);
	puts("}");
	return 0;
}
