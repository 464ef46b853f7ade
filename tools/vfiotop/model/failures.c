// SPDX-License-Identifier: GPL-2.0-only
#include "failures.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "causes.h"
#include "figure.h"
#include "words.h"

/* --- Words --------------------------------------------------------------------------- */

const char *failure_stage(uint32_t stage)
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
		[VFIO_STAGE_DISABLED] = "disabled",
		[VFIO_STAGE_BACKEND] = "backend",
	};

	return stage < sizeof(words) / sizeof(words[0]) ? words[stage] : NULL;
}

const char *operation_name(uint32_t operation)
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

/* --- The line ------------------------------------------------------------------------ */

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

static void say_aperture(struct line *line, const struct vt_failure *f)
{
	say(line, "the range is outside the aperture of the IOMMU");
	if (f->conflict_size)
		say(line, ", 0x%llx to 0x%llx", f->conflict_iova,
		    f->conflict_iova + f->conflict_size - 1);
}

static void say_account(struct line *line, const struct vt_failure *f)
{
	char locked[WORD_SIZE], limit[WORD_SIZE], missing[WORD_SIZE];

	say(line, "the locked-memory limit forbids it");
	if (f->locked_limit == ~0ULL)
		return;
	word_bytes(f->locked, locked);
	word_bytes(f->locked_limit, limit);
	say(line, ": %s locked of RLIMIT_MEMLOCK %s", locked, limit);
	/* Device memory in the range would not have been charged. */
	if (f->locked + f->size <= f->locked_limit)
		return;
	word_bytes(f->locked + f->size - f->locked_limit, missing);
	say(line, ", up to %s too little", missing);
}

static void say_stage(struct line *line, const struct vt_failure *f)
{
	const char *cause = cause_of_error(f);

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
		say_aperture(line, f);
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
	case VFIO_STAGE_DISABLED:
		say(line, "the process has not enabled the container with VFIO_IOMMU_ENABLE");
		break;
	case VFIO_STAGE_BACKEND:
		say(line, "no IOMMU backend chosen yet");
		break;
	default:
		say(line, "%s", cause ? cause : "unknown cause");
		break;
	}
}

static void say_device(struct line *line, const char *what, const struct vt_failure *f)
{
	say(line, "%s of device %.*s", what, (int)sizeof(f->name), f->name);
	if (f->group != VT_NO_GROUP)
		say(line, " in group %u", f->group);
}

static void say_request(struct line *line, const struct vt_failure *f)
{
	char size[WORD_SIZE];

	switch (f->operation) {
	case VT_OP_MAP:
	case VT_OP_UNMAP:
		word_bytes(f->size, size);
		say(line, "%s of %s at 0x%llx", operation_name(f->operation), size, f->iova);
		if (f->container)
			say(line, " in container %llu", f->container);
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
		say(line, "%s", operation_name(f->operation));
		break;
	}
}

static void failure_cause(const struct vt_failure *f, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };
	const char *cause = cause_of_error(f);

	text[0] = '\0';
	if (f->operation == VT_OP_MAP ||
	    (f->operation == VT_OP_UNMAP && f->stage == VFIO_STAGE_BACKEND))
		say_stage(&line, f);
	else if (f->operation == VT_OP_GROUP_OPEN && f->holder_pid)
		say(&line, "held by process %u", f->holder_pid);
	else if (cause)
		say(&line, "%s", cause);
}

void failure_text(const struct vt_failure *f, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };
	char error[WORD_SIZE], cause[VIEW_TEXT_SIZE];

	say_request(&line, f);
	word_error(f->ret, error);
	say(&line, " by %u (%s): %s", f->pid, f->comm[0] ? f->comm : "?", error);
	failure_cause(f, cause, sizeof(cause));
	if (cause[0])
		say(&line, ": %s", cause);
}

/* --- The view ------------------------------------------------------------------------ */

bool failure_is_about_group(const struct vt_failure *f)
{
	return f->operation >= VT_OP_GROUP_OPEN && f->operation != VT_OP_SET_IOMMU;
}

void failure_view(struct failure_view *v, const struct vt_failure *f)
{
	bool range = f->operation == VT_OP_MAP || f->operation == VT_OP_UNMAP;
	bool staged = f->operation == VT_OP_MAP || f->stage == VFIO_STAGE_BACKEND;
	bool limited = f->operation == VT_OP_MAP && f->stage == VFIO_STAGE_ACCOUNT &&
		       f->locked_limit != ~0ULL;
	const char *stage = staged ? failure_stage(f->stage) : NULL;

	memset(v, 0, sizeof(*v));
	v->time_ns = known(f->time_ns);
	v->error = known((uint64_t)-f->ret);
	v->pid = known(f->pid);
	v->container = known_if(f->container, f->container);
	v->group = known_if(failure_is_about_group(f) && f->group != VT_NO_GROUP, f->group);
	v->holder_pid = known_if(f->holder_pid, f->holder_pid);
	v->iova = known_if(range, f->iova);
	v->size = known_if(range, f->size);
	v->conflict_iova = known_if(f->conflict_size, f->conflict_iova);
	v->conflict_size = known_if(f->conflict_size, f->conflict_size);
	v->locked = known_if(limited, f->locked);
	v->locked_limit = known_if(limited, f->locked_limit);
	snprintf(v->operation, sizeof(v->operation), "%s", operation_name(f->operation));
	snprintf(v->stage, sizeof(v->stage), "%s", stage ? stage : "");
	copy_text(v->comm, sizeof(v->comm), f->comm);
	copy_text(v->name, sizeof(v->name), f->name);
	failure_cause(f, v->cause, sizeof(v->cause));
	failure_text(f, v->text, sizeof(v->text));
}
