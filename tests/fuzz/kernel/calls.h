/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that vfio-fuzz makes. A sequence of them is text, one call a line:
 *
 *	map container=0 vaddr=0x3000 iova=0x100000 size=0x2000 flags=0x3 argsz=0x20
 *
 * Containers, groups, devices and virtual machines are numbers of slots, which hold file
 * descriptors.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How many slots there are. */
#define CONTAINERS 2
#define GROUPS	   2
#define DEVICES	   3
#define VMS	   1

#define PARAMETERS 6

enum call_kind {
	CALL_CONTAINER_OPEN,
	CALL_CONTAINER_CLOSE,
	CALL_GROUP_OPEN,
	CALL_GROUP_CLOSE,
	CALL_DEVICE_OPEN,
	CALL_DEVICE_CLOSE,
	CALL_SET_CONTAINER,
	CALL_UNSET_CONTAINER,
	CALL_GROUP_STATUS,
	CALL_SET_IOMMU,
	CALL_API_VERSION,
	CALL_EXTENSION,
	CALL_IOMMU_INFO,
	CALL_MAP,
	CALL_UNMAP,
	CALL_DIRTY,
	CALL_DIRTY_GET,
	CALL_BAR_MAP,
	CALL_BAR_UNMAP,
	/* Of one device's file: from here... */
	CALL_DEVICE_INFO,
	CALL_REGION_INFO,
	CALL_REGION_READ,
	CALL_REGION_WRITE,
	CALL_REGION_MAP,
	CALL_IRQ_INFO,
	CALL_SET_IRQS,
	CALL_RESET,
	CALL_HOT_RESET_INFO,
	CALL_HOT_RESET,
	CALL_FEATURE,
	CALL_IOEVENTFD,
	CALL_PIN,
	CALL_UNPIN,
	CALL_COPY,
	/* ...to here. */
	CALL_VM_OPEN,
	CALL_VM_CLOSE,
	CALL_VM_ADD,
	CALL_VM_DEL,
	CALL_LIMIT,
	CALL_KINDS,
};

/**
 * struct call - one call
 * @kind: what is called
 * @arg: its parameters, in the order of the kind's names
 */
struct call {
	enum call_kind kind;
	uint64_t arg[PARAMETERS];
};

/* Names of parameters, for whoever reads or makes their values. */
enum {
	MAP_CONTAINER,
	MAP_VADDR,
	MAP_IOVA,
	MAP_SIZE,
	MAP_FLAGS,
	MAP_ARGSZ
};
enum {
	UNMAP_CONTAINER,
	UNMAP_IOVA,
	UNMAP_SIZE,
	UNMAP_FLAGS,
	UNMAP_ARGSZ,
	UNMAP_BYTES
};
enum {
	DIRTY_CONTAINER,
	DIRTY_FLAGS,
	DIRTY_ARGSZ
};
enum {
	GET_CONTAINER,
	GET_IOVA,
	GET_SIZE,
	GET_PAGE,
	GET_BYTES,
	GET_ARGSZ
};
enum {
	REGION_DEVICE,
	REGION_INDEX,
	REGION_OFFSET,
	REGION_SIZE,
	REGION_VALUE
};
enum {
	IRQS_DEVICE,
	IRQS_INDEX,
	IRQS_FLAGS,
	IRQS_START,
	IRQS_COUNT,
	IRQS_ARGSZ
};
enum {
	RESET_DEVICE,
	RESET_FLAGS,
	RESET_COUNT,
	RESET_ARGSZ
};
enum {
	FEATURE_DEVICE,
	FEATURE_FLAGS,
	FEATURE_ARGSZ
};
enum {
	IOEVENTFD_DEVICE,
	IOEVENTFD_REGION,
	IOEVENTFD_OFFSET,
	IOEVENTFD_FLAGS,
	IOEVENTFD_VALUE,
	IOEVENTFD_REMOVE
};
enum {
	PIN_DEVICE,
	PIN_IOVA,
	PIN_SIZE,
	PIN_PROT
};
enum {
	LIMIT_PAGES,
	LIMIT_LIFTED
};

/**
 * struct call_format - how a kind of call is written
 * @name: first word of the line
 * @parameters: the names of its parameters
 */
struct call_format {
	const char *name;
	const char *parameters[PARAMETERS];
};

extern const struct call_format call_formats[CALL_KINDS];

/* One line. */
void call_print(FILE *out, const struct call *call);

/* Reads a line; false if it is not a call. Whether slots exist is checked, too. */
bool call_parse(const char *line, struct call *call);

/* How many words a bitmap of the calls has room for. */
#define BITMAP_WORDS 256
/* What each of them is before the call. */
#define BITMAP_FILL  0xaaaaaaaaaaaaaaaaUL

/**
 * struct answer - what the kernel says, or should
 * @ret: a number or a negative errno; file descriptors count as 0
 * @words: further numbers, of a meaning that depends on the call
 * @count: of @words
 * @bitmap: of dirty pages
 * @has_bitmap: @bitmap tells something
 * @or_else: an errno that is right, too, or 0
 * @anything: every answer is right
 */
struct answer {
	int64_t ret;
	uint64_t words[40];
	size_t count;
	uint64_t bitmap[BITMAP_WORDS];
	bool has_bitmap;
	int64_t or_else;
	bool anything;
};

/* Appends a word. */
static inline void answer_word(struct answer *answer, uint64_t value)
{
	answer->words[answer->count++] = value;
}

#endif /* CALLS_H */
