// SPDX-License-Identifier: GPL-2.0-only
/* Maps memory and ends, but something keeps its VFIO files open. */

#include <errno.h>
#include <inttypes.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm.h"
#include "workload.h"

static const char usage_text[] =
	"usage: keeper --group N --device ADDRESS --by child|socket|io_uring|kvm\n"
	"\n"
	"  --by child       a child has inherited them\n"
	"  --by socket      they are on their way to a child, which does not receive them\n"
	"  --by io_uring    a child has a ring of io_uring in which they are registered\n"
	"  --by kvm         a child has a virtual machine, whose VFIO device has the group\n"
	"\n"
	"Maps 1 MiB, prints the number of the child, and ends. The child stays until SIGTERM.\n";

static int make_ring(void)
{
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		die(-errno, "cannot make a ring");
	return ring;
}

/* It waits with what it has inherited so far. */
static pid_t start_child(int socket)
{
	pid_t pid = fork();

	if (pid < 0)
		die(-errno, "cannot start a child");
	if (pid)
		return pid;
	if (socket >= 0)
		close(socket);
	/* Who waits for the end of the parent's output does not wait for the child. */
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr) ||
	    !freopen("/dev/null", "r", stdin))
		_exit(1);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL, *by = NULL;
	int sockets[2] = { -1, -1 }, ring = -1, files[3], ret = 0;
	struct vm machine = { -1, -1 };
	pid_t child = 0;
	struct vu u;
	char *memory;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "by", .text = &by, .required = true },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);
	if (!strcmp(by, "socket") && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		die(-errno, "cannot make sockets");
	if (!strcmp(by, "io_uring"))
		ring = make_ring();
	if (!strcmp(by, "kvm"))
		ret = vm_open(&machine);
	if (ret)
		die(ret, "cannot make a virtual machine");
	if (strcmp(by, "child"))
		child = start_child(sockets[0]);

	workload_open(&u, group, device);
	memory = vu_alloc(VU_4K, SZ_1M);
	if (!memory)
		die(-errno, "no memory");
	ret = vu_map(u.container, memory, WORKLOAD_IOVA, SZ_1M, VU_RW);
	if (ret)
		die(ret, "cannot map");
	files[0] = u.container;
	files[1] = u.group;
	files[2] = u.device;
	if (sockets[0] >= 0)
		ret = vu_send_fds(sockets[0], files, 3);
	else if (machine.vfio >= 0)
		ret = vm_add_group(&machine, u.group);
	else if (ring >= 0 && syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, files, 3))
		die(-errno, "cannot register the files");
	else if (!child)
		child = start_child(-1);
	if (ret)
		die(ret, "cannot pass the files on");
	printf("%d\n", child);
	return 0;
}
