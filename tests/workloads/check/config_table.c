// SPDX-License-Identifier: GPL-2.0-only
/*
 * config-table: config space as the user sees it, a line for each dword that holds or takes
 * anything:
 *
 *   OFFSET REGISTER VALUE BYTES DWORDS [odd MASK] [left MASK] [to OFFSET]
 *
 * REGISTER is a capability and the offset in it, by the chains that the host sees; what
 * belongs to none is "gap". BYTES and DWORDS are the bits that take what is written, one
 * byte or four at a time. "odd" bits do something else when they are written, "left" ones
 * are not what they were when the old value has been written again. An address that is the
 * host's is shown as "host". Dwords of a gap that are all the same are one line, with the
 * last one.
 *
 * All values are read before anything is written. Whether an interrupt is pending is not in
 * them: it depends on the moment.
 */

#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define DWORDS	  (PCI_CFG_SPACE_EXP_SIZE / 4)
#define HEADS_MAX 64
#define PATTERN	  0xa5a5a5a5U

/**
 * struct head - where a capability begins
 * @pos: there
 * @size: bytes, or 0 where it is not known and the next one is its end
 * @name: what it is called
 */
struct head {
	unsigned int pos;
	unsigned int size;
	char name[16];
};

/**
 * struct table - the device
 * @fd: as the user has it
 * @offset: of config space in it
 * @size: of its config space
 * @host: the same as the host sees it
 * @heads: capabilities, in no order
 * @count: how many there are
 */
struct table {
	int fd;
	uint64_t offset;
	unsigned int size;
	uint8_t host[PCI_CFG_SPACE_EXP_SIZE];
	struct head heads[HEADS_MAX];
	unsigned int count;
};

/* What a dword does with ones, zeros and PATTERN. */
struct answers {
	uint32_t ones;
	uint32_t zeros;
	uint32_t pattern;
};

/* --- Names ------------------------------------------------------------------------ */

static const char *const names[] = {
	[PCI_CAP_ID_PM] = "pm",	      [PCI_CAP_ID_AGP] = "agp",	  [PCI_CAP_ID_VPD] = "vpd",
	[PCI_CAP_ID_MSI] = "msi",     [PCI_CAP_ID_PCIX] = "pcix", [PCI_CAP_ID_VNDR] = "vndr",
	[PCI_CAP_ID_SSVID] = "ssvid", [PCI_CAP_ID_EXP] = "exp",	  [PCI_CAP_ID_MSIX] = "msix",
	[PCI_CAP_ID_SATA] = "sata",   [PCI_CAP_ID_AF] = "af",
};

static const char *const extended_names[] = {
	[PCI_EXT_CAP_ID_ERR] = "aer",	  [PCI_EXT_CAP_ID_DSN] = "dsn",
	[PCI_EXT_CAP_ID_VNDR] = "vsec",	  [PCI_EXT_CAP_ID_ACS] = "acs",
	[PCI_EXT_CAP_ID_ARI] = "ari",	  [PCI_EXT_CAP_ID_ATS] = "ats",
	[PCI_EXT_CAP_ID_SRIOV] = "sriov", [PCI_EXT_CAP_ID_PRI] = "pri",
	[PCI_EXT_CAP_ID_LTR] = "ltr",	  [PCI_EXT_CAP_ID_PASID] = "pasid",
	[PCI_EXT_CAP_ID_DVSEC] = "dvsec",
};

static uint32_t host_get(const struct table *t, unsigned int pos, size_t size)
{
	uint32_t value = 0;

	memcpy(&value, t->host + pos, size);
	return value;
}

