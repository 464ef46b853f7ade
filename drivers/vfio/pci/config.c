// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtualised configuration space.
 *
 * The unit is the aligned dword with byte enables, as on the bus. For each bit of
 * each dword we know whether it is answered by the device or by us, and whether
 * the user may change it. A few dwords have a hook that acts on what was written.
 *
 * Invariants:
 * - The header and all capabilities are closed: a bit of theirs that nothing here grants
 *   is readable and cannot be changed. So a capability that we have never heard of cannot
 *   hurt. It begins at its place in the chain that the device shows, and ends at its length
 *   or, where that is not known, at the next one.
 * - Registers that belong to no capability are the device's own, and pass through.
 * - BARs, the ROM's address and everything of MSI but its control word is ours
 *   alone: writing it has no effect on the device.
 * - A capability that is not in the tables below is not in the chains that the user walks.
 * - I/O, memory and bus master bits reach the device only through command.c, which
 *   keeps BAR accesses in step.
 */
#include <linux/bitfield.h>
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pci.h"

#define VFIO_PCI_CONFIG_DWORDS (PCI_CFG_SPACE_EXP_SIZE / 4)

/* Bits of the command register that reach the device, and those that only seem to. */
#define VFIO_PCI_COMMAND_REAL (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
#define VFIO_PCI_COMMAND_VIRTUAL \
	(PCI_COMMAND_INVALIDATE | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)

/* Write-one-to-clear bits of the status register. */
#define VFIO_PCI_STATUS_ERRORS                                                           \
	(PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | PCI_STATUS_REC_TARGET_ABORT | \
	 PCI_STATUS_REC_MASTER_ABORT | PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY)

/**
 * struct vfio_pci_hook - what a dword does besides being read and written
 * @before_read: brings our bits up to date
 * @after_write: acts on what was written; @written are the bits that the user
 *	wrote and was allowed to
 */
struct vfio_pci_hook {
	void (*before_read)(struct vfio_pci_device *vdev, unsigned int pos);
	void (*after_write)(struct vfio_pci_device *vdev, unsigned int pos, u32 written);
};

/**
 * struct vfio_pci_config - config space of an open device, dword by dword
 * @value: our answer, for the bits in @ours
 * @ours: bits that we answer; the device answers the others
 * @writable: bits that the user may change
 * @rw1c: bits of the device that clear when a one is written, so
 *	rewriting what was read would change them
 * @hook: side effects, or NULL
 */
struct vfio_pci_config {
	u32 value[VFIO_PCI_CONFIG_DWORDS];
	u32 ours[VFIO_PCI_CONFIG_DWORDS];
	u32 writable[VFIO_PCI_CONFIG_DWORDS];
	u32 rw1c[VFIO_PCI_CONFIG_DWORDS];
	const struct vfio_pci_hook *hook[VFIO_PCI_CONFIG_DWORDS];
};

/* --- Saying what the bits are ------------------------------------------------- */

/* @mask and @value are those of a register of up to 32 bits within one dword. */
static void vfio_pci_virtual_bits(struct vfio_pci_config *cfg, unsigned int pos, u32 mask,
				  u32 value)
{
	unsigned int shift = pos % 4 * 8;
	u32 *word = &cfg->value[pos / 4];

	cfg->ours[pos / 4] |= mask << shift;
	*word = (*word & ~(mask << shift)) | (value & mask) << shift;
}

static void vfio_pci_writable_bits(struct vfio_pci_config *cfg, unsigned int pos, u32 mask)
{
	cfg->writable[pos / 4] |= mask << (pos % 4 * 8);
}

static void vfio_pci_rw1c_bits(struct vfio_pci_config *cfg, unsigned int pos, u32 mask)
{
	cfg->writable[pos / 4] |= mask << (pos % 4 * 8);
	cfg->rw1c[pos / 4] |= mask << (pos % 4 * 8);
}

/* A register that remembers what the user writes, and does nothing. */
static void vfio_pci_scratch_bits(struct vfio_pci_config *cfg, unsigned int pos, u32 mask,
				  u32 value)
{
	vfio_pci_virtual_bits(cfg, pos, mask, value);
	vfio_pci_writable_bits(cfg, pos, mask);
}

/* Device-specific registers, from @pos up to @end. */
static void vfio_pci_writable_range(struct vfio_pci_config *cfg, unsigned int pos, unsigned int end)
{
	for (; pos < end; pos++)
		vfio_pci_writable_bits(cfg, pos, 0xff);
}

/* Registers that only what is granted from now on changes; both ends are aligned. */
static void vfio_pci_close_range(struct vfio_pci_config *cfg, unsigned int pos, unsigned int end)
{
	for (; pos < end; pos += 4)
		cfg->writable[pos / 4] = 0;
}

/* --- Header ------------------------------------------------------------------- */

