// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile user of groups: given to KVM before they are complete, attached late to
 * containers whose mappings they cannot have, and fds that are copied, sent, inherited
 * and closed under others' hands. The first device has an IOMMU, the second is the one
 * that vfio_test_emulated emulates.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../modules/vfio_test_emulated.h"
#include "check.h"
#include "vm.h"

#define TIME_LIMIT    400 /* seconds; who hangs is ended */
#define IOVA	      (16 * SZ_1M)
#define SIZE	      SZ_64K
#define SUCCESSES     20 /* of each side of a race, at least */
#define YIELDS	      32
#define KVM_ROUNDS    100
#define ATTACH_TRIES  8
#define ATTACH_ROUNDS 100
#define CLOSE_ROUNDS  1000

/* Where interrupts are delivered, and more address bits than any IOMMU of the tests has. */
#define INTERRUPTS 0xfee00000UL
#define TOO_HIGH   (1UL << 56)

/* --- KVM and groups that are not complete ---------------------------------------------------- */

static void half_made(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct vm vm = need_vm(), other = need_vm();
	int container = vu_container_open(), group = vu_group_open(args->group);
	int copy = dup(group), device;

	need(container >= 0 && group >= 0 && copy >= 0, "container and group open");
	returns(vm_add_group(&vm, group), 0, "C13: KVM takes a group without a container");
	returns(vm_add_group(&vm, copy), -EEXIST, "C13: a copy of its fd is the same group");
	returns(vm_add_group(&other, copy), 0, "C13: a second VM takes it as well");
	returns(vu_device_open(group, args->device), -EINVAL,
		"C13: without a container none of its devices opens");
	returns(vu_set_container(group, container), 0, "C13: it joins a container");
	close(container);
	returns(vu_device_open(group, args->device), -EINVAL,
		"C13: without a backend none of its devices opens");
	returns(vu_unset_container(group), 0, "C13: it leaves a container that has no fd");
	returns(vu_unset_container(group), -EINVAL, "C13: and is in none");

	container = vu_container_open();
	need(container >= 0 && !vu_set_container(group, container) &&
		     !vu_set_iommu(container, VFIO_TYPE1v2_IOMMU),
	     "container with a backend");
	device = vu_device_open(group, args->device);
	ok(device >= 0, "C13: its device opens in the next one");
	returns(vm_del_group(&vm, copy), 0, "C13: the first VM gives it back");
	returns(vm_add_group(&vm, group), 0, "C13: and takes it again, in use");
	close(group);
	close(copy);
	vm_close(&vm);
	close(device);
	close(container);
	returns(reopened(args->group), -EBUSY, "C13: the second VM keeps it open");
	vm_close(&other);
	returns(reopened(args->group), 0, "C13: then it is free");
	ledger_same(&before, "C13: and nothing is left");
}

/**
 * struct race - threads against each other
 * @args: the devices
 * @over: the threads are to end
 * @container: all that there is
 * @group: fd of the group, -1 while it is closed
 * @device: fd of the emulated device
 * @memory: to be mapped
 * @strange: results that nobody may get
 * @strange_ret: one of them
 * @did: how often each side did what it wants
 */
struct race {
	const struct check_args *args;
	atomic_bool over;
	int container;
	atomic_int group;
	int device;
	char *memory;
	atomic_int strange;
	atomic_int strange_ret;
	atomic_int did[3];
};

static void count(struct race *r, int side, int ret)
{
	static const int usual[] = { -EINVAL, -EBADF,  -EBUSY,	-EEXIST,
				     -ENOENT, -ENODEV, -ENOTTY, -EPERM };
	size_t i;

	if (ret >= 0) {
		r->did[side]++;
		return;
	}
	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (ret == usual[i])
			return;
	}
	r->strange++;
	r->strange_ret = ret;
}

static bool all_succeeded(const struct race *r)
{
	return r->did[0] >= SUCCESSES && r->did[1] >= SUCCESSES && r->did[2] >= SUCCESSES;
}

static void race_result(struct race *r, const char *what)
{
	is(r->strange, 0, "C8: %s: none but usual errors", what);
	if (r->strange)
		note("the last of the others was %d", r->strange_ret);
	ok(all_succeeded(r), "C8: %s: each side succeeded at times", what);
	note("%d, %d and %d times", r->did[0], r->did[1], r->did[2]);
}

static void *vm_thread(void *arg)
{
	struct race *r = arg;
	struct vm vm;
	int i;

	while (!r->over) {
		if (vm_open(&vm))
			continue;
		for (i = 0; i < 16; i++) {
			count(r, 0, vm_add_group(&vm, r->group));
			if (i % 2)
				vm_del_group(&vm, r->group);
		}
		vm_close(&vm);
	}
	return NULL;
}

