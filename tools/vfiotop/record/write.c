// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "exit.h"
#include "frame.h"
#include "layout.h"
#include "pseudonyms.h"

/* Bytes that grow. */
struct bytes {
	unsigned char *at;
	size_t n;
	size_t room;
	bool failed;
};

/* The rows of the last snapshot. */
struct rows {
	unsigned char *at;
	size_t n;
	size_t room;
};

struct recorder {
	char *path;
	int fd;
	struct pseudonyms *pseudonyms; /* NULL to write names as they are */
	struct bytes body;
	struct rows rows[LAYOUT_TABLES];
};

/* --- Bytes ------------------------------------------------------------------------------ */

static void put(struct bytes *b, const void *data, size_t n)
{
	if (b->n + n > b->room) {
		size_t room = 2 * b->room + n;
		unsigned char *more = realloc(b->at, room);

		if (!more) {
			b->failed = true;
			return;
		}
		b->at = more;
		b->room = room;
	}
	memcpy(b->at + b->n, data, n);
	b->n += n;
}

static void put_number(struct bytes *b, uint64_t number)
{
	unsigned char bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (unsigned char)(number & 0x7f) | (number > 0x7f ? 0x80 : 0);
		number >>= 7;
	} while (number);
	put(b, bytes, n);
}

static void put_text(struct bytes *b, const char *text, size_t length)
{
	put_number(b, length);
	put(b, text, length);
}

static void put_fixed(unsigned char to[4], uint32_t number)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(number >> 8 * i);
}

/* --- Frames ----------------------------------------------------------------------------- */

static bool write_all(struct recorder *r, const void *data, size_t n)
{
	const char *at = data;

	while (n) {
		ssize_t written = write(r->fd, at, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			complain("cannot write to %s: %s; what is there can be replayed", r->path,
				 strerror(errno));
			return false;
		}
		at += written;
		n -= (size_t)written;
	}
	return true;
}

/* Room for a header, which is filled in when the body is complete. */
static void begin_frame(struct recorder *r)
{
	static const unsigned char header[FRAME_HEADER + FRAME_CHECKSUM];

	r->body.n = 0;
	put(&r->body, header, sizeof(header));
}

static bool end_frame(struct recorder *r, enum frame_kind kind)
{
	size_t start = FRAME_HEADER + FRAME_CHECKSUM;
	struct bytes *b = &r->body;
	unsigned char sum[FRAME_CHECKSUM];

	if (b->failed) {
		complain("cannot record: not enough memory; free some");
		return false;
	}
	if (b->n - start > FRAME_MAX) {
		complain("cannot record: a snapshot takes more than %d bytes; lower "
			 "--max-containers",
			 FRAME_MAX);
		return false;
	}
	b->at[0] = (unsigned char)kind;
	put_fixed(b->at + 1, (uint32_t)(b->n - start));
	put_fixed(b->at + FRAME_HEADER, frame_checksum(b->at, FRAME_HEADER));
	put_fixed(sum, frame_checksum(b->at + start, b->n - start));
	put(b, sum, sizeof(sum));
	if (b->failed) {
		complain("cannot record: not enough memory; free some");
		return false;
	}
	return write_all(r, b->at, b->n);
}

static bool write_about(struct recorder *r, const char *about)
{
	struct utsname name;
	char line[256];
	int n;

	uname(&name);
	if (about)
		n = snprintf(line, sizeof(line), "%s", about);
	else
		n = snprintf(line, sizeof(line), "vfiotop " VFIOTOP_VERSION ", %s %s %s, %ld CPUs",
			     name.sysname, name.release, name.machine,
			     sysconf(_SC_NPROCESSORS_CONF));
	begin_frame(r);
	put_text(&r->body, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
	return end_frame(r, FRAME_ABOUT);
}

static size_t count_fields(const struct layout_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n_fields; i++)
		n += table->fields[i].kind != LAYOUT_PRIVATE;
	return n;
}

