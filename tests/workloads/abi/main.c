// SPDX-License-Identifier: GPL-2.0-only
/* vfio-abi: what a VFIO answers to good and bad requests; see abi.h. */

#include "abi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends an area that hangs. */
#define PATIENCE_SECONDS 120

static const struct area {
	const char *name;
	void (*run)(const struct abi_args *args);
} areas[] = {
	{ "modules", abi_modules },
	{ "container", abi_container },
	{ "group", abi_group },
	{ "order", abi_order },
	{ "map", abi_map },
	{ "unmap", abi_unmap },
	{ "dirty", abi_dirty },
	{ "account", abi_account },
	{ "device", abi_device },
	{ "regions", abi_regions },
	{ "interrupts", abi_interrupts },
	{ "reset", abi_reset },
	{ "kvm", abi_kvm },
};

static void find_group(struct abi_device *device, const char *name)
{
	char path[64], link[128];
	ssize_t length;

	device->name = name;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", name);
	length = readlink(path, link, sizeof(link) - 1);
	need(length > 0, path);
	link[length] = '\0';
	snprintf(device->group, sizeof(device->group), "%s", strrchr(link, '/') + 1);
}

/* Each in a process of its own: whatever becomes of it, the next one starts afresh. */
static bool run(const struct area *area, const struct abi_args *args)
{
	long pins = vu_pinned_pages();
	pid_t child = fork();
	int status;

	need(child >= 0, "fork");
	if (!child) {
		vu_time_limit(PATIENCE_SECONDS);
		section("%s", area->name);
		area->run(args);
		exit(0);
	}
	need(waitpid(child, &status, 0) == child, "waitpid");
	section("%s", area->name);
	detail("pins=%+ld", vu_pinned_pages() - pins);
	answer(status, "end");
	return !status;
}

static void usage(void)
{
	size_t i;

	fprintf(stderr, "usage: vfio-abi EDU EDU2 NIC FUNCTION [AREA]\n\nareas:");
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		fprintf(stderr, " %s", areas[i].name);
	fputc('\n', stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct abi_args args;
	bool all_ended = true;
	size_t i;

	if (argc == 3 && !strcmp(argv[1], "after-exec")) {
		abi_after_exec(atoi(argv[2]));
		return 0;
	}
	if (argc != 5 && argc != 6)
		usage();
	find_group(&args.edu, argv[1]);
	find_group(&args.other, argv[2]);
	find_group(&args.nic, argv[3]);
	find_group(&args.function, argv[4]);
	/* What requests find that take a file descriptor of 0. */
	need(!close(0) && !open("/dev/null", O_RDWR), "/dev/null");
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		if (argc == 5 || !strcmp(argv[5], areas[i].name))
			all_ended &= run(&areas[i], &args);
	return !all_ended;
}
