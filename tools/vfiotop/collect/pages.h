/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes of pages and huge pages, as the kernel says.
 */
#ifndef VFIOTOP_PAGES_H
#define VFIOTOP_PAGES_H

#include "page_sizes.h"

/**
 * pages_read - sizes of pages and huge pages
 * @page: bytes of a page
 * @folder: where the kernel tells of transparent huge pages
 *
 * Return: them; where the kernel does not tell, a huge page is what a page full of entries of
 * 8 bytes maps.
 */
struct page_sizes pages_read(uint64_t page, const char *folder);

/**
 * pages_sizes - those of the running kernel
 *
 * Return: as pages_read(), which is asked once.
 */
const struct page_sizes *pages_sizes(void);

#endif /* VFIOTOP_PAGES_H */
