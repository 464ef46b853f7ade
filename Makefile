# SPDX-License-Identifier: GPL-2.0-only

# ARCH=powerpc builds for POWER (ppc64el).
ifeq ($(ARCH),powerpc)
KERNEL ?= 6.12-ppc64el
cross_deps := cross
cross_args = OUT=$(BUILD)/ppc64el$(1) CC=powerpc64le-linux-gnu-gcc
else
KERNEL ?= 6.12
endif
KDIR ?=
PREFIX ?= /usr/local
SECONDS ?= 1800
COUNT ?= 100000
MODULES ?= ours
# Of the kernel that checks itself: debug (KASAN, lockdep and more), or kcsan.
FLAVOUR ?= debug
DESTDIR ?=

BUILD := $(CURDIR)/build

# One more than there are CPUs: a machine waits now and then.
JOBS ?= $(shell expr $$(nproc) + 1)
PROVE := CMOCKA_MESSAGE_OUTPUT=TAP prove --jobs $(JOBS) --exec tests/keep --comments --failures --timer

# The long ones first, so that they run side by side to the end.
LONG_TESTS := $(patsubst %,tests/vm/%.t,stock vtd tool vtd-6.1 pci pci-6.1 stock-7.3 stock-6.1)
VM_TESTS := $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(wildcard tests/vm/*.t))
HOST_TESTS := $(wildcard tests/power/*.t) tests/docs.t tests/serve.t tests/prometheus.t tests/fuzz.t tests/types.t tests/fresh.t tests/packages.t
# Machines whose kernel and modules can be the debugging kernel and ours.
DEBUG_TESTS := $(addprefix tests/vm/,vtd.t tool.t pci.t amd.t config.t debug.t virtio-iommu.t vtd39.t)
# 6.1 has some suites of its own in these; with all of them they are not needed.
OTHER_KERNEL := $(wildcard tests/vm/*-6.1.t)
# Recordings, by programs of their own.
HOST_TESTS += tests/recordings.t tests/report.t tests/screen.t tests/completion.t

export KERNEL

deps = @scripts/install-deps
# Modules are built for the headers in KDIR, or else for the cached kernel KERNEL.
modules_for := $(if $(KDIR),$(abspath $(KDIR)),--tests $(KERNEL))

all: modules vfiotop workloads	## build everything

help:	## list the verbs
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1\t/p' $(MAKEFILE_LIST) | expand -t 16

deps:	## install the Debian packages that any verb needs (each verb installs its own)
	$(deps) all

kernel:	## fetch Debian's kernel KERNEL (6.12) into the cache folder
	$(deps) kernel
	@scripts/kernel fetch $(KERNEL)

modules: $(if $(KDIR),,kernel)	## build the kernel modules for KERNEL, or for headers: KDIR=FOLDER
	$(deps) modules $(cross_deps)
	scripts/build-modules $(modules_for)

debug-modules: $(if $(KDIR),,kernel)	## build them with forced failures and watched invariants
	$(deps) modules
	scripts/build-modules $(modules_for) VFIO_DEBUG=1

vfiotop:	## build vfiotop with its BPF programs
	$(deps) vfiotop $(cross_deps)
	$(if $(cross_deps),@scripts/sysroot fetch ppc64el)
	$(MAKE) -C tools/vfiotop $(call cross_args)

workloads:	## build the programs that use VFIO in tests
	$(deps) workloads $(cross_deps)
	$(MAKE) -C tests/workloads $(call cross_args,/workloads) $(if $(cross_deps),LDFLAGS=-static)

iommufd:	## build iommufd and VFIO with cdevs of Debian's 6.12, which lacks them, for tests
	@$(MAKE) --no-print-directory kernel KERNEL=6.12
	$(deps) iommufd
	@scripts/kernel-iommufd build 6.12
	@scripts/kernel-iommufd tests 6.12 $(BUILD)/iommufd
	@$(MAKE) -C tests/workloads OUT=$(BUILD)/workloads KERNEL_HEADERS=$$(scripts/kernel uapi 6.12) iommufd

unit:	## build the unit tests
	$(deps) unit
	$(MAKE) -C tests/unit

fuzz:	## feed hostile names, recordings and requests to vfiotop: RUNS=1000000
	$(deps) fuzz
	$(MAKE) -C tests/fuzz run

fuzz-kernel:	## make calls of our modules up in a virtual machine, with an oracle: SECONDS=1800
	$(deps) fuzz_kernel
	@$(MAKE) --no-print-directory modules
	$(MAKE) -C tests/fuzz/kernel
	tests/fuzz/kernel/run $(SECONDS)

demo:	## watch three users of VFIO in a virtual machine
	$(deps) demo
	@$(MAKE) --no-print-directory all
	@tests/vm/demo

test:	## build, run unit tests and VM suites
	$(deps) test
	$(MAKE) all unit
	$(MAKE) -C tests/fuzz
	$(MAKE) -C tests/fuzz/kernel
	$(MAKE) modules KERNEL=6.1
	$(MAKE) debug-modules
	$(MAKE) iommufd
	$(PROVE) $(VM_TESTS) $(HOST_TESTS) $(BUILD)/unit/*.t

test-all:	## the same with every suite on every kernel, which takes an hour
	$(deps) test
	$(MAKE) all unit static
	$(MAKE) -C tests/fuzz
	$(MAKE) -C tests/fuzz/kernel
	$(MAKE) modules KERNEL=6.1
	$(MAKE) debug-modules
	$(MAKE) debug-modules KERNEL=6.1
	$(MAKE) iommufd
	status=0; export VFIOTOP_ALL=yes; \
	$(PROVE) $(filter-out $(OTHER_KERNEL),$(VM_TESTS)) $(HOST_TESTS) $(BUILD)/unit/*.t || status=1; \
	KERNEL=6.1 KEEP_AS=-6.1 $(PROVE) $(filter-out %-7.3.t %-5.10.t %/iommufd.t $(OTHER_KERNEL),$(VM_TESTS)) || status=1; \
	exit $$status

soak:	## serve metrics through churn in a virtual machine: SECONDS=1800
	$(deps) soak
	@$(MAKE) --no-print-directory all
	VFIOTOP_SECONDS=$(SECONDS) tests/vm/run --no-aids --timeout $$(($(SECONDS) * 3 + 600)) tests/vm/suites/soak.sh

storm:	## random use of VFIO, of which nothing may be called a leak: COUNT=100000 MODULES=ours
	$(deps) soak
	@$(MAKE) --no-print-directory all
	tests/vm/run --modules $(MODULES) --no-aids --timeout 14400 --exec "COUNT=$(COUNT) tests/vm/suites/storm.sh"

pictures: vfiotop	## draw the pictures of README: recordings on the screen
	$(deps) pictures
	scripts/pictures

debug-kernel:	## build a kernel that checks itself into the cache folder (half an hour): FLAVOUR=kcsan
	$(deps) debug_kernel
	@scripts/kernel fetch 6.12-$(FLAVOUR)

test-debug: debug-kernel	## suites of our modules and vfiotop on that kernel, which takes hours
	$(deps) test
	$(MAKE) vfiotop workloads
	$(MAKE) -C tests/fuzz/kernel
	$(MAKE) modules KERNEL=6.12-$(FLAVOUR)
	$(MAKE) debug-modules KERNEL=6.12-$(FLAVOUR)
	KERNEL=6.12-$(FLAVOUR) KEEP_AS=-$(FLAVOUR) $(PROVE) $(DEBUG_TESTS)

bench:	## count the instructions of mapping, ours against stock modules
	$(deps) bench
	@$(MAKE) --no-print-directory vfiotop workloads
	@$(MAKE) --no-print-directory modules KERNEL=6.12
	@$(MAKE) --no-print-directory modules KERNEL=6.1
	@scripts/build-modules 6.12 VFIO_NOTRACE=1
	@$(MAKE) --no-print-directory iommufd
	@tests/bench/report
	@tests/bench/run

bench-accept:	## make the last figures of bench the expected ones
	@tests/bench/run --accept

check: kernel	## style and static analysis
	$(deps) check
	@scripts/check $(KERNEL)

dist:	## pack the source into build/
	@scripts/dist $(BUILD)

deb:	## build Debian packages into build/
	$(deps) deb
	scripts/build-deb $(BUILD)

static:	## build a vfiotop that needs no libraries, build/vfiotop-static
	$(deps) vfiotop
	$(MAKE) -C tools/vfiotop static

install: vfiotop	## install vfiotop, and modules if built for the running kernel
	$(MAKE) -C tools/vfiotop install PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"
	DESTDIR="$(DESTDIR)" scripts/install-modules $$(uname -r)

uninstall:	## remove what install put there
	$(MAKE) -C tools/vfiotop uninstall PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"
	DESTDIR="$(DESTDIR)" scripts/install-modules --remove $$(uname -r)

clean:	## remove what was built (the kernel cache stays)
	rm -rf $(BUILD)

.PHONY: all help deps kernel modules debug-modules vfiotop workloads iommufd unit fuzz fuzz-kernel demo test test-all debug-kernel test-debug soak storm bench bench-accept pictures check dist deb static install uninstall clean