static bool write_schema(struct recorder *r)
{
	begin_frame(r);
	for (size_t t = 0; t < LAYOUT_TABLES; t++) {
		const struct layout_table *table = &layout_tables[t];

		put_text(&r->body, table->name, strlen(table->name));
		put_number(&r->body, count_fields(table));
		for (size_t i = 0; i < table->n_fields; i++) {
			const struct layout_field *f = &table->fields[i];

			if (f->kind == LAYOUT_PRIVATE)
				continue;
			put_text(&r->body, f->name, strlen(f->name));
			put_number(&r->body, f->kind);
			put_number(&r->body, f->count);
		}
	}
	return end_frame(r, FRAME_SCHEMA);
}

/* --- Rows ------------------------------------------------------------------------------- */

static uint64_t number_at(const struct layout_field *f, const unsigned char *at)
{
	uint64_t number;

	switch (f->size) {
	case 1:
		return *at;
	case 2: {
		uint16_t half;

		memcpy(&half, at, sizeof(half));
		return half;
	}
	case 4: {
		uint32_t word;

		memcpy(&word, at, sizeof(word));
		return f->kind == LAYOUT_SIGNED ? (uint64_t)(int32_t)word : word;
	}
	default:
		memcpy(&number, at, sizeof(number));
		return number;
	}
}

/* Elements that differ: how many come before each, and its difference. */
static void put_numbers(struct bytes *b, const struct layout_field *f, const unsigned char *now,
			const unsigned char *before)
{
	size_t next = 0;

	for (size_t i = 0; i < f->count; i++) {
		size_t at = i * f->size;

		if (!memcmp(now + at, before + at, f->size))
			continue;
		put_number(b, i - next + 1);
		put_number(b, frame_fold(number_at(f, now + at) - number_at(f, before + at)));
		next = i + 1;
	}
	put_number(b, 0);
}

/* Puts another name in place of a name that tells of the host. */
static bool anonymise(struct recorder *r, const struct layout_field *f, unsigned char *row)
{
	char *text = (char *)row + f->offset, pseudonym[PSEUDONYM_SIZE];
	enum layout_secret secret = f->secret;
	const struct vt_failure *failure;

	if (secret == SECRET_SUBJECT) {
		failure = (const void *)(text - offsetof(struct vt_failure, name));
		secret = failure->operation < VT_OP_DEVICE_OPEN ? SECRET_NONE : SECRET_DEVICE;
	}
	if (secret == SECRET_NONE || !*text)
		return true;
	if (!pseudonyms_find(r->pseudonyms, secret, text, strnlen(text, f->size), pseudonym)) {
		complain("cannot record: not enough memory; free some");
		return false;
	}
	memset(text, 0, f->size);
	snprintf(text, f->size, "%s", pseudonym);
	return true;
}

/* Makes comparable what may differ in bytes that mean nothing: those after a text's end. */
static bool prepare_row(struct recorder *r, const struct layout_table *table, unsigned char *row)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct layout_field *f = &table->fields[i];
		char *text = (char *)row + f->offset;
		size_t length;

		if (f->kind != LAYOUT_TEXT)
			continue;
		length = strnlen(text, f->size);
		memset(text + length, 0, f->size - length);
		if (r->pseudonyms && !anonymise(r, f, row))
			return false;
	}
	return true;
}

/* Fields that differ: how many come before each, and its value. */
static void put_row(struct bytes *b, const struct layout_table *table, const unsigned char *now,
		    const unsigned char *before)
{
	size_t index = 0, next = 0;

	for (size_t i = 0; i < table->n_fields; i++) {
		const struct layout_field *f = &table->fields[i];
		const unsigned char *at = now + f->offset, *old = before + f->offset;

		if (f->kind == LAYOUT_PRIVATE)
			continue;
		index++;
		if (!memcmp(at, old, f->size * f->count))
			continue;
		put_number(b, index - next);
		next = index;
		if (f->kind == LAYOUT_TEXT)
			put_text(b, (const char *)at, strnlen((const char *)at, f->size));
		else if (f->count > 1)
			put_numbers(b, f, at, old);
		else
			put_number(b, frame_fold(number_at(f, at) - number_at(f, old)));
	}
	put_number(b, 0);
}

static bool make_room(struct rows *rows, size_t n, size_t size)
{
	unsigned char *more;

	if (n <= rows->room)
		return true;
	more = realloc(rows->at, n * size);
	if (!more) {
		complain("cannot record: not enough memory; free some");
		return false;
	}
	rows->at = more;
	rows->room = n;
	return true;
}

