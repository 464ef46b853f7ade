// SPDX-License-Identifier: GPL-2.0-only
/* Row C13: an external user in the kernel, played by tests/modules/vfio_test_external.c. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define NODE	    "/dev/vfio-test-external"
#define IOVA	    SZ_1M
#define SIZE	    SZ_64K
#define PAGES	    ((long)(SIZE / SZ_4K))
#define RACERS	    3
#define RACE_ROUNDS 200

static int external_open(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	need(fd >= 0, "C13: " NODE " opens");
	return fd;
}

static int command(int external, const char *line)
{
	return write(external, line, strlen(line)) < 0 ? -errno : 0;
}

static int get(int external, int fd)
{
	char line[32];

	snprintf(line, sizeof(line), "get %d", fd);
	return command(external, line);
}

static int put(int external)
{
	return command(external, "put");
}

/* Number of the group that is held, or a negative errno. */
static int held(int external)
{
	char line[32] = "";

	return pread(external, line, sizeof(line) - 1, 0) < 0 ? -errno : atoi(line);
}

static void refused(const struct check_args *args)
{
	int external = external_open(), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	need(null >= 0, "/dev/null opens");
	returns(get(external, null), -EINVAL, "C13: an fd that is not of VFIO is refused");
	returns(get(external, u.container), -EINVAL, "C13: a container is no group");
	returns(get(external, u.device), -EINVAL, "C13: a device is no group");
	returns(held(external), -ENODEV, "C13: what is refused is not held");
	vu_close(&u);

	u.container = vu_container_open();
	u.group = vu_group_open(args->group);
	need(u.container >= 0 && u.group >= 0, "container and group open");
	returns(get(external, u.group), -EINVAL, "C13: a group without a container is refused");
	need(!vu_set_container(u.group, u.container), "SET_CONTAINER");
	returns(get(external, u.group), -EINVAL,
		"C13: a group whose container has no IOMMU is refused");
	returns(vu_unset_container(u.group), 0, "C13: which leaves the group free to go");
	vu_close(&u);
	returns(reopened(args->group), 0, "C13: a group that was refused can be opened again");
	close(null);
	close(external);
}

static void holds(const struct check_args *args)
{
	struct vu u = need_open(&(struct check_args){ .group = args->group }, VFIO_TYPE1v2_IOMMU);
	int external = external_open();

	returns(get(external, u.group), 0, "C13: a group with container and IOMMU is taken");
	is(held(external), atoi(args->group), "C13: its number is that of the IOMMU group");
	returns(vu_unset_container(u.group), -EBUSY,
		"C13: the user cannot take it out of its container");
	returns(put(external), 0, "C13: it is put");
	returns(vu_unset_container(u.group), 0, "C13: then the user can");
	vu_close(&u);
	close(external);
}

static void outlives(const struct check_args *args)
{
	struct ledger before, now;
	void *memory = need_memory(VU_4K, SIZE);
	int external = external_open();
	struct vu u;

	before = ledger_now();
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	need(!get(external, u.group), "the group is taken");
	vu_close(&u);

	now = ledger_now();
	is(now.pinned - before.pinned, PAGES, "C13: the mapping stays when the user closed all");
	is(now.locked - before.locked, SIZE / 1024, "C13: and so does its charge");
	is(held(external), atoi(args->group), "C13: the number can still be asked for");
	returns(reopened(args->group), -EBUSY, "C13: nobody can open the group meanwhile");
	returns(put(external), 0, "C13: the group is put");
	ledger_same(&before, "C13: which unmaps and refunds all");

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	returns(vu_map(u.container, memory, IOVA, SIZE, VU_RW), 0,
		"C13: the next user finds group and device free");
	vu_close(&u);
	ledger_same(&before, "C13: and leaves nothing");
	vu_free(memory, SIZE);
	close(external);
}

/* The group's fd is closed, the container's is not. */
static void container_stays(const struct check_args *args)
{
	void *memory = need_memory(VU_4K, SIZE);
	int external = external_open();
	struct ledger before = ledger_now();
	struct vu u = need_open(&(struct check_args){ .group = args->group }, VFIO_TYPE1v2_IOMMU);

	need(!get(external, u.group), "the group is taken");
	close(u.group);
	returns(vu_map(u.container, memory, IOVA, SIZE, VU_RW), 0,
		"C13: the container still maps without the group's fd");
	is(ledger_now().pinned - before.pinned, PAGES, "C13: and pins");
	returns(put(external), 0, "C13: the group is put");
	ledger_same(&before, "C13: the last group takes the mappings along");
	returns(vu_map(u.container, memory, IOVA, SIZE, VU_RW), -EINVAL,
		"C13: a container without a group maps no more");
	close(u.container);
	vu_free(memory, SIZE);
	close(external);
}

