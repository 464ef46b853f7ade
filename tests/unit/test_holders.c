// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds what now.
 */
#include "fixture.h"

#include "collect/holders.h"

#define NAME "0000:00:10.0"

static const struct vt_holder files[] = {
	{ .container = 1, .group = VT_NO_GROUP, .pid = 100, .comm = "first" },
	{ .container = 1, .group = 7, .pid = 100, .comm = "first" },
	{ .container = 1, .group = 7, .pid = 200, .comm = "second" },
	{ .container = 1, .group = 7, .pid = 300, .comm = "third", .device = NAME },
	{ .container = 2, .group = VT_NO_GROUP, .pid = 400, .comm = "fourth" },
	{ .container = 0, .group = 8, .pid = 500, .comm = "fifth" },
	/* The numbers of processes are in no order, nor are those of the rest. */
	{ .container = 2, .group = 3, .pid = 90, .comm = "sixth", .device = "0000:00:02.0" },
	{ .container = 1, .group = 7, .pid = 80, .comm = "seventh" },
	{ .container = 2, .group = 3, .pid = 70, .comm = "eighth" },
	{ .container = 1, .group = 7, .pid = 60, .comm = "ninth", .device = NAME },
	{ .context = 5, .group = VT_NO_GROUP, .pid = 55, .comm = "tenth" },
	{ .context = 6, .group = VT_NO_GROUP, .pid = 56, .comm = "other" },
	{ .container = 9, .context = 5, .group = 4, .pid = 57, .comm = "dev", .device = "x" },
};

static struct holders holders;

static int sort(void **state)
{
	(void)state;
	return holders_sort(&holders, files, sizeof(files) / sizeof(files[0])) ? 0 : -1;
}

static int forget(void **state)
{
	(void)state;
	holders_free(&holders);
	return 0;
}

static void of_a_container(void **state)
{
	struct container_snapshot c = { .stats = { .id = 1 }, .owner_pid = 200 };

	(void)state;
	holders_of_container(&holders, &c);
	assert_true(c.holders_known);
	assert_int_equal(c.holders, 5);
	assert_int_equal(c.holder_pid, 200);
	assert_string_equal(c.holder_comm, "second");
	assert_int_equal(c.owner_pid, 200);

	/* The owner has no file any more, and stays the owner. */
	c.owner_pid = 999;
	holders_of_container(&holders, &c);
	assert_int_equal(c.holder_pid, 100);
	assert_int_equal(c.owner_pid, 999);

	/* Nobody knew an owner. */
	c.owner_pid = 0;
	holders_of_container(&holders, &c);
	assert_int_equal(c.owner_pid, 100);

	c.stats.id = 2;
	c.owner_pid = 70;
	holders_of_container(&holders, &c);
	assert_int_equal(c.holders, 3);
	assert_string_equal(c.holder_comm, "eighth");

	/* It was released after its holders had been looked for. */
	c.stats.released_ns = 1;
	holders_of_container(&holders, &c);
	assert_true(c.holders_known);
	assert_int_equal(c.holders, 0);
	assert_int_equal(c.holder_pid, 0);
	assert_string_equal(c.holder_comm, "");
	c.stats.released_ns = 0;

	/* It was opened after they had been looked for. */
	c.stats.opened_ns = holders.ns + 1;
	c.owner_pid = 123;
	holders_of_container(&holders, &c);
	assert_false(c.holders_known);
	assert_int_equal(c.holders, 0);
	assert_int_equal(c.holder_pid, 0);
	assert_int_equal(c.owner_pid, 123);
	c.stats.released_ns = c.stats.opened_ns + 1;
	holders_of_container(&holders, &c);
	assert_true(c.holders_known);
	c.stats.released_ns = 0;
	c.stats.opened_ns = holders.ns;
	holders_of_container(&holders, &c);
	assert_true(c.holders_known);
	assert_int_equal(c.holders, 3);

	c.stats.id = 3;
	c.stats.opened_ns = 0;
	c.owner_pid = 0;
	holders_of_container(&holders, &c);
	assert_int_equal(c.holders, 0);
	assert_int_equal(c.holder_pid, 0);
	assert_string_equal(c.holder_comm, "");
	assert_int_equal(c.owner_pid, 0);
}

