// SPDX-License-Identifier: GPL-2.0-only
/* Does with iommufd and device cdevs what its input says, one command a line. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/iommufd.h>
#include <linux/userfaultfd.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vfio_user.h"

static const char usage_text[] =
	"usage: iommufd-user\n"
	"\n"
	"Opens /dev/iommu, prints \"ready\", and obeys its input until that ends. Each command\n"
	"is answered by a line: a number (an ID or an IOVA, else 0), or a negative errno.\n"
	"\n"
	"  ioas                      IOMMU_IOAS_ALLOC: the ID\n"
	"  destroy ID                IOMMU_DESTROY\n"
	"  map IOAS SIZE [IOVA]      IOMMU_IOAS_MAP of fresh memory: the IOVA\n"
	"  hugemap IOAS SIZE IOVA    the same of huge pages\n"
	"  nomap IOAS SIZE IOVA      the same of an address without memory\n"
	"  deaf-map IOAS SIZE IOVA   the same, where the kernel's answer cannot be written\n"
	"  unmap IOAS SIZE IOVA      IOMMU_IOAS_UNMAP\n"
	"  deaf-unmap IOAS SIZE IOVA the same, likewise\n"
	"  unmap-all IOAS            the same of everything\n"
	"  copy IOAS SIZE IOVA FROM  IOMMU_IOAS_COPY from the IOAS FROM, at the same IOVA\n"
	"  account-mm                IOMMU_OPTION: charge the mm instead of the user\n"
	"  lock SIZE                 mlock() fresh memory\n"
	"  cdev PATH                 open a device\n"
	"  bind                      VFIO_DEVICE_BIND_IOMMUFD: the device's ID\n"
	"  attach IOAS               VFIO_DEVICE_ATTACH_IOMMUFD_PT\n"
	"  detach                    VFIO_DEVICE_DETACH_IOMMUFD_PT\n"
	"  reset                     VFIO_DEVICE_RESET\n"
	"  close                     close the device\n"
	"  close-context             close /dev/iommu\n"
	"  vfio-map SIZE IOVA        VFIO_IOMMU_MAP_DMA of /dev/iommu\n"
	"  vfio-unmap SIZE IOVA      VFIO_IOMMU_UNMAP_DMA of it\n"
	"  vfio-unmap-all            the same of everything\n"
	"  vfio-group PATH           open a group, give it /dev/iommu as its container, and choose\n"
	"                            type 1 there\n"
	"  vfio-device NAME          VFIO_GROUP_GET_DEVICE_FD\n"
	"  vfio-ioas                 IOMMU_VFIO_IOAS: the ID of the IOAS that these use\n"
	"  vfio-new                  IOMMU_VFIO_IOAS: make one that these use\n"
	"  hwpt IOAS                 IOMMU_HWPT_ALLOC for the device that was bound: the ID\n"
	"  access IOAS               attach /dev/vfio-test-access to an IOAS\n"
	"  pin IOVA SIZE             have it pin a range\n"
	"  unpin                     have it unpin that\n"
	"  read IOVA SIZE            have it read a range\n"
	"  stall IOAS SIZE IOVA      map memory that is withheld, until the kernel waits for it\n"
	"  give                      give that: the IOVA\n"
	"  map-file IOAS SIZE IOVA   IOMMU_IOAS_MAP_FILE, which Linux 6.12 does not have, of a fresh\n"
	"                            file in memory: the IOVA\n"
	"  short-file IOAS SIZE IOVA the same of one that is a page too short\n"
	"  no-file IOAS SIZE IOVA    the same of no file\n"
	"  map-bar IOAS SIZE IOVA    the same of BAR 0 of the device, as a dma-buf\n"
	"  fork                      a child obeys from now on: its PID\n"
	"  many COUNT                so many IOASes with a mapping of a page each\n"
	"  pages IOAS COUNT          so many mappings of a page each\n"
	"  churn COUNT               open /dev/iommu, make three of these, and close it, so often\n"
	"  flutter IOAS COUNT        map and unmap a page, so often\n"
	"  cost IOAS SIZE            the median of what that takes with as much scattered memory, in\n"
	"                            ns\n";

static int iommufd, group = -1, device = -1, access_fd = -1;
static uint32_t device_id;

static int64_t call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

static void *memory(uint64_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		    -1, 0);
}

static void *huge_memory(uint64_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_HUGETLB, -1, 0);
}

static int64_t map(uint32_t ioas, uint64_t size, const uint64_t *iova, void *address)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)address,
		.length = size,
	};
	int64_t ret;

	if (iova) {
		map.flags |= IOMMU_IOAS_MAP_FIXED_IOVA;
		map.iova = *iova;
	}
	ret = call(iommufd, IOMMU_IOAS_MAP, &map);
	return ret ? ret : (int64_t)map.iova;
}

static int64_t unmap(uint32_t ioas, uint64_t size, uint64_t iova)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = iova,
		.length = size,
	};

	return call(iommufd, IOMMU_IOAS_UNMAP, &unmap);
}

/* Of an argument that can be read only. */
static int64_t call_deaf(unsigned long request, const void *arg, size_t size)
{
	void *page = memory(4096);
	int64_t ret;

	memcpy(page, arg, size);
	mprotect(page, 4096, PROT_READ);
	ret = call(iommufd, request, page);
	munmap(page, 4096);
	return ret;
}

