// SPDX-License-Identifier: GPL-2.0-only
#include "proc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Inode of the initial PID namespace, which the kernel fixes for all time. */
#define INITIAL_PID_NAMESPACE 0xeffffffcU

#define STAT_START_TIME 22 /* the field's number in /proc/PID/stat */

/*
 * Splits "pid (comm) S ppid ..." from the last parenthesis, as a name may hold
 * any character. Returns the start time, 0 when the line has another shape, and
 * stores the state.
 */
static uint64_t parse_stat(char *line, struct process *process, char *state)
{
	char *open = strchr(line, '(');
	char *close = strrchr(line, ')');
	uint64_t start = 0;
	char *field;
	int number = 3;

	if (!open || !close || close < open || close[1] != ' ')
		return 0;
	*close = '\0';
	snprintf(process->comm, sizeof(process->comm), "%s", open + 1);
	*state = close[2];
	for (field = close + 2; field && number < STAT_START_TIME; number++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	if (field)
		sscanf(field, "%" SCNu64, &start);
	return start;
}

bool proc_usable(void)
{
	struct stat status;

	return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == INITIAL_PID_NAMESPACE;
}

void proc_read(uint32_t pid, uint64_t *started, struct process *process)
{
	struct process now = { 0 };
	char line[1024];
	char path[32];
	char state = 0;
	uint64_t start;
	size_t length;
	FILE *file;

	process->known = true;
	process->alive = false;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	length = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	line[length] = '\0';
	start = parse_stat(line, &now, &state);
	if (!start || (*started && *started != start))
		return;
	*started = start;
	now.known = true;
	now.alive = state != 'Z' && state != 'X';
	*process = now;
}
