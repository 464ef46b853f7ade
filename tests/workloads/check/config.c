// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row P2: config space, as the user sees it, against what the host sees.
 *
 * The host's view, by sysfs, is the hardware's. Whatever the user writes, it must
 * keep its addresses; and decode, or master the bus, no more than the user's own
 * command register says.
 */

#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define CONFIG VFIO_PCI_CONFIG_REGION_INDEX

#define CAPS_MAX	  48
#define EXTENDED_CAPS_MAX 960

#define COMMAND_REAL (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

static uint32_t get(const void *config, unsigned int pos, size_t size)
{
	uint32_t value = 0;

	memcpy(&value, (const char *)config + pos, size);
	return value;
}

static int64_t config_size(int device)
{
	struct vfio_region_info info;
	int ret = vu_region_info(device, CONFIG, &info);

	need(!ret && info.size <= PCI_CFG_SPACE_EXP_SIZE, "P2: config space");
	return info.size;
}

static unsigned int find(const uint8_t *config, uint8_t id)
{
	unsigned int pos = config[PCI_CAPABILITY_LIST], left = CAPS_MAX;

	while (pos && config[pos] != id && left--)
		pos = config[pos + PCI_CAP_LIST_NEXT];
	return pos;
}

static unsigned int find_extended(const uint8_t *config, uint16_t id, int64_t size)
{
	unsigned int pos = size > PCI_CFG_SPACE_SIZE ? PCI_CFG_SPACE_SIZE : 0;
	unsigned int left = EXTENDED_CAPS_MAX;

	while (pos && PCI_EXT_CAP_ID(get(config, pos, 4)) != id && left--)
		pos = PCI_EXT_CAP_NEXT(get(config, pos, 4));
	return pos;
}

/* --- The chains ------------------------------------------------------------------- */

/* Ids of a chain, in a set; false if it does not end or leaves the space. */
static bool walk(const uint8_t *config, bool *ids)
{
	unsigned int pos = config[PCI_CAPABILITY_LIST], left = CAPS_MAX;

	for (; pos; pos = config[pos + PCI_CAP_LIST_NEXT]) {
		if (pos < PCI_STD_HEADER_SIZEOF || pos & 3 || !left--)
			return false;
		ids[config[pos]] = true;
	}
	return true;
}

static bool walk_extended(const uint8_t *config, bool *ids)
{
	unsigned int pos = PCI_CFG_SPACE_SIZE, left = EXTENDED_CAPS_MAX;
	uint32_t header;

	for (; pos; pos = PCI_EXT_CAP_NEXT(header)) {
		if (pos < PCI_CFG_SPACE_SIZE || pos & 3 || !left--)
			return false;
		header = get(config, pos, 4);
		if (!header)
			break;
		if (PCI_EXT_CAP_ID(header) < 256)
			ids[PCI_EXT_CAP_ID(header)] = true;
	}
	return true;
}

static const uint8_t shown[] = { PCI_CAP_ID_PM,	  PCI_CAP_ID_VPD, PCI_CAP_ID_MSI, PCI_CAP_ID_EXP,
				 PCI_CAP_ID_MSIX, PCI_CAP_ID_AF,  PCI_CAP_ID_VNDR };
static const uint8_t shown_extended[] = { PCI_EXT_CAP_ID_ERR, PCI_EXT_CAP_ID_DSN };