static void *attach_thread(void *arg)
{
	struct race *r = arg;
	int device;

	while (!r->over) {
		count(r, 1, vu_set_container(r->group, r->container));
		vu_set_iommu(r->container, VFIO_TYPE1v2_IOMMU);
		device = vu_device_open(r->group, r->args->device);
		count(r, 2, device);
		vu_unset_container(r->group);
		if (device >= 0)
			close(device);
		vu_unset_container(r->group);
	}
	return NULL;
}

static void kvm_race(const struct check_args *args)
{
	struct race r = { .args = args, .container = vu_container_open(), .group = -1 };
	struct ledger before = ledger_now();
	pthread_t threads[4];
	int i, n, fd, opens = 0;

	for (i = 0; i < 4; i++)
		need(!pthread_create(&threads[i], NULL, i % 2 ? attach_thread : vm_thread, &r),
		     "thread");
	while (opens < KVM_ROUNDS || !all_succeeded(&r)) {
		fd = atomic_exchange(&r.group, -1);
		if (fd >= 0)
			close(fd);
		fd = vu_group_open(args->group);
		if (fd >= 0) {
			r.group = fd;
			opens++;
		}
		for (n = 0; n < YIELDS; n++)
			sched_yield();
	}
	r.over = true;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	if (r.group >= 0)
		close(r.group);
	close(r.container);
	race_result(&r, "KVM against attach and close");
	returns(reopened(args->group), 0, "C13: the group is free after it");
	ledger_same(&before, "C13: and nothing is left");
}

/* --- Attached late, and refused ---------------------------------------------------------------- */

static int pin(int device)
{
	struct vfio_test_range range = { .iova = IOVA, .size = 2 * SZ_4K, .prot = 1 };

	return vu_ioctl(device, VFIO_TEST_PIN, &range);
}

static int unpin(int device)
{
	struct vfio_test_range range = { .iova = IOVA, .size = SIZE };

	return vu_ioctl(device, VFIO_TEST_UNPIN, &range);
}

static void refused_at(const struct check_args *args, struct vu *u, void *memory, uint64_t bad)
{
	struct ledger before = ledger_now(), pinned;
	int group = vu_group_open(args->group), i, wrong = 0;

	need(group >= 0, "the group opens");
	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	returns(vu_map(u->container, memory, bad, SZ_4K, VU_RW), 0,
		"T7: without an IOMMU memory is mapped at 0x%lx", (unsigned long)bad);
	need(!pin(u->device), "pin");
	pinned = ledger_now();
	for (i = 0; i < ATTACH_TRIES; i++)
		wrong += vu_set_container(group, u->container) != -EINVAL;
	is(wrong, 0, "T7: no group with an IOMMU joins, in %d tries", ATTACH_TRIES);
	ledger_same(&pinned, "T7: which leaves no pin and no charge");
	returns(vu_unset_container(group), -EINVAL, "T7: the group is in no container");
	is(vu_unmap(u->container, bad, SZ_4K), SZ_4K, "T7: the mapping is still there");
	returns(vu_set_container(group, u->container), 0, "T7: without it the group joins");
	close(group);
	is(unpin(u->device), 1, "T11: the driver still has its pages");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T7: the other mapping is there as well");
	ledger_same(&before, "T7: nothing is left");
}

static void *pin_thread(void *arg)
{
	struct race *r = arg;

	while (!r->over) {
		count(r, 0, pin(r->device));
		unpin(r->device);
	}
	return NULL;
}

static void *map_thread(void *arg)
{
	struct race *r = arg;

	while (!r->over) {
		count(r, 1, vu_map(r->container, r->memory, IOVA, SIZE, VU_RW));
		vu_map(r->container, r->memory, TOO_HIGH, SZ_4K, VU_RW);
		vu_unmap(r->container, IOVA, SIZE);
		if (r->did[1] % 2)
			vu_unmap(r->container, TOO_HIGH, SZ_4K);
	}
	return NULL;
}

/* Memory is mapped and pinned while a group joins, is refused, or leaves again. */
static void attach_race(const struct check_args *args, struct vu *u, void *memory)
{
	struct race r = {
		.args = args, .container = u->container, .device = u->device, .memory = memory
	};
	struct ledger before = ledger_now();
	int group = vu_group_open(args->group), ret, i, refused = 0;
	pthread_t threads[2];

	need(group >= 0, "the group opens");
	need(!pthread_create(&threads[0], NULL, pin_thread, &r), "thread");
	need(!pthread_create(&threads[1], NULL, map_thread, &r), "thread");
	for (i = 0; i < ATTACH_ROUNDS || refused < SUCCESSES || !all_succeeded(&r); i++) {
		ret = vu_set_container(group, u->container);
		count(&r, 2, ret);
		if (ret)
			refused++;
		else
			vu_unset_container(group);
	}
	r.over = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	close(group);
	race_result(&r, "pins and maps against late groups");
	note("refused %d times", refused);
	unpin(u->device);
	ok(vu_unmap_all(u->container) >= 0, "T1: all is unmapped");
	ledger_same(&before, "T7: nothing is left");
}

