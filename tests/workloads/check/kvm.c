// SPDX-License-Identifier: GPL-2.0-only
/* Row C13: the VFIO device of an unmodified KVM, which looks the core's functions up by name. */

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"
#include "trace.h"
#include "vm.h"

#define IOVA  SZ_1M
#define SIZE  SZ_64K
#define PAGES ((long)(SIZE / SZ_4K))

static void refused(const struct check_args *args)
{
	struct vm vm = need_vm();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int container = vu_container_open(), group = vu_group_open(args->group);

	need(null >= 0 && container >= 0 && group >= 0, "/dev/null, container and group open");
	returns(vm_attr(&vm, KVM_HAS_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_ADD, NULL), 0,
		"C13: KVM has a VFIO device that takes groups");
	returns(vm_add_group(&vm, null), -EINVAL, "C13: KVM refuses an fd that is not of VFIO");
	returns(vm_add_group(&vm, container), -EINVAL, "C13: KVM refuses a container");
	returns(vm_add_group(&vm, -1), -EBADF, "C13: KVM refuses what is no fd");
	returns(vm_attr(&vm, KVM_SET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_ADD, NULL), -EFAULT,
		"C13: KVM refuses an fd from nowhere");
	returns(vm_del_group(&vm, group), -ENOENT, "C13: KVM gives no group back that it has not");
	close(group);
	returns(reopened(args->group), 0, "C13: what was refused is not kept open");
	close(container);
	close(null);
	vm_close(&vm);
}

static void add_and_delete(const struct check_args *args)
{
	struct vm vm = need_vm(), other = need_vm();
	struct vu u;
	int group = vu_group_open(args->group);

	need(group >= 0, "the group opens");
	returns(vm_add_group(&vm, group), 0, "C13: KVM takes a group without a container");
	returns(vm_del_group(&vm, group), 0, "C13: and gives it back");
	close(group);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	returns(vm_add_group(&vm, u.group), 0, "C13: KVM takes a group with a device in use");
	returns(vm_add_group(&vm, u.group), -EEXIST, "C13: but not twice");
	returns(vm_del_group(&other, u.group), -ENOENT, "C13: another VM has it not");
	returns(vm_del_group(&vm, u.group), 0, "C13: KVM gives it back");
	returns(vm_del_group(&vm, u.group), -ENOENT, "C13: but not twice");
	returns(vm_add_group(&vm, u.group), 0, "C13: KVM takes it again");
	returns(vm_del_group(&vm, u.group), 0, "C13: and gives it back again");
	vu_close(&u);
	vm_close(&other);
	vm_close(&vm);
	returns(reopened(args->group), 0, "C13: the group can be opened after all that");
}

static void two_groups(const struct check_args *args)
{
	struct vm vm = need_vm();
	int group = vu_group_open(args->group), group2 = vu_group_open(args->group2);

	need(group >= 0 && group2 >= 0, "two groups open");
	returns(vm_add_group(&vm, group), 0, "C13: KVM takes one group");
	returns(vm_add_group(&vm, group2), 0, "C13: and another one");
	returns(vm_del_group(&vm, group), 0, "C13: gives the first one back");
	returns(vm_del_group(&vm, group), -ENOENT, "C13: and has it no more");
	returns(vm_add_group(&vm, group2), -EEXIST, "C13: but the other one still");
	close(group);
	close(group2);
	returns(reopened(args->group), 0, "C13: the first one is free");
	returns(reopened(args->group2), -EBUSY, "C13: KVM keeps the other one open");
	vm_close(&vm);
	returns(reopened(args->group2), 0, "C13: as long as the VM is there");
}

/* The user closes all of VFIO, then the VM, and never deletes. */
static void closed_without_delete(const struct check_args *args)
{
	void *memory = need_memory(VU_4K, SIZE);
	struct vm vm = need_vm();
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	need(!vm_add_group(&vm, u.group), "KVM takes the group");
	vu_close(&u);
	is(ledger_now().pinned - before.pinned, PAGES,
	   "C13: mappings stay while KVM has the group and the user closed all");
	returns(reopened(args->group), -EBUSY, "C13: and the group stays open");
	close(vm.fd);
	is(ledger_now().pinned - before.pinned, PAGES,
	   "C13: still so when the VM's fd is closed and that of its VFIO device is not");
	close(vm.vfio);
	ledger_same(&before, "C13: closing both without DEL unmaps and refunds all");
	returns(reopened(args->group), 0, "C13: and the group can be opened again");

	/* The other way round: the VM goes first. */
	vm = need_vm();
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	need(!vm_add_group(&vm, u.group), "KVM takes the group");
	vm_close(&vm);
	returns(vu_map(u.container, memory, IOVA, SIZE, VU_RW), 0,
		"C13: the user goes on when the VM went without DEL");
	vm = need_vm();
	returns(vm_add_group(&vm, u.group), 0, "C13: and the next VM takes the group");
	vm_close(&vm);
	vu_close(&u);
	ledger_same(&before, "C13: then nothing is left");
	vu_free(memory, SIZE);
}

