// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row T7: a group joins, and the memory of a mapping is looked up for the first time, on
 * behalf of a process that dies just then. Each step is waited for:
 *
 *	the dying process		who lets the group join
 *					pins its first page, and waits for it
 *	a thread waits for a page
 *	another one for the first, to change the address space
 *					gets its page, and waits for that thread
 *	is killed
 *					finds a BAR in an address space of nobody
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "doorstop.h"

#define IOVA	 (64 * SZ_1M)
#define BAR_PART SZ_64K
#define ROUNDS	 16

/**
 * struct payer - the process that dies, and what it shares with the one that waits for it
 * @container: of an emulated device's group
 * @memory: a page that is withheld, and a BAR
 * @other: another page that is withheld
 * @spare: a page that it unmaps
 * @go: it may touch @other; then, that it may unmap @spare
 * @tid: the thread that unmaps @spare
 * @mapped: it has mapped @memory
 */
struct payer {
	int container;
	char *memory;
	char *other;
	char *spare;
	volatile int go;
	volatile pid_t tid;
	volatile bool mapped;
};

static void *touch(void *arg)
{
	struct payer *p = arg;

	while (p->go < 1)
		usleep(100);
	*(volatile char *)p->other = 1;
	return NULL;
}

static void *change(void *arg)
{
	struct payer *p = arg;

	p->tid = (pid_t)syscall(SYS_gettid);
	while (p->go < 2)
		usleep(100);
	munmap(p->spare, SZ_4K);
	return NULL;
}

static int live_and_die(const void *arg)
{
	struct payer *p = *(struct payer *const *)arg;
	pthread_t threads[2];

	if (vu_map(p->container, p->memory, IOVA, SZ_4K + BAR_PART, VU_RW) ||
	    pthread_create(&threads[0], NULL, touch, p) ||
	    pthread_create(&threads[1], NULL, change, p))
		return 1;
	p->mapped = true;
	for (;;)
		pause();
}

/* All of a file of a thread in /proc, as far as there is room. */
static void task_file(pid_t pid, pid_t tid, const char *name, char *text, size_t room)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0, "open %s", path);
	n = read(fd, text, room - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
}

/* Waits until a thread waits in a function for a lock, not for memory; false once @over. */
static bool waits_in(pid_t pid, pid_t tid, const char *function, const volatile bool *over)
{
	char stack[4096], stat[256];

	for (;;) {
		task_file(pid, tid, "stack", stack, sizeof(stack));
		task_file(pid, tid, "stat", stat, sizeof(stat));
		if (strstr(stat, ") D ") && strstr(stack, function) &&
		    !strstr(stack, "withheld_fault"))
			return true;
		if (*over)
			return false;
		usleep(1000);
	}
}

/**
 * struct join - a group that joins, in a thread of its own
 * @group: the group
 * @container: the container
 * @tid: the thread
 * @over: it has ended
 * @ret: with what
 */
struct join {
	int group;
	int container;
	volatile pid_t tid;
	volatile bool over;
	int ret;
};

static void *join(void *arg)
{
	struct join *j = arg;

	j->tid = (pid_t)syscall(SYS_gettid);
	j->ret = vu_set_container(j->group, j->container);
	j->over = true;
	return NULL;
}

static bool one_round(struct payer *p, struct join *j, const struct vu *owner, uint64_t bar_offset)
{
	struct doorstop first = doorstop_place(p->memory, SZ_4K);
	struct doorstop second = doorstop_place(p->other, SZ_4K);
	bool all = true;
	pthread_t thread;
	pid_t child;

	need(mmap(p->memory + SZ_4K, BAR_PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  owner->device, bar_offset) == p->memory + SZ_4K,
	     "P5: mmap of BAR 0");
	p->go = 0;
	p->tid = 0;
	p->mapped = false;
	j->over = false;
	child = spawn(live_and_die, &p);
	while (!p->mapped || !p->tid)
		usleep(100);

	need(!pthread_create(&thread, NULL, join, j), "thread");
	all &= doorstop_wait(&first, &j->over);
	p->go = 1;
	all &= doorstop_wait(&second, &j->over);
	p->go = 2;
	all = all && waits_in(child, p->tid, "munmap", &j->over);
	doorstop_release(&first);
	all = all && waits_in(getpid(), j->tid, "vfio_", &j->over);
	kill(child, SIGKILL);
	status_of(child);
	pthread_join(thread, NULL);
	if (!j->ret)
		need(!vu_unset_container(j->group), "C6: UNSET_CONTAINER");
	all = all && (!j->ret || j->ret == -ESRCH || j->ret == -EFAULT);
	if (!all)
		note("joining returned %d", j->ret);
	need(vu_unmap_all(p->container) == SZ_4K + BAR_PART, "T7: the mapping is still there");
	doorstop_close(&first);
	doorstop_close(&second);
	return all;
}

/* The first group is one of an emulated device, the second joins, the third has the BAR. */
void check_payer_dies(const struct check_args *args)
{
	const struct check_args third = { .group = args->group3, .device = args->device3 };
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vu owner = need_open(&third, VFIO_TYPE1v2_IOMMU);
	struct join j = { .group = vu_group_open(args->group2), .container = u.container };
	struct vfio_region_info info;
	struct payer *p =
		mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i, good = 0;

	need(j.group >= 0, "C5: second group opens");
	need(!vu_region_info(owner.device, VFIO_PCI_BAR0_REGION_INDEX, &info) &&
		     !vu_pci_command(owner.device, PCI_COMMAND_MEMORY, 0),
	     "P1: BAR 0");
	need(p != MAP_FAILED, "mmap");
	p->container = u.container;
	p->memory = need_memory(VU_4K, SZ_4K + BAR_PART);
	p->other = need_memory(VU_4K, SZ_4K);
	p->spare = need_memory(VU_4K, SZ_4K);
	for (i = 0; i < ROUNDS; i++)
		good += one_round(p, &j, &owner, info.offset);
	is(good, ROUNDS,
	   "T7: a group joins, or not, while the process that has mapped memory dies");
	munmap(p->memory, SZ_4K + BAR_PART);
	munmap(p->other, SZ_4K);
	munmap(p->spare, SZ_4K);
	munmap(p, sizeof(*p));
	close(j.group);
	vu_close(&owner);
	vu_close(&u);
	ledger_same(&before, "T7: nothing stays");
}
