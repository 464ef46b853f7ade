// SPDX-License-Identifier: GPL-2.0-only
/*
 * The screen without a terminal: keys come from a pipe, and what would be seen is read back
 * from ncurses.
 */
#include "fixture.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define _XOPEN_SOURCE_EXTENDED 1
#include <ncurses.h>

#include "screen/bars.h"
#include "screen/screen.h"

#define GIB (1ULL << 30)

/* Where keys are pressed. */
static int keyboard;
static FILE *input;
static FILE *output;

static void open_terminal(const char *name, const char *lines, const char *columns)
{
	int ends[2];

	setenv("TERM", name, 1);
	setenv("LINES", lines, 1);
	setenv("COLUMNS", columns, 1);
	assert_int_equal(pipe(ends), 0);
	keyboard = ends[1];
	input = fdopen(ends[0], "r");
	output = tmpfile();
	assert_non_null(input);
	assert_non_null(output);
	assert_true(screen_open(input, output));
}

static void open_screen(const char *lines, const char *columns)
{
	open_terminal("xterm", lines, columns);
}

static void close_screen(void)
{
	screen_close();
	close(keyboard);
	fclose(input);
	fclose(output);
}

static enum screen_event press(const char *keys)
{
	assert_int_equal(write(keyboard, keys, strlen(keys)), strlen(keys));
	return screen_key();
}

/* One line as it is seen, without blanks at its end. */
static const char *line(int y)
{
	static char text[1024];
	int n = mvinnstr(y, 0, text, sizeof(text) - 1);

	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool sees(const char *text)
{
	for (int y = 0; y < LINES; y++)
		if (strstr(line(y), text))
			return true;
	return false;
}

#define assert_sees(text)                                           \
	do {                                                        \
		if (!sees(text)) {                                  \
			for (int row = 0; row < LINES; row++)       \
				print_message("# %s\n", line(row)); \
			fail_msg("%s is not on the screen", text);  \
		}                                                   \
	} while (0)

static void fill(struct fixture *f)
{
	for (uint64_t id = 1; id <= 5; id++) {
		struct vt_container *c = fixture_container(f, id, 1000 + (uint32_t)id);

		snprintf(f->containers[id - 1].owner.comm, VT_COMM_LEN, "vm%d", (int)id);
		snprintf(f->containers[id - 1].cgroup, CGROUP_PATH_SIZE, "/system.slice/%s.service",
			 id % 2 ? "odd" : "even");
		c->pinned = (int64_t)((id * 7 % 5 + 1) * GIB);
		c->mappings = (int64_t)id;
		fixture_request(&c->map, id * GIB, id * 1000000);
	}
}

/* 80 columns and 24 lines, as a serial console has them: each row is one line. */
static void rows_are_clipped(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	assert_string_equal(line(1), "no alerts");
	assert_non_null(strstr(line(2), "[1Spaces] 2Latency"));
	assert_non_null(strstr(line(3), "CONTAINER   PID  COMMAND"));
	for (int i = 0; i < 5; i++) {
		char number[48];

		snprintf(number, sizeof(number), "   %d  100%d  vm%d ", i + 1, i + 1, i + 1);
		assert_non_null(strstr(line(4 + i), number));
	}
	assert_string_equal(line(9), "");
	close_screen();
}

static void every_table(void **state)
{
	static const char *const titles[] = { "MAP/s",	"SUPERPAGES", "RUNNING",
					      "DEVICE", "GROUP",      "REQUEST",
					      "LEAK",	"SEVERITY",   "PROCESS" };
	static const char *const sizes[][2] = { { "24", "80" }, { "30", "100" }, { "60", "250" } };
	struct fixture *f = *state;

	fill(f);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		open_screen(sizes[s][0], sizes[s][1]);
		screen_draw(fixture_tick(f));
		for (int i = 0; i < 9; i++) {
			char key[2] = { "234567890"[i], '\0' };

			assert_int_equal(press(key), SCREEN_REDRAW);
			screen_draw(fixture_tick(f));
			assert_non_null(strstr(line(3), titles[i]));
		}
		assert_int_equal(press("\t"), SCREEN_REDRAW);
		screen_draw(fixture_tick(f));
		assert_non_null(strstr(line(3), "CONTAINER"));
		close_screen();
	}
}