static unsigned int cap_size(const struct table *t, unsigned int pos)
{
	uint16_t flags = host_get(t, pos + PCI_CAP_FLAGS, 2);

	switch (t->host[pos]) {
	case PCI_CAP_ID_PM:
	case PCI_CAP_ID_VPD:
	case PCI_CAP_ID_SSVID:
	case PCI_CAP_ID_AF:
	case PCI_CAP_ID_SATA:
		return 8;
	case PCI_CAP_ID_MSI:
		return (flags & PCI_MSI_FLAGS_64BIT ? 14 : 10) +
		       (flags & PCI_MSI_FLAGS_MASKBIT ? 10 : 0);
	case PCI_CAP_ID_MSIX:
		return PCI_CAP_MSIX_SIZEOF;
	case PCI_CAP_ID_VNDR:
		return flags & 0xff;
	case PCI_CAP_ID_EXP:
		return (flags & PCI_EXP_FLAGS_VERS) >= 2 ? 0x3c : 0x14;
	default:
		return 0;
	}
}

static unsigned int extended_size(uint32_t header)
{
	switch (PCI_EXT_CAP_ID(header)) {
	case PCI_EXT_CAP_ID_ERR:
		return 0x48;
	case PCI_EXT_CAP_ID_DSN:
		return PCI_EXT_CAP_DSN_SIZEOF;
	case PCI_EXT_CAP_ID_ARI:
	case PCI_EXT_CAP_ID_ATS:
	case PCI_EXT_CAP_ID_LTR:
		return 8;
	case PCI_EXT_CAP_ID_SRIOV:
		return PCI_EXT_CAP_SRIOV_SIZEOF;
	default:
		return 0;
	}
}

static void add_head(struct table *t, unsigned int pos, unsigned int size, const char *name)
{
	struct head *head = &t->heads[t->count++];

	need(t->count <= HEADS_MAX, "P2: a chain of capabilities that ends");
	head->pos = pos;
	head->size = size;
	snprintf(head->name, sizeof(head->name), "%s", name);
}

