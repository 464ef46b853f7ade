#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A VGA card that vesafb has had since the boot.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile framebuffer --modules ours suites/framebuffer.sh
