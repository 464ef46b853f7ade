/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What passes between the watching process and the serving one: messages of one enum page each.
 *
 * The watching one says that there is a new report (PAGES). The serving one asks for a page of it
 * once somebody wants it. The answer is the page's number, with its file descriptor: a sealed file
 * in memory. There is none when there is no report any more.
 */
#ifndef VFIOTOP_PAGES_H
#define VFIOTOP_PAGES_H

/**
 * enum page - what is served
 * @PAGE_TEXT: metrics in Prometheus text format
 * @PAGE_OPENMETRICS: the same as OpenMetrics
 * @PAGE_HTML: an overview for people
 * @PAGES: how many there are; as a message, a new report
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
