// SPDX-License-Identifier: GPL-2.0-only
/*
 * All the software of a virtual machine to which QEMU assigns an edu device: copies
 * memory through the device and tells of it on the first serial port. A multiboot
 * kernel without anything below it.
 */

#include <stdint.h>

#define SERIAL	   0x3f8
#define PCI_SELECT 0xcf8
#define PCI_DATA   0xcfc
#define DEBUG_EXIT 0xf4

#define EDU_SLOT 5
#define EDU_BAR	 0xe0000000U
#define EDU_ID	 0x00
#define EDU_DMA	 0x80
#define EDU_BUF	 0x40000

#define SOURCE	0x4000000U
#define TARGET	0x4002000U
#define PATTERN 0x76543210U

/* The boot loader looks for this: magic, flags, checksum. */
__attribute__((section(".multiboot"), used)) static const uint32_t multiboot[] = {
	0x1badb002,
	0,
	-0x1badb002U,
};

static uint8_t stack[4096] __attribute__((aligned(16), used));

__asm__(".global _start\n_start:\n\tmovl $stack + 4096, %esp\n\tcall guest\n");

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static void pci_write(uint32_t reg, uint32_t value)
{
	out32(PCI_SELECT, 0x80000000 | EDU_SLOT << 11 | reg);
	out32(PCI_DATA, value);
}

static volatile uint32_t *word(uint32_t address)
{
	return (volatile uint32_t *)(uintptr_t)address;
}

static void say(const char *what, uint32_t value)
{
	static const char digits[] = "0123456789abcdef";
	int shift;

	while (*what)
		out8(SERIAL, *what++);
	for (shift = 28; shift >= 0; shift -= 4)
		out8(SERIAL, digits[value >> shift & 15]);
	out8(SERIAL, '\n');
}

static void dma(uint32_t from, uint32_t to, uint32_t command)
{
	*word(EDU_BAR + EDU_DMA) = from;
	*word(EDU_BAR + EDU_DMA + 8) = to;
	*word(EDU_BAR + EDU_DMA + 16) = 4;
	*word(EDU_BAR + EDU_DMA + 24) = command;
	while (*word(EDU_BAR + EDU_DMA + 24) & 1)
		;
}

__attribute__((used, noreturn)) static void guest(void)
{
	pci_write(0x10, EDU_BAR);
	pci_write(0x04, 6);
	say("id ", *word(EDU_BAR + EDU_ID));

	*word(SOURCE) = PATTERN;
	*word(TARGET) = 0;
	dma(SOURCE, EDU_BUF, 1);
	dma(EDU_BUF, TARGET, 3);
	say("copy ", *word(TARGET));

	out8(DEBUG_EXIT, 0);
	for (;;)
		;
}
