/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording holds of a snapshot, field by field. A recording names its fields, so a
 * reader finds them whatever their order, and knows which ones it lacks.
 *
 * Names stay as they are for good. A field that is added to a snapshot gets a row here: with
 * the knowledge that a recording without it lacks, or as one that is 0 there, where 0 means that
 * nothing is known. The others are in every recording.
 */
#ifndef VFIOTOP_LAYOUT_H
#define VFIOTOP_LAYOUT_H

#include "record.h"

#define LAYOUT_KNOWLEDGE_SIZE 768

/**
 * enum layout_kind - how a field is written
 * @LAYOUT_UNSIGNED: a number, or several
 * @LAYOUT_SIGNED: likewise, may be negative
 * @LAYOUT_TEXT: an array of char
 * @LAYOUT_PRIVATE: not at all: kernel addresses, and what only the collector needs
 */
enum layout_kind {
	LAYOUT_UNSIGNED,
	LAYOUT_SIGNED,
	LAYOUT_TEXT,
	LAYOUT_PRIVATE,
};

/**
 * enum layout_secret - what a text tells of a host
 * @SECRET_NONE: nothing
 * @SECRET_PROCESS: the name of a process
 * @SECRET_CGROUP: the path of a cgroup, and so names of virtual machines and pods
 * @SECRET_DEVICE: the address or name of a device
 * @SECRET_SUBJECT: the name in a struct vt_failure: of a device, or of a backend
 */
enum layout_secret {
	SECRET_NONE,
	SECRET_PROCESS,
	SECRET_CGROUP,
	SECRET_DEVICE,
	SECRET_SUBJECT,
};

/**
 * struct layout_field - one field
 * @name: in recordings
 * @kind: how it is written
 * @secret: what it tells, if it is a text
 * @needs: enum knowledge that a recording without it lacks; 0 when every recording has it
 * @later: recordings may be without it: then it is 0, which means that it is not known
 * @offset: where it is in its row
 * @size: bytes of it, or of each of its elements
 * @count: how many elements it has
 */
struct layout_field {
	const char *name;
	enum layout_kind kind;
	enum layout_secret secret;
	unsigned int needs;
	bool later;
	size_t offset;
	size_t size;
	size_t count;
};

/**
 * struct layout_table - rows of one kind
 * @name: in recordings
 * @fields: n_fields of them
 * @n_fields: how many
 * @row_size: bytes of a row
 * @rows: where struct snapshot points to them; meaningless for the head
 * @n_rows: and where it has their number
 */
struct layout_table {
	const char *name;
	const struct layout_field *fields;
	size_t n_fields;
	size_t row_size;
	size_t rows;
	size_t n_rows;
};

/**
 * struct layout_head - what a snapshot has only once
 * @time_ns: as in struct snapshot; so are the others without a comment
 * @realtime_ns: that
 * @start_ns: as in struct moment
 * @missed_programs: that
 * @unseen: that
 * @lost: that
 * @tick: as in struct moment
 * @census: that
 * @runs_over: that
 * @iommufd_loaded: that
 * @iommufd: that
 * @no_iommufd: that, empty for NULL
 * @unseen_known: that
 * @host: that
 * @watch: that
 * @hugepages_known: that
 * @hugepages_disabled: that
 * @page_bytes: bytes of a page, 0 in recordings from before it was told
 * @superpage_bytes: and of a superpage
 * @missing: that, empty for NULL
 * @source: that
 * @attach: that, empty for NULL
 * @knowledge: names of what the source knows, with blanks between them
 */
struct layout_head {
	uint64_t time_ns;
	uint64_t realtime_ns;
	uint64_t start_ns;
	uint64_t missed_programs;
	uint64_t unseen;
	uint64_t lost[VT_LOST_KINDS];
	bool tick;
	bool census;
	bool runs_over;
	bool iommufd_loaded;
	bool iommufd;
	char no_iommufd[256];
	bool unseen_known;
	struct host_snapshot host;
	struct watch_snapshot watch;
	bool hugepages_known;
	bool hugepages_disabled;
	uint64_t page_bytes;
	uint64_t superpage_bytes;
	char missing[48];
	char source[16];
	char attach[16];
	char knowledge[LAYOUT_KNOWLEDGE_SIZE];
};

/* The tables; the first is the head, of one row. */
#define LAYOUT_HEAD   0
#define LAYOUT_TABLES 7

extern const struct layout_table layout_tables[LAYOUT_TABLES];

/**
 * layout_words - what a source knows, in words
 * @knowledge: enum knowledge
 * @words: gets the names, with blanks between them
 */
void layout_words(unsigned int knowledge, char words[LAYOUT_KNOWLEDGE_SIZE]);

/**
 * layout_knowledge - the same in bits
 * @words: from layout_words(), perhaps of another version; unknown ones are left out
 *
 * Return: enum knowledge.
 */
unsigned int layout_knowledge(const char *words);

#endif /* VFIOTOP_LAYOUT_H */
