// SPDX-License-Identifier: GPL-2.0-only
/* Row C8: ioctls on a container against the attach and detach that would free what they use. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"

#define IOVA	SZ_2M
#define SIZE	SZ_64K
#define MAPPERS 3
#define ROUNDS	150

struct race {
	const struct check_args *args;
	pthread_barrier_t start;
	atomic_bool over;
	int container;
	int group;
	void *memory;
	/* Results that nobody may get, the last of them, and what went well. */
	atomic_int strange;
	atomic_int strange_ret;
	atomic_int maps;
	atomic_int infos;
	atomic_int devices;
	atomic_int attaches;
	atomic_int mapper_number;
};

/* Counts @ret as success or as something that is not one of the two errors. */
static void judge(struct race *r, atomic_int *successes, int64_t ret, int allowed, int allowed2)
{
	if (ret >= 0) {
		(*successes)++;
	} else if (ret != allowed && ret != allowed2) {
		r->strange++;
		r->strange_ret = (int)ret;
	}
}

static void *map_often(void *arg)
{
	struct race *r = arg;
	uint64_t iova = IOVA * (uint64_t)++r->mapper_number;

	pthread_barrier_wait(&r->start);
	while (!r->over) {
		/* The group may have gone and come back in between: unmap finds nothing. */
		judge(r, &r->maps, vu_map(r->container, r->memory, iova, SIZE, VU_RW), -EINVAL,
		      -EEXIST);
		judge(r, &r->maps, vu_unmap(r->container, iova, SIZE), -EINVAL, -EINVAL);
	}
	return NULL;
}

static void *ask_often(void *arg)
{
	struct vfio_iommu_type1_info info;
	struct race *r = arg;

	pthread_barrier_wait(&r->start);
	while (!r->over) {
		/* The answer has in it the size that would hold all. */
		info.argsz = sizeof(info);
		judge(r, &r->infos, vu_ioctl(r->container, VFIO_IOMMU_GET_INFO, &info), -EINVAL,
		      -EINVAL);
		judge(r, &r->infos,
		      vu_ioctl(r->container, VFIO_CHECK_EXTENSION, (void *)VFIO_TYPE1v2_IOMMU),
		      -EINVAL, -EINVAL);
		judge(r, &r->infos, vu_unmap_all(r->container), -EINVAL, -EINVAL);
	}
	return NULL;
}

static void *open_device_often(void *arg)
{
	struct race *r = arg;
	int fd;

	pthread_barrier_wait(&r->start);
	while (!r->over) {
		fd = vu_device_open(r->group, r->args->device);
		judge(r, &r->devices, fd, -EINVAL, -EINVAL);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

/* One round: the group leaves the container and comes back. */
static void reattach(struct race *r)
{
	judge(r, &r->attaches, vu_unset_container(r->group), -EBUSY, -EINVAL);
	judge(r, &r->attaches, vu_set_container(r->group, r->container), -EINVAL, -EINVAL);
	judge(r, &r->attaches, vu_set_iommu(r->container, VFIO_TYPE1v2_IOMMU), -EINVAL, -EINVAL);
}

/* The same by way of close. */
static void reopen(struct race *r)
{
	close(r->group);
	r->group = vu_group_open(r->args->group);
	judge(r, &r->attaches, r->group, 0, 0);
	judge(r, &r->attaches, vu_set_container(r->group, r->container), 0, 0);
	judge(r, &r->attaches, vu_set_iommu(r->container, VFIO_TYPE1v2_IOMMU), 0, 0);
}

static void run(const struct check_args *args, const char *what, void (*round)(struct race *r),
		bool with_device)
{
	pthread_t threads[MAPPERS + 2];
	struct race r = { .args = args, .memory = need_memory(VU_4K, SIZE) };
	struct ledger before = ledger_now();
	int i, n = 0;
	struct vu u;

	u = need_open(&(struct check_args){ .group = args->group }, VFIO_TYPE1v2_IOMMU);
	r.container = u.container;
	r.group = u.group;
	pthread_barrier_init(&r.start, NULL, MAPPERS + 2 + with_device);
	for (i = 0; i < MAPPERS; i++)
		need(!pthread_create(&threads[n++], NULL, map_often, &r), "thread");
	need(!pthread_create(&threads[n++], NULL, ask_often, &r), "thread");
	if (with_device)
		need(!pthread_create(&threads[n++], NULL, open_device_often, &r), "thread");

	pthread_barrier_wait(&r.start);
	for (i = 0; i < ROUNDS; i++)
		round(&r);
	/* On a busy machine some may not have had a turn yet. */
	for (i = 0; i < 1000 && (!r.maps || !r.infos || (with_device && !r.devices)); i++)
		usleep(10000);
	r.over = true;
	while (n)
		pthread_join(threads[--n], NULL);
	pthread_barrier_destroy(&r.start);

	is(r.strange, 0, "C8: map, unmap, info and device open against %s: only expected errors",
	   what);
	if (r.strange)
		note("the last of the others was %d", r.strange_ret);
	ok(r.maps && r.infos && r.attaches && (r.devices || !with_device),
	   "C8: each side of the race with %s succeeded at times", what);
	note("%d maps and unmaps, %d infos, %d devices, %d attaches", r.maps, r.infos, r.devices,
	     r.attaches);

	/* Whatever state the race ended in, the group's last fd ends it. */
	close(r.group);
	ledger_same(&before, "C8: nothing is pinned after the race with %s", what);
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	returns(vu_map(u.container, r.memory, IOVA, SIZE, VU_RW), 0,
		"C8: group and device work after the race with %s", what);
	vu_close(&u);
	close(r.container);
	vu_free(r.memory, SIZE);
}

void check_race(const struct check_args *args)
{
	run(args, "attach and detach", reattach, true);
	run(args, "close and open", reopen, false);
}
