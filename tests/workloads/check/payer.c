// SPDX-License-Identifier: GPL-2.0-only
/* Row T6: locked memory is refunded to whoever paid, whoever unmaps and whatever happened since. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define IOVA (256 * SZ_1M)
#define SIZE SZ_1M
#define KIB  ((long)(SIZE / 1024))

/* Tells the program after an exec which fd its container is. */
#define CONTAINER_FD "VFIO_CHECK_CONTAINER"

/* What a child finds: 0, or the number of the step that failed. */
#define STEP(n, condition)          \
	do {                        \
		if (!(condition))   \
			return (n); \
	} while (0)

static void *thread_unmap(void *container)
{
	return (void *)(intptr_t)vu_unmap(*(int *)container, IOVA, SIZE);
}

static void other_thread(struct vu *u, void *memory)
{
	struct ledger before = ledger_now();
	pthread_t thread;
	void *done;

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	is(vu_locked_kib() - before.locked, KIB, "T6: a map is charged to the process");
	need(!pthread_create(&thread, NULL, thread_unmap, &u->container), "thread");
	pthread_join(thread, &done);
	is((intptr_t)done, SIZE, "T6: another thread unmaps");
	ledger_same(&before, "T6: the process is refunded");
}

static int child_unmap(const void *arg)
{
	const struct vu *u = arg;

	STEP(1, vu_locked_kib() == 0);
	STEP(2, vu_unmap(u->container, IOVA, SIZE) == SIZE);
	STEP(3, vu_locked_kib() == 0);
	return 0;
}

static void child(struct vu *u, void *memory)
{
	struct ledger before = ledger_now();

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	is(status_of(spawn(child_unmap, u)), 0, "T6: a child that inherited the fd unmaps");
	ledger_same(&before, "T6: its parent, who paid, is refunded");
}

static int child_map(const void *arg)
{
	const struct vu *u = arg;
	void *memory = vu_alloc(VU_4K, SIZE);

	STEP(1, memory && !vu_map(u->container, memory, IOVA, SIZE, VU_RW));
	STEP(2, vu_locked_kib() == KIB);
	return 0;
}

static void dead_payer(struct vu *u)
{
	struct ledger before = ledger_now();

	is(status_of(spawn(child_map, u)), 0, "T6: a child maps its own memory, pays, and ends");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "T6: its memory stays pinned");
	is(vu_locked_kib(), before.locked, "T6: its parent pays nothing for it");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T6: the parent unmaps it");
	ledger_same(&before, "T6: nothing is left, and nobody is refunded what he did not pay");
}

struct owner {
	const struct check_args *args;
	int socket;
};

static int open_map_and_send(const void *arg)
{
	const struct owner *owner = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	struct vu u;

	STEP(1,
	     memory && !vu_open(&u, owner->args->group, owner->args->device, VFIO_TYPE1v2_IOMMU));
	STEP(2, !vu_map(u.container, memory, IOVA, SIZE, VU_RW));
	STEP(3, !vu_send_fds(owner->socket, &u.container, 1));
	STEP(4, !vu_send_fds(owner->socket, &u.group, 1));
	return 0;
}

static void passed_fd(const struct check_args *args)
{
	struct ledger before = ledger_now();
	int sockets[2], container, group;
	struct owner owner = { .args = args };

	need(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
	owner.socket = sockets[1];
	is(status_of(spawn(open_map_and_send, &owner)), 0,
	   "T6: an owner maps, passes its fds over a socket, and ends");
	container = vu_receive_fd(sockets[0]);
	group = vu_receive_fd(sockets[0]);
	need(container >= 0 && group >= 0, "fds over the socket");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "T6: its mapping is still there");
	is(vu_unmap(container, IOVA, SIZE), SIZE, "T6: who received the fd unmaps it");
	ledger_same(&before, "T6: nothing is left");
	close(container);
	close(group);
	close(sockets[0]);
	close(sockets[1]);
}

/* The program again, with the same fds, and new memory. */
static int map_and_exec(const void *arg)
{
	const struct check_args *args = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	char number[16];
	struct vu u;

	STEP(1, memory && !vu_open(&u, args->group, args->device, VFIO_TYPE1v2_IOMMU));
	STEP(2, !vu_map(u.container, memory, IOVA, SIZE, VU_RW));
	STEP(3, !fcntl(u.container, F_SETFD, 0) && !fcntl(u.group, F_SETFD, 0));
	snprintf(number, sizeof(number), "%d", u.container);
	STEP(4, !setenv(CONTAINER_FD, number, 1));
	execl("/proc/self/exe", "vfio-check", "after-exec", "--group", args->group, "--device",
	      args->device, NULL);
	return 5;
}

/* What map_and_exec() becomes: its exit status counts, its tests do not. */
void check_after_exec(const struct check_args *args)
{
	const char *number = getenv(CONTAINER_FD);
	void *memory = vu_alloc(VU_4K, SIZE);
	int container = number ? atoi(number) : -1;

	(void)args;
	if (vu_locked_kib() != 0)
		_exit(11);
	if (!memory || vu_map(container, memory, 2 * IOVA, SIZE, VU_RW) || vu_locked_kib() != KIB)
		_exit(12);
	if (vu_unmap(container, IOVA, SIZE) != SIZE || vu_locked_kib() != KIB)
		_exit(13);
	if (vu_unmap(container, 2 * IOVA, SIZE) != SIZE || vu_locked_kib() != 0)
		_exit(14);
	_exit(0);
}

void check_payer(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, SIZE);

	other_thread(&u, memory);
	child(&u, memory);
	dead_payer(&u);
	vu_free(memory, SIZE);
	vu_close(&u);

	passed_fd(args);
	is(status_of(spawn(map_and_exec, args)), 0,
	   "T6: after exec the old mapping is not the new program's to pay");
	ledger_same(&before, "T6: nothing is left of any of them");
}