static void two_holders(const struct check_args *args)
{
	void *memory = need_memory(VU_4K, SIZE);
	int external = external_open(), other = external_open();
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	returns(get(external, u.group), 0, "C13: one external user takes the group");
	returns(get(other, u.group), 0, "C13: and another one");
	vu_close(&u);
	need(!put(external), "the first one puts it");
	is(ledger_now().pinned - before.pinned, PAGES, "C13: one put of two keeps the mapping");
	returns(reopened(args->group), -EBUSY, "C13: and the group");
	close(other);
	ledger_same(&before, "C13: the second one releases all");
	returns(reopened(args->group), 0, "C13: and the group can be opened");
	vu_free(memory, SIZE);
	close(external);
}

struct owner {
	const struct check_args *args;
	int external;
	/* Whose end of file tells that the owner has come so far. */
	int ready[2];
	bool stay;
};

static int map_and_give(const void *arg)
{
	const struct owner *o = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	struct vu u;
	int external = o->stay ? open(NODE, O_RDWR | O_CLOEXEC) : o->external;

	if (!memory || external < 0 ||
	    vu_open(&u, o->args->group, o->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	if (vu_map(u.container, memory, IOVA, SIZE, VU_RW) || get(external, u.group))
		return 2;
	close(o->ready[0]);
	close(o->ready[1]);
	while (o->stay)
		pause();
	return 0;
}

/* The memory that is mapped goes with the process, the external user stays. */
static void owner_exits(const struct check_args *args)
{
	struct owner o = { .args = args, .external = external_open() };
	struct ledger before = ledger_now();

	need(!pipe(o.ready), "pipe");
	is(status_of(spawn(map_and_give, &o)), 0, "C13: a process maps, has its group held, ends");
	is(ledger_now().pinned - before.pinned, PAGES, "C13: what it mapped stays pinned");
	returns(put(o.external), 0, "C13: the group of a process that is gone is put");
	ledger_same(&before, "C13: which unpins it");
	returns(reopened(args->group), 0, "C13: and frees the group");
	close(o.ready[0]);
	close(o.ready[1]);
	close(o.external);
}

/* The external user goes with the process, at any moment. */
static void owner_killed(const struct check_args *args)
{
	struct owner o = { .args = args, .stay = true };
	struct ledger before = ledger_now();
	pid_t child;
	char c;

	need(!pipe(o.ready), "pipe");
	child = spawn(map_and_give, &o);
	close(o.ready[1]);
	is(read(o.ready[0], &c, 1), 0, "C13: a process maps and has its group held");
	is(ledger_now().pinned - before.pinned, PAGES, "C13: its memory is pinned");
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "C13: it is killed");
	ok(pinned_becomes(before.pinned), "C13: nothing of it stays pinned");
	returns(reopened(args->group), 0, "C13: nor is the group in use");
	close(o.ready[0]);
}

struct race {
	atomic_int group;
	atomic_bool over;
	atomic_int gets;
	atomic_int strange;
	atomic_int strange_ret;
};

/* Another file may have the number by now, or none. */
static void *get_often(void *arg)
{
	struct race *r = arg;
	int external = open(NODE, O_RDWR | O_CLOEXEC), ret;

	while (!r->over) {
		ret = get(external, r->group);
		if (!ret) {
			r->gets++;
			ret = put(external);
		}
		if (ret && ret != -EINVAL && ret != -EBADF) {
			r->strange++;
			r->strange_ret = ret;
		}
	}
	close(external);
	return NULL;
}

static void race(const struct check_args *args)
{
	struct race r = { .group = -1 };
	struct ledger before;
	void *memory = need_memory(VU_4K, SIZE);
	pthread_t threads[RACERS];
	int i, ret, opened = 0;
	struct vu u;

	before = ledger_now();
	for (i = 0; i < RACERS; i++)
		need(!pthread_create(&threads[i], NULL, get_often, &r), "thread");
	/* Rounds count when there was a get in them, or nothing would be shown. */
	for (i = 0; i < 100 * RACE_ROUNDS && (opened < RACE_ROUNDS || !r.gets); i++) {
		ret = vu_open(&u, args->group, args->device, VFIO_TYPE1v2_IOMMU);
		if (ret == -EBUSY) {
			usleep(100);
			continue;
		}
		if (ret || vu_map(u.container, memory, IOVA, SIZE, VU_RW)) {
			r.strange++;
			r.strange_ret = ret;
		}
		r.group = u.group;
		opened++;
		vu_close(&u);
	}
	r.over = true;
	for (i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);

	is(r.strange, 0, "C13: get and put against open, map and close: only expected errors");
	if (r.strange)
		note("the last of the others was %d", r.strange_ret);
	ok(r.gets > 0 && opened == RACE_ROUNDS, "C13: each side succeeded at times");
	note("%d opens, %d gets", opened, r.gets);
	ledger_same(&before, "C13: nothing is left of the race");
	returns(reopened(args->group), 0, "C13: the group can be opened after it");
	vu_free(memory, SIZE);
}

void check_external(const struct check_args *args)
{
	refused(args);
	holds(args);
	outlives(args);
	container_stays(args);
	two_holders(args);
	owner_exits(args);
	owner_killed(args);
	race(args);
}
