// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row P1: what a device's information says of AtomicOps: nothing where they do not reach a
 * completer, and where they do, which sizes.
 */

#include <linux/vfio.h>
#include <string.h>

#include "check.h"

/* Newer than the installed <linux/vfio.h>. */
#define ATOMIC_COMP 5
#define COMP32	    (1U << 0)
#define COMP64	    (1U << 1)

struct atomic_comp {
	struct vfio_info_cap_header header;
	uint32_t flags;
	uint32_t reserved;
};

struct answer {
	struct vfio_device_info info;
	uint8_t caps[64];
};

static struct answer ask(int device, uint32_t argsz)
{
	struct answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.info.argsz = argsz;
	need(!vu_ioctl(device, VFIO_DEVICE_GET_INFO, &answer), "P1: GET_INFO");
	return answer;
}

static bool has_caps(const struct answer *answer)
{
	return answer->info.flags & VFIO_DEVICE_FLAGS_CAPS;
}

void check_atomics(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct answer answer = ask(u.device, offsetof(struct vfio_device_info, cap_offset));
	struct atomic_comp cap;
	uint32_t argsz = answer.info.argsz;

	ok(has_caps(&answer), "P1: a device behind a completer has a capability");
	ok(argsz >= sizeof(struct vfio_device_info) + sizeof(cap) && argsz <= sizeof(answer),
	   "P1: a short request learns the size of the answer");
	is(answer.info.cap_offset, 0, "P1: and finds nothing behind its end");
	if (!has_caps(&answer) || argsz > sizeof(answer))
		return;

	answer = ask(u.device, argsz);
	need(answer.info.cap_offset >= sizeof(struct vfio_device_info) &&
		     answer.info.cap_offset + sizeof(cap) <= argsz,
	     "P1: the capability is in the answer");
	memcpy(&cap, (const char *)&answer + answer.info.cap_offset, sizeof(cap));
	is(cap.header.id, ATOMIC_COMP, "P1: it is that of AtomicOps");
	is(cap.header.version, 1, "P1: in its first version");
	is(cap.header.next, 0, "P1: and the last");
	is(cap.flags, COMP32 | COMP64, "P1: it says which sizes are completed");
	is(ask(u.device, sizeof(answer)).info.argsz, sizeof(answer),
	   "P1: who has more room finds argsz as it was");
	vu_close(&u);
}

void check_no_atomics(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct answer answer = ask(u.device, sizeof(struct answer));

	ok(!has_caps(&answer), "P1: a device without a completer has no capability");
	is(answer.info.cap_offset, 0, "P1: and no place for one");
	vu_close(&u);
}
