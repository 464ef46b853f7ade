// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile user: wrong and random arguments to every ioctl of containers and
 * groups, wrong kinds of fd, and everything against everything from many
 * threads. Nothing may come of it but errors, and nothing may stay.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define SEED	     20240229U
#define TIME_LIMIT   400 /* seconds; who hangs is ended */
#define MEMORY	     SZ_1M
#define FUZZ_ROUNDS  20000
#define STORM_ROUNDS 150
#define BIND_ROUNDS  12

#define KERNEL_ADDRESS	0xffff888000000000UL
#define NO_ADDRESS	(1UL << 62)
#define FIRST_IOCTL	100
#define LAST_IOCTL	130
#define IOCTL_NUMBER(n) _IO(VFIO_TYPE, (n))

/* --- What must be as it was ------------------------------------------------------------------ */

struct state {
	struct ledger ledger;
	long references[3];
};

static const char *const modules[] = { "vfio", "vfio_iommu_type1", "vfio_pci" };

static struct state state_now(void)
{
	struct state now = { .ledger = ledger_now() };
	char path[64];
	size_t i;
	FILE *f;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s/refcnt", modules[i]);
		f = fopen(path, "re");
		need(f && fscanf(f, "%ld", &now.references[i]) == 1, "read %s", path);
		fclose(f);
	}
	return now;
}

static void state_same(const struct state *before, const char *after)
{
	struct state now = state_now();
	size_t i;

	ledger_same(&before->ledger, "C8: nothing is pinned or locked after %s", after);
	for (i = 0; i < 3; i++)
		is(now.references[i], before->references[i],
		   "C8: %s has as many users as before after %s", modules[i], after);
}

/* --- Random numbers, the same in every run --------------------------------------------------- */

