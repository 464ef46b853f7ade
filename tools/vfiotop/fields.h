/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The field table: everything that a report can say. The screen takes titles and units from
 * it, JSON names and structure, --list-fields and --info all of it.
 */
#ifndef VFIOTOP_FIELDS_H
#define VFIOTOP_FIELDS_H

#include <stdio.h>

#include "view.h"
#include "words.h"

#define FIELD_NAME_SIZE 64

/**
 * enum field_scope - what a field belongs to
 * @SCOPE_REPORT: the report itself
 * @SCOPE_LOST: what the report could not record
 * @SCOPE_TOTALS: the sums of the report
 * @SCOPE_HOST: pinned memory of the host
 * @SCOPE_WATCH: what the watch itself takes
 * @SCOPE_CONTAINER: a container
 * @SCOPE_IN_FLIGHT: an operation in flight
 * @SCOPE_RANGE: a range of mappings
 * @SCOPE_SIZE: maps of one size
 * @SCOPE_NODE: memory on a NUMA node
 * @SCOPE_GROUP: a group
 * @SCOPE_RESERVED: a reserved region of a group
 * @SCOPE_DEVICE: a device
 * @SCOPE_PROCESS: a process
 * @SCOPE_LEAK: a leak
 * @SCOPE_MADE: a mapping of a container that leaks
 * @SCOPE_ALERT: an alert
 * @SCOPE_FAILURE: a request that was refused
 * @SCOPE_TRACED: a request that is told as it ends; in no report
 * @SCOPES: how many there are
 */
enum field_scope {
	SCOPE_REPORT,
	SCOPE_LOST,
	SCOPE_TOTALS,
	SCOPE_HOST,
	SCOPE_WATCH,
	SCOPE_CONTAINER,
	SCOPE_IN_FLIGHT,
	SCOPE_RANGE,
	SCOPE_SIZE,
	SCOPE_NODE,
	SCOPE_GROUP,
	SCOPE_RESERVED,
	SCOPE_DEVICE,
	SCOPE_PROCESS,
	SCOPE_LEAK,
	SCOPE_MADE,
	SCOPE_ALERT,
	SCOPE_FAILURE,
	SCOPE_TRACED,
	SCOPES,
};

/**
 * enum field_unit - how a value is meant
 * @UNIT_COUNT: a number of something
 * @UNIT_BYTES: bytes
 * @UNIT_NS: a duration in nanoseconds
 * @UNIT_TIME: a point in time in nanoseconds
 * @UNIT_MILLI: thousandths, shown with a decimal point; for screens only
 * @UNIT_BYTE_RATE: bytes per second; for screens only
 * @UNIT_PERCENT: a share in percent
 * @UNIT_NUMBER: a name that is a number, such as a process or a group
 * @UNIT_ADDRESS: an I/O virtual address, hexadecimal
 * @UNIT_PCI_ID: half of a PCI device's identity, four hexadecimal digits
 * @UNIT_ERROR: an errno
 * @UNIT_FLAG: 0 or 1
 * @UNIT_TEXT: an array of char, empty when unknown
 * @UNIT_NUMBERS: an array of uint32_t, NULL when unknown
 * @UNIT_TEXTS: an array of const char *, NULL when unknown
 * @UNIT_OBJECT: a structure of another scope
 * @UNIT_ROW: a pointer to a structure of another scope, NULL when there is none
 * @UNIT_ROWS: an array of structures of another scope, NULL when unknown
 */
enum field_unit {
	UNIT_COUNT,
	UNIT_BYTES,
	UNIT_NS,
	UNIT_TIME,
	UNIT_MILLI,
	UNIT_BYTE_RATE,
	UNIT_PERCENT,
	UNIT_NUMBER,
	UNIT_ADDRESS,
	UNIT_PCI_ID,
	UNIT_ERROR,
	UNIT_FLAG,
	UNIT_TEXT,
	UNIT_NUMBERS,
	UNIT_TEXTS,
	UNIT_OBJECT,
	UNIT_ROW,
	UNIT_ROWS,
};

