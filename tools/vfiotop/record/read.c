// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "frame.h"
#include "layout.h"

#define ROWS_MAX     65536 /* of a table; --max-containers allows as many */
#define TABLES_MAX   64
#define FIELDS_MAX   1024
#define ELEMENTS_MAX 65536
#define NAME_SIZE    64
#define TEXT_MAX     4096
#define ABOUT_SIZE   256
#define SIGNED_MAX   (1LL << 56) /* sums of such numbers do not overflow */

/* A field of the file. */
struct file_field {
	const struct layout_field *field; /* NULL when it is not known here */
	enum layout_kind kind;
	size_t count;
};

/* A table of the file. */
struct file_table {
	const struct layout_table *table; /* NULL when it is not known here */
	size_t index;			  /* in layout_tables */
	struct file_field *fields;
	size_t n_fields;
};

/* The rows of the last snapshot. */
struct rows {
	unsigned char *at;
	size_t n;
	size_t room;
};

struct recording {
	char *path;
	FILE *file;
	uint64_t at; /* byte of the file that is read next */
	char about[ABOUT_SIZE];
	struct file_table tables[TABLES_MAX];
	size_t n_tables;
	unsigned int lacks; /* enum knowledge whose fields the file does not have */
	unsigned char *body;
	size_t room;   /* for it */
	size_t length; /* of it */
	size_t used;   /* of that */
	bool complained;
	struct rows rows[LAYOUT_TABLES];
	struct snapshot snapshot;
};

/* --- What is wrong ------------------------------------------------------------------------ */

