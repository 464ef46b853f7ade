// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of PCI devices, from the database that the package pci.ids has.
 */
#include "fixture.h"

#include "collect/pci.h"

static void names_of_ids(void **state)
{
	struct pci_access *names = pci_names_new();
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
		cmocka_unit_test(names_without_a_database),
		cmocka_unit_test(what_is_no_pci_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