static bool put_table(struct recorder *r, size_t t, const void *first, size_t n)
{
	const struct layout_table *table = &layout_tables[t];
	struct rows *rows = &r->rows[t];
	unsigned char *row = malloc(table->row_size);
	bool done = row && make_room(rows, n, table->row_size);

	put_number(&r->body, n);
	for (size_t i = 0; done && i < n; i++) {
		unsigned char *before = rows->at + i * table->row_size;

		if (i >= rows->n)
			memset(before, 0, table->row_size);
		memcpy(row, (const char *)first + i * table->row_size, table->row_size);
		done = prepare_row(r, table, row);
		put_row(&r->body, table, row, before);
		memcpy(before, row, table->row_size);
	}
	rows->n = n;
	free(row);
	return done;
}

static void fill_head(struct layout_head *head, const struct moment *moment)
{
	const struct snapshot *s = moment->snapshot;

	memset(head, 0, sizeof(*head));
	head->time_ns = s->time_ns;
	head->realtime_ns = s->realtime_ns;
	head->start_ns = moment->start_ns;
	head->missed_programs = s->missed_programs;
	head->unseen = s->unseen;
	memcpy(head->lost, s->lost, sizeof(head->lost));
	head->tick = moment->tick;
	head->census = s->census;
	head->runs_over = s->runs_over;
	head->iommufd_loaded = s->iommufd_loaded;
	head->hugepages_known = s->hugepages_known;
	head->hugepages_disabled = s->hugepages_disabled;
	head->page_bytes = s->sizes.page;
	head->superpage_bytes = s->sizes.superpage;
	head->iommufd = s->iommufd;
	snprintf(head->no_iommufd, sizeof(head->no_iommufd), "%s",
		 s->no_iommufd ? s->no_iommufd : "");
	head->unseen_known = s->unseen_known;
	head->host = s->host;
	head->watch = s->watch;
	snprintf(head->missing, sizeof(head->missing), "%s", s->missing ? s->missing : "");
	snprintf(head->source, sizeof(head->source), "%s", s->source ? s->source : "");
	snprintf(head->attach, sizeof(head->attach), "%s", s->attach ? s->attach : "");
	layout_words(s->knowledge, head->knowledge);
}

bool recorder_add(struct recorder *r, const struct moment *moment)
{
	const char *s = (const char *)moment->snapshot;
	struct layout_head head;

	fill_head(&head, moment);
	begin_frame(r);
	if (!put_table(r, LAYOUT_HEAD, &head, 1))
		return false;
	for (size_t t = LAYOUT_HEAD + 1; t < LAYOUT_TABLES; t++) {
		const void *first = *(const void *const *)(s + layout_tables[t].rows);
		size_t n = *(const size_t *)(s + layout_tables[t].n_rows);

		if (!put_table(r, t, first, n))
			return false;
	}
	return end_frame(r, FRAME_SNAPSHOT);
}

/* --- Begin and end ----------------------------------------------------------------------- */

static void recorder_free(struct recorder *r)
{
	if (r->fd >= 0)
		close(r->fd);
	for (size_t t = 0; t < LAYOUT_TABLES; t++)
		free(r->rows[t].at);
	pseudonyms_free(r->pseudonyms);
	free(r->body.at);
	free(r->path);
	free(r);
}

struct recorder *recorder_open(const char *path, bool anonymise, const char *about)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r) {
		complain("cannot record: not enough memory; free some");
		return NULL;
	}
	r->fd = -1;
	r->path = strdup(path);
	r->pseudonyms = anonymise ? pseudonyms_new() : NULL;
	if (!r->path || (anonymise && !r->pseudonyms)) {
		complain("cannot record: not enough memory; free some");
		goto err_free;
	}
	r->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (r->fd < 0) {
		complain("cannot write to %s: %s; name another file", path, strerror(errno));
		goto err_free;
	}
	if (write_all(r, FRAME_MAGIC, strlen(FRAME_MAGIC)) && write_about(r, about) &&
	    write_schema(r))
		return r;
err_free:
	recorder_free(r);
	return NULL;
}

bool recorder_close(struct recorder *r)
{
	bool done;

	if (!r)
		return true;
	begin_frame(r);
	done = end_frame(r, FRAME_END);
	recorder_free(r);
	return done;
}