static bool refuse(struct recording *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Always false. */
static bool refuse(struct recording *r, const char *format, ...)
{
	char why[160];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	complain("cannot read %s: byte %" PRIu64 ": %s; make a new recording", r->path, r->at, why);
	r->complained = true;
	return false;
}

static bool refuse_memory(struct recording *r)
{
	complain("cannot read %s: not enough memory; free some", r->path);
	r->complained = true;
	return false;
}

/* --- The body of a frame ------------------------------------------------------------------- */

/* The place of what is read next in the file, for messages. */
static bool damaged(struct recording *r, const char *what)
{
	r->at += r->used;
	return refuse(r, "%s", what);
}

static bool get_number(struct recording *r, uint64_t *number)
{
	unsigned int shift = 0;
	unsigned char byte;

	*number = 0;
	do {
		if (r->used == r->length)
			return damaged(r, "a frame ends in the middle of a number");
		byte = r->body[r->used++];
		if (shift == 63 && byte > 1)
			return damaged(r, "a number has more than 64 bits");
		*number |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return true;
}

static bool get_limited(struct recording *r, uint64_t max, size_t *number, const char *what)
{
	uint64_t wide;

	if (!get_number(r, &wide))
		return false;
	*number = (size_t)wide;
	return wide <= max || damaged(r, what);
}

/* A text in the frame itself, without an end. */
static bool get_text(struct recording *r, const char **text, size_t *length)
{
	if (!get_limited(r, TEXT_MAX, length, "a text is too long"))
		return false;
	if (*length > r->length - r->used)
		return damaged(r, "a frame ends in the middle of a text");
	*text = (const char *)r->body + r->used;
	r->used += *length;
	return true;
}

/* A copy of at most @size - 1 bytes, all of them printable. */
static void copy_text(char *to, size_t size, const char *text, size_t length)
{
	length = length < size ? length : size - 1;
	memset(to, 0, size);
	for (size_t i = 0; i < length; i++)
		to[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
}

/* --- Fields -------------------------------------------------------------------------------- */

static const struct layout_table *find_table(const char *name, size_t length, size_t *index)
{
	for (*index = 0; *index < LAYOUT_TABLES; (*index)++)
		if (strlen(layout_tables[*index].name) == length &&
		    !memcmp(layout_tables[*index].name, name, length))
			return &layout_tables[*index];
	return NULL;
}

static const struct layout_field *find_field(const struct layout_table *table, const char *name,
					     size_t length)
{
	for (size_t i = 0; table && i < table->n_fields; i++) {
		const struct layout_field *f = &table->fields[i];

		if (f->kind != LAYOUT_PRIVATE && strlen(f->name) == length &&
		    !memcmp(f->name, name, length))
			return f;
	}
	return NULL;
}

static bool table_has(const struct file_table *table, const struct layout_field *field)
{
	for (size_t i = 0; i < table->n_fields; i++)
		if (table->fields[i].field == field)
			return true;
	return false;
}

static const struct file_table *file_table(const struct recording *r, size_t index)
{
	for (size_t i = 0; i < r->n_tables; i++)
		if (r->tables[i].table == &layout_tables[index])
			return &r->tables[i];
	return NULL;
}

/* Numbers may be signed or not, which is the same for whoever reads them. */
static bool fits(const struct file_field *field)
{
	return (field->kind == LAYOUT_TEXT) == (field->field->kind == LAYOUT_TEXT) &&
	       (field->count > 1) == (field->field->count > 1);
}

static bool read_field(struct recording *r, struct file_table *table)
{
	struct file_field *f = &table->fields[table->n_fields];
	const char *name;
	size_t length, kind;

	if (!get_text(r, &name, &length) ||
	    !get_limited(r, LAYOUT_TEXT, &kind, "a field is of an unknown kind") ||
	    !get_limited(r, ELEMENTS_MAX, &f->count, "a field has too many elements"))
		return false;
	f->kind = (enum layout_kind)kind;
	f->field = find_field(table->table, name, length);
	if (f->field && table_has(table, f->field))
		return damaged(r, "a field is there twice");
	if (f->field && !fits(f))
		return damaged(r, "a field is of another kind here");
	table->n_fields++;
	return true;
}

static bool read_table(struct recording *r)
{
	struct file_table *table = &r->tables[r->n_tables];
	size_t length, n;
	const char *name;

	if (r->n_tables == TABLES_MAX)
		return damaged(r, "there are too many tables");
	if (!get_text(r, &name, &length) ||
	    !get_limited(r, FIELDS_MAX, &n, "a table has too many fields"))
		return false;
	table->table = find_table(name, length, &table->index);
	if (table->table && file_table(r, table->index))
		return damaged(r, "a table is there twice");
	table->n_fields = 0;
	table->fields = calloc(n + 1, sizeof(*table->fields));
	r->n_tables++;
	if (!table->fields)
		return refuse_memory(r);
	while (table->n_fields < n)
		if (!read_field(r, table))
			return false;
	return true;
}

static bool find_lacking(struct recording *r)
{
	static const struct file_table none;

	for (size_t t = 0; t < LAYOUT_TABLES; t++) {
		const struct file_table *table = file_table(r, t);

		for (size_t i = 0; i < layout_tables[t].n_fields; i++) {
			const struct layout_field *f = &layout_tables[t].fields[i];

			if (f->kind == LAYOUT_PRIVATE || table_has(table ? table : &none, f))
				continue;
			if (!f->needs && !f->later)
				return refuse(r, "it lacks %s of %s", f->name,
					      layout_tables[t].name);
			r->lacks |= f->needs;
		}
	}
	return true;
}

static bool read_schema(struct recording *r)
{
	if (r->n_tables)
		return damaged(r, "fields are named twice");
	while (r->used < r->length)
		if (!read_table(r))
			return false;
	return find_lacking(r);
}

/* --- Rows ---------------------------------------------------------------------------------- */

static uint64_t number_at(const struct layout_field *f, const unsigned char *at)
{
	uint64_t number = 0;

	/* Little-endian or not: each size on its own. */
	switch (f->size) {
	case 1:
		return *at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return f->kind == LAYOUT_SIGNED ? (uint64_t) * (const int32_t *)at
						: *(const uint32_t *)at;
	default:
		memcpy(&number, at, sizeof(number));
		return number;
	}
}

static bool in_range(const struct layout_field *f, uint64_t number)
{
	int64_t max = f->size == sizeof(int32_t) ? INT32_MAX : SIGNED_MAX;

	if (f->kind == LAYOUT_SIGNED)
		return (int64_t)number >= -max && (int64_t)number <= max;
	/* One byte is true or false. */
	return f->size == 8 || number >> (f->size == 1 ? 1 : 8 * f->size) == 0;
}

static void set_number(const struct layout_field *f, unsigned char *at, uint64_t number)
{
	switch (f->size) {
	case 1:
		*at = (unsigned char)number;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)number;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)number;
		break;
	default:
		memcpy(at, &number, sizeof(number));
		break;
	}
}

/* Adds a difference to element @i; @row is NULL when nobody wants it. */
static bool read_number(struct recording *r, const struct file_field *f, size_t i,
			unsigned char *row)
{
	const struct layout_field *field = row ? f->field : NULL;
	unsigned char *at;
	uint64_t number;

	if (!get_number(r, &number))
		return false;
	if (!field || i >= field->count)
		return true;
	at = row + field->offset + i * field->size;
	number = number_at(field, at) + frame_unfold(number);
	if (!in_range(field, number))
		return damaged(r, "a number is out of range");
	set_number(field, at, number);
	return true;
}

static bool read_numbers(struct recording *r, const struct file_field *f, unsigned char *row)
{
	size_t next = 0, skip;

	for (;;) {
		if (!get_limited(r, f->count - next, &skip, "there is no such element"))
			return false;
		if (!skip)
			return true;
		next += skip;
		if (!read_number(r, f, next - 1, row))
			return false;
	}
}

static bool read_text(struct recording *r, const struct file_field *f, unsigned char *row)
{
	const char *text;
	size_t length;

	if (!get_text(r, &text, &length))
		return false;
	if (row && f->field)
		copy_text((char *)row + f->field->offset, f->field->size, text, length);
	return true;
}

static bool read_row(struct recording *r, const struct file_table *table, unsigned char *row)
{
	size_t next = 0, skip;

	for (;;) {
		const struct file_field *f;
		bool done;

		if (!get_limited(r, table->n_fields - next, &skip, "there is no such field"))
			return false;
		if (!skip)
			return true;
		next += skip;
		f = &table->fields[next - 1];
		if (f->kind == LAYOUT_TEXT)
			done = read_text(r, f, row);
		else if (f->count > 1)
			done = read_numbers(r, f, row);
		else
			done = read_number(r, f, 0, row);
		if (!done)
			return false;
	}
}

static bool make_room(struct recording *r, struct rows *rows, size_t n, size_t size)
{
	unsigned char *more;
	size_t room;

	if (n <= rows->room)
		return true;
	room = n + n / 2;
	more = realloc(rows->at, room * size);
	if (!more)
		return refuse_memory(r);
	rows->at = more;
	rows->room = room;
	return true;
}

static bool read_rows(struct recording *r, const struct file_table *table)
{
	struct rows *rows = table->table ? &r->rows[table->index] : NULL;
	size_t n;

	if (!get_limited(r, ROWS_MAX, &n, "there are too many rows"))
		return false;
	/* Each takes a byte or more. */
	if (n > r->length - r->used)
		return damaged(r, "there are more rows than bytes");
	if (rows && !make_room(r, rows, n, table->table->row_size))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char *row = NULL;

		if (rows) {
			row = rows->at + i * table->table->row_size;
			if (i >= rows->n)
				memset(row, 0, table->table->row_size);
		}
		if (!read_row(r, table, row))
			return false;
	}
	if (rows)
		rows->n = n;
	return true;
}