static uint64_t first_row(void)
{
	return strtoul(line(4) + 3, NULL, 10);
}

static void order(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "120");
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 1);
	/* Number, process, command, state, alert, pinned. */
	press(">");
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 5);
	press("R");
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 1);
	press("R>>>>>");
	screen_draw(fixture_tick(f));
	assert_non_null(strstr(line(3), "vPINNED"));
	assert_int_equal(first_row(), 2);
	close_screen();
}

/* What the terminal got has no byte beyond ASCII, and each row is one line. */
static void assert_plain(void)
{
	unsigned char bytes[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fileno(output), bytes, sizeof(bytes), at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			assert_true(bytes[i] < 0x80);
		at += n;
	}
	assert_true(at > 0);
}

/* Where only ASCII can be shown: marks and units are of it, and the columns are the same. */
static void serial_console(void **state)
{
	static const char *const terminals[][2] = { { "vt100", "\033OB" }, { "linux", "\033[B" } };
	struct fixture *f = *state;
	char *before = strdup(setlocale(LC_CTYPE, NULL));

	fill(f);
	setlocale(LC_CTYPE, "C");
	for (size_t t = 0; t < 2; t++) {
		open_terminal(terminals[t][0], "24", "80");
		for (int i = 0; i < 10; i++) {
			char key[2] = { "1234567890"[i], '\0' };

			press(key);
			screen_draw(fixture_tick(f));
			assert_true(strlen(line(3)) > 0);
			assert_int_equal(strncmp(line(23), "q quit  h help", 14), 0);
		}
		press("2");
		screen_draw(fixture_tick(f));
		assert_sees("ms");
		press("1");
		press(terminals[t][1]);
		screen_draw(fixture_tick(f));
		assert_sees("rows keep their order");
		press("\r");
		screen_draw(fixture_tick(f));
		assert_sees("Where maps spent their time");
		for (int i = 0; i < 12; i++)
			press(terminals[t][1]);
		screen_draw(fixture_tick(f));
		assert_sees("##");
		press("h");
		screen_draw(fixture_tick(f));
		assert_sees("Escape back");
		assert_plain();
		close_screen();
	}
	setlocale(LC_CTYPE, before);
	free(before);
}

/* Shares that cannot be, as of times that were read one after the other. */
static void bars(void **state)
{
	char bar[BAR_SIZE], full[BAR_SIZE];

	(void)state;
	open_screen("24", "80");
	bar_make(5, 5, full);
	bar_make(UINT64_MAX, 1, bar);
	assert_string_equal(bar, full);
	bar_make(0, 0, bar);
	assert_int_equal(strspn(bar, " "), strlen(bar));
	bar_make(1, UINT64_MAX, bar);
	assert_int_not_equal(bar[0], ' ');
	close_screen();
}

/* A row that would move to the top stays while the cursor is away from there. */
static void order_is_held(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "120");
	press(">>>>>>");
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 2);
	press("\033OB");
	screen_draw(fixture_tick(f));
	assert_sees("rows keep their order");
	f->containers[0].stats.pinned = (int64_t)(99 * GIB);
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 2);
	press("\033OH");
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 1);
	close_screen();
}

static void filter_rows(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	press("/VM");
	screen_draw(fixture_tick(f));
	assert_sees("(5 of 5 rows)");
	press("3");
	screen_draw(fixture_tick(f));
	assert_sees("filter: VM3_  (1 of 5 rows)");
	assert_int_equal(first_row(), 3);
	press("\r");
	screen_draw(fixture_tick(f));
	assert_sees("filter: VM3  (1 of 5 rows)");
	press("\033");
	screen_draw(fixture_tick(f));
	assert_int_equal(first_row(), 1);
	close_screen();
}