static uint64_t random_number(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#define ANY_OF(state, array) ((array)[random_number(state) % (sizeof(array) / sizeof((array)[0]))])

/* --- Every number with pointers to nothing --------------------------------------------------- */

static bool takes_pointer(unsigned int number)
{
	switch (IOCTL_NUMBER(number)) {
	case VFIO_GET_API_VERSION:
	case VFIO_CHECK_EXTENSION:
	case VFIO_SET_IOMMU:
	case VFIO_GROUP_UNSET_CONTAINER:
	case VFIO_DEVICE_RESET:
		return false;
	default:
		return true;
	}
}

static bool is_refusal(int ret)
{
	return ret == -EFAULT || ret == -EINVAL || ret == -ENOTTY || ret == -ENODEV;
}

/* Pointers to nothing, or to structures that go on where no memory is. */
static void bad_pointers(int fd, const char *what)
{
	char *page =
		mmap(NULL, 2 * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint64_t nowhere[] = { 0, 1, SZ_4K - 1, KERNEL_ADDRESS, NO_ADDRESS, -4UL, -1UL };
	int good = 0, tries = 0, ret;
	unsigned int number;
	size_t i, room;

	need(page != MAP_FAILED && !munmap(page + SZ_4K, SZ_4K), "mmap");
	memset(page, 0x41, SZ_4K);
	for (number = FIRST_IOCTL; number <= LAST_IOCTL; number++) {
		if (!takes_pointer(number))
			continue;
		for (i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++, tries++) {
			ret = vu_ioctl(fd, IOCTL_NUMBER(number), (void *)nowhere[i]);
			good += is_refusal(ret);
			if (!is_refusal(ret))
				note("ioctl %u with pointer 0x%lx returned %d", number,
				     (unsigned long)nowhere[i], ret);
		}
		for (room = 1; room < 16; room++, tries++) {
			/* As much as the answer of GET_STATUS needs. */
			if (room >= sizeof(struct vfio_group_status) &&
			    IOCTL_NUMBER(number) == VFIO_GROUP_GET_STATUS)
				break;
			ret = vu_ioctl(fd, IOCTL_NUMBER(number), page + SZ_4K - room);
			/* A name or an fd may have ended by then: then it is a wrong one. */
			good += is_refusal(ret) || ret == -EBADF;
			if (!is_refusal(ret) && ret != -EBADF)
				note("ioctl %u with %zu bytes returned %d", number, room, ret);
		}
	}
	is(good, tries, "C8: no ioctl of %s takes a pointer to nothing (%d tries)", what, tries);
	munmap(page, SZ_4K);
}

/* Every size that a structure may say it has, from none to more than there is memory. */
static void bad_sizes(int fd, const char *what)
{
	static const uint32_t sizes[] = { 0, 1, 4, 7, 8, 0x7fffffff, 0xffffffff };
	char *page =
		mmap(NULL, 2 * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int good = 0, tries = 0, ret;
	unsigned int number;
	size_t i;

	need(page != MAP_FAILED && !munmap(page + SZ_4K, SZ_4K), "mmap");
	for (number = FIRST_IOCTL; number <= LAST_IOCTL; number++) {
		unsigned long request = IOCTL_NUMBER(number);

		if (!takes_pointer(number) || request == VFIO_GROUP_SET_CONTAINER ||
		    request == VFIO_GROUP_GET_DEVICE_FD)
			continue;
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++, tries++) {
			/* All fields 0xff: unknown flags, and sizes that wrap around. */
			memset(page, 0xff, SZ_4K);
			memcpy(page, &sizes[i], sizeof(sizes[i]));
			ret = vu_ioctl(fd, request, page);
			/* An answer of fixed size may be given to who has room enough. */
			if (is_refusal(ret) ||
			    (!ret && sizes[i] > 8 &&
			     (request == VFIO_IOMMU_GET_INFO ||
			      request == VFIO_GROUP_GET_STATUS)) ||
			    (!ret && sizes[i] == 8 && request == VFIO_GROUP_GET_STATUS))
				good++;
			else
				note("ioctl %u with argsz %u returned %d", number, sizes[i], ret);
		}
	}
	is(good, tries, "C8: no ioctl of %s takes a wrong argsz or flags (%d tries)", what, tries);
	munmap(page, SZ_4K);
}

static void not_files(int fd, const char *what)
{
	char byte = 0;
	void *addr;

	ok(read(fd, &byte, 1) < 0, "C8: %s cannot be read", what);
	ok(write(fd, &byte, 1) < 0, "C8: %s cannot be written", what);
	addr = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, fd, 0);
	ok(addr == MAP_FAILED, "C8: %s cannot be mapped", what);
	if (addr != MAP_FAILED)
		munmap(addr, SZ_4K);
}

/* --- Wrong kinds of fd ----------------------------------------------------------------------- */

static void wrong_fds(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vu other = { vu_container_open(), -1, -1 };
	struct {
		const char *what;
		int fd;
		int want;
	} fds[] = {
		{ "-1", -1, 0 },
		{ "INT_MIN", INT_MIN, 0 },
		{ "INT_MAX", INT_MAX, -EBADF },
		{ "a closed fd", -1, -EBADF },
		{ "a path only", open("/dev/vfio/vfio", O_PATH), -EBADF },
		{ "a device", u.device, -EBADFD },
		{ "a group", u.group, -EBADFD },
		{ "a regular file", open("/proc/self/exe", O_RDONLY), -EBADFD },
		{ "a directory", open("/", O_RDONLY), -EBADFD },
		{ "a character device", open("/dev/zero", O_RDWR), -EBADFD },
		{ "an eventfd", eventfd(0, 0), -EBADFD },
		{ "one end of a pipe", -1, -EBADFD },
		{ "the other end of a pipe", -1, -EBADFD },
	};
	enum {
		CLOSED = 3,
		PATH = 4,
		DEVICE_FD = 5,
		OWNED = 7,
		PIPE = 11
	};
	const int count = sizeof(fds) / sizeof(fds[0]);
	int i, ret, ends[2];

	need(other.container >= 0 && !pipe(ends), "fds");
	fds[CLOSED].fd = dup(ends[0]);
	close(fds[CLOSED].fd);
	fds[PIPE].fd = ends[0];
	fds[PIPE + 1].fd = ends[1];

	for (i = 0; i < count; i++) {
		ret = vu_set_container(u.group, fds[i].fd);
		ok(ret == -EINVAL || ret == -EBADF,
		   "C6: SET_CONTAINER of a group that has one to %s is refused", fds[i].what);
	}
	/* The group must be free to go anywhere. */
	close(u.device);
	u.device = -1;
	need(!vu_unset_container(u.group), "C6: UNSET_CONTAINER");
	for (i = 0; i < count; i++) {
		if (i == DEVICE_FD)
			continue;
		ret = vu_set_container(u.group, fds[i].fd);
		if (fds[i].want)
			returns(ret, fds[i].want, "C6: SET_CONTAINER to %s", fds[i].what);
		else
			ok(ret == -EINVAL || ret == -EBADF, "C6: SET_CONTAINER to %s is refused",
			   fds[i].what);
	}
	returns(vu_unset_container(u.group), -EINVAL, "C6: UNSET_CONTAINER without a container");
	returns(vu_set_container(u.group, other.container), 0, "C6: a container is taken still");
	returns(vu_unset_container(u.group), 0, "C6: UNSET_CONTAINER");
	returns(vu_unset_container(u.group), -EINVAL, "C6: UNSET_CONTAINER twice is refused");

	returns(vu_ioctl(u.group, VFIO_IOMMU_MAP_DMA, NULL), -ENOTTY,
		"C8: a container's ioctl on a group is unknown");
	ret = vu_ioctl(u.container, VFIO_GROUP_SET_CONTAINER, &other.container);
	ok(ret == -EINVAL || ret == -ENOTTY, "C8: a group's ioctl on a container is refused");
	for (i = OWNED; i < count; i++)
		close(fds[i].fd);
	close(fds[PATH].fd);
	vu_close(&u);
	vu_close(&other);
}

/* --- Random requests ------------------------------------------------------------------------- */

/**
 * struct fuzz - random requests to one container, and what they must amount to
 * @u: the container, group and device
 * @random: state of the random numbers
 * @memory: of the size MEMORY; behind it is none
 * @mapped: bytes mapped and not unmapped
 * @successes: requests that worked
 */
struct fuzz {
	struct vu u;
	uint64_t random;
	char *memory;
	int64_t mapped;
	int successes;
};

static const uint64_t sizes[] = { 0,	     1,		SZ_4K - 1, SZ_4K,  SZ_4K,     2 * SZ_4K,
				  SZ_64K,    SZ_64K,	SZ_1M,	   SZ_2M,  1UL << 32, 1UL << 39,
				  1UL << 48, 1UL << 63, -SZ_2M,	   -SZ_4K, -1UL };

static uint64_t any_iova(struct fuzz *f)
{
	static const uint64_t bases[] = { 0,
					  SZ_1M,
					  SZ_1M,
					  SZ_1M,
					  1UL << 20,
					  1UL << 32,
					  (1UL << 39) - SZ_4K,
					  1UL << 39,
					  0xfedff000,
					  0xfee00000,
					  (1UL << 48) - SZ_64K,
					  1UL << 63,
					  -SZ_64K,
					  -SZ_4K,
					  -1UL };
	uint64_t base = ANY_OF(&f->random, bases);

	return base + random_number(&f->random) % 64 * SZ_4K +
	       (random_number(&f->random) % 16 ? 0 : random_number(&f->random) % SZ_4K);
}

static uint64_t any_vaddr(struct fuzz *f)
{
	static const uint64_t others[] = { 0, 1, KERNEL_ADDRESS, NO_ADDRESS, -SZ_4K, -1UL };

	if (random_number(&f->random) % 4)
		return (uintptr_t)f->memory + random_number(&f->random) % (MEMORY / SZ_4K) * SZ_4K;
	return ANY_OF(&f->random, others);
}

static uint32_t any_argsz(struct fuzz *f, uint32_t right)
{
	const uint32_t sizes32[] = { right, right, right, right, 0, 1, right - 1, right + 8, ~0U };

	return ANY_OF(&f->random, sizes32);
}

static uint32_t any_flags(struct fuzz *f)
{
	static const uint32_t flags[] = { 0, 0, 1, 1, 2, 3, 3, 3, 4, 7, 8, 1U << 31, ~0U };

	return ANY_OF(&f->random, flags);
}

static int fuzz_map(struct fuzz *f)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = any_argsz(f, sizeof(map)),
		.flags = any_flags(f),
		.vaddr = any_vaddr(f),
		.iova = any_iova(f),
		.size = ANY_OF(&f->random, sizes),
	};
	int ret = vu_ioctl(f->u.container, VFIO_IOMMU_MAP_DMA, &map);

	if (!ret)
		f->mapped += (int64_t)map.size;
	return ret;
}