/* --- Snapshots ------------------------------------------------------------------------------ */

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Who looks a container up by its number finds one. */
static bool containers_differ(struct recording *r, const struct snapshot *s)
{
	uint64_t *ids = calloc(s->n_containers + 1, sizeof(*ids));
	bool differ = true;

	if (!ids)
		return refuse_memory(r);
	for (size_t i = 0; i < s->n_containers; i++)
		ids[i] = s->containers[i].stats.id;
	qsort(ids, s->n_containers, sizeof(*ids), compare_numbers);
	for (size_t i = 1; differ && i < s->n_containers; i++)
		differ = ids[i] != ids[i - 1];
	free(ids);
	return differ || damaged(r, "two containers have the same number");
}

static bool is_power(uint64_t n)
{
	return n && !(n & (n - 1));
}

static struct page_sizes sizes_of(const struct layout_head *head)
{
	if (!is_power(head->page_bytes) || !is_power(head->superpage_bytes) ||
	    head->page_bytes < 4096 || head->page_bytes >= head->superpage_bytes)
		return PAGE_SIZES_USUAL;
	return (struct page_sizes){ head->page_bytes, head->superpage_bytes };
}

static bool fill_snapshot(struct recording *r, struct moment *moment, uint64_t last_ns)
{
	const struct layout_head *head = (const void *)r->rows[LAYOUT_HEAD].at;
	struct snapshot *s = &r->snapshot;

	*s = (struct snapshot){
		.time_ns = head->time_ns,
		.realtime_ns = head->realtime_ns,
		.missing = head->missing[0] ? head->missing : NULL,
		.source = head->source,
		.attach = head->attach[0] ? head->attach : NULL,
		.knowledge = layout_knowledge(head->knowledge) & ~r->lacks,
		.census = head->census,
		.runs_over = head->runs_over,
		.iommufd_loaded = head->iommufd_loaded,
		.hugepages_known = head->hugepages_known,
		.hugepages_disabled = head->hugepages_disabled,
		.sizes = sizes_of(head),
		.iommufd = head->iommufd,
		.no_iommufd = head->no_iommufd[0] ? head->no_iommufd : NULL,
		.missed_programs = head->missed_programs,
		.unseen_known = head->unseen_known,
		.host = head->host,
		.watch = head->watch,
		.unseen = head->unseen,
	};
	memcpy(s->lost, head->lost, sizeof(s->lost));
	for (size_t t = LAYOUT_HEAD + 1; t < LAYOUT_TABLES; t++) {
		*(void **)((char *)s + layout_tables[t].rows) = r->rows[t].at;
		*(size_t *)((char *)s + layout_tables[t].n_rows) = r->rows[t].n;
	}
	*moment = (struct moment){ s, head->start_ns, head->tick };
	if (head->time_ns < last_ns || head->start_ns > head->time_ns)
		return damaged(r, "time runs backwards");
	return containers_differ(r, s);
}

