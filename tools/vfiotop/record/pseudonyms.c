// SPDX-License-Identifier: GPL-2.0-only
#include "pseudonyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	enum layout_secret secret;
	unsigned int number;
	char *name;
};

struct pseudonyms {
	struct entry *entries;
	size_t n;
	unsigned int numbers[SECRET_SUBJECT]; /* given out so far */
};

struct pseudonyms *pseudonyms_new(void)
{
	return calloc(1, sizeof(struct pseudonyms));
}

void pseudonyms_free(struct pseudonyms *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->entries[i].name);
	free(p->entries);
	free(p);
}

static const struct entry *add(struct pseudonyms *p, enum layout_secret secret, const char *name,
			       size_t length)
{
	struct entry *more = realloc(p->entries, (p->n + 1) * sizeof(*more));
	struct entry *entry;

	if (!more)
		return NULL;
	p->entries = more;
	entry = &more[p->n];
	entry->name = strndup(name, length);
	if (!entry->name)
		return NULL;
	entry->secret = secret;
	entry->number = ++p->numbers[secret];
	p->n++;
	return entry;
}

static const struct entry *find(struct pseudonyms *p, enum layout_secret secret, const char *name,
				size_t length)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct entry *entry = &p->entries[i];

		if (entry->secret == secret && strlen(entry->name) == length &&
		    !memcmp(entry->name, name, length))
			return entry;
	}
	return add(p, secret, name, length);
}

bool pseudonyms_find(struct pseudonyms *p, enum layout_secret secret, const char *name,
		     size_t length, char pseudonym[PSEUDONYM_SIZE])
{
	static const char *const kinds[] = {
		[SECRET_PROCESS] = "process-",
		[SECRET_CGROUP] = "/cgroup-",
		[SECRET_DEVICE] = "device-",
	};
	const struct entry *entry = find(p, secret, name, length);

	if (!entry)
		return false;
	snprintf(pseudonym, PSEUDONYM_SIZE, "%s%u", kinds[secret], entry->number);
	return true;
}