static void vfio_pci_command_written(struct vfio_pci_device *vdev, unsigned int pos, u32 written)
{
	u16 command = vdev->config->value[pos / 4];

	if (written & VFIO_PCI_COMMAND_REAL)
		vfio_pci_set_command(vdev, command & VFIO_PCI_COMMAND_REAL);
	if (written & PCI_COMMAND_INTX_DISABLE)
		vfio_pci_intx_gate(vdev, command & PCI_COMMAND_INTX_DISABLE);
}

static const struct vfio_pci_hook vfio_pci_command_hook = { .after_write =
								    vfio_pci_command_written };

/* A register that remembers what the user writes, and begins with what the device has. */
static void vfio_pci_shadow_bits(struct vfio_pci_config *cfg, struct pci_dev *pdev,
				 unsigned int pos, u32 mask)
{
	u32 value;

	pci_read_config_dword(pdev, pos & ~3, &value);
	vfio_pci_scratch_bits(cfg, pos, mask, value >> (pos % 4 * 8));
}

/* Sizing works: address bits are writable, bits below the size are not. */
static void vfio_pci_setup_bars(struct vfio_pci_config *cfg, struct pci_dev *pdev)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		const struct resource *res = &pdev->resource[i];
		unsigned int pos = PCI_BASE_ADDRESS_0 + 4 * i;
		u64 size = pci_resource_len(pdev, i);
		u64 mask = size ? ~(roundup_pow_of_two(size) - 1) : 0;

		vfio_pci_virtual_bits(cfg, pos, ~0, 0);
		if (!size)
			continue;
		if (res->flags & IORESOURCE_IO) {
			vfio_pci_virtual_bits(cfg, pos, PCI_BASE_ADDRESS_SPACE,
					      PCI_BASE_ADDRESS_SPACE_IO);
			vfio_pci_shadow_bits(cfg, pdev, pos, mask & PCI_BASE_ADDRESS_IO_MASK);
			continue;
		}
		vfio_pci_virtual_bits(
			cfg, pos, ~(u32)PCI_BASE_ADDRESS_MEM_MASK,
			(res->flags & IORESOURCE_PREFETCH ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0) |
				(res->flags & IORESOURCE_MEM_64 ? PCI_BASE_ADDRESS_MEM_TYPE_64
								: 0));
		vfio_pci_shadow_bits(cfg, pdev, pos, mask & PCI_BASE_ADDRESS_MEM_MASK);
		if (res->flags & IORESOURCE_MEM_64 && i + 1 < PCI_STD_NUM_BARS) {
			vfio_pci_virtual_bits(cfg, pos + 4, ~0, 0);
			vfio_pci_shadow_bits(cfg, pdev, pos + 4, mask >> 32);
			i++;
		}
	}
}

