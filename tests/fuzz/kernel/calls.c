// SPDX-License-Identifier: GPL-2.0-only
/* Calls as text; see calls.h. */

#include "calls.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct call_format call_formats[CALL_KINDS] = {
	[CALL_CONTAINER_OPEN] = { "container-open", { "container" } },
	[CALL_CONTAINER_CLOSE] = { "container-close", { "container" } },
	[CALL_GROUP_OPEN] = { "group-open", { "group" } },
	[CALL_GROUP_CLOSE] = { "group-close", { "group" } },
	[CALL_DEVICE_OPEN] = { "device-open", { "device", "group", "of" } },
	[CALL_DEVICE_CLOSE] = { "device-close", { "device" } },
	[CALL_SET_CONTAINER] = { "set-container", { "group", "container" } },
	[CALL_UNSET_CONTAINER] = { "unset-container", { "group" } },
	[CALL_GROUP_STATUS] = { "group-status", { "group", "argsz" } },
	[CALL_SET_IOMMU] = { "set-iommu", { "container", "type" } },
	[CALL_API_VERSION] = { "api-version", { "container" } },
	[CALL_EXTENSION] = { "extension", { "container", "extension" } },
	[CALL_IOMMU_INFO] = { "iommu-info", { "container", "argsz" } },
	[CALL_MAP] = { "map", { "container", "vaddr", "iova", "size", "flags", "argsz" } },
	[CALL_UNMAP] = { "unmap", { "container", "iova", "size", "flags", "argsz", "bytes" } },
	[CALL_DIRTY] = { "dirty", { "container", "flags", "argsz" } },
	[CALL_DIRTY_GET] = { "dirty-get",
			     { "container", "iova", "size", "page", "bytes", "argsz" } },
	[CALL_DEVICE_INFO] = { "device-info", { "device", "argsz" } },
	[CALL_REGION_INFO] = { "region-info", { "device", "index", "argsz" } },
	[CALL_REGION_READ] = { "region-read", { "device", "region", "offset", "size" } },
	[CALL_REGION_WRITE] = { "region-write", { "device", "region", "offset", "size", "value" } },
	[CALL_REGION_MAP] = { "region-map", { "device", "region", "offset", "size" } },
	[CALL_BAR_MAP] = { "bar-map", { "device" } },
	[CALL_BAR_UNMAP] = { "bar-unmap", { NULL } },
	[CALL_IRQ_INFO] = { "irq-info", { "device", "index", "argsz" } },
	[CALL_SET_IRQS] = { "set-irqs", { "device", "index", "flags", "start", "count", "argsz" } },
	[CALL_RESET] = { "reset", { "device" } },
	[CALL_HOT_RESET_INFO] = { "hot-reset-info", { "device", "argsz" } },
	[CALL_HOT_RESET] = { "hot-reset", { "device", "flags", "count", "argsz" } },
	[CALL_FEATURE] = { "feature", { "device", "flags", "argsz" } },
	[CALL_IOEVENTFD] = { "ioeventfd",
			     { "device", "region", "offset", "flags", "value", "remove" } },
	[CALL_PIN] = { "pin", { "device", "iova", "size", "prot" } },
	[CALL_UNPIN] = { "unpin", { "device", "iova", "size" } },
	[CALL_COPY] = { "copy", { "device", "iova", "size", "prot" } },
	[CALL_VM_OPEN] = { "vm-open", { "vm" } },
	[CALL_VM_CLOSE] = { "vm-close", { "vm" } },
	[CALL_VM_ADD] = { "vm-add", { "vm", "group" } },
	[CALL_VM_DEL] = { "vm-del", { "vm", "group" } },
	[CALL_LIMIT] = { "limit", { "pages", "lifted" } },
};

void call_print(FILE *out, const struct call *call)
{
	const struct call_format *format = &call_formats[call->kind];
	int i;

	fputs(format->name, out);
	for (i = 0; i < PARAMETERS && format->parameters[i]; i++)
		fprintf(out, " %s=0x%" PRIx64, format->parameters[i], call->arg[i]);
	fputc('\n', out);
}

/* The highest value of a parameter: slots are few. */
static uint64_t last_of(const char *parameter)
{
	if (!strcmp(parameter, "container"))
		return CONTAINERS - 1;
	if (!strcmp(parameter, "group") || !strcmp(parameter, "of"))
		return GROUPS - 1;
	if (!strcmp(parameter, "vm"))
		return VMS - 1;
	return !strcmp(parameter, "device") ? DEVICES - 1 : UINT64_MAX;
}

/* " NAME=NUMBER" from @text on; returns what is behind it, or NULL. */
static const char *parse_parameter(const char *text, const char *name, uint64_t *value)
{
	size_t length = strlen(name);
	char *end;

	if (text[0] != ' ' || strncmp(text + 1, name, length) || text[length + 1] != '=')
		return NULL;
	text += length + 2;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return end == text || errno || *value > last_of(name) ? NULL : end;
}

bool call_parse(const char *line, struct call *call)
{
	size_t length = strcspn(line, "\n ");
	const struct call_format *format;
	int i;

	*call = (struct call){ .kind = 0 };
	for (; call->kind < CALL_KINDS; call->kind++) {
		format = &call_formats[call->kind];
		if (strlen(format->name) == length && !strncmp(format->name, line, length))
			break;
	}
	if (call->kind == CALL_KINDS)
		return false;
	line += length;
	for (i = 0; i < PARAMETERS && format->parameters[i]; i++) {
		line = parse_parameter(line, format->parameters[i], &call->arg[i]);
		if (!line)
			return false;
	}
	return !line[strcspn(line, "\n")] || !line[strcspn(line, "\n") + 1];
}