static int64_t deaf_map(uint32_t ioas, uint64_t size, uint64_t iova)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory(size),
		.length = size,
		.iova = iova,
	};

	return call_deaf(IOMMU_IOAS_MAP, &map, sizeof(map));
}

static int64_t deaf_unmap(uint32_t ioas, uint64_t size, uint64_t iova)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = iova,
		.length = size,
	};

	return call_deaf(IOMMU_IOAS_UNMAP, &unmap, sizeof(unmap));
}

static int64_t copy(uint32_t ioas, uint64_t size, uint64_t iova, uint32_t from)
{
	struct iommu_ioas_copy copy = {
		.size = sizeof(copy),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.dst_ioas_id = ioas,
		.src_ioas_id = from,
		.length = size,
		.dst_iova = iova,
		.src_iova = iova,
	};

	return call(iommufd, IOMMU_IOAS_COPY, &copy);
}

static int64_t new_ioas(void)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	int64_t ret = call(iommufd, IOMMU_IOAS_ALLOC, &alloc);

	return ret ? ret : alloc.out_ioas_id;
}

static int64_t destroy(uint32_t id)
{
	struct iommu_destroy destroy = { .size = sizeof(destroy), .id = id };

	return call(iommufd, IOMMU_DESTROY, &destroy);
}

static int64_t account_mm(void)
{
	struct iommu_option option = {
		.size = sizeof(option),
		.option_id = IOMMU_OPTION_RLIMIT_MODE,
		.op = IOMMU_OPTION_OP_SET,
		.val64 = 1,
	};

	return call(iommufd, IOMMU_OPTION, &option);
}

static int64_t vfio_ioas(void)
{
	struct iommu_vfio_ioas get = { .size = sizeof(get), .op = IOMMU_VFIO_IOAS_GET };
	int64_t ret = call(iommufd, IOMMU_VFIO_IOAS, &get);

	return ret ? ret : get.ioas_id;
}

static int64_t vfio_map(uint64_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory(size),
		.iova = iova,
		.size = size,
	};

	return call(iommufd, VFIO_IOMMU_MAP_DMA, &map);
}

