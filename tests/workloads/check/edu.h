/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's edu device: registers, and a DMA engine with a buffer of 4 KiB. */
#ifndef EDU_H
#define EDU_H

#include <stdbool.h>
#include <stdint.h>

#define EDU_BAR_SIZE 0x100000UL
#define EDU_ID	     0x00
#define EDU_ID_VALUE 0x010000edU
/* Reads back inverted. */
#define EDU_LIVENESS 0x04

/* The engine sees only so much, and QEMU dies of a transfer that touches the last byte. */
#define EDU_IOVA_LIMIT 0x10000000UL
#define EDU_BUFFER_MAX 4095

/**
 * struct edu - an edu device in use
 * @device: fd; not owned
 * @regs: BAR 0
 */
struct edu {
	int device;
	volatile uint8_t *regs;
};

/* Lets the device do DMA and maps its registers; 0 or a negative errno. */
int edu_open(struct edu *edu, int device);
void edu_close(struct edu *edu);

/* Copies between memory at @iova and the device's buffer; 0, -EINVAL or -ETIMEDOUT. */
int edu_dma(struct edu *edu, uint64_t iova, uint32_t offset, uint32_t length, bool to_device);

/* Interrupts: set and clear bits of the device's interrupt status. */
void edu_raise(struct edu *edu, uint32_t bits);
void edu_acknowledge(struct edu *edu, uint32_t bits);
uint32_t edu_raised(struct edu *edu);

#endif /* EDU_H */