static int fuzz_unmap(struct fuzz *f)
{
	/* Behind the request its bitmap, which goes where no harm is done. */
	__u64 bits[512];
	struct {
		struct vfio_iommu_type1_dma_unmap head;
		struct vfio_bitmap bitmap;
	} unmap = {
		.head = {
			.flags = any_flags(f),
			.iova = any_iova(f),
			.size = ANY_OF(&f->random, sizes),
		},
		.bitmap = { SZ_4K, sizeof(bits), bits },
	};
	int ret;

	unmap.head.argsz = any_argsz(f, sizeof(unmap));
	if (unmap.head.flags == VFIO_DMA_UNMAP_FLAG_ALL && random_number(&f->random) % 2)
		unmap.head.iova = unmap.head.size = 0;
	ret = vu_ioctl(f->u.container, VFIO_IOMMU_UNMAP_DMA, &unmap.head);
	if (!ret)
		f->mapped -= (int64_t)unmap.head.size;
	return ret;
}

static int fuzz_dirty(struct fuzz *f)
{
	__u64 bits[512];
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} dirty = {
		.head = { .flags = any_flags(f) },
		.get = {
			.iova = any_iova(f),
			.size = ANY_OF(&f->random, sizes),
			.bitmap = { SZ_4K, sizeof(bits), bits },
		},
	};

	dirty.head.argsz = any_argsz(f, sizeof(dirty));
	if (!(random_number(&f->random) % 4))
		dirty.get.bitmap.pgsize = ANY_OF(&f->random, sizes);
	/* What a bitmap says of its size may be more than there is: it ends in -EFAULT. */
	if (!(random_number(&f->random) % 4)) {
		dirty.get.bitmap.size = ANY_OF(&f->random, sizes);
		dirty.get.bitmap.data = (__u64 *)KERNEL_ADDRESS;
	}
	return vu_ioctl(f->u.container, VFIO_IOMMU_DIRTY_PAGES, &dirty);
}

