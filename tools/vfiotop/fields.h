/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of everything that a report can say. The screen takes titles and
 * units from it, JSON its names, --list-fields all of it.
 */
#ifndef VFIOTOP_FIELDS_H
#define VFIOTOP_FIELDS_H

#include <stdio.h>

#include "model/model.h"

#define FIELD_NAME_SIZE 64

/**
 * enum field_scope - what a field belongs to
 * @SCOPE_REPORT: the report itself
 * @SCOPE_LOST: the report's object "lost"
 * @SCOPE_TOTALS: the report's object "totals"
 * @SCOPE_CONTAINER: a container
 * @SCOPE_IN_FLIGHT: an operation that is running
 * @SCOPE_GROUP: a group
 * @SCOPE_DEVICE: a device
 * @SCOPE_PROCESS: a process
 * @SCOPE_LEAK: a leak
 * @SCOPES: how many there are
 */
enum field_scope {
	SCOPE_REPORT,
	SCOPE_LOST,
	SCOPE_TOTALS,
	SCOPE_CONTAINER,
	SCOPE_IN_FLIGHT,
	SCOPE_GROUP,
	SCOPE_DEVICE,
	SCOPE_PROCESS,
	SCOPE_LEAK,
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
 * @UNIT_NUMBER: a name that is a number, such as a process or a group
 * @UNIT_ADDRESS: an I/O virtual address, hexadecimal
 * @UNIT_PCI_ID: half of a PCI device's identity, four hexadecimal digits
 * @UNIT_FLAG: 0 or 1
 * @UNIT_TEXT: characters; the field is an array of char, empty when unknown
 */
enum field_unit {
	UNIT_COUNT,
	UNIT_BYTES,
	UNIT_NS,
	UNIT_TIME,
	UNIT_MILLI,
	UNIT_BYTE_RATE,
	UNIT_NUMBER,
	UNIT_ADDRESS,
	UNIT_PCI_ID,
	UNIT_FLAG,
	UNIT_TEXT,
};

/**
 * struct field - one field
 * @scope: what it belongs to
 * @name: its name, with dots between the levels of JSON objects
 * @title: title of its column, NULL when no table of the screen has it
 * @unit: how its value is meant
 * @width: least width of its column
 * @offset: where it is in the view's structure of its scope
 * @text: what it says, in one sentence
 */
struct field {
	enum field_scope scope;
	const char *name;
	const char *title;
	enum field_unit unit;
	int width;
	size_t offset;
	const char *text;
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
 * fields_next - the fields of a scope, one after the other
 * @scope: which
 * @previous: NULL for the first
 *
 * Return: NULL after the last.
 */
const struct field *fields_next(enum field_scope scope, const struct field *previous);

/**
 * field_figure - the value of a field that is a number
 * @field: any whose unit is not UNIT_TEXT
 * @row: the structure of its scope
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
 * field_in_json - whether JSON has this field
 * @field: any
 *
 * Rates are left to the reader, who has totals and times.
 */
bool field_in_json(const struct field *field);

/**
 * fields_forget - make unknown what the source of a report cannot tell
 * @view: the report
 */
void fields_forget(struct view *view);

/**
 * fields_unknown - walk what a source cannot tell
 * @knowledge: enum knowledge of the source
 * @previous: 0 for the first; the place in the walk
 * @name: gets the name of a field of a report, or of an object of such fields; its scope
 *	comes before it, unless that is a container
 *
 * Return: the next place, 0 at the end.
 */
size_t fields_unknown(unsigned int knowledge, size_t previous, char name[FIELD_NAME_SIZE]);

/**
 * fields_list - print the table
 * @out: where to
 */
void fields_list(FILE *out);

#endif /* VFIOTOP_FIELDS_H */
