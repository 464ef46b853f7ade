// SPDX-License-Identifier: GPL-2.0-only
/* Memory whose faults wait; see doorstop.h. */

#include "doorstop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define WITHHELD "/dev/vfio-test-withheld"

/* How often it is looked whether the request ended without waiting, in ms. */
#define LOOK_AGAIN 20

struct doorstop doorstop_place(void *addr, size_t size)
{
	struct doorstop stop = { .size = size };

	stop.fd = open(WITHHELD, O_RDWR | O_CLOEXEC);
	need(stop.fd >= 0, "open " WITHHELD);
	stop.addr = mmap(addr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | (addr ? MAP_FIXED : 0),
			 stop.fd, 0);
	need(stop.addr != MAP_FAILED, "mmap of " WITHHELD);
	return stop;
}

bool doorstop_wait(const struct doorstop *stop, const volatile bool *over)
{
	struct pollfd fault = { stop->fd, POLLIN, 0 };

	while (!poll(&fault, 1, LOOK_AGAIN)) {
		if (over && *over)
			return false;
	}
	return true;
}

void doorstop_release(const struct doorstop *stop)
{
	need(write(stop->fd, "", 1) == 1, "write " WITHHELD);
}

void doorstop_close(struct doorstop *stop)
{
	close(stop->fd);
	stop->fd = -1;
}