/**
 * struct field - one field
 * @scope: what it belongs to
 * @name: its name, with dots between the levels of JSON objects
 * @title: title of its column, NULL when no table of the screen has it
 * @unit: how its value is meant
 * @width: least width of its column
 * @needs: enum knowledge that a source needs for it, 0 when every source knows it
 * @offset: where it is in the structure of its scope
 * @count: likewise the number of elements of an array
 * @of: scope of UNIT_OBJECT, UNIT_ROW and UNIT_ROWS
 * @sparse: JSON has it only when there is something to tell
 * @text: what it says, in one sentence
 */
struct field {
	enum field_scope scope;
	const char *name;
	const char *title;
	enum field_unit unit;
	int width;
	unsigned int needs;
	size_t offset;
	size_t count;
	enum field_scope of;
	bool sparse;
	const char *text;
};

/**
 * struct field_rows - the elements of a field
 * @first: the first of them, NULL when unknown
 * @n: how many
 * @size: bytes from one to the next
 */
struct field_rows {
	const void *first;
	size_t n;
	size_t size;
};

/**
 * fields_find - a field by its name
 * @scope: what it belongs to
 * @name: its name
 *
 * Return: NULL when there is none.
 */
const struct field *fields_find(enum field_scope scope, const char *name);

/**
 * fields_prefix - what comes before the name of a field where scopes are mixed
 * @scope: which
 *
 * Return: e.g. "groups."; empty for the report and for containers.
 */
const char *fields_prefix(enum field_scope scope);

/**
 * fields_named - a field by its name with that prefix
 * @name: e.g. "groups.pid"
 *
 * Return: NULL when there is none.
 */
const struct field *fields_named(const char *name);

/**
 * fields_next - the fields of a scope, one after the other
 * @scope: which
 * @previous: NULL for the first
 *
 * Return: NULL after the last.
 */
const struct field *fields_next(enum field_scope scope, const struct field *previous);

/**
 * field_figure - the value of a field that is a number
 * @field: one of units UNIT_COUNT to UNIT_FLAG
 * @row: the structure of its scope
 *
 * Return: the value.
 */
struct figure field_figure(const struct field *field, const void *row);

/**
 * field_text - the value of a field whose unit is UNIT_TEXT
 * @field: such a field
 * @row: the structure of its scope
 *
 * Return: NULL when unknown.
 */
const char *field_text(const struct field *field, const void *row);

/**
 * field_rows - the elements of a field whose unit is UNIT_NUMBERS or later
 * @field: such a field
 * @row: the structure of its scope
 *
 * Return: for UNIT_OBJECT and UNIT_ROW one element.
 */
struct field_rows field_rows(const struct field *field, const void *row);

/**
 * field_in_json - whether JSON has a field
 * @field: any
 *
 * Rates are left to the reader, who has totals and times.
 *
 * Return: whether it has.
 */
bool field_in_json(const struct field *field);

/**
 * word_figure - a value in the manner of its unit, "-" when unknown
 * @unit: one of UNIT_COUNT to UNIT_FLAG
 * @figure: the value
 * @word: WORD_SIZE bytes
 */
void word_figure(enum field_unit unit, struct figure figure, char *word);

/**
 * fields_forget - make unknown what the source of a report does not know
 * @view: the report
 */
void fields_forget(struct view *view);

/**
 * fields_unknown - the fields that a source does not know, one after the other
 * @knowledge: enum knowledge of the source
 * @previous: 0 for the first, else what the last call returned
 * @name: gets the name of a field, or of an object all of whose fields are unknown; what the
 *	field belongs to comes before it, unless that is a report or a container
 *
 * Return: 0 when there are no more.
 */
size_t fields_unknown(unsigned int knowledge, size_t previous, char name[FIELD_NAME_SIZE]);

/**
 * fields_list - print the table
 * @out: where to
 */
void fields_list(FILE *out);

#endif /* VFIOTOP_FIELDS_H */
