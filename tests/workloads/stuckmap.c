// SPDX-License-Identifier: GPL-2.0-only
/* Makes a map request that is not done before it is told to: half of its memory is withheld. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define WITHHELD "/dev/vfio-test-withheld"

static const char usage_text[] =
	"usage: stuckmap --group N --device ADDRESS [--size MIB] [--others N]\n"
	"\n"
	"Maps memory (8 MiB) whose second half the module vfio_test_withheld withholds. Prints \"ready\" when the\n"
	"kernel waits for it in the middle of the map, gives it when stdin ends or at\n"
	"SIGTERM, unmaps, and prints one line of JSON that says what was done. Before it is\n"
	"ready, another process maps and unmaps N other ranges of the container.\n";

/* Clear of the largest --size. */
#define OTHERS_IOVA (WORKLOAD_IOVA << 4)
#define OTHERS_SIZE (2 * SZ_1M)

struct request {
	int container;
	char *memory;
	uint64_t size;
	int ret;
};

static void *map(void *arg)
{
	struct request *r = arg;

	r->ret = vu_map(r->container, r->memory, WORKLOAD_IOVA, r->size, VU_RW);
	return NULL;
}

/* Faults in the range wait for us from here on. */
static int withhold(char *addr, uint64_t size)
{
	int fd = open(WITHHELD, O_RDWR | O_CLOEXEC);

	if (fd < 0 ||
	    mmap(addr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) != addr)
		die(-errno, "no memory of " WITHHELD);
	return fd;
}

/*
 * Starts a process that has the container, but another address space, which does not
 * wait. Returns the descriptor that makes it go, and then tell how many it did not do.
 */
static int others_start(int container, uint64_t count)
{
	void *memory;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds))
		die(-errno, "no sockets");
	switch (fork()) {
	case -1:
		die(-errno, "no process");
	case 0:
		break;
	default:
		close(fds[1]);
		return fds[0];
	}
	memory = vu_alloc(VU_4K, OTHERS_SIZE);
	if (!memory || read(fds[1], &(char){ 0 }, 1) != 1)
		_exit(1);
	while (count && !vu_map(container, memory, OTHERS_IOVA, OTHERS_SIZE, VU_RW) &&
	       vu_unmap(container, OTHERS_IOVA, OTHERS_SIZE) == OTHERS_SIZE)
		count--;
	_exit(write(fds[1], &count, sizeof(count)) != sizeof(count));
}

static void others_finish(int fd)
{
	uint64_t left = 0;

	if (write(fd, "", 1) != 1 || read(fd, &left, sizeof(left)) != sizeof(left))
		die(-errno, "the other process is gone");
	if (left)
		die(0, "the other process has failed with %d requests to go", (int)left);
	wait(NULL);
}

static void give(int fd)
{
	if (write(fd, "", 1) != 1)
		die(-errno, "cannot give memory");
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL;
	struct request request = { 0 };
	struct tally tally = { 0 };
	static char buffer[BUFSIZ];
	uint64_t mib = 8, others = 0, half;
	int other = -1;
	pthread_t thread;
	struct vu u;
	struct pollfd fault;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "size", .number = &mib, .max = UINT16_MAX },
		{ .name = "others", .number = &others, .max = UINT16_MAX },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);

	workload_catch_signals();
	workload_open(&u, group, device);
	request.size = mib * SZ_1M;
	request.container = u.container;
	request.memory = vu_alloc(VU_4K, request.size);
	half = request.size / 2;
	if (!request.memory)
		die(-errno, "no memory");
	/* While the map waits, this address space cannot change. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));

	if (others)
		other = others_start(request.container, others);
	fault = (struct pollfd){ withhold(request.memory + half, half), POLLIN, 0 };
	if (pthread_create(&thread, NULL, map, &request))
		die(0, "no thread");
	/* A kernel that does not wait for the memory fails the map at once. */
	while (!poll(&fault, 1, 100))
		if (pthread_tryjoin_np(thread, NULL) == 0)
			die(request.ret, "the map did not wait");
	if (others)
		others_finish(other);
	workload_hold();
	give(fault.fd);
	pthread_join(thread, NULL);
	if (request.ret)
		die(request.ret, "cannot map");
	tally.maps++;
	tally.bytes_mapped += request.size;
	if (vu_unmap(u.container, WORKLOAD_IOVA, request.size) != (int64_t)request.size)
		die(0, "cannot unmap");
	tally.unmaps++;
	tally.bytes_unmapped += request.size;

	putchar('{');
	tally_print(stdout, &tally);
	puts("}");
	return 0;
}