static void chains(int device, const struct check_args *args)
{
	bool ours[256] = { 0 }, theirs[256] = { 0 };
	uint8_t user[PCI_CFG_SPACE_EXP_SIZE], host[PCI_CFG_SPACE_EXP_SIZE];
	int64_t size = config_size(device);
	unsigned int i, missing = 0, invented = 0;

	is(pci_host_config(args->device, host, sizeof(host)), size,
	   "P2: config space is as long as the host's");
	need(pci_read(device, CONFIG, 0, user, size) == size, "P2: config space");
	is(user[PCI_CAPABILITY_LIST] != 0, !!(user[PCI_STATUS] & PCI_STATUS_CAP_LIST),
	   "P2: the status register says whether there are capabilities");
	ok(walk(user, ours), "P2: the chain of capabilities comes to its end");
	need(walk(host, theirs), "P2: the host's chain");
	for (i = 0; i < 256; i++)
		invented += ours[i] && !theirs[i];
	for (i = 0; i < sizeof(shown); i++)
		missing += theirs[shown[i]] && !ours[shown[i]];
	is(invented, 0, "P2: every capability in it is the device's");
	is(missing, 0, "P2: every capability that a user needs is in it");
	if (size <= PCI_CFG_SPACE_SIZE)
		return;

	memset(ours, 0, sizeof(ours));
	memset(theirs, 0, sizeof(theirs));
	ok(walk_extended(user, ours), "P2: the chain of extended capabilities comes to its end");
	need(walk_extended(host, theirs), "P2: the host's extended chain");
	for (i = 1, invented = 0; i < 256; i++)
		invented += ours[i] && !theirs[i];
	for (i = 0, missing = 0; i < sizeof(shown_extended); i++)
		missing += theirs[shown_extended[i]] && !ours[shown_extended[i]];
	is(invented, 0, "P2: every extended capability in it is the device's");
	is(missing, 0, "P2: every extended capability that a user needs is in it");
}

/* --- Reading ---------------------------------------------------------------------- */

static void reading(int device)
{
	uint8_t all[PCI_CFG_SPACE_EXP_SIZE], piece[4];
	int64_t size = config_size(device), across;
	unsigned int width, pos;

	is(pci_read(device, CONFIG, 0, all, size), size, "P2: one read gets all of config space");
	for (width = 1; width <= 4; width++) {
		for (pos = 0; pos + width <= size; pos++)
			if (pci_read(device, CONFIG, pos, piece, width) != width ||
			    memcmp(piece, all + pos, width))
				break;
		is(pos, size - width + 1, "P2: reads of %u bytes get the same at every offset",
		   width);
	}
	across = pci_read(device, CONFIG, size - 2, all, 4);
	ok(across == 2 || across < 0, "P2: a read across its end stops there, or is refused");
	ok(pci_read(device, CONFIG, size, all, 4) < 0, "P2: a read behind its end is refused");
	ok(pci_write(device, CONFIG, size, all, 4) < 0, "P2: and so is a write");
}

/* --- BARs ------------------------------------------------------------------------- */

static uint64_t roundup_pow2(uint64_t n)
{
	uint64_t power = 1;

	while (power < n)
		power <<= 1;
	return power;
}

/* As a VMM does it: all ones, and see which bits stick. */
static void size_bar(int device, unsigned int i, bool wide)
{
	unsigned int pos = PCI_BASE_ADDRESS_0 + 4 * i;
	uint32_t old = pci_config_get(device, pos, 4),
		 old_high = pci_config_get(device, pos + 4, 4);
	uint32_t flags = old & PCI_BASE_ADDRESS_SPACE_IO ? ~PCI_BASE_ADDRESS_IO_MASK
							 : ~PCI_BASE_ADDRESS_MEM_MASK;
	struct vfio_region_info info;
	uint64_t ones;

	need(!vu_region_info(device, VFIO_PCI_BAR0_REGION_INDEX + i, &info), "P1: region info");
	pci_config_set(device, pos, 4, ~0U);
	if (wide)
		pci_config_set(device, pos + 4, 4, ~0U);
	ones = pci_config_get(device, pos, 4);
	is(ones & flags, old & flags, "P2: the low bits of BAR %u stay", i);
	ones &= ~(uint64_t)flags;
	ones |= wide ? pci_config_get(device, pos + 4, 4) << 32 : ones ? 0xffffffff00000000 : 0;
	/* The upper half of an I/O BAR need not exist. */
	if (old & PCI_BASE_ADDRESS_SPACE_IO && !(ones & 0xffff0000))
		ones |= 0xffff0000;
	is(-ones, info.size ? roundup_pow2(info.size) : 0,
	   "P2: ones written to BAR %u tell its size", i);

	pci_config_set(device, pos, 4, 0);
	is(pci_config_get(device, pos, 4), old & flags, "P2: it takes the address 0");
	pci_config_set(device, pos, 4, old);
	if (wide)
		pci_config_set(device, pos + 4, 4, old_high);
	is(pci_config_get(device, pos, 4), old, "P2: and the old one again");
}

