// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's edu device; see edu.h. */

#include "edu.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio_user.h"

#define EDU_IRQ_STATUS	    0x24
#define EDU_IRQ_RAISE	    0x60
#define EDU_IRQ_ACKNOWLEDGE 0x64

#define EDU_DMA_SRC   0x80
#define EDU_DMA_DST   0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_CMD   0x98

#define EDU_DMA_RUN	  1U
#define EDU_DMA_TO_MEMORY 2U

#define EDU_BUFFER 0x40000UL

int edu_open(struct edu *edu, int device)
{
	struct vfio_region_info bar;
	int ret;

	ret = vu_pci_command(device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	if (ret)
		return ret;
	ret = vu_region_info(device, VFIO_PCI_BAR0_REGION_INDEX, &bar);
	if (ret)
		return ret;
	edu->device = device;
	edu->regs =
		mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar.offset);
	return edu->regs == MAP_FAILED ? -errno : 0;
}

void edu_close(struct edu *edu)
{
	munmap((void *)edu->regs, EDU_BAR_SIZE);
	edu->regs = NULL;
}

/* QEMU gives the registers the byte order that the machine starts with. */
#ifdef __powerpc64__
#define REG32(value) __builtin_bswap32(value)
#define REG64(value) __builtin_bswap64(value)
#else
#define REG32(value) (value)
#define REG64(value) (value)
#endif

static uint32_t read32(struct edu *edu, uint32_t offset)
{
	return REG32(*(volatile uint32_t *)(edu->regs + offset));
}

static void write32(struct edu *edu, uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(edu->regs + offset) = REG32(value);
}

static void write64(struct edu *edu, uint32_t offset, uint64_t value)
{
	*(volatile uint64_t *)(edu->regs + offset) = REG64(value);
}

int edu_dma(struct edu *edu, uint64_t iova, uint32_t offset, uint32_t length, bool to_device)
{
	uint64_t buffer = EDU_BUFFER + offset;
	int tries;

	if (offset > EDU_BUFFER_MAX || length > EDU_BUFFER_MAX - offset ||
	    iova + length > EDU_IOVA_LIMIT)
		return -EINVAL;
	write64(edu, EDU_DMA_SRC, to_device ? iova : buffer);
	write64(edu, EDU_DMA_DST, to_device ? buffer : iova);
	write64(edu, EDU_DMA_COUNT, length);
	write64(edu, EDU_DMA_CMD, EDU_DMA_RUN | (to_device ? 0 : EDU_DMA_TO_MEMORY));
	for (tries = 0; tries < 5000; tries++) {
		if (!(read32(edu, EDU_DMA_CMD) & EDU_DMA_RUN))
			return 0;
		usleep(2000);
	}
	return -ETIMEDOUT;
}

void edu_raise(struct edu *edu, uint32_t bits)
{
	write32(edu, EDU_IRQ_RAISE, bits);
}

void edu_acknowledge(struct edu *edu, uint32_t bits)
{
	write32(edu, EDU_IRQ_ACKNOWLEDGE, bits);
}

uint32_t edu_raised(struct edu *edu)
{
	return read32(edu, EDU_IRQ_STATUS);
}
