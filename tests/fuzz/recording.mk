# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzing of recordings, not part of `make test`: make -f tests/fuzz/recording.mk run SECONDS=600.
# What it finds is kept in build/fuzz.

here	:= $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
root	:= $(abspath $(here)../..)
out	:= $(root)/build/fuzz
tool	:= $(root)/tools/vfiotop

Q	:= $(if $(V),,@)
CLANG	?= clang
SECONDS	?= 60

libs	:= json-c
sources	:= $(here)recording.c $(addprefix $(tool)/,clean.c exit.c fields.c words.c) \
	   $(wildcard $(tool)/model/*.c $(tool)/record/*.c $(tool)/render/*.c $(tool)/report/*.c)
flags	:= -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	   -D__SANE_USERSPACE_TYPES__ -DVFIOTOP_VERSION='"fuzz"' \
	   -I$(tool) -I$(root)/bpf -I$(root)/tracepoints $(shell pkg-config --cflags $(libs))

$(out)/recording: $(sources)
	$(Q)mkdir -p $(out)/recordings
	@echo "  CLANG   recording"
	$(Q)$(CLANG) $(flags) -o $@ $^ $(shell pkg-config --libs $(libs))

run: $(out)/recording
	cd $(out) && ./recording -max_total_time=$(SECONDS) -max_len=16384 -timeout=20 -rss_limit_mb=2048 \
		recordings $(root)/tests/recordings

.PHONY: run
