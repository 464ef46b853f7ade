// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Three or four digits and a unit: the larger the number, the fewer decimals. */
static void scaled(double value, const char *unit, char *word)
{
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	snprintf(word, WORD_SIZE, "%.*f %s", decimals, value, unit);
}

void word_bytes(uint64_t bytes, char *word)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1023.5 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	if (unit == 0 || value == (double)(uint64_t)value)
		snprintf(word, WORD_SIZE, "%" PRIu64 " %s", (uint64_t)value, units[unit]);
	else
		scaled(value, units[unit], word);
}

void word_ns(uint64_t ns, char *word)
{
	if (ns < 1000)
		snprintf(word, WORD_SIZE, "%" PRIu64 " ns", ns);
	else if (ns < 999500)
		scaled((double)ns / 1e3, "µs", word);
	else if (ns < 999500000)
		scaled((double)ns / 1e6, "ms", word);
	else
		scaled((double)ns / 1e9, "s", word);
}

void word_figure(enum field_unit unit, struct figure figure, char *word)
{
	if (!figure.known) {
		snprintf(word, WORD_SIZE, "-");
		return;
	}
	switch (unit) {
	case UNIT_BYTES:
		word_bytes(figure.value, word);
		break;
	case UNIT_BYTE_RATE:
		word_bytes(figure.value, word);
		strncat(word, "/s", WORD_SIZE - strlen(word) - 1);
		break;
	case UNIT_NS:
		word_ns(figure.value, word);
		break;
	case UNIT_MILLI:
		snprintf(word, WORD_SIZE, "%.*f", figure.value < 99950 ? 1 : 0,
			 (double)figure.value / 1000);
		break;
	case UNIT_ADDRESS:
		snprintf(word, WORD_SIZE, "0x%" PRIx64, figure.value);
		break;
	case UNIT_PCI_ID:
		snprintf(word, WORD_SIZE, "0x%04" PRIx64, figure.value);
		break;
	case UNIT_FLAG:
		snprintf(word, WORD_SIZE, "%s", figure.value ? "yes" : "no");
		break;
	default:
		snprintf(word, WORD_SIZE, "%" PRIu64, figure.value);
		break;
	}
}

void word_error(int ret, char *word)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	if (name)
		snprintf(word, WORD_SIZE, "%d %s", ret, name);
	else
		snprintf(word, WORD_SIZE, "%d", ret);
}

const char *word_stage(uint32_t stage)
{
	static const char *const words[] = {
		[VFIO_STAGE_DONE] = "done",
		[VFIO_STAGE_ARGUMENT] = "argument",
		[VFIO_STAGE_ALIGNMENT] = "alignment",
		[VFIO_STAGE_OVERFLOW] = "overflow",
		[VFIO_STAGE_OVERLAP] = "overlap",
		[VFIO_STAGE_APERTURE] = "aperture",
		[VFIO_STAGE_RESERVED] = "reserved",
		[VFIO_STAGE_LIMIT] = "limit",
		[VFIO_STAGE_MEMORY] = "memory",
		[VFIO_STAGE_ACCOUNT] = "account",
		[VFIO_STAGE_PIN] = "pin",
		[VFIO_STAGE_IOMMU] = "iommu",
	};

	return stage < sizeof(words) / sizeof(words[0]) ? words[stage] : NULL;
}

const char *word_operation(uint32_t operation)
{
	static const char *const words[] = {
		[VT_OP_NONE] = "nothing",
		[VT_OP_MAP] = "map",
		[VT_OP_UNMAP] = "unmap",
		[VT_OP_TEARDOWN] = "teardown",
		[VT_OP_GROUP_OPEN] = "group-open",
		[VT_OP_ATTACH] = "attach",
		[VT_OP_DETACH] = "detach",
		[VT_OP_SET_IOMMU] = "set-iommu",
		[VT_OP_DEVICE_OPEN] = "device-open",
		[VT_OP_DEVICE_RESET] = "device-reset",
		[VT_OP_BUS_RESET] = "bus-reset",
	};

	return operation < sizeof(words) / sizeof(words[0]) ? words[operation] : words[0];
}

/* --- Failures --------------------------------------------------------------------- */

struct line {
	char *text;
	size_t size;
	size_t used;
};