static void vfio_pci_setup_header(struct vfio_pci_config *cfg, struct vfio_pci_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	u64 rom = vfio_pci_rom_size(vdev);

	/* A virtual function has no identity of its own in config space. */
	vfio_pci_virtual_bits(cfg, PCI_VENDOR_ID, 0xffff, pdev->vendor);
	vfio_pci_virtual_bits(cfg, PCI_DEVICE_ID, 0xffff, pdev->device);
	vfio_pci_virtual_bits(cfg, PCI_SUBSYSTEM_VENDOR_ID, 0xffff, pdev->subsystem_vendor);
	vfio_pci_virtual_bits(cfg, PCI_SUBSYSTEM_ID, 0xffff, pdev->subsystem_device);

	vfio_pci_virtual_bits(cfg, PCI_COMMAND, 0xffff, 0);
	vfio_pci_scratch_bits(cfg, PCI_COMMAND, VFIO_PCI_COMMAND_REAL, vdev->command);
	vfio_pci_shadow_bits(cfg, pdev, PCI_COMMAND,
			     VFIO_PCI_COMMAND_VIRTUAL & ~PCI_COMMAND_INTX_DISABLE);
	vfio_pci_writable_bits(cfg, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
	vfio_pci_rw1c_bits(cfg, PCI_STATUS, VFIO_PCI_STATUS_ERRORS);
	cfg->hook[PCI_COMMAND / 4] = &vfio_pci_command_hook;

	vfio_pci_shadow_bits(cfg, pdev, PCI_CACHE_LINE_SIZE, 0xff);
	vfio_pci_virtual_bits(cfg, PCI_BIST, 0xff, 0);

	vfio_pci_setup_bars(cfg, pdev);
	vfio_pci_virtual_bits(cfg, PCI_CARDBUS_CIS, ~0, 0);
	vfio_pci_virtual_bits(cfg, PCI_ROM_ADDRESS, ~0, 0);
	if (rom) {
		rom = ~(roundup_pow_of_two(rom) - 1);
		vfio_pci_shadow_bits(cfg, pdev, PCI_ROM_ADDRESS, rom & PCI_ROM_ADDRESS_MASK);
		vfio_pci_writable_bits(cfg, PCI_ROM_ADDRESS, PCI_ROM_ADDRESS_ENABLE);
	}

	vfio_pci_shadow_bits(cfg, pdev, PCI_INTERRUPT_LINE, 0xff);
	vfio_pci_virtual_bits(cfg, PCI_INTERRUPT_PIN, 0xff,
			      vdev->irq_counts[VFIO_PCI_INTX_IRQ_INDEX] ? vdev->intx.pin : 0);
}

/* --- Capabilities ------------------------------------------------------------- */

/**
 * struct vfio_pci_cap - a capability that the user may see
 * @id: its number
 * @setup: grants what the user may do with the registers between @pos and @end;
 *	NULL when reading is all
 */
struct vfio_pci_cap {
	u16 id;
	void (*setup)(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
		      unsigned int end);
};

static void vfio_pci_pm_refresh(struct vfio_pci_device *vdev, unsigned int pos)
{
	vfio_pci_virtual_bits(vdev->config, pos, PCI_PM_CTRL_STATE_MASK,
			      (__force u32)vdev->pdev->current_state);
}

static void vfio_pci_pm_written(struct vfio_pci_device *vdev, unsigned int pos, u32 written)
{
	u32 state = vdev->config->value[pos / 4] & PCI_PM_CTRL_STATE_MASK;

	if (written & PCI_PM_CTRL_STATE_MASK)
		vfio_pci_set_power(vdev, (__force pci_power_t)state);
}

static const struct vfio_pci_hook vfio_pci_pm_hook = {
	.before_read = vfio_pci_pm_refresh,
	.after_write = vfio_pci_pm_written,
};

/* Power states work; waking the host by PME# does not. */
static void vfio_pci_setup_pm(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
			      unsigned int end)
{
	const u16 pme = PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_PME_STATUS;

	if (pos + PCI_PM_SIZEOF > end)
		return;
	vfio_pci_virtual_bits(cfg, pos + PCI_PM_PMC, PCI_PM_CAP_PME_MASK, 0);
	vfio_pci_virtual_bits(cfg, pos + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK | pme, 0);
	vfio_pci_writable_bits(cfg, pos + PCI_PM_CTRL,
			       PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_DATA_SEL_MASK);
	cfg->rw1c[(pos + PCI_PM_CTRL) / 4] |= PCI_PM_CTRL_PME_STATUS;
	cfg->hook[(pos + PCI_PM_CTRL) / 4] = &vfio_pci_pm_hook;
}

/* The PCI core does the transfer, since it shares the registers with sysfs. */
static void vfio_pci_vpd_written(struct vfio_pci_device *vdev, unsigned int pos, u32 written)
{
	u32 *word = vdev->config->value + pos / 4;
	u16 address = *word >> 16;
	__le32 data;

	/* Writing the upper byte of the address register starts a transfer. */
	if (!(written & (u32)PCI_VPD_ADDR_F << 16))
		return;

	if (address & PCI_VPD_ADDR_F) {
		data = cpu_to_le32(word[1]);
		if (pci_write_vpd(vdev->pdev, address & PCI_VPD_ADDR_MASK & ~3, 4, &data) == 4)
			*word &= ~((u32)PCI_VPD_ADDR_F << 16);
	} else {
		if (pci_read_vpd(vdev->pdev, address & PCI_VPD_ADDR_MASK & ~3, 4, &data) == 4) {
			word[1] = le32_to_cpu(data);
			*word |= (u32)PCI_VPD_ADDR_F << 16;
		}
	}
}

static const struct vfio_pci_hook vfio_pci_vpd_hook = { .after_write = vfio_pci_vpd_written };

static void vfio_pci_setup_vpd(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
			       unsigned int end)
{
	if (pos + 8 > end)
		return;
	vfio_pci_scratch_bits(cfg, pos + PCI_VPD_ADDR, 0xffff, 0);
	vfio_pci_scratch_bits(cfg, pos + PCI_VPD_DATA, ~0, 0);
	cfg->hook[pos / 4] = &vfio_pci_vpd_hook;
}

/*
 * The control word tells the truth, and only VFIO_DEVICE_SET_IRQS changes it. The
 * rest is a place to write to; the host's address and data are not shown.
 */
static void vfio_pci_setup_msi(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
			       unsigned int end)
{
	unsigned int reg = pos + PCI_MSI_ADDRESS_LO;
	u16 flags;

	pci_read_config_word(pdev, pos + PCI_MSI_FLAGS, &flags);
	if (pos + (flags & PCI_MSI_FLAGS_64BIT ? 16 : 12) > end)
		return;
	vfio_pci_scratch_bits(cfg, reg, ~3, 0);
	vfio_pci_virtual_bits(cfg, reg, 3, 0);
	reg += 4;
	if (flags & PCI_MSI_FLAGS_64BIT) {
		vfio_pci_scratch_bits(cfg, reg, ~0, 0);
		reg += 4;
	}
	/* With what newer devices have for longer data. */
	vfio_pci_scratch_bits(cfg, reg, ~0, 0);
	reg += 4;
	if (flags & PCI_MSI_FLAGS_MASKBIT && reg + 4 <= end)
		vfio_pci_scratch_bits(cfg, reg, ~0, 0);
}

static void vfio_pci_function_reset(struct vfio_pci_device *vdev)
{
	int ret = vfio_pci_reset_function(vdev);

	if (ret && ret != -EINVAL)
		pci_info_ratelimited(vdev->pdev, "reset through config space failed\n");
}

/*
 * Payload sizes are the fabric's business, and which errors the host hears of is the
 * host's. Of what is ours only the largest read request is passed on, in the bounds that
 * the PCI core knows.
 */
static void vfio_pci_devctl_written(struct vfio_pci_device *vdev, unsigned int pos, u32 written)
{
	u32 *value = &vdev->config->value[pos / 4];
	int readrq;

	if (written & PCI_EXP_DEVCTL_READRQ) {
		readrq = 128 << FIELD_GET(PCI_EXP_DEVCTL_READRQ, *value);
		down_write(&vdev->memory_lock);
		if (pcie_get_readrq(vdev->pdev) != readrq)
			pcie_set_readrq(vdev->pdev, readrq);
		readrq = pcie_get_readrq(vdev->pdev);
		up_write(&vdev->memory_lock);
		*value &= ~PCI_EXP_DEVCTL_READRQ;
		*value |= FIELD_PREP(PCI_EXP_DEVCTL_READRQ, ilog2(readrq / 128));
	}
	if (*value & PCI_EXP_DEVCTL_BCR_FLR) {
		*value &= ~PCI_EXP_DEVCTL_BCR_FLR;
		vfio_pci_function_reset(vdev);
	}
}

static const struct vfio_pci_hook vfio_pci_devctl_hook = { .after_write = vfio_pci_devctl_written };

static void vfio_pci_setup_express(struct vfio_pci_config *cfg, struct pci_dev *pdev,
				   unsigned int pos, unsigned int end)
{
	const u16 ours = PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE |
			 PCI_EXP_DEVCTL_URRE | PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_READRQ;
	const u16 theirs = PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN |
			   PCI_EXP_DEVCTL_EXT_TAG | PCI_EXP_DEVCTL_AUX_PME;
	u16 ctl;
	u32 cap;

	if (pos + PCI_EXP_DEVSTA + 2 > end)
		return;
	pci_read_config_dword(pdev, pos + PCI_EXP_DEVCAP, &cap);
	pci_read_config_word(pdev, pos + PCI_EXP_DEVCTL, &ctl);

	vfio_pci_scratch_bits(cfg, pos + PCI_EXP_DEVCTL, ours, ctl);
	vfio_pci_writable_bits(cfg, pos + PCI_EXP_DEVCTL, theirs);
	vfio_pci_virtual_bits(cfg, pos + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR, 0);
	if (cap & PCI_EXP_DEVCAP_FLR)
		vfio_pci_writable_bits(cfg, pos + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
	vfio_pci_rw1c_bits(cfg, pos + PCI_EXP_DEVSTA,
			   PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_FED |
				   PCI_EXP_DEVSTA_URD);
	cfg->hook[(pos + PCI_EXP_DEVCTL) / 4] = &vfio_pci_devctl_hook;

	/* How the bridge above finds functions is the host's matter. */
	if (pos + PCI_EXP_DEVSTA2 + 2 <= end)
		vfio_pci_writable_bits(cfg, pos + PCI_EXP_DEVCTL2, 0xffff & ~PCI_EXP_DEVCTL2_ARI);
}

static void vfio_pci_af_written(struct vfio_pci_device *vdev, unsigned int pos, u32 written)
{
	u32 *value = &vdev->config->value[pos / 4];

	if (*value & PCI_AF_CTRL_FLR) {
		*value &= ~(u32)PCI_AF_CTRL_FLR;
		vfio_pci_function_reset(vdev);
	}
}

static const struct vfio_pci_hook vfio_pci_af_hook = { .after_write = vfio_pci_af_written };

static void vfio_pci_setup_af(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
			      unsigned int end)
{
	u8 cap;

	if (pos + PCI_CAP_AF_SIZEOF > end)
		return;
	pci_read_config_byte(pdev, pos + PCI_AF_CAP, &cap);
	vfio_pci_virtual_bits(cfg, pos + PCI_AF_CTRL, 0xff, 0);
	if (cap & PCI_AF_CAP_FLR)
		vfio_pci_writable_bits(cfg, pos + PCI_AF_CTRL, PCI_AF_CTRL_FLR);
	cfg->hook[(pos + PCI_AF_CTRL) / 4] = &vfio_pci_af_hook;
}

static void vfio_pci_setup_vendor(struct vfio_pci_config *cfg, struct pci_dev *pdev,
				  unsigned int pos, unsigned int end)
{
	u8 len;

	pci_read_config_byte(pdev, pos + PCI_CAP_FLAGS, &len);
	vfio_pci_writable_range(cfg, pos + PCI_CAP_FLAGS + 1, min(pos + len, end));
}

static const struct vfio_pci_cap vfio_pci_caps[] = {
	{ PCI_CAP_ID_PM, vfio_pci_setup_pm },
	{ PCI_CAP_ID_VPD, vfio_pci_setup_vpd },
	{ PCI_CAP_ID_MSI, vfio_pci_setup_msi },
	{ PCI_CAP_ID_VNDR, vfio_pci_setup_vendor },
	{ PCI_CAP_ID_EXP, vfio_pci_setup_express },
	{ PCI_CAP_ID_PCIX, NULL },
	{ PCI_CAP_ID_MSIX, NULL },
	{ PCI_CAP_ID_SATA, NULL },
	{ PCI_CAP_ID_SSVID, NULL },
	{ PCI_CAP_ID_AF, vfio_pci_setup_af },
};

/* Bits that registers of uncorrectable and correctable errors have. */
#define VFIO_PCI_ERR_UNCOR 0x07fff030
#define VFIO_PCI_ERR_COR   0x0000f1c1

/* Errors can be read and cleared; which of them the host hears of stays as it is. */
static void vfio_pci_setup_aer(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
			       unsigned int end)
{
	if (pos + PCI_ERR_HEADER_LOG > end)
		return;
	vfio_pci_rw1c_bits(cfg, pos + PCI_ERR_UNCOR_STATUS, ~0);
	vfio_pci_rw1c_bits(cfg, pos + PCI_ERR_COR_STATUS, ~0);
	vfio_pci_shadow_bits(cfg, pdev, pos + PCI_ERR_UNCOR_MASK, VFIO_PCI_ERR_UNCOR);
	vfio_pci_shadow_bits(cfg, pdev, pos + PCI_ERR_UNCOR_SEVER, VFIO_PCI_ERR_UNCOR);
	vfio_pci_shadow_bits(cfg, pdev, pos + PCI_ERR_COR_MASK, VFIO_PCI_ERR_COR);
	vfio_pci_shadow_bits(cfg, pdev, pos + PCI_ERR_CAP,
			     PCI_ERR_CAP_ECRC_GENE | PCI_ERR_CAP_ECRC_CHKE);
}

static void vfio_pci_setup_vsec(struct vfio_pci_config *cfg, struct pci_dev *pdev, unsigned int pos,
				unsigned int end)
{
	u32 header;

	pci_read_config_dword(pdev, pos + PCI_VNDR_HEADER, &header);
	vfio_pci_writable_range(cfg, pos + 8, min(pos + PCI_VNDR_HEADER_LEN(header), end));
}

/*
 * Those without a function can be read, so that a user sees what the host has set up: SR-IOV
 * and ATS for instance. PRI and PASID are not here, and so not to be found: a user who sees
 * them takes it that the IOMMU does its part.
 */
static const struct vfio_pci_cap vfio_pci_extended_caps[] = {
	{ PCI_EXT_CAP_ID_ERR, vfio_pci_setup_aer },
	{ PCI_EXT_CAP_ID_VC, NULL },
	{ PCI_EXT_CAP_ID_DSN, NULL },
	{ PCI_EXT_CAP_ID_PWR, NULL },
	{ PCI_EXT_CAP_ID_VNDR, vfio_pci_setup_vsec },
	{ PCI_EXT_CAP_ID_ACS, NULL },
	{ PCI_EXT_CAP_ID_ARI, NULL },
	{ PCI_EXT_CAP_ID_ATS, NULL },
	{ PCI_EXT_CAP_ID_SRIOV, NULL },
	{ PCI_EXT_CAP_ID_REBAR, NULL },
	{ PCI_EXT_CAP_ID_TPH, NULL },
	{ PCI_EXT_CAP_ID_LTR, NULL },
	{ PCI_EXT_CAP_ID_DVSEC, NULL },
};

static const struct vfio_pci_cap *vfio_pci_find_cap(const struct vfio_pci_cap *table, size_t count,
						    u16 id)
{
	for (; count; table++, count--)
		if (table->id == id)
			return table;
	return NULL;
}

/* Bytes of a capability, or 0 when they are not known. */
static unsigned int vfio_pci_cap_len(struct pci_dev *pdev, unsigned int pos, u8 id)
{
	u16 flags;

	pci_read_config_word(pdev, pos + PCI_CAP_FLAGS, &flags);
	switch (id) {
	case PCI_CAP_ID_PM:
		return PCI_PM_SIZEOF;
	case PCI_CAP_ID_VPD:
	case PCI_CAP_ID_SSVID:
	case PCI_CAP_ID_AF:
	case PCI_CAP_ID_SATA:
		return 8;
	case PCI_CAP_ID_MSI:
		return (flags & PCI_MSI_FLAGS_64BIT ? 16 : 12) +
		       (flags & PCI_MSI_FLAGS_MASKBIT ? 8 : 0);
	case PCI_CAP_ID_VNDR:
		return flags & 0xff;
	case PCI_CAP_ID_EXP:
		return (flags & PCI_EXP_FLAGS_VERS) > 1 ? PCI_EXP_SLTSTA2 + 2 : PCI_EXP_SLTCAP;
	case PCI_CAP_ID_MSIX:
		return PCI_CAP_MSIX_SIZEOF;
	default:
		return 0;
	}
}

/* The same for an extended capability. */
static unsigned int vfio_pci_extended_cap_len(struct pci_dev *pdev, unsigned int pos, u32 header)
{
	u32 vendor;

	switch (PCI_EXT_CAP_ID(header)) {
	case PCI_EXT_CAP_ID_ERR:
		return 0x48; /* with the log of TLP prefixes */
	case PCI_EXT_CAP_ID_DSN:
		return PCI_EXT_CAP_DSN_SIZEOF;
	case PCI_EXT_CAP_ID_VNDR:
		pci_read_config_dword(pdev, pos + PCI_VNDR_HEADER, &vendor);
		return PCI_VNDR_HEADER_LEN(vendor);
	case PCI_EXT_CAP_ID_DVSEC:
		pci_read_config_dword(pdev, pos + PCI_DVSEC_HEADER1, &vendor);
		return PCI_DVSEC_HEADER1_LEN(vendor);
	case PCI_EXT_CAP_ID_ARI:
	case PCI_EXT_CAP_ID_LTR:
	case PCI_EXT_CAP_ID_ATS:
	case PCI_EXT_CAP_ID_PASID:
		return 8;
	case PCI_EXT_CAP_ID_PRI:
		return PCI_EXT_CAP_PRI_SIZEOF;
	case PCI_EXT_CAP_ID_SRIOV:
		return PCI_EXT_CAP_SRIOV_SIZEOF;
	default:
		return 0;
	}
}

/*
 * Where the capability at @pos ends: after @len bytes, or where the next one begins. None
 * is shorter than its header.
 */
static unsigned int vfio_pci_cap_end(const unsigned long *heads, unsigned int pos, unsigned int len,
				     unsigned int limit)
{
	unsigned int next = find_next_bit(heads, limit / 4, pos / 4 + 1) * 4;

	return len ? min(pos + max(round_up(len, 4), 4U), next) : next;
}

/*
 * Both chains are walked twice: first to learn where capabilities begin, which
 * also ends a chain that bites its tail; then to close them, and to link and grant
 * what is known.
 */
static void vfio_pci_setup_caps(struct vfio_pci_config *cfg, struct pci_dev *pdev)
{
	DECLARE_BITMAP(heads, PCI_CFG_SPACE_SIZE / 4) = {};
	unsigned int link = PCI_CAPABILITY_LIST;
	const struct vfio_pci_cap *cap;
	unsigned int pos, end, left;
	u8 first, next, id;
	u16 status;

	vfio_pci_writable_range(cfg, PCI_STD_HEADER_SIZEOF, PCI_CFG_SPACE_SIZE);
	pci_read_config_word(pdev, PCI_STATUS, &status);
	if (!(status & PCI_STATUS_CAP_LIST))
		return;

	vfio_pci_virtual_bits(cfg, PCI_CAPABILITY_LIST, ~0, 0);
	vfio_pci_virtual_bits(cfg, PCI_STATUS, PCI_STATUS_CAP_LIST, 0);
	pci_read_config_byte(pdev, PCI_CAPABILITY_LIST, &first);
	for (pos = first & ~3; pos >= PCI_STD_HEADER_SIZEOF; pos = next & ~3) {
		if (__test_and_set_bit(pos / 4, heads))
			break;
		pci_read_config_byte(pdev, pos + PCI_CAP_LIST_NEXT, &next);
	}

	pos = first & ~3;
	for (left = bitmap_weight(heads, PCI_CFG_SPACE_SIZE / 4); left; left--, pos = next & ~3) {
		pci_read_config_byte(pdev, pos + PCI_CAP_LIST_ID, &id);
		pci_read_config_byte(pdev, pos + PCI_CAP_LIST_NEXT, &next);
		end = vfio_pci_cap_end(heads, pos, vfio_pci_cap_len(pdev, pos, id),
				       PCI_CFG_SPACE_SIZE);
		vfio_pci_close_range(cfg, pos, end);
		cap = vfio_pci_find_cap(vfio_pci_caps, ARRAY_SIZE(vfio_pci_caps), id);
		if (!cap)
			continue;
		vfio_pci_virtual_bits(cfg, link, 0xff, pos);
		vfio_pci_virtual_bits(cfg, PCI_STATUS, PCI_STATUS_CAP_LIST, PCI_STATUS_CAP_LIST);
		link = pos + PCI_CAP_LIST_NEXT;
		vfio_pci_virtual_bits(cfg, pos + PCI_CAP_LIST_ID, 0xff, id);
		vfio_pci_virtual_bits(cfg, link, 0xff, 0);
		if (cap->setup)
			cap->setup(cfg, pdev, pos, end);
	}
}

static void vfio_pci_setup_extended_caps(struct vfio_pci_config *cfg, struct pci_dev *pdev)
{
	DECLARE_BITMAP(heads, VFIO_PCI_CONFIG_DWORDS) = {};
	unsigned int link = PCI_CFG_SPACE_SIZE;
	const struct vfio_pci_cap *cap;
	unsigned int pos, end, left;
	u32 header;

	if (pdev->cfg_size <= PCI_CFG_SPACE_SIZE)
		return;

	vfio_pci_writable_range(cfg, PCI_CFG_SPACE_SIZE, pdev->cfg_size);
	for (pos = PCI_CFG_SPACE_SIZE; pos >= PCI_CFG_SPACE_SIZE && pos < pdev->cfg_size;
	     pos = PCI_EXT_CAP_NEXT(header)) {
		pci_read_config_dword(pdev, pos, &header);
		if (!header || header == ~0U || __test_and_set_bit(pos / 4, heads))
			break;
	}

	/* The first header stays where it must be: when hidden, as an empty one. */
	vfio_pci_close_range(cfg, link, link + 4);
	vfio_pci_virtual_bits(cfg, link, ~0, 0);
	pos = link;
	for (left = bitmap_weight(heads, VFIO_PCI_CONFIG_DWORDS); left;
	     left--, pos = PCI_EXT_CAP_NEXT(header)) {
		pci_read_config_dword(pdev, pos, &header);
		end = vfio_pci_cap_end(heads, pos, vfio_pci_extended_cap_len(pdev, pos, header),
				       pdev->cfg_size);
		vfio_pci_close_range(cfg, pos, end);
		cap = vfio_pci_find_cap(vfio_pci_extended_caps, ARRAY_SIZE(vfio_pci_extended_caps),
					PCI_EXT_CAP_ID(header));
		if (!cap)
			continue;
		if (pos != link)
			vfio_pci_virtual_bits(cfg, link, 0xffc00000, pos << 20);
		link = pos;
		vfio_pci_virtual_bits(cfg, pos, ~0, header & 0x000fffff);
		if (cap->setup)
			cap->setup(cfg, pdev, pos, end);
	}
}

/* --- Access ------------------------------------------------------------------- */

/* Accesses of the device itself; they wait while the PCI core resets it. */
static int vfio_pci_device_read(struct pci_dev *pdev, unsigned int pos, unsigned int width,
				u32 *val)
{
	u16 word = 0;
	u8 byte = 0;
	int ret;

	switch (width) {
	case 1:
		ret = pci_user_read_config_byte(pdev, pos, &byte);
		*val = byte;
		return ret;
	case 2:
		ret = pci_user_read_config_word(pdev, pos, &word);
		*val = word;
		return ret;
	default:
		return pci_user_read_config_dword(pdev, pos, val);
	}
}

static int vfio_pci_device_write(struct pci_dev *pdev, unsigned int pos, unsigned int width,
				 u32 val)
{
	switch (width) {
	case 1:
		return pci_user_write_config_byte(pdev, pos, val);
	case 2:
		return pci_user_write_config_word(pdev, pos, val);
	default:
		return pci_user_write_config_dword(pdev, pos, val);
	}
}

static u32 vfio_pci_width_mask(unsigned int width)
{
	return GENMASK(width * 8 - 1, 0);
}

static int vfio_pci_config_read(struct vfio_pci_device *vdev, unsigned int pos, unsigned int width,
				u32 *val)
{
	struct vfio_pci_config *cfg = vdev->config;
	unsigned int dword = pos / 4, shift = pos % 4 * 8;
	const struct vfio_pci_hook *hook = cfg->hook[dword];
	u32 mask = vfio_pci_width_mask(width);
	u32 ours = cfg->ours[dword] >> shift & mask;
	u32 theirs = 0;
	int ret;

	if (hook && hook->before_read)
		hook->before_read(vdev, dword * 4);
	if (ours != mask) {
		ret = vfio_pci_device_read(vdev->pdev, pos, width, &theirs);
		if (ret)
			return ret;
	}
	*val = (theirs & ~ours) | (cfg->value[dword] >> shift & ours);
	return 0;
}

/* Write to the device the bits of @mask; touch as few other bytes as possible. */
static int vfio_pci_device_write_bits(struct vfio_pci_device *vdev, unsigned int pos,
				      unsigned int width, u32 mask, u32 val)
{
	u32 clear, old = 0;
	int ret;

	for (; width > 1; width /= 2) {
		unsigned int half = width * 4;

		if (!(mask & ~vfio_pci_width_mask(width / 2)))
			continue;
		if (mask & vfio_pci_width_mask(width / 2))
			break;
		pos += width / 2;
		mask >>= half;
		val >>= half;
	}

	if (mask != vfio_pci_width_mask(width)) {
		clear = vdev->config->rw1c[pos / 4] >> (pos % 4 * 8);
		ret = vfio_pci_device_read(vdev->pdev, pos, width, &old);
		if (ret)
			return ret;
		old &= ~clear;
	}
	return vfio_pci_device_write(vdev->pdev, pos, width, (old & ~mask) | (val & mask));
}

static int vfio_pci_config_write(struct vfio_pci_device *vdev, unsigned int pos, unsigned int width,
				 u32 val)
{
	struct vfio_pci_config *cfg = vdev->config;
	unsigned int dword = pos / 4, shift = pos % 4 * 8;
	const struct vfio_pci_hook *hook = cfg->hook[dword];
	u32 mask = cfg->writable[dword] & vfio_pci_width_mask(width) << shift;
	u32 ours = mask & cfg->ours[dword];
	u32 theirs = mask & ~cfg->ours[dword];
	int ret;

	cfg->value[dword] = (cfg->value[dword] & ~ours) | (val << shift & ours);
	if (theirs) {
		ret = vfio_pci_device_write_bits(vdev, pos, width, theirs >> shift, val);
		if (ret)
			return ret;
	}
	if (mask && hook && hook->after_write)
		hook->after_write(vdev, dword * 4, mask);
	return 0;
}

/**
 * vfio_pci_config_rw() - read or write config space
 * @vdev: the device
 * @buf: user's buffer
 * @count: bytes
 * @pos: where in config space
 * @write: the direction
 *
 * Accesses are aligned and at most a dword wide.
 *
 * Return: bytes done; -EFAULT also for a range that goes past the end of the space, or
 * what the device access returned.
 */
ssize_t vfio_pci_config_rw(struct vfio_pci_device *vdev, char __user *buf, size_t count, u64 pos,
			   bool write)
{
	size_t done = 0;
	int ret;

	if (pos > vdev->pdev->cfg_size || count > vdev->pdev->cfg_size - pos)
		return -EFAULT;

	while (done < count) {
		unsigned int width = 4;
		__le32 raw = 0;
		u32 val = 0;

		while (width > count - done || (pos + done) % width)
			width /= 2;

		if (write && copy_from_user(&raw, buf + done, width))
			return done ?: -EFAULT;
		val = le32_to_cpu(raw);
		mutex_lock(&vdev->config_lock);
		if (write)
			ret = vfio_pci_config_write(vdev, pos + done, width, val);
		else
			ret = vfio_pci_config_read(vdev, pos + done, width, &val);
		mutex_unlock(&vdev->config_lock);
		if (ret)
			return done ?: pcibios_err_to_errno(ret);
		raw = cpu_to_le32(val);
		if (!write && copy_to_user(buf + done, &raw, width))
			return done ?: -EFAULT;
		done += width;
	}
	return done;
}

/**
 * vfio_pci_config_init() - describe the config space of a device that is being opened
 * @vdev: the device
 *
 * Return: 0 or -ENOMEM.
 */
int vfio_pci_config_init(struct vfio_pci_device *vdev)
{
	struct vfio_pci_config *cfg = kvzalloc(sizeof(*cfg), GFP_KERNEL_ACCOUNT);

	if (!cfg)
		return -ENOMEM;
	vfio_pci_setup_header(cfg, vdev);
	vfio_pci_setup_caps(cfg, vdev->pdev);
	vfio_pci_setup_extended_caps(cfg, vdev->pdev);
	vdev->config = cfg;
	return 0;
}

/**
 * vfio_pci_config_free() - undo vfio_pci_config_init()
 * @vdev: the device
 */
void vfio_pci_config_free(struct vfio_pci_device *vdev)
{
	kvfree(vdev->config);
	vdev->config = NULL;
}
