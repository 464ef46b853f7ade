/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot to fill in by hand, as the collector would make it.
 */
#ifndef VFIOTOP_UNIT_FIXTURE_H
#define VFIOTOP_UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/leaks.h"
#include "model/model.h"
#include "snapshot.h"

#define FIXTURE_START_NS  1000000000000ULL
#define FIXTURE_SECOND_NS 1000000000ULL
#define FIXTURE_ROWS	  8

/* Records count in pages, a snapshot in bytes. */
#define PAGE 4096

/**
 * struct fixture - a model and the snapshot that it is fed
 * @snapshot: its arrays point to the ones below
 * @containers: room for containers
 * @in_flight: room for operations in flight
 * @groups: room for groups
 * @devices: room for devices
 * @failures: room for failures
 * @model: the model under test
 */
struct fixture {
	struct snapshot snapshot;
	struct container_snapshot containers[FIXTURE_ROWS];
	struct vt_in_flight in_flight[FIXTURE_ROWS];
	struct group_snapshot groups[FIXTURE_ROWS];
	struct device_snapshot devices[FIXTURE_ROWS];
	struct vt_failure failures[FIXTURE_ROWS];
	struct model *model;
};

/**
 * fixture_setup - a model without any container; a cmocka setup function
 * @state: is set to the fixture
 *
 * Return: 0, or -1 when out of memory.
 */
int fixture_setup(void **state);

/**
 * fixture_teardown - free a fixture; a cmocka teardown function
 * @state: the fixture
 *
 * Return: 0.
 */
int fixture_teardown(void **state);

/**
 * fixture_container - add a container whose opening was seen and whose owner lives
 * @f: the fixture
 * @id: its number
 * @pid: its owner
 *
 * Return: what the BPF programs counted of it.
 */
struct vt_container *fixture_container(struct fixture *f, uint64_t id, uint32_t pid);

/**
 * fixture_request - count a request that succeeded
 * @requests: where
 * @bytes: its size
 * @ns: its latency
 */
void fixture_request(struct vt_requests *requests, uint64_t bytes, uint64_t ns);

/**
 * fixture_tick - let a second pass and make the report
 * @f: the fixture
 *
 * Return: the report.
 */
const struct view *fixture_tick(struct fixture *f);

/**
 * fixture_leak - the leak of a kind in a report
 * @view: the report
 * @kind: which
 *
 * Return: NULL when there is none.
 */
const struct leak_view *fixture_leak(const struct view *view, enum leak_kind kind);

#define assert_known(figure, expected)                      \
	do {                                                \
		assert_true((figure).known);                \
		assert_int_equal((figure).value, expected); \
	} while (0)

#define assert_unknown(figure) assert_false((figure).known)

#endif /* VFIOTOP_UNIT_FIXTURE_H */
