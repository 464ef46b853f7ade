// SPDX-License-Identifier: GPL-2.0-only
/* Does with iommufd and device cdevs what its input says, one command a line. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char usage_text[] =
	"usage: iommufd-user\n"
	"\n"
	"Opens /dev/iommu, prints \"ready\", and obeys its input until that ends. Each command\n"
	"is answered by a line: a number (an ID or an IOVA, else 0), or a negative errno.\n"
	"\n"
	"  ioas                      IOMMU_IOAS_ALLOC: the ID\n"
	"  destroy ID                IOMMU_DESTROY\n"
	"  map IOAS SIZE [IOVA]      IOMMU_IOAS_MAP of fresh memory: the IOVA\n"
	"  nomap IOAS SIZE IOVA      the same of an address without memory\n"
	"  unmap IOAS SIZE IOVA      IOMMU_IOAS_UNMAP\n"
	"  unmap-all IOAS            the same of everything\n"
	"  copy IOAS SIZE IOVA FROM  IOMMU_IOAS_COPY from the IOAS FROM, at the same IOVA\n"
	"  account-mm                IOMMU_OPTION: charge the mm instead of the user\n"
	"  cdev PATH                 open a device\n"
	"  bind                      VFIO_DEVICE_BIND_IOMMUFD: the device's ID\n"
	"  attach IOAS               VFIO_DEVICE_ATTACH_IOMMUFD_PT\n"
	"  detach                    VFIO_DEVICE_DETACH_IOMMUFD_PT\n"
	"  close                     close the device\n"
	"  vfio-map SIZE IOVA        VFIO_IOMMU_MAP_DMA of /dev/iommu\n"
	"  vfio-unmap SIZE IOVA      VFIO_IOMMU_UNMAP_DMA of it\n"
	"  vfio-ioas                 IOMMU_VFIO_IOAS: the ID of the IOAS that these use\n";

static int iommufd, device = -1;

static int64_t call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

static void *memory(uint64_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		    -1, 0);
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

static int64_t vfio_unmap(uint64_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
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
	if (!strcmp(word, "nomap"))
		return map(n[0], n[1], &n[2], (void *)0x10000);
	if (!strcmp(word, "unmap"))
		return unmap(n[0], n[1], n[2]);
	if (!strcmp(word, "unmap-all"))
		return unmap(n[0], UINT64_MAX, 0);
	if (!strcmp(word, "copy"))
		return copy(n[0], n[1], n[2], n[3]);
	if (!strcmp(word, "account-mm"))
		return account_mm();
	if (!strcmp(word, "cdev"))
		return open_device(path);
	if (!strcmp(word, "bind"))
		return bind_device();
	if (!strcmp(word, "attach"))
		return attach(n[0]);
	if (!strcmp(word, "detach"))
		return detach();
	if (!strcmp(word, "close"))
		return close(device);
	if (!strcmp(word, "vfio-map"))
		return vfio_map(n[0], n[1]);
	if (!strcmp(word, "vfio-unmap"))
		return vfio_unmap(n[0], n[1]);
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