static bool read_snapshot(struct recording *r, struct moment *moment)
{
	struct rows *head = &r->rows[LAYOUT_HEAD];
	uint64_t last_ns = r->snapshot.time_ns;

	if (!r->n_tables)
		return damaged(r, "a snapshot comes before the names of its fields");
	for (size_t i = 0; i < r->n_tables; i++)
		if (!read_rows(r, &r->tables[i]))
			return false;
	if (r->used < r->length)
		return damaged(r, "a snapshot is longer than its rows");
	if (head->n != 1)
		return damaged(r, "a snapshot has no time, or several");
	return fill_snapshot(r, moment, last_ns);
}

/* --- Frames --------------------------------------------------------------------------------- */

static uint32_t get_fixed(const unsigned char from[4])
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
	       (uint32_t)from[3] << 24;
}

static enum recording_end cut(struct recording *r)
{
	if (ferror(r->file)) {
		complain("cannot read %s: byte %" PRIu64 ": %s; copy it again", r->path, r->at,
			 strerror(errno));
		r->complained = true;
		return RECORDING_FAILED;
	}
	if (!r->complained)
		complain(
			"%s ends at byte %" PRIu64
			" without its end, as its recorder was stopped: what comes before is shown",
			r->path, r->at);
	r->complained = true;
	return RECORDING_CUT;
}

static bool make_body(struct recording *r)
{
	unsigned char *more;

	if (r->length <= r->room)
		return true;
	more = realloc(r->body, r->length);
	if (!more)
		return refuse_memory(r);
	r->body = more;
	r->room = r->length;
	return true;
}

/* Reads the next frame: RECORDING_MOMENT when it is there. */
static enum recording_end read_frame(struct recording *r, int *kind)
{
	unsigned char header[FRAME_HEADER + FRAME_CHECKSUM], sum[FRAME_CHECKSUM];

