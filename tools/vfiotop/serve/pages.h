/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the watching process hands to the serving one: finished pages, as sealed files in
 * memory. Each message is an enum page with the file descriptor.
 */
#ifndef VFIOTOP_PAGES_H
#define VFIOTOP_PAGES_H

/**
 * enum page - what is served
 * @PAGE_TEXT: metrics in Prometheus text format
 * @PAGE_OPENMETRICS: the same as OpenMetrics
 * @PAGE_HTML: an overview for people
 * @PAGES: how many there are
 */
enum page {
	PAGE_TEXT,
	PAGE_OPENMETRICS,
	PAGE_HTML,
	PAGES,
};

/* No page is larger. */
#define PAGE_BYTES_MAX (256 * 1024 * 1024)

#endif /* VFIOTOP_PAGES_H */