/* Whoever has its context open, or a device bound to it, holds an IOAS, be that empty. */
static void of_an_ioas(void **state)
{
	struct container_snapshot c = { .stats = { .id = 8, .context = 5 } };

	(void)state;
	holders_of_container(&holders, &c);
	assert_int_equal(c.holders, 2);
	assert_int_equal(c.holder_pid, 55);
	assert_int_equal(c.owner_pid, 55);
	c.stats.context = 7;
	holders_of_container(&holders, &c);
	assert_int_equal(c.holders, 0);
}

/* A child that used the container is dead. */
static void return_to_opener(void **state)
{
	const struct process opener = { .known = true, .alive = true, .comm = "opener" };
	struct container_snapshot c = { .stats = { .id = 1, .opener_pid = 300 }, .owner_pid = 999 };
	struct container_snapshot passed_on = c, early = c, unknown = c;
	const struct holders none = { 0 };

	(void)state;
	holders_return_to_opener(&holders, &c, &opener);
	assert_int_equal(c.owner_pid, 300);
	assert_string_equal(c.owner.comm, "opener");
	assert_int_equal(c.holder_pid, 300);

	/* The opener has it no more: whoever is dead stays the owner. */
	passed_on.stats.opener_pid = 301;
	holders_return_to_opener(&holders, &passed_on, &opener);
	assert_int_equal(passed_on.owner_pid, 999);

	/* What was looked at before says nothing. */
	early.stats.opener_pid = 301;
	early.stats.opened_ns = holders.ns + 1;
	holders_return_to_opener(&holders, &early, &opener);
	assert_int_equal(early.owner_pid, 301);
	holders_return_to_opener(&none, &unknown, &opener);
	assert_int_equal(unknown.owner_pid, 300);
}

static void of_a_group(void **state)
{
	struct group_snapshot g = { .id = 7, .stats = { .pid = 200, .state = VT_STATE_OPEN } };

	(void)state;
	holders_of_group(&holders, &g);
	assert_int_equal(g.stats.pid, 200);
	/* It passed the file on. */
	g.stats.pid = 300;
	holders_of_group(&holders, &g);
	assert_int_equal(g.stats.pid, 100);
	assert_string_equal(g.stats.comm, "first");
	g.stats.pid = 80;
	holders_of_group(&holders, &g);
	assert_int_equal(g.stats.pid, 80);
	/* Who has a file of another group is not asked. */
	g.id = 9;
	g.stats.pid = 300;
	holders_of_group(&holders, &g);
	assert_int_equal(g.stats.pid, 300);
	/* It was opened again after that had been looked at. */
	g.id = 7;
	g.stats.pid = 999;
	g.stats.opened_ns = holders.ns + 1;
	holders_of_group(&holders, &g);
	assert_int_equal(g.stats.pid, 999);
	g.stats.opened_ns = holders.ns;
	g.stats.pid = 300;
	/* Looked at just before it was closed. */
	g.stats.state = VT_STATE_CLOSED;
	holders_of_group(&holders, &g);
	assert_int_equal(g.stats.pid, 300);
}

static void of_a_device(void **state)
{
	struct device_snapshot d = { .key = { NAME }, .stats = { .pid = 100 } };

	(void)state;
	holders_of_device(&holders, &d);
	assert_int_equal(d.stats.pid, 300);
	assert_string_equal(d.stats.comm, "third");
	d.stats.pid = 60;
	holders_of_device(&holders, &d);
	assert_int_equal(d.stats.pid, 60);

	d.stats.pid = 999;
	d.stats.opened_ns = holders.ns + 1;
	holders_of_device(&holders, &d);
	assert_int_equal(d.stats.pid, 999);
	d.stats.opened_ns = holders.ns;
	holders_of_device(&holders, &d);
	assert_int_equal(d.stats.pid, 300);
}

static void unknown(void **state)
{
	struct container_snapshot c = { .stats = { .id = 1 }, .owner_pid = 200 };
	const struct holders none = { 0 };

	(void)state;
	holders_of_container(&none, &c);
	assert_false(c.holders_known);
	assert_int_equal(c.owner_pid, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_container), cmocka_unit_test(return_to_opener),
		cmocka_unit_test(of_an_ioas),	  cmocka_unit_test(of_a_group),
		cmocka_unit_test(of_a_device),	  cmocka_unit_test(unknown),
	};

	return cmocka_run_group_tests(tests, sort, forget);
}