	if (fread(header, 1, sizeof(header), r->file) != sizeof(header))
		return cut(r);
	if (frame_checksum(header, FRAME_HEADER) != get_fixed(header + FRAME_HEADER)) {
		refuse(r, "the head of a frame is damaged");
		return RECORDING_FAILED;
	}
	*kind = header[0];
	r->length = get_fixed(header + 1);
	r->used = 0;
	if (r->length > FRAME_MAX) {
		refuse(r, "a frame is too long");
		return RECORDING_FAILED;
	}
	if (!make_body(r))
		return RECORDING_FAILED;
	if (fread(r->body, 1, r->length, r->file) != r->length ||
	    fread(sum, 1, sizeof(sum), r->file) != sizeof(sum))
		return cut(r);
	if (frame_checksum(r->body, r->length) != get_fixed(sum)) {
		refuse(r, "the frame that begins here is damaged");
		return RECORDING_FAILED;
	}
	r->at += sizeof(header);
	return RECORDING_MOMENT;
}

static bool read_about(struct recording *r)
{
	const char *text;
	size_t length;

	if (!get_text(r, &text, &length))
		return false;
	copy_text(r->about, sizeof(r->about), text, length);
	return true;
}

/* Takes what is no snapshot, and is before or between these. */
static bool take_frame(struct recording *r, int kind)
{
	switch (kind) {
	case FRAME_ABOUT:
		return read_about(r);
	case FRAME_SCHEMA:
		return read_schema(r);
	default:
		return true;
	}
}

enum recording_end recording_next(struct recording *r, struct moment *moment)
{
	for (;;) {
		enum recording_end end;
		uint64_t next;
		int kind = 0;

		end = read_frame(r, &kind);
		if (end != RECORDING_MOMENT)
			return end;
		next = r->at + r->length + FRAME_CHECKSUM;
		if (kind == FRAME_END)
			return RECORDING_END;
		if (kind == FRAME_SNAPSHOT ? !read_snapshot(r, moment) : !take_frame(r, kind))
			return RECORDING_FAILED;
		r->at = next;
		if (kind == FRAME_SNAPSHOT)
			return RECORDING_MOMENT;
	}
}

/* --- Begin and end --------------------------------------------------------------------------- */

static void forget_tables(struct recording *r)
{
	for (size_t i = 0; i < r->n_tables; i++)
		free(r->tables[i].fields);
	r->n_tables = 0;
	r->lacks = 0;
	for (size_t t = 0; t < LAYOUT_TABLES; t++)
		r->rows[t].n = 0;
	memset(&r->snapshot, 0, sizeof(r->snapshot));
}

bool recording_rewind(struct recording *r)
{
	char magic[sizeof(FRAME_MAGIC) - 1] = "";

	forget_tables(r);
	r->at = 0;
	if (fseek(r->file, 0, SEEK_SET)) {
		complain("cannot read %s: %s; give a file, not a pipe", r->path, strerror(errno));
		return false;
	}
	errno = 0;
	if (fread(magic, 1, sizeof(magic), r->file) != sizeof(magic) ||
	    memcmp(magic, FRAME_MAGIC, sizeof(magic))) {
		if (ferror(r->file))
			complain("cannot read %s: %s; name another file", r->path, strerror(errno));
		else if (!memcmp(magic, FRAME_MAGIC, strlen("vfiotop recording ")))
			complain("cannot read %s: byte 0: it is of another version of recordings; "
				 "use a newer vfiotop",
				 r->path);
		else
			complain("cannot read %s: byte 0: it is no recording of vfiotop; name one",
				 r->path);
		return false;
	}
	r->at = sizeof(magic);
	return true;
}

struct recording *recording_open(const char *path)
{
	struct recording *r = calloc(1, sizeof(*r));

	if (r)
		r->path = strdup(path);
	if (!r || !r->path) {
		complain("cannot read %s: not enough memory; free some", path);
		goto err_close;
	}
	r->file = fopen(path, "re");
	if (!r->file) {
		complain("cannot read %s: %s; name another file", path, strerror(errno));
		goto err_close;
	}
	if (recording_rewind(r))
		return r;
err_close:
	recording_close(r);
	return NULL;
}

const char *recording_about(const struct recording *r)
{
	return r->about;
}

void recording_close(struct recording *r)
{
	if (!r)
		return;
	forget_tables(r);
	for (size_t t = 0; t < LAYOUT_TABLES; t++)
		free(r->rows[t].at);
	if (r->file)
		fclose(r->file);
	free(r->body);
	free(r->path);
	free(r);
}
