/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A door stop: memory whose first fault waits until the test lets it go on, also a fault
 * that the kernel takes while it pins. So a request stops in its middle for as long as
 * the test needs to look around. Needs the module vfio_test_withheld.
 */
#ifndef DOORSTOP_H
#define DOORSTOP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct doorstop - memory that is withheld
 * @fd: of the module's device
 * @addr: where the memory is
 * @size: bytes
 */
struct doorstop {
	int fd;
	char *addr;
	size_t size;
};

/* Puts one in place of the memory at @addr, or anywhere if NULL. Ends the program on failure. */
struct doorstop doorstop_place(void *addr, size_t size);
/* Waits until a fault waits; false if @over becomes true first (NULL: never). */
bool doorstop_wait(const struct doorstop *stop, const volatile bool *over);
/* Gives the memory: the fault that waits and all later ones go on. */
void doorstop_release(const struct doorstop *stop);
/* Closes it. The memory stays; whoever placed it unmaps it. */
void doorstop_close(struct doorstop *stop);

#endif /* DOORSTOP_H */