static int fuzz_other(struct fuzz *f)
{
	const int fds[] = { f->u.container, f->u.group, f->u.device };
	uint64_t buf[64] = { any_argsz(f, 32) | (uint64_t)any_flags(f) << 32 };
	size_t i;

	switch (random_number(&f->random) % 6) {
	case 0:
		return vu_ioctl(f->u.container, VFIO_IOMMU_GET_INFO, buf);
	case 1:
		return vu_ioctl(f->u.group, VFIO_GROUP_GET_STATUS, buf);
	case 2:
		return vu_set_iommu(f->u.container, (int)ANY_OF(&f->random, sizes));
	case 3:
		return vu_unset_container(f->u.group);
	case 4:
		return vu_set_container(f->u.group, ANY_OF(&f->random, fds));
	default:
		/* A name that cannot be right, so that no fd is opened. */
		for (i = 0; i < 63; i++)
			buf[i] = random_number(&f->random) | 0x0101010101010101UL;
		return vu_device_open(f->u.group, (char *)buf);
	}
}

static bool is_known_error(int ret)
{
	switch (ret) {
	case -EINVAL:
	case -EFAULT:
	case -EEXIST:
	case -EBUSY:
	case -ENOTTY:
	case -ENODEV:
	case -ENOSPC:
		return true;
	default:
		return ret >= 0;
	}
}

static void random_requests(const struct check_args *args)
{
	static int (*const requests[])(struct fuzz * f) = { fuzz_map,	fuzz_map,   fuzz_map,
							    fuzz_unmap, fuzz_unmap, fuzz_dirty,
							    fuzz_other };
	struct fuzz f = { .random = SEED };
	int i, ret, strange = 0;
	int64_t left;

	f.memory = need_memory(VU_4K, MEMORY);
	f.u = need_open(args, VFIO_TYPE1v2_IOMMU);
	left = vu_mappings_left(f.u.container);
	for (i = 0; i < FUZZ_ROUNDS; i++) {
		ret = ANY_OF(&f.random, requests)(&f);
		f.successes += ret >= 0;
		if (!is_known_error(ret)) {
			strange++;
			note("request %d returned %d", i, ret);
		}
	}
	is(strange, 0, "T4: %d random requests: none but usual errors", FUZZ_ROUNDS);
	ok(f.successes > FUZZ_ROUNDS / 100, "T4: some of them succeeded");
	note("%d succeeded", f.successes);
	is(vu_unmap_all(f.u.container), f.mapped, "T4: what stays mapped is what they mapped");
	is(vu_mappings_left(f.u.container), left, "T4: and no mapping is lost");
	vu_close(&f.u);
	vu_free(f.memory, MEMORY);
}

/* --- Everything against everything ----------------------------------------------------------- */

/**
 * struct storm - many threads, two containers, one group that comes and goes
 * @args: the device
 * @over: the threads are to end
 * @container: two of them
 * @group: fd of the group, -1 while nobody has it open
 * @memory: what is mapped
 * @seed: of the next thread
 * @strange: results that nobody may get
 * @strange_ret: one of them
 * @did: how often each kind of request worked
 */