static void find_heads(struct table *t)
{
	unsigned int pos = 0, id;
	uint32_t header;

	add_head(t, 0, PCI_STD_HEADER_SIZEOF, "header");
	if (host_get(t, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST)
		pos = t->host[PCI_CAPABILITY_LIST];
	for (; pos; pos = t->host[pos + PCI_CAP_LIST_NEXT]) {
		id = t->host[pos];
		add_head(t, pos, cap_size(t, pos),
			 id < sizeof(names) / sizeof(names[0]) && names[id] ? names[id] : "cap");
	}
	if (t->size <= PCI_CFG_SPACE_SIZE)
		return;
	for (pos = PCI_CFG_SPACE_SIZE; pos; pos = PCI_EXT_CAP_NEXT(header)) {
		header = host_get(t, pos, 4);
		id = PCI_EXT_CAP_ID(header);
		if (!header)
			break;
		add_head(t, pos, extended_size(header),
			 id < sizeof(extended_names) / sizeof(extended_names[0]) &&
					 extended_names[id]
				 ? extended_names[id]
				 : "extcap");
	}
}

/* Puts the name into @name; false for a gap. */
static bool name_register(const struct table *t, unsigned int pos, char *name, size_t size)
{
	const struct head *head = NULL;
	unsigned int i;

	for (i = 0; i < t->count; i++)
		if (t->heads[i].pos <= pos && (!head || t->heads[i].pos > head->pos))
			head = &t->heads[i];
	if (head->size && pos >= head->pos + head->size) {
		snprintf(name, size, "gap");
		return false;
	}
	snprintf(name, size, "%s+%02x", head->name, pos - head->pos);
	return true;
}

/* --- Bits ------------------------------------------------------------------------- */

static void put(const struct table *t, unsigned int pos, unsigned int width, uint32_t value)
{
	need(pwrite(t->fd, &value, width, t->offset + pos) == width, "P2: write at 0x%03x", pos);
}

static uint32_t after_write(const struct table *t, unsigned int pos, unsigned int width,
			    uint32_t value)
{
	uint32_t got = 0;

	put(t, pos, width, value);
	need(pread(t->fd, &got, width, t->offset + pos) == width, "P2: read at 0x%03x", pos);
	return got;
}

/* Each write is undone before the next, since one bit may lock another. */
static struct answers ask(const struct table *t, unsigned int pos, unsigned int width,
			  uint32_t value)
{
	struct answers answers = { 0 };
	unsigned int i, shift;
	uint32_t part;

	for (i = 0; i < 4; i += width) {
		shift = i * 8;
		part = width == 4 ? value : value >> shift & 0xff;
		answers.ones |= after_write(t, pos + i, width, ~0U) << shift;
		answers.zeros |= after_write(t, pos + i, width, 0) << shift;
		answers.pattern |= after_write(t, pos + i, width, PATTERN) << shift;
		put(t, pos + i, width, part);
	}
	return answers;
}

static uint32_t taken(const struct answers *answers)
{
	return answers->ones & ~answers->zeros;
}

static uint32_t odd(const struct answers *answers, uint32_t value)
{
	uint32_t follows = taken(answers);

	return (((answers->ones ^ value) | (answers->zeros ^ value) | (answers->pattern ^ value)) &
		~follows) |
	       ((answers->pattern ^ PATTERN) & follows);
}

static bool is_address(unsigned int pos)
{
	return (pos >= PCI_BASE_ADDRESS_0 && pos < PCI_CARDBUS_CIS) || pos == PCI_ROM_ADDRESS;
}

/* What is said of a dword, in words; empty when that is nothing. False for a gap. */
static bool describe(const struct table *t, unsigned int pos, uint32_t value, char *text,
		     size_t size)
{
	char name[24], shown[16], oddities[16] = "", rest[16] = "";
	bool known = name_register(t, pos, name, sizeof(name));
	struct answers dword = ask(t, pos, 4, value), bytes = dword;
	uint32_t surprise, left;

	/* Of the wide gaps in extended space dwords must do. */
	if (known || pos < PCI_CFG_SPACE_SIZE)
		bytes = ask(t, pos, 1, value);
	surprise = odd(&bytes, value) | odd(&dword, value);
	left = pci_config_get(t->fd, pos, 4) ^ value;
	if (pos == PCI_COMMAND) {
		value &= ~(PCI_STATUS_INTERRUPT << 16);
		surprise &= ~(PCI_STATUS_INTERRUPT << 16);
		left &= ~(PCI_STATUS_INTERRUPT << 16);
	}
	text[0] = '\0';
	if (!value && !taken(&bytes) && !taken(&dword) && !surprise && !left)
		return known;
	snprintf(shown, sizeof(shown), "%08x", value);
	if (is_address(pos) && value & ~0xfU && value == host_get(t, pos, 4))
		snprintf(shown, sizeof(shown), "host");
	if (surprise)
		snprintf(oddities, sizeof(oddities), " odd %08x", surprise);
	if (left)
		snprintf(rest, sizeof(rest), " left %08x", left);
	snprintf(text, size, "%s %s %08x %08x%s%s", name, shown, taken(&bytes), taken(&dword),
		 oddities, rest);
	return known;
}

static void print_line(unsigned int first, unsigned int last, const char *text)
{
	if (!text[0])
		return;
	printf("%03x %s", first, text);
	if (first != last)
		printf(" to %03x", last);
	putchar('\n');
}

static void print_table(const struct table *t, const uint32_t *values)
{
	char text[2][128] = { "" };
	unsigned int pos, first = 0, now = 0;
	bool known;

	for (pos = 0; pos < t->size; pos += 4) {
		known = describe(t, pos, values[pos / 4], text[now], sizeof(text[now]));
		if (!known && pos && !strcmp(text[0], text[1]))
			continue;
		print_line(first, pos - 4, text[!now]);
		first = pos;
		now = !now;
	}
	print_line(first, pos - 4, text[!now]);
}

void check_config_table(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct table t = { .fd = u.device };
	struct vfio_region_info info;
	uint32_t values[DWORDS];

	need(!vu_region_info(u.device, VFIO_PCI_CONFIG_REGION_INDEX, &info), "P2: config space");
	t.offset = info.offset;
	t.size = pci_host_config(args->device, t.host, sizeof(t.host));
	need(t.size == PCI_CFG_SPACE_SIZE || t.size == PCI_CFG_SPACE_EXP_SIZE,
	     "P2: the host's config space");
	need(pread(u.device, values, t.size, info.offset) == t.size, "P2: config space");
	find_heads(&t);
	print_table(&t, values);
	vu_close(&u);
}