/* While it is paused figures stay, though the cursor moves, and the report is long gone. */
static void pause_and_go_on(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	assert_int_equal(press(" "), SCREEN_PLAY);
	screen_pause();
	/* Twice more: the copy is what is to be copied. */
	screen_pause();
	screen_pause();
	f->snapshot.n_containers = 1;
	screen_draw(fixture_tick(f));
	assert_sees("PAUSED");
	assert_sees("vm5");
	press("\033OB\r");
	screen_draw(fixture_tick(f));
	assert_sees("Container 2 of 1002 (vm2)");
	assert_sees("Maps");
	press("\033");
	screen_pause();
	screen_draw(fixture_tick(f));
	assert_false(sees("PAUSED"));
	assert_false(sees("vm5"));
	close_screen();
}

static void delay(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	assert_int_equal(press("d0\r"), SCREEN_REDRAW);
	assert_int_equal(press("nan\r"), SCREEN_REDRAW);
	assert_int_equal(press("2.5\r"), SCREEN_DELAY);
	assert_int_equal(screen_delay(), 2500000000);
	close_screen();
}

static void columns(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("40", "250");
	screen_draw(fixture_tick(f));
	assert_null(strstr(line(3), "opener_pid"));
	assert_non_null(strstr(line(3), "PID"));
	press("f");
	screen_draw(fixture_tick(f));
	assert_sees("> [x] CONTAINER");
	press("\033OB ");
	for (int i = 0; i < 64 && !sees("> [ ] owner_alive"); i++) {
		press("\033OB");
		screen_draw(fixture_tick(f));
	}
	assert_sees("> [ ] owner_alive");
	press("\r");
	press("\033");
	screen_draw(fixture_tick(f));
	assert_non_null(strstr(line(3), "owner_alive"));
	assert_null(strstr(line(3), "PID"));
	close_screen();
}

static void tree(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	press("t");
	screen_draw(fixture_tick(f));
	assert_non_null(strstr(line(4), "even.service"));
	assert_non_null(strstr(line(5), "vm2"));
	assert_non_null(strstr(line(6), "vm4"));
	assert_non_null(strstr(line(7), "odd.service"));
	assert_non_null(strstr(line(10), "vm5"));
	close_screen();
}

static void help_scrolls(void **state)
{
	struct fixture *f = *state;

	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	press("h");
	screen_draw(fixture_tick(f));
	assert_string_equal(line(0), "vfiotop - what VFIO does, live");
	press("\033[6~");
	screen_draw(fixture_tick(f));
	assert_false(sees("what VFIO does, live"));
	press("h");
	screen_draw(fixture_tick(f));
	assert_sees("no VFIO container seen");
	assert_int_equal(press("q"), SCREEN_QUIT);
	close_screen();
}

/* Steps that are typed fast are as many steps. */
static void no_key_is_lost(void **state)
{
	(void)state;
	open_screen("24", "80");
	assert_int_equal(press("..\t]"), SCREEN_STEP);
	assert_int_equal(screen_key(), SCREEN_STEP);
	assert_int_equal(screen_key(), SCREEN_SKIP);
	assert_int_equal(screen_key(), SCREEN_NOTHING);
	close_screen();
}

/* The gravest alert is above all tables, its row comes first, and has a mark. */
static void alarms_first(void **state)
{
	struct fixture *f = *state;

	fill(f);
	f->containers[3].stats.unmap_differs = 1;
	open_screen("24", "80");
	screen_draw(fixture_tick(f));
	assert_int_equal(strncmp(line(1), "!! unmap-differs in container 4 (vm4): ", 39), 0);
	assert_int_equal(strncmp(line(4), ">!!", 3), 0);
	assert_int_equal(first_row(), 4);
	close_screen();
}

/* What a line of the screen can show decides, not what a report says. */
static void tiny(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_screen("2", "10");
	screen_draw(fixture_tick(f));
	for (const char *key = "1234567890htf<>R\r \033"; *key; key++) {
		press((char[]){ *key, '\0' });
		screen_draw(fixture_tick(f));
	}
	close_screen();
}