static void sizing(int device)
{
	struct vfio_region_info info;
	unsigned int i;
	uint32_t old;
	bool wide;

	for (i = 0; i < PCI_STD_NUM_BARS; i += 1 + wide) {
		old = pci_config_get(device, PCI_BASE_ADDRESS_0 + 4 * i, 4);
		wide = !(old & PCI_BASE_ADDRESS_SPACE_IO) &&
		       (old & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
		size_bar(device, i, wide);
	}
	need(!vu_region_info(device, VFIO_PCI_ROM_REGION_INDEX, &info), "P1: region info");
	pci_config_set(device, PCI_ROM_ADDRESS, 4, PCI_ROM_ADDRESS_MASK);
	if (stock_modules() && !info.size)
		skip("the stock driver lets a VGA card's be sized",
		     "P2: a ROM that is not there has no address");
	else
		is(-(uint32_t)pci_config_get(device, PCI_ROM_ADDRESS, 4),
		   info.size ? roundup_pow2(info.size) : 0,
		   "P2: and so do ones written to the ROM's address");
}

/* --- Attack ----------------------------------------------------------------------- */

#define GUARDED_MAX 96

/**
 * struct guarded - what the kernel set up in the device, and the user must not change
 * @pos: a dword of config space
 * @mask: bits of it
 * @value: what they are
 */
struct guarded {
	unsigned int pos;
	uint32_t mask;
	uint32_t value;
};

/**
 * struct target - a device under attack
 * @device: its fd
 * @host: config space as the host sees it
 * @guarded: what must not change
 * @count: how many there are
 */
struct target {
	int device;
	int host;
	struct guarded guarded[GUARDED_MAX];
	unsigned int count;
};

static uint32_t host_get(const struct target *t, unsigned int pos)
{
	uint32_t value = 0;

	need(pread(t->host, &value, 4, pos) == 4, "P2: the host's view");
	return value;
}

static void guard(struct target *t, unsigned int pos, uint32_t mask)
{
	struct guarded *g = &t->guarded[t->count++];

	need(t->count <= GUARDED_MAX, "P2: few registers to watch");
	*g = (struct guarded){ pos, mask, host_get(t, pos) & mask };
}

static void guard_range(struct target *t, unsigned int pos, unsigned int end)
{
	for (; pos < end; pos += 4)
		guard(t, pos, ~0U);
}

static void guard_all(struct target *t, const uint8_t *host, int64_t size)
{
	unsigned int pos;

	guard_range(t, PCI_BASE_ADDRESS_0, PCI_CARDBUS_CIS);
	guard(t, PCI_ROM_ADDRESS, ~0U);
	guard(t, PCI_INTERRUPT_LINE, 0xffff);
	pos = find(host, PCI_CAP_ID_MSI);
	if (pos) {
		guard(t, pos, ~0U);
		guard(t, pos + PCI_MSI_ADDRESS_LO, ~0U);
		if (get(host, pos + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_64BIT) {
			guard(t, pos + PCI_MSI_ADDRESS_HI, ~0U);
			guard(t, pos + PCI_MSI_DATA_64, 0xffff);
		} else {
			guard(t, pos + PCI_MSI_DATA_32, 0xffff);
		}
	}
	pos = find(host, PCI_CAP_ID_MSIX);
	if (pos)
		guard_range(t, pos, pos + PCI_CAP_MSIX_SIZEOF);
	pos = find(host, PCI_CAP_ID_EXP);
	if (pos) {
		guard(t, pos + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_PHANTOM);
		guard(t, pos + PCI_EXP_LNKCTL, 0xffff);
		if ((get(host, pos + PCI_EXP_FLAGS, 2) & PCI_EXP_FLAGS_VERS) > 1)
			guard(t, pos + PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI);
	}
	pos = find_extended(host, PCI_EXT_CAP_ID_SRIOV, size);
	if (pos)
		guard_range(t, pos, pos + PCI_EXT_CAP_SRIOV_SIZEOF);
	pos = find_extended(host, PCI_EXT_CAP_ID_ATS, size);
	if (pos)
		guard_range(t, pos, pos + PCI_EXT_CAP_ATS_SIZEOF);
}

/* True when the hardware is as the kernel wants it. */
static bool unhurt(const struct target *t, const char *after)
{
	uint16_t real = host_get(t, PCI_COMMAND);
	uint16_t seen = pci_config_get(t->device, PCI_COMMAND, 2);
	bool same = !(real & ~seen & COMMAND_REAL);
	unsigned int i;
	uint32_t now;

	if (!same)
		note("%s: command 0x%04x, the user's is 0x%04x", after, real, seen);
	for (i = 0; i < t->count; i++) {
		now = host_get(t, t->guarded[i].pos) & t->guarded[i].mask;
		if (now == t->guarded[i].value)
			continue;
		note("%s: 0x%03x was 0x%08x and is 0x%08x", after, t->guarded[i].pos,
		     t->guarded[i].value, now);
		same = false;
	}
	return same;
}

/* Whatever state it was brought to, the device comes back to work. */
static void revive(int device)
{
	unsigned int pm = pci_find_cap(device, PCI_CAP_ID_PM);

	if (pm)
		pci_config_set(device, pm + PCI_PM_CTRL, 2, 0);
	vu_pci_command(device, PCI_COMMAND_IO | PCI_COMMAND_MEMORY,
		       PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
}

/* The start of the first memory BAR. */
static uint64_t identity(int device)
{
	struct vfio_region_info info;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (!vu_region_info(device, i, &info) && info.flags & VFIO_REGION_INFO_FLAG_MMAP)
			return pci_get(device, i, 0, 4);
	return UINT64_MAX;
}

static uint32_t pattern(unsigned int kind)
{
	switch (kind % 4) {
	case 0:
		return ~0U;
	case 1:
		return 1U << random() % 32;
	default:
		return random() ^ (uint32_t)random() << 16;
	}
}

#define SPACE_BLOCK 64

/* Every place in every width, a block at a time; @round chooses what is written. */
static int attack(struct target *t, unsigned int round, int64_t size)
{
	unsigned int block, width, pos;
	int hurt = 0;
	char where[64];

	for (block = 0; block < size; block += SPACE_BLOCK) {
		for (width = 1; width <= 4; width *= 2) {
			for (pos = block; pos < block + SPACE_BLOCK; pos += width)
				pci_config_set(t->device, pos, width, pattern(round + pos));
			snprintf(where, sizeof(where), "writes of %u bytes at 0x%03x", width,
				 block);
			hurt += !unhurt(t, where);
		}
	}
	return hurt;
}

/* Anywhere, aligned or not, of any length up to 8. */
static int scatter(struct target *t, int64_t size)
{
	int i, hurt = 0;
	uint64_t value;

	for (i = 0; i < 1000; i++) {
		value = pattern(i) | (uint64_t)pattern(i + 1) << 32;
		/* Half of them where it matters most. */
		pci_write(t->device, CONFIG, random() % (i % 2 ? size : 0x100), &value,
			  1 + random() % 8);
		if (i % 25 == 0)
			hurt += !unhurt(t, "writes anywhere");
	}
	return hurt + !unhurt(t, "writes anywhere");
}

/*
 * Does another user find what the one before did? In the header and in capabilities but
 * the vendor's: the device may keep its own registers over a reset.
 */
static bool remembered(const uint8_t *before, const uint8_t *after, int64_t size)
{
	static const struct {
		uint16_t id;
		unsigned int size;
		bool extended;
	} caps[] = {
		{ PCI_CAP_ID_PM, PCI_PM_SIZEOF, false },
		{ PCI_CAP_ID_MSI, PCI_MSI_DATA_32 + 2, false },
		{ PCI_CAP_ID_MSIX, PCI_CAP_MSIX_SIZEOF, false },
		{ PCI_CAP_ID_EXP, PCI_EXP_LNKSTA, false },
		{ PCI_CAP_ID_AF, PCI_CAP_AF_SIZEOF, false },
		{ PCI_EXT_CAP_ID_ERR, PCI_ERR_HEADER_LOG, true },
		{ PCI_EXT_CAP_ID_DSN, PCI_EXT_CAP_DSN_SIZEOF, true },
	};
	bool keep[PCI_CFG_SPACE_EXP_SIZE] = { 0 }, same = true;
	unsigned int pos, i;

	memset(keep, true, PCI_STD_HEADER_SIZEOF);
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		pos = caps[i].extended ? find_extended(before, caps[i].id, size)
				       : find(before, caps[i].id);
		if (pos)
			memset(keep + pos, true, caps[i].size);
	}
	for (pos = 0; pos < size; pos++) {
		/* Whether an interrupt is pending depends on the moment. */
		uint8_t mask = pos == PCI_STATUS ? PCI_STATUS_INTERRUPT : 0;

		if (!keep[pos] || !((before[pos] ^ after[pos]) & ~mask))
			continue;
		note("0x%03x was 0x%02x and is 0x%02x", pos, before[pos], after[pos]);
		same = false;
	}
	return same;
}

/* With interrupts of the index set up, or none at all if it is VFIO_PCI_NUM_IRQS. */
static void attack_with(const struct check_args *args, uint32_t index, const char *name)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct target t = { .device = u.device };
	uint8_t user[PCI_CFG_SPACE_EXP_SIZE], fresh[PCI_CFG_SPACE_EXP_SIZE];
	uint8_t host[PCI_CFG_SPACE_EXP_SIZE];
	int64_t size = config_size(u.device);
	int32_t event = event_new();
	uint64_t before;
	char path[64];

	need(pci_read(u.device, CONFIG, 0, user, size) == size && event >= 0, "P2: config space");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", args->device);
	t.host = open(path, O_RDONLY | O_CLOEXEC);
	need(t.host >= 0, "%s", path);
	revive(u.device);
	if (index < VFIO_PCI_NUM_IRQS &&
	    !returns(pci_set_triggers(u.device, index, 0, 1, &event), 0, "P3: %s", name))
		return;
	need(pread(t.host, host, size, 0) == size, "P2: the host's view");
	guard_all(&t, host, size);
	before = identity(u.device);
	need(unhurt(&t, "nothing"), "P2: the host's view");

	srandom(index + 1);
	is(attack(&t, 0, size), 0, "P2: %s: writes of every width everywhere harm nothing", name);
	revive(u.device);
	is(attack(&t, 2, size), 0, "P2: %s: nor do they once more", name);
	revive(u.device);
	is(scatter(&t, size), 0, "P2: %s: nor do writes of any length anywhere", name);
	revive(u.device);
	is(identity(u.device), before, "P2: %s: the device's registers can be reached again", name);
	if (index < VFIO_PCI_NUM_IRQS) {
		event_count(event);
		pci_loopback(u.device, index, 0, 1);
		is(event_count(event), 1, "P2: %s: the interrupt is still set up", name);
	}
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	need(pci_read(u.device, CONFIG, 0, fresh, size) == size, "P2: another user");
	if (stock_modules())
		skip("the stock driver lets much of it through to the device",
		     "P2: %s: another user finds config space as the one before did", name);
	else
		ok(remembered(user, fresh, size),
		   "P2: %s: another user finds config space as the one before did", name);
	vu_close(&u);
	close(t.host);
	close(event);
}

static bool has_irq(const struct check_args *args, uint32_t index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	bool has = !vu_ioctl(u.device, VFIO_DEVICE_GET_IRQ_INFO, &info) && info.count;

	vu_close(&u);
	return has;
}

void check_config(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	chains(u.device, args);
	reading(u.device);
	sizing(u.device);
	vu_close(&u);
}

void check_config_attack(const struct check_args *args)
{
	if (has_irq(args, VFIO_PCI_MSIX_IRQ_INDEX))
		attack_with(args, VFIO_PCI_MSIX_IRQ_INDEX, "with MSI-X on");
	else if (has_irq(args, VFIO_PCI_MSI_IRQ_INDEX))
		attack_with(args, VFIO_PCI_MSI_IRQ_INDEX, "with MSI on");
	else
		attack_with(args, VFIO_PCI_NUM_IRQS, "without interrupts");
}

/* As lspci -F reads it. */
void check_config_dump(const struct check_args *args)
{
	uint8_t config[PCI_CFG_SPACE_EXP_SIZE];
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int64_t size = config_size(u.device), pos;

	need(pci_read(u.device, CONFIG, 0, config, size) == size, "P2: config space");

	printf("# %s device\n", args->device + strlen("0000:"));
	for (pos = 0; pos < size; pos++) {
		if (pos % 16 == 0)
			printf("# %02x:", (unsigned int)pos);
		printf(" %02x%s", config[pos], pos % 16 == 15 ? "\n" : "");
	}
	vu_close(&u);
}
