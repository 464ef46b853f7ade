// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row T11: the driver of an emulated device is told of unmaps between its open and
 * its close, and never before or after. tests/modules/vfio_test_gate.c holds a driver
 * up there.
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../modules/vfio_test_emulated.h"
#include "check.h"

#define PARAMETERS "/sys/module/vfio_test_gate/parameters/"
#define IOVA	   (16 * SZ_1M)
#define SIZE	   SZ_64K

static void set(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	need(fd >= 0 && write(fd, value, strlen(value)) > 0, "write %s", path);
	close(fd);
}

static void get(const char *name, char value[static 32])
{
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0, "open %s", path);
	n = read(fd, value, 31);
	need(n > 0, "read %s", path);
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	close(fd);
}

static int count_of(const char *name)
{
	char value[32];

	get(name, value);
	return atoi(value);
}

static void wait_for(const char *state)
{
	char value[32];

	for (get("state", value); strcmp(value, state); get("state", value))
		usleep(1000);
}

/* The first device has a page pinned in what is unmapped: so drivers are told. */
static void unmap_pinned(const struct vu *u, void *memory)
{
	struct vfio_test_range range = { .iova = IOVA, .size = SZ_4K, .prot = 1 };

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	need(!vu_ioctl(u->device, VFIO_TEST_PIN, &range), "pin");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: memory that a driver holds is unmapped");
}

struct opener {
	const struct check_args *args;
	int group;
	int fd;
};

static void *open_device(void *arg)
{
	struct opener *o = arg;

	o->fd = vu_device_open(o->group, o->args->device2);
	return NULL;
}

static void *close_device(void *arg)
{
	struct opener *o = arg;

	close(o->fd);
	return NULL;
}

void check_gate(const struct check_args *args)
{
	void *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct opener o = { .args = args, .group = vu_group_open(args->group2) };
	pthread_t thread;

	need(o.group >= 0 && !vu_set_container(o.group, u.container), "the second group joins");
	set("hold_open", "1");
	need(!pthread_create(&thread, NULL, open_device, &o), "thread");
	wait_for("opening");
	unmap_pinned(&u, memory);
	is(count_of("outside"), 0, "T11: a driver that still opens is not told");
	set("hold_open", "0");
	pthread_join(thread, NULL);
	ok(o.fd >= 0, "C7: the device opens");

	unmap_pinned(&u, memory);
	ok(count_of("inside") > 0, "T11: a driver that has opened is told");

	set("hold_close", "1");
	need(!pthread_create(&thread, NULL, close_device, &o), "thread");
	wait_for("closing");
	unmap_pinned(&u, memory);
	is(count_of("outside"), 0, "T11: a driver that closes is not told");
	set("hold_close", "0");
	pthread_join(thread, NULL);

	unmap_pinned(&u, memory);
	is(count_of("outside"), 0, "T11: nor is one that has closed");
	close(o.group);
	vu_close(&u);
	ledger_same(&before, "T11: nothing is left pinned or charged");
	vu_free(memory, SIZE);
}
