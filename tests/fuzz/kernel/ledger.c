// SPDX-License-Identifier: GPL-2.0-only
/* What is pinned and locked; see ledger.h. */

#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "vfio_user.h"

static int file = -1;
static long pinned_before;

int ledger_open(void)
{
	file = open("/dev/vfio-test-ledger", O_RDONLY | O_CLOEXEC);
	return file < 0 ? -errno : 0;
}

void ledger_begin(void)
{
	pinned_before = vu_pinned_pages();
}

bool ledger_is(long pages, struct ledger *ledger)
{
	int64_t now[2];

	if (read(file, now, sizeof(now)) == sizeof(now) && now[0] - pinned_before == pages &&
	    now[1] == pages)
		return true;
	/* A CPU may have been adding up. */
	ledger->pinned = vu_pinned_pages() - pinned_before;
	ledger->locked = vu_locked_kib() / (SZ_4K / 1024);
	return ledger->pinned == pages && ledger->locked == pages;
}
