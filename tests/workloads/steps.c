// SPDX-License-Identifier: GPL-2.0-only
/* Does one thing after another, as it is told. */

#include <errno.h>
#include <inttypes.h>
#include <linux/io_uring.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../modules/vfio_test_emulated.h"
#include "workload.h"

static const char usage_text[] =
	"usage: steps --group N --device ADDRESS\n"
	"\n"
	"Prints \"ready\" and then does what each line of stdin says, and answers with a line: the\n"
	"result, less than 0 for an errno.\n"
	"\n"
	"  map IOVA PAGES    map new memory\n"
	"  unmap IOVA PAGES  unmap it; the result is in pages\n"
	"  unmap-all\n"
	"  child IOVA PAGES  unmap in a child process\n"
	"  pin IOVA PAGES    have the emulated device pin pages\n"
	"  unpin IOVA PAGES  and give them back\n"
	"  attach N          attach another group\n"
	"  detach N          and detach it\n"
	"  bar IOVA PAGES    map the beginning of BAR 0\n"
	"  bar-goes          have the process lose that BAR\n"
	"  register PAGES    have io_uring pin pages\n"
	"  unregister        and give them back\n";

/* Without another group it is -1. */
static int other_group = -1;

static int64_t child_unmap(const struct vu *u, uint64_t iova, uint64_t pages)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(vu_unmap(u->container, iova, pages * SZ_4K) != (int64_t)(pages * SZ_4K));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return status ? -ECHILD : (int64_t)pages;
}

static int64_t reach(const struct vu *u, unsigned long request, uint64_t iova, uint64_t pages)
{
	struct vfio_test_range range = { .iova = iova, .size = pages * SZ_4K, .prot = 3 };

	return vu_ioctl(u->device, request, &range);
}

static int64_t attach(const struct vu *u, uint64_t group)
{
	char name[24];

	snprintf(name, sizeof(name), "%" PRIu64, group);
	other_group = vu_group_open(name);
	return other_group < 0 ? other_group : vu_set_container(other_group, u->container);
}

static int64_t detach(void)
{
	close(other_group);
	other_group = -1;
	return 0;
}

/* What was mapped of BAR 0, if anything. */
static void *bar = MAP_FAILED;
static size_t bar_size;

static int64_t map_bar(const struct vu *u, uint64_t iova, uint64_t pages)
{
	struct vfio_region_info info;
	int ret = vu_region_info(u->device, VFIO_PCI_BAR0_REGION_INDEX, &info);

	if (!ret)
		ret = vu_pci_command(u->device, PCI_COMMAND_MEMORY, 0);
	if (ret)
		return ret;
	bar_size = pages * SZ_4K;
	bar = mmap(NULL, bar_size, PROT_READ | PROT_WRITE, MAP_SHARED, u->device,
		   (off_t)info.offset);
	return bar == MAP_FAILED ? -errno : vu_map(u->container, bar, iova, bar_size, VU_RW);
}

/* Without one it is -1. */
static int ring = -1;

static int64_t register_buffer(uint64_t pages)
{
	struct io_uring_params params = { 0 };
	struct iovec buffer = { vu_alloc(VU_4K, pages * SZ_4K), pages * SZ_4K };

	ring = (int)syscall(SYS_io_uring_setup, 1, &params);
	if (!buffer.iov_base || ring < 0 ||
	    syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1))
		return -errno;
	return 0;
}

static int64_t unregister(void)
{
	int64_t ret = syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0);

	close(ring);
	ring = -1;
	return ret;
}

static int64_t in_pages(int64_t bytes)
{
	return bytes < 0 ? bytes : bytes / (int64_t)SZ_4K;
}

static int64_t step(const struct vu *u, const char *word, uint64_t first, uint64_t pages)
{
	void *memory;

	if (!strcmp(word, "map")) {
		memory = vu_alloc(VU_4K, pages * SZ_4K);
		return memory ? vu_map(u->container, memory, first, pages * SZ_4K, VU_RW) : -errno;
	}
	if (!strcmp(word, "unmap"))
		return in_pages(vu_unmap(u->container, first, pages * SZ_4K));
	if (!strcmp(word, "unmap-all"))
		return in_pages(vu_unmap_all(u->container));
	if (!strcmp(word, "child"))
		return child_unmap(u, first, pages);
	if (!strcmp(word, "pin"))
		return reach(u, VFIO_TEST_PIN, first, pages);
	if (!strcmp(word, "unpin"))
		return reach(u, VFIO_TEST_UNPIN, first, pages);
	if (!strcmp(word, "attach"))
		return attach(u, first);
	if (!strcmp(word, "detach"))
		return detach();
	if (!strcmp(word, "bar"))
		return map_bar(u, first, pages);
	if (!strcmp(word, "bar-goes"))
		return munmap(bar, bar_size) ? -errno : 0;
	if (!strcmp(word, "register"))
		return register_buffer(first);
	if (!strcmp(word, "unregister"))
		return unregister();
	die(0, "no step \"%s\"", word);
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL;
	char line[128], word[16], iova[32];
	struct vu u;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);
	workload_open(&u, group, device);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t pages = 0;

		iova[0] = '\0';
		if (sscanf(line, "%15s %31s %" SCNu64, word, iova, &pages) < 1)
			continue;
		printf("%" PRId64 "\n", step(&u, word, strtoull(iova, NULL, 0), pages));
		fflush(stdout);
	}
	vu_close(&u);
	return 0;
}