struct victim {
	const struct check_args *args;
	/* Its end of file tells that the VM has the group. */
	int ready[2];
};

static int run_vm(const void *arg)
{
	const struct victim *v = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	struct vm vm;
	struct vu u;

	if (!memory || vm_open(&vm) ||
	    vu_open(&u, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	if (vu_map(u.container, memory, IOVA, SIZE, VU_RW) || vm_add_group(&vm, u.group))
		return 2;
	close(v->ready[0]);
	close(v->ready[1]);
	for (;;)
		pause();
}

static void killed(const struct check_args *args)
{
	struct victim v = { .args = args };
	struct ledger before = ledger_now();
	pid_t child;
	char c;

	need(!pipe(v.ready), "pipe");
	child = spawn(run_vm, &v);
	close(v.ready[1]);
	is(read(v.ready[0], &c, 1), 0, "C13: a process has a VM with its group");
	is(ledger_now().pinned - before.pinned, PAGES, "C13: its memory is pinned");
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "C13: it is killed");
	ok(pinned_becomes(before.pinned), "C13: nothing of it stays pinned");
	returns(reopened(args->group), 0, "C13: nor is the group in use");
	close(v.ready[0]);
}

/* --- Does KVM take a group's DMA for non-coherent? --------------------------------------------- */

#define PROBE "vfio_check_noncoherent"

static void set_probe(const char *command)
{
	int fd = open("/sys/kernel/tracing/kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);

	need(fd >= 0 && write(fd, command, strlen(command)) == (ssize_t)strlen(command),
	     "write \"%s\" to kprobe_events", command);
	close(fd);
}

/* A VM gets the group: does that make it heed the guest's cache control? */
static bool becomes_noncoherent(int group)
{
	struct vm vm = need_vm();
	struct trace trace;
	bool did;

	trace_begin("kprobes/" PROBE, NULL);
	need(!vm_add_group(&vm, group), "KVM takes the group");
	trace = trace_end();
	did = trace_count(&trace, PROBE, NULL);
	trace_free(&trace);
	vm_close(&vm);
	return did;
}

/* Before 6.2 nobody could ask an IOMMU before there was a domain. */
static bool iommu_can_be_asked(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	need(!uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2, "uname");
	return major > 6 || (major == 6 && minor >= 2);
}

static void coherency(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	bool noncoherent = vu_ioctl(u.container, VFIO_CHECK_EXTENSION, (void *)VFIO_DMA_CC_IOMMU) <=
			   0;
	bool early = noncoherent && iommu_can_be_asked();

	note("the IOMMU %s all DMA coherent", noncoherent ? "does not make" : "makes");
	set_probe("p:kprobes/" PROBE " kvm_arch_register_noncoherent_dma");
	is(becomes_noncoherent(u.group), noncoherent,
	   "C13: a VM with a device in use heeds cache control only if the IOMMU is no help");
	vu_close(&u);

	u.container = vu_container_open();
	u.group = vu_group_open(args->group);
	need(u.container >= 0 && u.group >= 0, "container and group open");
	is(becomes_noncoherent(u.group), early,
	   "C13: a group without a container makes no VM heed cache control that need not");
	need(!vu_set_container(u.group, u.container), "SET_CONTAINER");
	if (stock_modules() && !iommu_can_be_asked())
		skip("stock 6.1 says no", "C13: nor does one in a container without a backend");
	else
		is(becomes_noncoherent(u.group), early,
		   "C13: nor does one in a container without a backend");
	vu_close(&u);
	set_probe("-:kprobes/" PROBE);
}

void check_kvm(const struct check_args *args)
{
	refused(args);
	add_and_delete(args);
	two_groups(args);
	closed_without_delete(args);
	killed(args);
	coherency(args);
}