static void say(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	if (line->used >= line->size)
		return;
	va_start(args, format);
	n = vsnprintf(line->text + line->used, line->size - line->used, format, args);
	va_end(args);
	if (n > 0)
		line->used += (size_t)n;
}

static void say_conflict(struct line *line, const struct vt_failure *f)
{
	char size[WORD_SIZE];

	if (!f->conflict_size)
		return;
	word_bytes(f->conflict_size, size);
	say(line, " at 0x%llx of %s", f->conflict_iova, size);
}

static void say_account(struct line *line, const struct vt_failure *f)
{
	char locked[WORD_SIZE], limit[WORD_SIZE];

	say(line, "the locked-memory limit forbids it");
	if (f->locked_limit == ~0ULL)
		return;
	word_bytes(f->locked << VT_PAGE_SHIFT, locked);
	word_bytes(f->locked_limit << VT_PAGE_SHIFT, limit);
	say(line, ": %s locked of RLIMIT_MEMLOCK %s", locked, limit);
}

static void say_stage(struct line *line, const struct vt_failure *f)
{
	switch (f->stage) {
	case VFIO_STAGE_ARGUMENT:
		say(line, "the request is malformed");
		break;
	case VFIO_STAGE_ALIGNMENT:
		say(line, "address or size is not a multiple of the page size, or the size is 0");
		break;
	case VFIO_STAGE_OVERFLOW:
		say(line, "the range wraps around the end of an address space");
		break;
	case VFIO_STAGE_OVERLAP:
		say(line, "a mapping is in the way");
		say_conflict(line, f);
		break;
	case VFIO_STAGE_APERTURE:
		say(line, "outside of what the IOMMU can translate");
		break;
	case VFIO_STAGE_RESERVED:
		say(line, "touches a reserved region");
		say_conflict(line, f);
		break;
	case VFIO_STAGE_LIMIT:
		say(line, "%llu of %llu mappings are in use", f->mappings, f->mappings_limit);
		break;
	case VFIO_STAGE_MEMORY:
		say(line, "the kernel has no memory for its own records");
		break;
	case VFIO_STAGE_ACCOUNT:
		say_account(line, f);
		break;
	case VFIO_STAGE_PIN:
		say(line, "the memory could not be pinned");
		break;
	case VFIO_STAGE_IOMMU:
		say(line, "the IOMMU driver refused the translation");
		break;
	default:
		say(line, "unknown cause");
		break;
	}
}

static void say_device(struct line *line, const char *what, const struct vt_failure *f)
{
	say(line, "%s of device %.*s in group %u", what, (int)sizeof(f->name), f->name, f->group);
}

static void say_request(struct line *line, const struct vt_failure *f)
{
	char size[WORD_SIZE];

	switch (f->operation) {
	case VT_OP_MAP:
	case VT_OP_UNMAP:
		word_bytes(f->size, size);
		say(line, "%s of %s at 0x%llx in container %llu", word_operation(f->operation),
		    size, f->iova, f->container);
		break;
	case VT_OP_GROUP_OPEN:
		say(line, "open of group %u", f->group);
		break;
	case VT_OP_ATTACH:
		say(line, "attach of group %u to container %llu", f->group, f->container);
		break;
	case VT_OP_DETACH:
		say(line, "detach of group %u from container %llu", f->group, f->container);
		break;
	case VT_OP_SET_IOMMU:
		say(line, "choice of a backend for container %llu", f->container);
		break;
	case VT_OP_DEVICE_OPEN:
		say_device(line, "open", f);
		break;
	case VT_OP_DEVICE_RESET:
		say_device(line, "reset", f);
		break;
	case VT_OP_BUS_RESET:
		say_device(line, "bus reset", f);
		break;
	default:
		say(line, "%s", word_operation(f->operation));
		break;
	}
}

void words_failure(const struct vt_failure *f, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };
	char error[WORD_SIZE];

	say_request(&line, f);
	word_error(f->ret, error);
	say(&line, " by %u (%s): %s", f->pid, f->comm[0] ? f->comm : "?", error);
	if (f->operation == VT_OP_MAP) {
		say(&line, ": ");
		say_stage(&line, f);
	} else if (f->operation == VT_OP_GROUP_OPEN && f->holder_pid) {
		say(&line, ": held by process %u", f->holder_pid);
	}
}