static int64_t open_group(const char *path)
{
	int64_t ret;

	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0)
		return -errno;
	ret = call(group, VFIO_GROUP_SET_CONTAINER, &iommufd);
	if (!ret && ioctl(iommufd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		ret = -errno;
	return ret;
}

static int64_t device_of_group(char *name)
{
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
	return device < 0 ? -errno : 0;
}

static int64_t vfio_new(void)
{
	struct iommu_vfio_ioas set = { .size = sizeof(set), .op = IOMMU_VFIO_IOAS_SET };
	int64_t ret = new_ioas();

	if (ret < 0)
		return ret;
	set.ioas_id = (uint32_t)ret;
	ret = call(iommufd, IOMMU_VFIO_IOAS, &set);
	return ret ? ret : set.ioas_id;
}

static int64_t vfio_unmap(uint32_t flags, uint64_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = flags,
		.iova = iova,
		.size = size,
	};

	return call(iommufd, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static int64_t open_device(const char *path)
{
	device = open(path, O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : 0;
}

static int64_t bind_device(void)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	int64_t ret = call(device, VFIO_DEVICE_BIND_IOMMUFD, &bind);

	device_id = bind.out_devid;
	return ret ? ret : bind.out_devid;
}

static int64_t attach(uint32_t pt)
{
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), .pt_id = pt };

	return call(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int64_t detach(void)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = sizeof(detach) };

	return call(device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
}

static int64_t new_hwpt(uint32_t ioas)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = device_id,
		.pt_id = ioas,
	};
	int64_t ret = call(iommufd, IOMMU_HWPT_ALLOC, &alloc);

	return ret ? ret : alloc.out_hwpt_id;
}

/* What the test's user of iommufd in the kernel is told. */
static int64_t tell_access(const char *format, uint64_t a, uint64_t b)
{
	char command[64];

	if (access_fd < 0)
		access_fd = open("/dev/vfio-test-access", O_RDWR | O_CLOEXEC);
	snprintf(command, sizeof(command), format, a, b);
	return write(access_fd, command, strlen(command)) < 0 ? -errno : 0;
}

/* A map of memory that userfaultfd withholds. */
static struct {
	pthread_t thread;
	uint32_t ioas;
	uint64_t iova;
	struct uffdio_range range;
	int fd;
	int64_t ret;
} stalled;

static void *map_stalled(void *arg)
{
	(void)arg;
	stalled.ret = map(stalled.ioas, stalled.range.len, &stalled.iova,
			  (void *)(uintptr_t)stalled.range.start);
	return NULL;
}

static int64_t stall(uint32_t ioas, uint64_t size, uint64_t iova)
{
	void *address =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffd_msg fault;

	stalled.fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	stalled.ioas = ioas;
	stalled.iova = iova;
	stalled.range = (struct uffdio_range){ .start = (uintptr_t)address, .len = size };
	reg.range = stalled.range;
	if (stalled.fd < 0 || call(stalled.fd, UFFDIO_API, &api) ||
	    call(stalled.fd, UFFDIO_REGISTER, &reg))
		return -errno;
	if (pthread_create(&stalled.thread, NULL, map_stalled, NULL))
		return -EAGAIN;
	return read(stalled.fd, &fault, sizeof(fault)) == sizeof(fault) ? 0 : -errno;
}

static int64_t give(void)
{
	struct uffdio_zeropage zero = { .range = stalled.range };
	int64_t ret = call(stalled.fd, UFFDIO_ZEROPAGE, &zero);

	if (ret)
		return ret;
	pthread_join(stalled.thread, NULL);
	close(stalled.fd);
	return stalled.ret;
}

/* By its number: the header of 6.12 does not name it. */
static int64_t map_file(uint32_t ioas, uint64_t size, uint64_t iova, int fd)
{
	struct {
		uint32_t size, flags, ioas_id;
		int32_t fd;
		uint64_t start, length, iova;
	} request = {
		.size = sizeof(request),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas,
		.fd = fd,
		.length = size,
		.iova = iova,
	};
	int64_t ret = call(iommufd, _IO(IOMMUFD_TYPE, 0x8f), &request);

	if (fd >= 0)
		close(fd);
	return ret ? ret : (int64_t)request.iova;
}

