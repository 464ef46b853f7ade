// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile input on its way from the kernel to a terminal or a parser: names, contents of
 * files in /proc, and contents of BPF maps become a snapshot, that a report, and that is
 * shown in every way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "collect/cgroup.h"
#include "collect/files.h"
#include "collect/proc.h"
#include "model/model.h"
#include "outputs.h"

#define ROWS	3
#define CHOICES 24 /* bytes about how it is shown */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- Input ------------------------------------------------------------------------------- */

static const uint8_t *input;
static size_t left;

static uint8_t byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

/* A number for each byte: small ones, and those at the ends of ranges. */
static uint64_t number(void)
{
	static const uint64_t ends[] = {
		0x7f,
		0xff,
		0x7fff,
		0xffff,
		0x7fffffff,
		0xffffffff,
		0x7fffffffffffffff,
		0x8000000000000000,
		~0ULL,
		0xfffffffffffff000,
		0x123456789abcdef0,
		1000000000000,
	};
	uint8_t b = byte();

	return b < sizeof(ends) / sizeof(ends[0]) ? ends[b]
	       : b % 64				  ? (uint64_t)(b - 12) << b % 16
						  : 0;
}

/* Records are of words, and some texts, which are filled afterwards. */
static void fill(void *record, size_t size)
{
	uint64_t *words = record;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = number();
}

static void fill_text(char *text, size_t size)
{
	size_t length = byte();

	memset(text, 0, size);
	for (size_t i = 0; i < length && i < size; i++)
		text[i] = (char)byte();
}

#define FILL(text) fill_text(text, sizeof(text))

static bool flag(void)
{
	return byte() & 1;
}

/* Small, so that rows refer to each other. */
static uint32_t id(void)
{
	return byte() % (ROWS + 1);
}

/* --- Files, which all have the same contents ------------------------------------------------ */

static char contents[1024];

ssize_t file_read(char *text, size_t size, const char *format, ...)
{
	(void)format;
	return snprintf(text, size, "%s", contents);
}

/* --- The snapshot ----------------------------------------------------------------------------- */

static struct process process(void)
{
	struct process p = { .known = flag(), .alive = flag() };
	uint64_t started = 0;

	FILL(p.comm);
	FILL(contents);
	if (flag())
		proc_read(~0U, &started, &p);
	return p;
}

static void fill_cgroup(char path[CGROUP_PATH_SIZE])
{
	fill_text(path, CGROUP_PATH_SIZE);
	FILL(contents);
	if (flag()) {
		path[CGROUP_PATH_SIZE - 1] = '\0';
		cgroup_read(~0U, path);
	}
}

static void fill_failure(struct vt_failure *f)
{
	fill(f, sizeof(*f));
	FILL(f->comm);
	FILL(f->name);
	f->operation = byte() % 12;
	f->stage = byte() % 14;
	f->container = id();
}

static void fill_requests(struct vt_requests *q)
{
	memset(q, 0, sizeof(*q));
	fill(q, offsetof(struct vt_requests, buckets));
	q->buckets[byte() % VT_HIST_BUCKETS] = number();
	q->buckets[byte() % VT_HIST_BUCKETS] = number();
}

static void fill_container(struct container_snapshot *c, uint64_t row)
{
	fill(&c->stats, offsetof(struct vt_container, map));
	fill_failure(&c->stats.first_failure);
	fill_requests(&c->stats.map);
	fill_requests(&c->stats.unmap);
	FILL(c->stats.opener_comm);
	FILL(c->stats.caller_comm);
	FILL(c->stats.backend);
	c->stats.id = row + 1;
	c->stats.flags = byte();
	c->owner = process();
	c->owner_pid = id();
	fill_cgroup(c->cgroup);
	c->holders_known = flag();
	c->holders = (uint32_t)number();
	c->holder_pid = id();
	FILL(c->holder_comm);
}

static void fill_group(struct group_snapshot *g)
{
	g->id = (uint32_t)number();
	fill(&g->stats, sizeof(g->stats));
	FILL(g->stats.comm);
	g->stats.container = id();
	g->stats.state = byte() % 3;
	g->owner = process();
}

static void fill_device(struct device_snapshot *d)
{
	fill(&d->stats, sizeof(d->stats));
	FILL(d->key.name);
	FILL(d->stats.comm);
	d->stats.container = id();
	d->stats.state = byte() % 4;
	d->owner = process();
	d->pci.known = flag();
	d->pci.vendor = byte();
	FILL(d->pci.name);
	FILL(d->pci.driver);
}

static void fill_process(struct process_snapshot *p)
{
	p->pid = id();
	p->process = process();
	fill_cgroup(p->cgroup);
	p->containers = (uint32_t)number();
	p->locks_known = flag();
	p->locked = number();
	p->locked_limit = number();
	p->ipc_lock = flag();
	fill(&p->iommu, sizeof(p->iommu));
}

static struct container_snapshot containers[ROWS];
static struct vt_in_flight in_flight[ROWS];
static struct group_snapshot groups[ROWS];
static struct device_snapshot devices[ROWS];
static struct process_snapshot processes[ROWS];
static struct vt_failure failures[ROWS];

static void fill_snapshot(struct snapshot *s)
{
	size_t n;

	s->source = "tracepoints";
	s->attach = flag() ? "tp_btf" : NULL;
	s->knowledge = flag() ? KNOWS_ALL | KNOWS_PROCESSES | KNOWS_IOMMU : (unsigned int)number();
	s->census = flag();
	s->sizes = flag() ? PAGE_SIZES_USUAL : (struct page_sizes){ 64 << 10, 512 << 20 };
	s->iommufd_loaded = flag();
	s->iommufd = flag();
	s->unseen_known = flag();
	s->unseen = number();
	s->missed_programs = number();
	fill(s->lost, sizeof(s->lost));
	s->containers = containers;
	s->in_flight = in_flight;
	s->groups = groups;
	s->devices = devices;
	s->processes = processes;
	s->failures = failures;
	for (n = id(); s->n_containers < n; s->n_containers++)
		fill_container(&containers[s->n_containers], s->n_containers);
	for (n = id(); s->n_in_flight < n; s->n_in_flight++) {
		fill(&in_flight[s->n_in_flight], sizeof(in_flight[0]));
		in_flight[s->n_in_flight].container = id();
	}
	for (n = id(); s->n_groups < n; s->n_groups++)
		fill_group(&groups[s->n_groups]);
	for (n = id(); s->n_devices < n; s->n_devices++)
		fill_device(&devices[s->n_devices]);
	for (n = id(); s->n_processes < n; s->n_processes++)
		fill_process(&processes[s->n_processes]);
	for (n = id(); s->n_failures < n; s->n_failures++)
		fill_failure(&failures[s->n_failures]);
	clean_snapshot(s);
}

/* --- From here to there ----------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t choices = size < CHOICES ? size : CHOICES;
	struct selection only = { 0 };
	const struct view *view = NULL;
	struct model *model;
	uint64_t time_ns = 1;

	outputs_open(data, choices);
	input = data + choices;
	left = size - choices;
	only.pid = id();
	only.group = id();
	only.by_group = only.group;
	only.container = id();
	model = model_new(1, &only);
	if (!model)
		abort();
	for (int i = 0; i < 2; i++) {
		struct snapshot snapshot = { .time_ns = time_ns, .realtime_ns = time_ns };

		fill_snapshot(&snapshot);
		view = model_update(model, &snapshot, true);
		if (!view)
			abort();
		outputs_note(view, &snapshot);
		time_ns += 30000000000;
	}
	outputs_show(view);
	outputs_close();
	model_free(model);
	return 0;
}
