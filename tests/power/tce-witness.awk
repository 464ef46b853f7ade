# SPDX-License-Identifier: GPL-2.0-only
#
# Compares what the events of VFIO tell of a DMA window with what QEMU saw the kernel put
# into its table, entry by entry in order. First file: QEMU's trace of spapr_iommu_pci_put;
# second: the text of tracefs. Variable: liobn, the table.
# Prints the first differences; ends with status 1 if there are any.

# What 0x… says.
function number(text,   i, n) {
	for (i = 3; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n + 0
}

# The value of a field key=value of this line.
function field(key,   i) {
	for (i = 1; i <= NF; i++)
		if (index($i, key "=") == 1)
			return substr($i, length(key) + 2)
	return ""
}

function differ(what) {
	if (differences++ < 10)
		print what
}

BEGIN {
	puts = seen = 0
}

FNR == NR {
	if ($1 == "spapr_iommu_pci_put" && field("liobn") == liobn && field("ret") == 0) {
		ioba[puts] = number(field("ioba"))
		mapped[puts++] = number(field("tce")) != 0
	}
	next
}

/ vfio_dma_map: / && field("ret") == 0 {
	first = number(field("iova"))
	for (offset = 0; offset < field("size") + 0; offset += 4096) {
		if (seen >= puts || ioba[seen] != first + offset || !mapped[seen])
			differ(sprintf("map of 0x%x: QEMU saw put %d of 0x%x", first + offset, seen, ioba[seen]))
		seen++
	}
	maps++
}

/ vfio_dma_unmap: / && field("ret") == 0 {
	first = number(field("iova"))
	for (removed = field("removed"); removed > 0; removed--) {
		if (seen >= puts || mapped[seen] || ioba[seen] < first ||
		    (field("cause") == "user" && ioba[seen] >= first + field("size") + 0))
			differ(sprintf("unmap at 0x%x: QEMU saw put %d of 0x%x", first, seen, ioba[seen]))
		seen++
	}
	unmaps++
}

END {
	if (seen != puts)
		differ(sprintf("the events tell of %d entries, QEMU saw %d", seen, puts))
	printf "%d maps, %d unmaps, %d entries\n", maps, unmaps, seen
	exit differences > 0 || maps == 0
}