static int file_of(uint64_t size)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)size))
		return -1;
	return fd;
}

/* Likewise: a feature of newer kernels. */
static int bar_of(uint64_t size)
{
	struct {
		struct vfio_device_feature feature;
		uint32_t region, open_flags, flags, ranges;
		uint64_t offset, length;
	} request = {
		.feature = { .argsz = sizeof(request), .flags = VFIO_DEVICE_FEATURE_GET | 11 },
		.open_flags = O_RDWR | O_CLOEXEC,
		.ranges = 1,
		.length = size,
	};

	return ioctl(device, VFIO_DEVICE_FEATURE, &request);
}

static int64_t fork_here(void)
{
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (!child)
		return getpid();
	waitpid(child, NULL, 0);
	_exit(0);
}

static int64_t many(uint64_t count)
{
	static void *page;
	uint64_t iova = 0x100000;
	int64_t ret = 0;

	page = page ? page : memory(4096);
	while (count-- && ret >= 0) {
		ret = new_ioas();
		if (ret >= 0)
			ret = map((uint32_t)ret, 4096, &iova, page);
	}
	return ret < 0 ? ret : 0;
}

static int64_t pages(uint32_t ioas, uint64_t count)
{
	uint64_t iova = 0x100000;
	int64_t ret = 0;

	for (void *page = memory(4096); count-- && ret >= 0; iova += 4096)
		ret = map(ioas, 4096, &iova, page);
	return ret < 0 ? ret : 0;
}

static int64_t churn(uint64_t count)
{
	int64_t ret = 0;

	while (count-- && ret >= 0) {
		iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
		ret = iommufd < 0 ? -errno : many(3);
		close(iommufd);
	}
	return ret;
}

static int64_t flutter(uint32_t ioas, uint64_t count)
{
	void *page = memory(4096);
	uint64_t iova = 0x100000;
	int64_t ret = 0;

	while (count-- && ret >= 0) {
		ret = map(ioas, 4096, &iova, page);
		if (ret >= 0)
			ret = unmap(ioas, 4096, iova);
	}
	return ret;
}

#define SAMPLES 1001

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int64_t cost(uint32_t ioas, uint64_t size)
{
	static int64_t samples[SAMPLES];
	int count = size > SZ_4K ? 5 : SAMPLES;
	void *scattered = vu_alloc(VU_4K, size);
	uint64_t iova = 0x100000;
	int64_t ret;

	if (!scattered)
		return -errno;
	for (int i = 0; i < count; i++) {
		samples[i] = -now();
		ret = map(ioas, size, &iova, scattered);
		if (ret < 0)
			return ret;
		ret = unmap(ioas, size, iova);
		if (ret)
			return ret;
		samples[i] += now();
	}
	vu_free(scattered, size);
	qsort(samples, (size_t)count, sizeof(samples[0]), compare);
	return samples[count / 2];
}