struct storm {
	const struct check_args *args;
	atomic_bool over;
	int container[2];
	atomic_int group;
	char *memory;
	atomic_uint seed;
	atomic_int strange;
	atomic_int strange_ret;
	atomic_int did[8];
};

enum storm_request {
	MAP,
	UNMAP,
	DIRTY,
	INFO,
	DEVICE,
	ATTACH,
	OPEN,
	BIND
};

static const char *const storm_names[] = { "map",    "unmap",  "dirty", "info",
					   "device", "attach", "open",	"bind" };

static void count(struct storm *s, enum storm_request request, int64_t ret)
{
	if (ret >= 0) {
		s->did[request]++;
		return;
	}
	/* The fd may be closed, the device unbound, its node not yet there. */
	if (is_known_error(ret) || ret == -EBADF || ret == -ENOENT || ret == -ENXIO ||
	    ret == -EPERM)
		return;
	s->strange++;
	s->strange_ret = (int)ret;
}

static void *storm_thread(struct storm *s, void (*round)(struct storm *s, uint64_t *random))
{
	uint64_t random = SEED + 7919UL * ++s->seed;

	while (!s->over)
		round(s, &random);
	return NULL;
}

static void map_round(struct storm *s, uint64_t *random)
{
	uint64_t iova = SZ_1M + random_number(random) % 32 * SZ_4K;
	uint64_t size = (1 + random_number(random) % 8) * SZ_4K;

	count(s, MAP,
	      vu_map(s->container[random_number(random) % 2], s->memory, iova, size,
		     1 + random_number(random) % 3));
}

static void unmap_round(struct storm *s, uint64_t *random)
{
	int container = s->container[random_number(random) % 2];

	if (random_number(random) % 4)
		count(s, UNMAP,
		      vu_unmap(container, SZ_1M + random_number(random) % 16 * SZ_4K,
			       (1 + random_number(random) % 32) * SZ_4K));
	else
		count(s, UNMAP, vu_unmap_all(container));
}

static void dirty_round(struct storm *s, uint64_t *random)
{
	int container = s->container[random_number(random) % 2];
	__u64 bits;
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} dirty = {
		.head = { sizeof(dirty), 1U << random_number(random) % 3 },
		.get = { SZ_1M, 64 * SZ_4K, { SZ_4K, sizeof(bits), &bits } },
	};
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };

	count(s, DIRTY, vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &dirty));
	count(s, INFO, vu_ioctl(container, VFIO_IOMMU_GET_INFO, &info));
	count(s, INFO, vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)VFIO_DMA_CC_IOMMU));
}

static void device_round(struct storm *s, uint64_t *random)
{
	int fd = vu_device_open(s->group, s->args->device);
	struct vfio_device_info info = { .argsz = sizeof(info) };

	count(s, DEVICE, fd);
	if (fd < 0)
		return;
	if (random_number(random) % 2)
		vu_ioctl(fd, VFIO_DEVICE_GET_INFO, &info);
	close(fd);
}

static void attach_round(struct storm *s, uint64_t *random)
{
	int container = s->container[random_number(random) % 2];

	count(s, ATTACH, vu_set_container(s->group, container));
	count(s, ATTACH, vu_set_iommu(container, VFIO_TYPE1v2_IOMMU));
	if (random_number(random) % 2)
		count(s, ATTACH, vu_unset_container(s->group));
}

static void *map_thread(void *s)
{
	return storm_thread(s, map_round);
}

static void *unmap_thread(void *s)
{
	return storm_thread(s, unmap_round);
}

static void *dirty_thread(void *s)
{
	return storm_thread(s, dirty_round);
}

static void *device_thread(void *s)
{
	return storm_thread(s, device_round);
}

static void *attach_thread(void *s)
{
	return storm_thread(s, attach_round);
}

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* The root helper: the device leaves the driver, which waits for its users, and comes back. */
static void *bind_thread(void *arg)
{
	struct storm *s = arg;
	int i;

	for (i = 0; i < BIND_ROUNDS; i++) {
		count(s, BIND, write_to("/sys/bus/pci/drivers/vfio-pci/unbind", s->args->device));
		count(s, BIND, write_to("/sys/bus/pci/drivers/vfio-pci/bind", s->args->device));
	}
	return NULL;
}