static void sizes_of_maps(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	c->map.count = c->map.sizes[0] = 12345;
	c->mappings = 12345;
	c->oldest_iova[0] = 0x10000;
	c->oldest_size[0] = 65536;
	c->oldest_ns[0] = FIXTURE_START_NS;
	c->oldest_tid[0] = 101;
	open_screen("50", "80");
	screen_draw(fixture_tick(f));
	c->map.count += 20;
	c->map.sizes[9] = 20;
	press("\r");
	screen_draw(fixture_tick(f));
	assert_sees("Maps by size, with bars for the last interval");
	assert_sees("     4 KiB     12345         0     12345");
	assert_sees("     2 MiB        20        20        20  ##############################");
	assert_sees("oldest mapping 64 KiB  at 0x10000  age 2.00 s  by thread 101");
	screen_draw(fixture_tick(f));
	assert_sees("Maps by size");
	assert_sees("     4 KiB     12345         0     12345  ##############################");
	close_screen();
}

static void help_has_the_columns_of_every_table(void **state)
{
	struct fixture *f = *state;

	open_screen("200", "80");
	screen_draw(fixture_tick(f));
	press("h");
	screen_draw(fixture_tick(f));
	assert_sees("MAP/s ");
	assert_sees("DONE ");
	assert_sees("REFUSED ");
	assert_sees("CAUSE        why it was refused, in words");
	assert_sees("SURE ");
	assert_sees("SEVERITY ");
	assert_sees("LOCK LIMIT ");
	close_screen();
}

static void ages_of_mappings(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	c->opened_ns = FIXTURE_START_NS;
	c->map.count = c->map.sizes[0] = c->mappings = 100;
	open_screen("50", "80");
	screen_draw(fixture_tick(f));
	press("\r");
	for (int i = 1; i < 20; i++)
		screen_draw(fixture_tick(f));
	assert_sees("      from       all      < 1 s     < 10 s    < 1 min   < 10 min      < 1 h");
	assert_sees("     4 KiB       100          0          0        100        100        100");
	/* Five of the hundred are gone, or of the 20 that are new. */
	c->map.count = c->map.sizes[0] = 120;
	c->unmap.count = c->unmap.sizes[0] = 5;
	c->mappings = 115;
	screen_draw(fixture_tick(f));
	screen_draw(fixture_tick(f));
	assert_sees("     4 KiB       115          0      15-20        115        115        115");
	c->flags |= VT_CONTAINER_SIZES_LOST;
	screen_draw(fixture_tick(f));
	assert_sees("     4 KiB         -          -          -          -          -          -");
	/* Without mappings there are no ages. */
	c->mappings = 0;
	screen_draw(fixture_tick(f));
	assert_false(sees("Mappings by size and age"));
	close_screen();
}

static void without_utf8(void **state)
{
	struct fixture *f = *state;

	fixture_request(&fixture_container(f, 1, 100)->map, 4096, 20000);
	open_screen("24", "80");
	press("2");
	screen_draw(fixture_tick(f));
	assert_sees("20.0 us");
	press("\r");
	screen_draw(fixture_tick(f));
	assert_sees("###");
	close_screen();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_clipped),
		TEST(serial_console),
		TEST(bars),
		TEST(every_table),
		TEST(order),
		TEST(order_is_held),
		TEST(filter_rows),
		TEST(pause_and_go_on),
		TEST(delay),
		TEST(columns),
		TEST(tree),
		TEST(help_scrolls),
		TEST(no_key_is_lost),
		TEST(alarms_first),
		TEST(tiny),
		TEST(without_utf8),
		TEST(sizes_of_maps),
		TEST(help_has_the_columns_of_every_table),
		TEST(ages_of_mappings),
	};

	setenv("TZ", "UTC", 1);
	setlocale(LC_CTYPE, "C");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
