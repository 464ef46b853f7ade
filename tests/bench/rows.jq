# SPDX-License-Identifier: GPL-2.0-only
#
# From all measurements, {kernel, modules, case, bytes, map, unmap} each, to the table:
# {"rows": [{case, kernel, ours, stock, ratio}]}. See docs/performance.md.

def rounded($factor): if . == null then null else . * $factor | round / $factor end;

# One measurement, or null.
def of($kernel; $modules; $case):
	first(.[] | select(.kernel == $kernel and .modules == $modules and .case == $case)) // null;

def per_page(f): if . == null then null else f / (.bytes / 4096) end;

def pair: if . == null then null else .map + .unmap end;

# What a pair costs in one measurement more than in another.
def more($a; $b): if $a and $b then ($a | pair) - ($b | pair) else null end;

def row($case; $kernel; $ours; $stock; $factor): {
	case: $case,
	kernel: $kernel,
	ours: ($ours | rounded($factor)),
	stock: ($stock | rounded($factor)),
	ratio: (if $stock and $stock != 0 then $ours / $stock | rounded(1000) else null end)
};

# Ours of one kernel against the stock modules of another, which may be the same.
def mapping($ours_kernel; $kernel):
	. as $all
	| ("4k", "scattered", "thp", "hugetlb", "hugetlb-1G") as $case
	| [of($ours_kernel; "ours"; $case), of($kernel; "stock"; $case)] as [$ours, $stock]
	| row("\($case) map"; $kernel; $ours | per_page(.map); $stock | per_page(.map); 100),
	  row("\($case) unmap"; $kernel; $ours | per_page(.unmap); $stock | per_page(.unmap); 100);

def pairs($ours_kernel; $kernel):
	("4k-pair", "2M-pair") as $case
	| row($case; $kernel; of($ours_kernel; "ours"; $case) | pair;
	      of($kernel; "stock"; $case) | pair; 1);

# The same for each page of large mappings.
def more_per_page($a; $b): more($a; $b) as $more | if $more then $more / ($a.bytes / 4096) else null end;

def watching($kernel):
	of($kernel; "ours"; "unwatched") as $ours
	| more(of($kernel; "stock"; "kprobes"); of($kernel; "stock"; "unwatched")) as $kprobes
	| row("events off"; $kernel; more($ours; of($kernel; "notrace"; "unwatched")); null; 1),
	  row("watched"; $kernel; more(of($kernel; "ours"; "vfiotop"); $ours); $kprobes; 1),
	  row("stock watched"; $kernel;
	      more(of($kernel; "stock"; "vfiotop"); of($kernel; "stock"; "unwatched")); $kprobes; 1),
	  (of($kernel; "stock"; "scattered-unwatched") as $scattered
	   | row("stock budget"; $kernel;
	         more_per_page(of($kernel; "stock"; "scattered-budget"); $scattered); null; 100),
	     row("stock runs"; $kernel;
	         more_per_page(of($kernel; "stock"; "scattered-runs"); $scattered); null; 1)),
	  row("iommufd watched"; $kernel;
	      more(of($kernel; "iommufd"; "watched-4096"); of($kernel; "iommufd"; "unwatched-4096"));
	      null; 1),
	  (of($kernel; "iommufd"; "unwatched-67108864") as $scattered
	   | row("iommufd pages"; $kernel;
	         more_per_page(of($kernel; "iommufd"; "watched-67108864"); $scattered); null; 100),
	     row("iommufd runs"; $kernel;
	         more_per_page(of($kernel; "iommufd"; "runs-67108864"); $scattered); null; 1)),
	  row("start"; $kernel; of($kernel; "ours"; "start").instructions; null; 1),
	  row("stock start"; $kernel; of($kernel; "stock"; "start").instructions; null; 1);

# Against 7.3, for which ours cannot be built here, goes ours on 6.12.
{
	rows: ([
		(["6.12", "6.12"], ["6.1", "6.1"], ["6.12", "7.3"]) as [$ours, $kernel]
		| select(any(.[]; .kernel == $kernel))
		| mapping($ours; $kernel), pairs($ours; $kernel)
	] + [watching("6.12")])
}