static int64_t obey(char *line)
{
	char word[16] = "", path[64] = "";
	uint64_t n[4] = { 0 };
	int got;

	sscanf(line, "%15s %63s", word, path);
	got = sscanf(line, "%*s %" SCNi64 " %" SCNi64 " %" SCNi64 " %" SCNi64, (int64_t *)&n[0],
		     (int64_t *)&n[1], (int64_t *)&n[2], (int64_t *)&n[3]);
	if (!strcmp(word, "ioas"))
		return new_ioas();
	if (!strcmp(word, "destroy"))
		return destroy(n[0]);
	if (!strcmp(word, "map"))
		return map(n[0], n[1], got > 2 ? &n[2] : NULL, memory(n[1]));
	if (!strcmp(word, "hugemap"))
		return map(n[0], n[1], &n[2], huge_memory(n[1]));
	if (!strcmp(word, "nomap"))
		return map(n[0], n[1], &n[2], (void *)0x10000);
	if (!strcmp(word, "deaf-map"))
		return deaf_map(n[0], n[1], n[2]);
	if (!strcmp(word, "deaf-unmap"))
		return deaf_unmap(n[0], n[1], n[2]);
	if (!strcmp(word, "unmap"))
		return unmap(n[0], n[1], n[2]);
	if (!strcmp(word, "unmap-all"))
		return unmap(n[0], UINT64_MAX, 0);
	if (!strcmp(word, "copy"))
		return copy(n[0], n[1], n[2], n[3]);
	if (!strcmp(word, "account-mm"))
		return account_mm();
	if (!strcmp(word, "lock"))
		return mlock(memory(n[0]), n[0]) ? -errno : 0;
	if (!strcmp(word, "cdev"))
		return open_device(path);
	if (!strcmp(word, "bind"))
		return bind_device();
	if (!strcmp(word, "attach"))
		return attach(n[0]);
	if (!strcmp(word, "detach"))
		return detach();
	if (!strcmp(word, "reset"))
		return call(device, VFIO_DEVICE_RESET, NULL);
	if (!strcmp(word, "close"))
		return close(device);
	if (!strcmp(word, "close-context"))
		return close(iommufd);
	if (!strcmp(word, "vfio-map"))
		return vfio_map(n[0], n[1]);
	if (!strcmp(word, "vfio-unmap"))
		return vfio_unmap(0, n[0], n[1]);
	if (!strcmp(word, "vfio-unmap-all"))
		return vfio_unmap(VFIO_DMA_UNMAP_FLAG_ALL, 0, 0);
	if (!strcmp(word, "vfio-new"))
		return vfio_new();
	if (!strcmp(word, "hwpt"))
		return new_hwpt(n[0]);
	if (!strcmp(word, "access"))
		return tell_access("attach %" PRIu64 " %" PRIu64, (uint64_t)iommufd, n[0]);
	if (!strcmp(word, "pin"))
		return tell_access("pin %" PRIx64 " %" PRIx64, n[0], n[1]);
	if (!strcmp(word, "read"))
		return tell_access("read %" PRIx64 " %" PRIx64, n[0], n[1]);
	if (!strcmp(word, "unpin"))
		return tell_access("unpin", 0, 0);
	if (!strcmp(word, "stall"))
		return stall(n[0], n[1], n[2]);
	if (!strcmp(word, "give"))
		return give();
	if (!strcmp(word, "map-file"))
		return map_file(n[0], n[1], n[2], file_of(n[1]));
	if (!strcmp(word, "short-file"))
		return map_file(n[0], n[1], n[2], file_of(n[1] - 4096));
	if (!strcmp(word, "no-file"))
		return map_file(n[0], n[1], n[2], -1);
	if (!strcmp(word, "map-bar"))
		return map_file(n[0], n[1], n[2], bar_of(n[1]));
	if (!strcmp(word, "fork"))
		return fork_here();
	if (!strcmp(word, "many"))
		return many(n[0]);
	if (!strcmp(word, "pages"))
		return pages(n[0], n[1]);
	if (!strcmp(word, "churn"))
		return churn(n[0]);
	if (!strcmp(word, "flutter"))
		return flutter(n[0], n[1]);
	if (!strcmp(word, "cost"))
		return cost(n[0], n[1]);
	if (!strcmp(word, "vfio-group"))
		return open_group(path);
	if (!strcmp(word, "vfio-device"))
		return device_of_group(path);
	if (!strcmp(word, "vfio-ioas"))
		return vfio_ioas();
	return -ENOSYS;
}

int main(int argc, char **argv)
{
	char line[128];

	(void)argv;
	if (argc > 1) {
		fputs(usage_text, stdout);
		return 0;
	}
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommufd < 0) {
		perror("/dev/iommu");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin))
		printf("%" PRId64 "\n", obey(line));
	return 0;
}