/* The group is closed under everybody's hands and opened again. */
static void reopen(struct storm *s)
{
	int fd = atomic_exchange(&s->group, -1);

	if (fd >= 0)
		close(fd);
	fd = vu_group_open(s->args->group);
	count(s, OPEN, fd);
	if (fd >= 0)
		s->group = fd;
}

static bool device_is_back(const struct check_args *args)
{
	struct vu u;
	int tries;

	/* Its node appears when udev's or the kernel's worker has made it. */
	for (tries = 0; tries < 1000; tries++) {
		if (!vu_open(&u, args->group, args->device, VFIO_TYPE1v2_IOMMU)) {
			vu_close(&u);
			return true;
		}
		usleep(10000);
	}
	return false;
}

static void storm(const struct check_args *args, bool rebind)
{
	static void *(*const runs[])(void *) = { map_thread,   map_thread,    unmap_thread,
						 dirty_thread, device_thread, attach_thread };
	const char *what = rebind ? "a storm with unbind and bind" : "a storm";
	const int count_of_runs = sizeof(runs) / sizeof(runs[0]);
	struct storm s = { .args = args };
	struct state before = state_now();
	pthread_t threads[8], binder;
	enum storm_request i;
	int n, round;

	s.memory = need_memory(VU_4K, SZ_64K);
	s.container[0] = vu_container_open();
	s.container[1] = vu_container_open();
	s.group = vu_group_open(args->group);
	need(s.container[0] >= 0 && s.container[1] >= 0 && s.group >= 0,
	     "C1: containers and group open");
	for (n = 0; n < count_of_runs; n++)
		need(!pthread_create(&threads[n], NULL, runs[n], &s), "thread");
	if (rebind)
		need(!pthread_create(&binder, NULL, bind_thread, &s), "thread");

	for (round = 0; round < STORM_ROUNDS; round++) {
		usleep(round % 8 * 1000);
		reopen(&s);
	}
	if (rebind)
		pthread_join(binder, NULL);
	/* On a busy machine some may not have had a turn yet. */
	for (round = 0; round < 500; round++) {
		for (i = MAP; i <= ATTACH && s.did[i]; i++)
			;
		if (i > ATTACH)
			break;
		usleep(20000);
		if (round % 10 == 9)
			reopen(&s);
	}
	s.over = true;
	for (n = 0; n < count_of_runs; n++)
		pthread_join(threads[n], NULL);

	is(s.strange, 0, "C8: %s: none but usual errors", what);
	if (s.strange)
		note("the last of the others was %d", s.strange_ret);
	for (i = MAP; i <= (rebind ? BIND : OPEN); i++) {
		ok(s.did[i], "C8: %s: %s succeeded at times", what, storm_names[i]);
		note("%s: %d times", storm_names[i], s.did[i]);
	}
	if (rebind)
		is(s.did[BIND], 2 * BIND_ROUNDS, "C9: every unbind and bind succeeded");
	if (s.group >= 0)
		close(s.group);
	close(s.container[0]);
	close(s.container[1]);
	vu_free(s.memory, SZ_64K);
	ok(device_is_back(args), "C8: group and device work after %s", what);
	state_same(&before, what);
}

void check_hostile(const struct check_args *args)
{
	struct state before = state_now();
	struct vu bare = { -1, -1, -1 }, u;

	note("seed %u", SEED);
	vu_time_limit(TIME_LIMIT);
	bare.container = vu_container_open();
	bare.group = vu_group_open(args->group);
	need(bare.container >= 0 && bare.group >= 0, "C1: container and group open");
	bad_pointers(bare.container, "a bare container");
	bad_sizes(bare.container, "a bare container");
	not_files(bare.container, "a bare container");
	bad_pointers(bare.group, "a bare group");
	bad_sizes(bare.group, "a bare group");
	not_files(bare.group, "a bare group");
	vu_close(&bare);
	state_same(&before, "wrong arguments to bare fds");

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	bad_pointers(u.container, "a container");
	bad_sizes(u.container, "a container");
	not_files(u.container, "a container");
	bad_pointers(u.group, "a group");
	bad_sizes(u.group, "a group");
	is(vu_unmap_all(u.container), 0, "T4: nothing was mapped");
	vu_close(&u);
	state_same(&before, "wrong arguments");

	wrong_fds(args);
	state_same(&before, "wrong fds");
	random_requests(args);
	state_same(&before, "random requests");
	storm(args, false);
	storm(args, true);
}