static void late_attach(const struct check_args *args)
{
	const struct check_args emulated = { .group = args->group2, .device = args->device2 };
	struct vu u = need_open(&emulated, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, SIZE);

	refused_at(args, &u, memory, INTERRUPTS);
	refused_at(args, &u, memory, TOO_HIGH);
	attach_race(args, &u, memory);
	vu_close(&u);
	vu_free(memory, SIZE);
}

/* --- Games with fds ------------------------------------------------------------------------------ */

/* Nobody has the group's or the device's fd but a message that is never read. */
static void in_flight(const struct check_args *args, bool of_device)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	const char *what = of_device ? "device" : "group";
	int sockets[2];

	need(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets), "socketpair");
	need(!vu_send_fds(sockets[0], of_device ? &u.device : &u.group, 1), "send");
	vu_close(&u);
	returns(reopened(args->group), -EBUSY, "C5: a %s's fd in a message keeps the group", what);
	close(sockets[0]);
	close(sockets[1]);
	returns(reopened(args->group), 0, "C5: until the message goes");
}

static int reopen(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void other_ways(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int fd, path;

	returns(reopen(u.group, O_RDWR), -EBUSY, "C5: a group's fd cannot be opened once more");
	returns(reopen(u.device, O_RDWR), -ENXIO, "C7: nor can a device's");
	fd = reopen(u.container, O_RDWR);
	ok(fd >= 0, "C1: a container's can");
	returns(vu_set_iommu(fd, VFIO_TYPE1v2_IOMMU), -EINVAL, "C1: but is another container");
	close(fd);
	path = reopen(u.group, O_PATH);
	ok(path >= 0, "C5: a path to a group is no open");
	returns(vu_unset_container(path), -EBADF, "C5: and good for nothing");
	vu_close(&u);
	returns(reopened(args->group), 0, "C5: and keeps no group");
	close(path);
}

static int hold(const void *arg)
{
	(void)arg;
	while (pause() < 0)
		;
	return 0;
}

static void inherited(const struct check_args *args)
{
	void *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	pid_t child;

	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	child = spawn(hold, NULL);
	vu_close(&u);
	returns(reopened(args->group), -EBUSY, "C5: a child that inherited all keeps the group");
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "C5: it is killed");
	ok(pinned_becomes(before.pinned), "C6: which unpins what its parent mapped");
	returns(reopened(args->group), 0, "C5: and frees the group");
	vu_free(memory, SIZE);
}

static void *close_thread(void *arg)
{
	struct race *r = arg;
	int fd;

	while (!r->over) {
		fd = dup(r->container);
		r->group = fd;
		sched_yield();
		close(fd);
	}
	return NULL;
}

/* A container's fd is closed while a group is being given it. */
static void closed_meanwhile(const struct check_args *args)
{
	struct race r = { .args = args, .container = vu_container_open(), .group = -1 };
	int group = vu_group_open(args->group), i, ret, strange = 0, joined = 0;
	pthread_t thread;

	need(r.container >= 0 && group >= 0, "container and group open");
	need(!pthread_create(&thread, NULL, close_thread, &r), "thread");
	for (i = 0; i < CLOSE_ROUNDS || joined < SUCCESSES; i++) {
		ret = vu_set_container(group, r.group);
		if (!ret) {
			joined++;
			strange += vu_unset_container(group) != 0;
		} else {
			strange += ret != -EBADF && ret != -EINVAL;
		}
	}
	r.over = true;
	pthread_join(thread, NULL);
	is(strange, 0, "C6: SET_CONTAINER of an fd that is being closed: joined or refused");
	note("joined %d times of %d", joined, i);
	close(group);
	close(r.container);
	returns(reopened(args->group), 0, "C5: the group is free after it");
}

void check_hostile_groups(const struct check_args *args)
{
	struct ledger before = ledger_now();

	vu_time_limit(TIME_LIMIT);
	if (access("/dev/kvm", R_OK | W_OK)) {
		skip("no KVM", "C13: KVM and groups that are not complete");
	} else {
		half_made(args);
		kvm_race(args);
	}
	late_attach(args);
	in_flight(args, false);
	in_flight(args, true);
	other_ways(args);
	inherited(args);
	closed_meanwhile(args);
	ledger_same(&before, "C8: nothing is left pinned or locked");
}
