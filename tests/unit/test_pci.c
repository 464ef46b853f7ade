// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of PCI devices, from the database that the package pci.ids has.
 */
#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "collect/pci.h"

static void names_of_ids(void **state)
{
	struct pci_names *names = pci_names_new();
	char name[128];

	(void)state;
	if (!names)
		skip();
	pci_name(names, 0x8086, 0x10d3, name, sizeof(name));
	assert_string_equal(name, "Intel Corporation 82574L Gigabit Network Connection");
	/* The name of the vendor alone is none. */
	pci_name(names, 0x8086, 0xfffe, name, sizeof(name));
	assert_string_equal(name, "");
	pci_name(names, 0xfffe, 0x0001, name, sizeof(name));
	assert_string_equal(name, "");
	pci_name(names, 0x8086, 0x10d3, name, 12);
	assert_string_equal(name, "Intel Co...");
	pci_names_free(names);
}

/* What a database may hold: comments, subsystems, classes, other line ends, no end. */
static void lines_of_a_database(void **state)
{
	static const char text[] = "# comment\n"
				   "001c  PEAK\r\n"
				   "\t0001  CAN\r\n"
				   "\t\t001c 0004  2 Channel\n"
				   "# in between\n"
				   "\tabcd  Last\n"
				   "1234  Acme\n"
				   "\n"
				   "C 01  Mass storage\n"
				   "\t00  SCSI\n"
				   "\t0001  no device of a vendor\n"
				   "fffe  End\n"
				   "\t0001  One";
	static const struct {
		uint16_t vendor, device;
		const char *name;
	} expected[] = {
		{ 0x001c, 0x0001, "PEAK CAN" },	 { 0x001c, 0x0004, "" },
		{ 0x001c, 0xabcd, "PEAK Last" }, { 0x1234, 0x0001, "" },
		{ 0xfffe, 0x0001, "End One" },
	};
	char path[] = "/tmp/vfiotop-pci.XXXXXX", name[128];
	struct pci_names *names;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	names = pci_names_open(path);
	assert_non_null(names);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		pci_name(names, expected[i].vendor, expected[i].device, name, sizeof(name));
		assert_string_equal(name, expected[i].name);
	}
	pci_names_free(names);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_null(pci_names_open(path));
	close(fd);
	unlink(path);
	assert_null(pci_names_open(path));
}

static void names_without_a_database(void **state)
{
	char name[128] = "?";

	(void)state;
	pci_name(NULL, 0x8086, 0x10d3, name, sizeof(name));
	assert_string_equal(name, "");
	pci_names_free(NULL);
}

static void what_is_no_pci_address(void **state)
{
	static const char *const addresses[] = {
		"", "vfio-test-emulated", "0000:00:10", "0000:00:10.0/..", "../../0000:00:10.0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct pci_identity identity = { .known = true, .driver = "x" };

		pci_read(NULL, addresses[i], &identity);
		assert_false(identity.known);
		assert_string_equal(identity.driver, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_ids),
		cmocka_unit_test(lines_of_a_database),
		cmocka_unit_test(names_without_a_database),
		cmocka_unit_test(what_is_no_pci_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
