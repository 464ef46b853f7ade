#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row D1: the example of docs/vfio.md, as printed.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu"

# shellcheck disable=SC2016 # these are not command substitutions
sed -n '/^```c$/,/^```$/{ /^```/d; p }' "$VFIOTOP_ROOT/docs/vfio.md" > "$tmp/example.c"
ok "D1: docs/vfio.md has an example" grep -q VFIO_IOMMU_MAP_DMA "$tmp/example.c"
ok "D1: it compiles" cc -Wall -Wextra -Werror -o "$tmp/example" "$tmp/example.c"
is "$("$tmp/example" "$(group_of "$edu")" "$edu" 2>&1)" "$edu: vendor 1234" "D1: it runs"
is "$("$tmp/example" 9999 "$edu" 2>&1)" "/dev/vfio/9999: No such file or directory" \
	"D1: and says what is wrong"
is "$(vmstat_pins)" 0 "D1: nothing stays pinned"

done_testing
